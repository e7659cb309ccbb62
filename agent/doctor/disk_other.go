//go:build !linux

package doctor

import (
	"errors"
	"fmt"
)

// freeBytes fails: nodes run on Linux.
func freeBytes(string) (uint64, error) {
	return 0, fmt.Errorf("free space is known on Linux only: %w", errors.ErrUnsupported)
}
