package alsa

import (
	"strings"
	"time"

	"github.com/auscult/auscult/hw/i2s"
	"github.com/auscult/auscult/hw/i2s/i2sreg"
)

func init() {
	i2sreg.MustRegister(soundCards{})
}

// wake is how often a node looks at a card: what it hears waits no longer before it is judged.
const wake = 10 * time.Millisecond

// soundCards is the driver of all capture devices.
type soundCards struct{}

// String returns the driver's name.
func (soundCards) String() string { return "alsa" }

// Open returns the port of the device that name means, see Find.
func (soundCards) Open(root, name string) (i2s.PortCloser, error) {
	device, err := Find(root, name)
	if err != nil {
		return nil, err
	}
	// Whoever names a socket means that socket, whatever is plugged into it later, and whoever
	// names a USB device means that one, wherever it is plugged in.
	if !strings.Contains(name, "PORT=") && !strings.Contains(name, "USB=") {
		name = device.String()
	}
	return NewPort(name, Options{FS: root, Period: wake}), nil
}
