package alsa

import (
	"errors"
	"fmt"
	"time"

	"periph.io/x/conn/v3/physic"

	"github.com/auscult/auscult/hw/alsa/internal/kernel"
	"github.com/auscult/auscult/hw/i2s"
)

// Options say how to open a device. The zero value is Default's.
type Options struct {
	Rate     physic.Frequency // 0: 48 kHz, or what the device has nearest to it
	Channels int              // 0: two, or what the device has nearest to it that has Channel
	Channel  int              // that will be listened to, from 0
	Bits     int              // significant bits at least; 0: as many as there are
	Period   time.Duration    // time between two wake-ups, 1 ms to 1 s
	Buffer   time.Duration    // time that a reader may be late, up to 10 s
	NoMap    bool             // read by READI even where the ring can be mapped

	// Wait is how long Read waits for a device that was unplugged; 0 is not at
	// all, below 0 for ever.
	Wait time.Duration
	// Stuck is how long no sample may come before the device is started anew; after
	// as long again Read returns ErrStuck.
	Stuck time.Duration
	// Silent is how long a channel may give the same value before Fault says so.
	Silent time.Duration

	// FS is where /proc, /sys and /dev are; "" is "/".
	FS string

	open      func(path string) (kernel.Handle, error) // nil is kernel.OpenDevice
	openMixer func(path string) (kernel.Mixer, error)  // nil is kernel.OpenMixer
}

// Default returns the default options.
func Default() Options {
	return Options{
		Period: 20 * time.Millisecond,
		Buffer: 500 * time.Millisecond,
		Stuck:  10 * time.Second,
		Silent: 20 * time.Second,
		FS:     "/",
	}
}

// maxChannels bounds what a driver may claim.
const maxChannels = 64

// withDefaults fills in what is zero.
func (o Options) withDefaults() Options {
	d := Default()
	if o.Period == 0 {
		o.Period = d.Period
	}
	if o.Buffer == 0 {
		o.Buffer = max(d.Buffer, 4*o.Period)
	}
	if o.Stuck == 0 {
		o.Stuck = d.Stuck
	}
	if o.Silent == 0 {
		o.Silent = d.Silent
	}
	if o.FS == "" {
		o.FS = d.FS
	}
	if o.open == nil {
		o.open = kernel.OpenDevice
	}
	if o.openMixer == nil {
		o.openMixer = kernel.OpenMixer
	}
	return o
}

// validate returns what is wrong with options that have their defaults.
func (o Options) validate() error {
	if o.Rate != 0 {
		if hz, ok := i2s.RateHz(o.Rate); !ok || hz > 768000 {
			return fmt.Errorf("a rate of %v: must be whole hertz from 1 Hz to 768 kHz", o.Rate)
		}
	}
	switch {
	case o.Channels < 0 || o.Channels > maxChannels:
		return fmt.Errorf("%d channels: must be 1 to %d", o.Channels, maxChannels)
	case o.Channel < 0 || o.Channel >= maxChannels:
		return fmt.Errorf("channel %d: must be 0 to %d", o.Channel, maxChannels-1)
	case o.Channels > 0 && o.Channel >= o.Channels:
		return fmt.Errorf("channel %d of %d: they are counted from 0", o.Channel, o.Channels)
	case o.Bits < 0 || o.Bits > 32:
		return fmt.Errorf("%d bits: must be 1 to 32", o.Bits)
	case o.Period < time.Millisecond || o.Period > time.Second:
		return fmt.Errorf("a period of %v: must be 1 ms to 1 s", o.Period)
	case o.Buffer < 2*o.Period || o.Buffer > 10*time.Second:
		return fmt.Errorf("a buffer of %v: must be two periods to 10 s", o.Buffer)
	case o.Stuck < time.Second || o.Silent < time.Second:
		return errors.New("stuck or silent after less than 1 s")
	}
	return nil
}
