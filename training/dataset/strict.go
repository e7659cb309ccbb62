package dataset

import (
	"errors"
	"fmt"
)

// ErrStrict is wrapped by the error that ends work for a recording that cannot be used, where
// somebody asked for that.
var ErrStrict = errors.New("strict")

// Strictly returns an error that names the first of what was left out or is odd, and nil
// where there is nothing.
func Strictly(warnings []string) error {
	switch len(warnings) {
	case 0:
		return nil
	case 1:
		return fmt.Errorf("%w: %s", ErrStrict, warnings[0])
	}
	return fmt.Errorf("%w: %s (and %d more)", ErrStrict, warnings[0], len(warnings)-1)
}

// LeftOut says in a line how many of so many recordings could not be used, nothing where all
// could.
func LeftOut(n, of int) string {
	if n == 0 {
		return ""
	}
	return fmt.Sprintf("%d of %d recordings cannot be used and are left out", n, of)
}
