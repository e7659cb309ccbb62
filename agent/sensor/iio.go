package sensor

import (
	"context"
	"fmt"
	"strings"

	"periph.io/x/conn/v3/physic"

	"github.com/auscult/auscult/agent/setting"
	"github.com/auscult/auscult/hw"
	"github.com/auscult/auscult/hw/accel"
	"github.com/auscult/auscult/hw/iio"
)

// IIO is an accelerometer that the kernel drives.
type IIO struct {
	Device       string `toml:"device"`         // its label, place in the device tree, driver's name, or "iio:device0"
	SampleRateHz int    `toml:"sample_rate_hz"` // 0 leaves the driver's
}

// Validate is Sensor's.
func (i *IIO) Validate(channel int) *setting.Problem {
	switch {
	case i.Device == "":
		return setting.Wrong("device", `is missing: name the kernel's device, as "iio:device0" or its driver's name`)
	case channel >= accel.Axes:
		return setting.Wrong("channel", "must be 0 for x, 1 for y or 2 for z")
	case i.SampleRateHz < 0 || i.SampleRateHz > maxAccelerationHz:
		return setting.Wrong("sample_rate_hz", "must be 0 (the driver's) to %d", maxAccelerationHz)
	}
	return nil
}

// Open is Sensor's.
func (i *IIO) Open(_ context.Context, at Site) (hw.Source, error) {
	return at.Shared.start(i, at)
}

// identity is device's.
func (i *IIO) identity(root string) string {
	if root != "" {
		if number, err := iio.Root(root).Find(i.Device); err == nil {
			return fmt.Sprint("iio ", number)
		}
	}
	return "iio " + strings.TrimPrefix(i.Device, "iio:device")
}

// with is device's.
func (i *IIO) with(other Sensor) (device, *setting.Problem) {
	o, ok := other.(*IIO)
	if !ok {
		return i, nil
	}
	both := *i
	return &both, agree("sample_rate_hz", &both.SampleRateHz, o.SampleRateHz)
}

// start is device's.
func (i *IIO) start(at Site) (hw.Source, error) {
	src, err := iio.Root(at.root()).Open(i.Device, iio.Options{Rate: physic.Frequency(i.SampleRateHz) * physic.Hertz})
	if err != nil {
		return nil, fmt.Errorf("sensor: %w", err)
	}
	return src, nil
}

// prepare sets the device up, and lets a group read it.
func (i *IIO) prepare(at Site, group int) error {
	root := iio.Root(at.root())
	if err := root.Prepare(i.Device, iio.Options{Rate: physic.Frequency(i.SampleRateHz) * physic.Hertz}); err != nil {
		return fmt.Errorf("sensor: %w", err)
	}
	return root.Share(i.Device, group)
}
