package hwtest

import (
	"strings"
	"testing"
)

// WantError checks that an error of what was done contains a text, or that there is none
// where want is empty.
func WantError(tb testing.TB, what string, err error, want string) {
	tb.Helper()
	switch {
	case want == "":
		if err != nil {
			tb.Errorf("%s: %v", what, err)
		}
	case err == nil:
		tb.Errorf("%s: no error, want %q", what, want)
	case !strings.Contains(err.Error(), want):
		tb.Errorf("%s: %v, want %q", what, err, want)
	}
}
