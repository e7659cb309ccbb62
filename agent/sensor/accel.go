package sensor

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"sync"

	"periph.io/x/conn/v3/physic"

	"github.com/auscult/auscult/agent/setting"
	"github.com/auscult/auscult/hw"
	"github.com/auscult/auscult/hw/accel"
	"github.com/auscult/auscult/hw/board"
)

// Accel is an accelerometer on a bus, driven from here.
type Accel struct {
	Chip         string `toml:"chip"`           // one of Chips
	Bus          string `toml:"bus"`            // in periph's words: "I2C1", "SPI0.0"; empty: the chip's first
	Address      int    `toml:"address"`        // on I2C, 0x08 to 0x77; 0 is the chip's usual one
	SampleRateHz int    `toml:"sample_rate_hz"` // one of the data sheet's, rounded to Hz; 0 is the fastest
	RangeG       int    `toml:"range_g"`        // one of the data sheet's; 0 is the widest
	InterruptPin string `toml:"interrupt_pin"`  // GPIO of the chip's interrupt line; empty: its FIFO is polled

	clock accel.Clock // nil: the machine's
}

// Lowest and highest addresses on I2C that are not reserved.
const (
	minAddress = 0x08
	maxAddress = 0x77
)

// maxAccelerationHz is above the fastest accelerometers' rates.
const maxAccelerationHz = 100_000

// Validate is Sensor's.
func (a *Accel) Validate(channel int) *setting.Problem {
	switch {
	case !slices.Contains(Chips(), a.Chip):
		return setting.Wrong("chip", "%q: write %s", setting.OneLine(a.Chip), setting.Alternatives(Chips()))
	case channel >= accel.Axes:
		return setting.Wrong("channel", "must be 0 for x, 1 for y or 2 for z")
	case a.Address != 0 && (a.Address < minAddress || a.Address > maxAddress):
		return setting.Wrong("address", "must be 0 (the chip's usual one) or 0x%02x to 0x%02x", minAddress, maxAddress)
	}
	c := chips[a.Chip]
	hz, ok := c.rate(a.SampleRateHz)
	switch {
	case a.RangeG != 0 && !slices.Contains(c.rangeG, a.RangeG):
		return setting.Wrong("range_g", "must be %s or 0 (the widest) of the %s", words(c.rangeG), a.Chip)
	case a.SampleRateHz != 0 && !ok:
		return setting.Wrong("sample_rate_hz", "%d: must be one of the data sheet of the %s, %s Hz, or 0 (the fastest that "+
			"the bus carries)", a.SampleRateHz, a.Chip, c.someRates())
	case c.mostOnI2C > 0 && hz > c.mostOnI2C && !c.isOnSPI(a.Bus):
		return setting.Wrong("sample_rate_hz", "%d: the data sheet of the %s allows %.0f Hz on I2C; faster ones need SPI",
			a.SampleRateHz, a.Chip, c.mostOnI2C)
	}
	return nil
}

// Open is Sensor's.
func (a *Accel) Open(_ context.Context, at Site) (hw.Source, error) {
	return at.Shared.start(a, at)
}

// identity is device's.
func (a *Accel) identity(root string) string {
	c := chips[a.Chip]
	isSPI := c.isOnSPI(a.Bus)
	var refs []ref
	switch look := root != "" && board.Init() == nil; {
	case look && isSPI:
		refs = spiRefs()
	case look:
		refs = i2cRefs()
	}
	bus := canonicalBus(a.Bus, refs)
	if isSPI {
		return "spi " + bus
	}
	return fmt.Sprintf("i2c %s 0x%02x", bus, c.addressOf(a))
}

// with is device's.
func (a *Accel) with(other Sensor) (device, *setting.Problem) {
	o, ok := other.(*Accel)
	if !ok {
		return a, nil
	}
	both := *a
	return &both, setting.First(
		agree("chip", &both.Chip, o.Chip),
		agree("sample_rate_hz", &both.SampleRateHz, o.SampleRateHz),
		agree("range_g", &both.RangeG, o.RangeG),
		agree("interrupt_pin", &both.InterruptPin, o.InterruptPin),
	)
}

// start is device's.
func (a *Accel) start(at Site) (hw.Source, error) {
	c, ok := chips[a.Chip]
	if !ok {
		return nil, fmt.Errorf("sensor: chip %q: there are %s", a.Chip, strings.Join(Chips(), ", "))
	}
	if err := board.Init(); err != nil {
		return nil, fmt.Errorf("sensor: %w", err)
	}
	chip, bus, err := c.open(a, at.root())
	if err != nil {
		return nil, fmt.Errorf("sensor: %w", err)
	}
	src, err := a.source(chip)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("sensor: %w", err), chip.Halt(), bus.Close())
	}
	return &onBus{Accelerometer: src, bus: bus}, nil
}

// options returns what a chip is set to: its rate to the digit, where the table has it rounded.
func (a *Accel) options() accel.Opts {
	o := accel.Opts{Rate: physic.Frequency(a.SampleRateHz) * physic.Hertz, RangeG: a.RangeG, Clock: a.clock}
	c := chips[a.Chip]
	if exact, ok := c.rate(a.SampleRateHz); a.SampleRateHz != 0 && ok {
		o.Rate = physic.Frequency(math.Round(exact * float64(physic.Hertz)))
	}
	return o
}

// source reads the chip's FIFO from now on.
func (a *Accel) source(chip accel.Sensor) (*accel.Source, error) {
	o := accel.SourceOptions{Clock: a.clock}
	if a.InterruptPin != "" {
		pin, err := board.Pin(a.InterruptPin)
		if err != nil {
			return nil, fmt.Errorf("interrupt pin: %w", err)
		}
		o.Pin = pin
	}
	return accel.NewSource(chip, o)
}

// onBus is an accelerometer whose bus is closed with it.
type onBus struct {
	accel.Accelerometer
	bus  io.Closer
	once sync.Once
	err  error // of halting
}

// Halt stops measuring and closes the bus.
func (o *onBus) Halt() error {
	o.once.Do(func() { o.err = errors.Join(o.Accelerometer.Halt(), o.bus.Close()) })
	return o.err
}
