//go:build !linux

package kernel

import "errors"

// OpenDevice fails: only Linux has ALSA.
func OpenDevice(string) (Handle, error) { return nil, errors.ErrUnsupported }
