//go:build !linux

package kernel

import "errors"

// OpenMixer fails: only Linux has ALSA.
func OpenMixer(string) (Mixer, error) { return nil, errors.ErrUnsupported }
