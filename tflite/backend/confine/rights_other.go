//go:build !linux

package confine

import (
	"errors"
	"fmt"
)

// Wrap fails: only Linux has what takes rights away.
func (*Rights) Wrap(string, []string) (wrapped string, args []string, err error) {
	return "", nil, fmt.Errorf("confine: Linux only: %w", errors.ErrUnsupported)
}

// Main returns nil: nothing is started by Wrap here.
func Main() error { return nil }

// Missing names all that this system does not offer.
func Missing() []string { return []string{"landlock", "seccomp"} }
