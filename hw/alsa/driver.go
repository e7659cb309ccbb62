package alsa

import (
	"fmt"

	"periph.io/x/conn/v3/driver/driverreg"

	"github.com/auscult/auscult/hw/i2s"
	"github.com/auscult/auscult/hw/i2s/i2sreg"
)

func init() {
	driverreg.MustRegister(&cardDriver{root: "/"})
}

// cardDriver registers all capture devices with i2sreg.
type cardDriver struct{ root string }

// String returns the driver's name.
func (d *cardDriver) String() string { return "alsa" }

// Prerequisites returns none.
func (d *cardDriver) Prerequisites() []string { return nil }

// After returns none.
func (d *cardDriver) After() []string { return nil }

// Init registers what is there. It reports false on a machine without cards that
// capture.
func (d *cardDriver) Init() (bool, error) {
	list, err := Devices(d.root)
	if err != nil {
		return true, err
	}
	if len(list) == 0 {
		return false, missing(d.root, "", nil)
	}
	for _, device := range list {
		name := device.String()
		if err := i2sreg.Register(name, device.Aliases(), -1, func() (i2s.PortCloser, error) {
			return NewPort(name, Options{FS: d.root}), nil
		}); err != nil {
			return true, fmt.Errorf("alsa: %w", err)
		}
	}
	return true, nil
}
