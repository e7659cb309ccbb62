package setting

import (
	"fmt"
	"time"
)

// Duration is a time.Duration that is written as a string with its unit.
type Duration time.Duration

// UnmarshalText reads "30s" and the like.
func (d *Duration) UnmarshalText(text []byte) error {
	v, err := time.ParseDuration(string(text))
	if err != nil {
		return fmt.Errorf("%q is no duration: write \"500ms\", \"30s\" or \"1m30s\"", text)
	}
	*d = Duration(v)
	return nil
}

// MarshalText writes the duration as UnmarshalText reads it.
func (d Duration) MarshalText() ([]byte, error) { return []byte(time.Duration(d).String()), nil }

// String returns the duration as it stands in the file.
func (d Duration) String() string { return time.Duration(d).String() }
