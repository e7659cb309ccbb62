package sensor

import (
	"context"
	"time"

	"github.com/auscult/auscult/agent/setting"
	"github.com/auscult/auscult/hw"
)

// Sensor holds the keys of one source's table, by their toml tags.
type Sensor interface {
	// Validate returns the key with which the sensor cannot be opened, nil when there is
	// none. Channel is the one that the source listens to.
	Validate(channel int) *setting.Problem
	// Open begins to listen.
	Open(ctx context.Context, at Site) (hw.Source, error)
}

// Site is where a sensor is opened. The zero value is this machine.
type Site struct {
	// Root is where /proc, /sys and /dev are; empty is "/". Chips on a bus are always
	// looked for on the machine itself, where periph's drivers look.
	Root string
	// Now is the clock that recordings and simulations take their times from; nil is
	// time.Now.
	Now func() time.Time
	// Channel is the one that will be listened to. A simulation has as many channels as
	// that asks for, and a card is opened with so many.
	Channel int
	// Shared, where set, opens each device once for all sources that listen to it.
	Shared *Shared
}

func (s Site) root() string {
	if s.Root == "" {
		return "/"
	}
	return s.Root
}

// Repeater is a Sensor that can ask to be opened anew when it ends.
type Repeater interface{ Repeats() bool }

// Filed is a Sensor some of whose keys are paths; relative ones start from the
// configuration's folder.
type Filed interface{ Paths() []*string }
