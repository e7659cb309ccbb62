//go:build !unix

package iio

import (
	"errors"
	"fmt"
)

const notBlocking = 0

// drain fails: there are no such devices here.
func (*Source) drain() error { return fmt.Errorf("Linux only: %w", errors.ErrUnsupported) }
