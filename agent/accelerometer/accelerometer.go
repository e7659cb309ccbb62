package accelerometer

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"sync"

	"periph.io/x/conn/v3/i2c"
	"periph.io/x/conn/v3/i2c/i2creg"
	"periph.io/x/conn/v3/physic"
	"periph.io/x/conn/v3/spi"
	"periph.io/x/conn/v3/spi/spireg"

	"github.com/auscult/auscult/agent/board"
	"github.com/auscult/auscult/dsp/resample"
	"github.com/auscult/auscult/hw"
	"github.com/auscult/auscult/hw/accel"
	"github.com/auscult/auscult/hw/accel/adxl345"
	"github.com/auscult/auscult/hw/accel/iis3dwb"
	"github.com/auscult/auscult/hw/accel/lis3dh"
	"github.com/auscult/auscult/hw/accel/mpu6050"
	"github.com/auscult/auscult/hw/iio"
)

// CornerHz is where the response is 3 dB down: a machine of 60 turns a minute is
// still heard.
const CornerHz = 0.5

// Options say which sensor and how.
type Options struct {
	Chip         string // one of Chips
	Bus          string // as periph names it: "I2C1", "SPI0.0"; empty: the first of the chip's kind
	Address      int    // on I2C; 0 is the chip's usual one
	SampleRateHz int    // one of the data sheet's, rounded to Hz; 0 is the fastest
	RangeG       int    // 2, 4, 8 or 16; 0 is the widest
	InterruptPin string // GPIO that the chip's interrupt line is wired to; empty: its FIFO is polled
	Clock        accel.Clock
}

// chip is how one is opened; what it has not got is nil.
type chip struct {
	address uint16
	i2c     func(i2c.Bus, uint16, accel.Opts) (accel.Sensor, error)
	spi     func(spi.Port, accel.Opts) (accel.Sensor, error)
}

var chips = map[string]chip{
	"adxl345": {0x53, onI2C(adxl345.NewI2C), onSPI(adxl345.NewSPI)},
	"iis3dwb": {0, nil, onSPI(iis3dwb.NewSPI)},
	"lis3dh":  {0x18, onI2C(lis3dh.NewI2C), onSPI(lis3dh.NewSPI)},
	"mpu6050": {0x68, onI2C(mpu6050.NewI2C), nil},
}

// onI2C and onSPI make one type of the drivers' constructors. A driver that
// failed must not become an interface that is not nil.
func onI2C[D accel.Sensor](open func(i2c.Bus, uint16, accel.Opts) (D, error)) func(i2c.Bus, uint16, accel.Opts) (accel.Sensor, error) {
	return func(b i2c.Bus, address uint16, o accel.Opts) (accel.Sensor, error) {
		d, err := open(b, address, o)
		if err != nil {
			return nil, err
		}
		return d, nil
	}
}

func onSPI[D accel.Sensor](open func(spi.Port, accel.Opts) (D, error)) func(spi.Port, accel.Opts) (accel.Sensor, error) {
	return func(p spi.Port, o accel.Opts) (accel.Sensor, error) {
		d, err := open(p, o)
		if err != nil {
			return nil, err
		}
		return d, nil
	}
}

// Chips returns the names of the chips that can be opened.
func Chips() []string { return slices.Sorted(maps.Keys(chips)) }

// Source is an open accelerometer without gravity.
type Source struct {
	accel.Accelerometer
	bus    io.Closer // nil: the kernel's
	steady *resample.DCBlockers
	once   sync.Once
	err    error // of halting
}

// Open opens a sensor and begins to measure.
func Open(o Options) (*Source, error) {
	c, ok := chips[o.Chip]
	if !ok {
		return nil, fmt.Errorf("accelerometer: chip %q: there are %s", o.Chip, strings.Join(Chips(), ", "))
	}
	if err := board.Init(); err != nil {
		return nil, fmt.Errorf("accelerometer: %w", err)
	}
	opts := accel.Opts{Rate: physic.Frequency(o.SampleRateHz) * physic.Hertz, RangeG: o.RangeG, Clock: o.Clock}
	sensor, bus, err := c.open(&o, opts)
	if err != nil {
		return nil, fmt.Errorf("accelerometer: %w", err)
	}
	s, err := start(sensor, bus, &o)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("accelerometer: %w", err), sensor.Halt(), bus.Close())
	}
	return s, nil
}

// OpenKernel opens an accelerometer that the kernel drives, by the name of its
// driver or as "iio:device0" (see iio.Root.Open). Root is where /sys and /dev are;
// a rate of 0 leaves the driver's.
func OpenKernel(root, device string, sampleRateHz int) (*Source, error) {
	src, err := iio.Root(root).Open(device, iio.Options{Rate: physic.Frequency(sampleRateHz) * physic.Hertz})
	if err != nil {
		return nil, fmt.Errorf("accelerometer: %w", err)
	}
	s, err := steady(src, nil)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("accelerometer: %w", err), src.Halt())
	}
	return s, nil
}

// steady takes gravity from what a sensor gives. A bus, where there is one, is
// closed with the source.
func steady(src accel.Accelerometer, bus io.Closer) (*Source, error) {
	f := src.Format()
	blockers, err := resample.NewDCBlockers(f.Channels, f.SampleRateHz, CornerHz)
	if err != nil {
		return nil, err
	}
	return &Source{Accelerometer: src, bus: bus, steady: blockers}, nil
}

// open opens the bus and the chip on it.
func (c *chip) open(o *Options, opts accel.Opts) (accel.Sensor, io.Closer, error) {
	if c.i2c == nil || c.spi != nil && isSPI(o.Bus) {
		port, err := spireg.Open(o.Bus)
		if err != nil {
			return nil, nil, busError(o.Bus, "SPI", "dtparam=spi=on", names(spireg.All()), err)
		}
		sensor, err := c.spi(port, opts)
		if err != nil {
			return nil, nil, errors.Join(err, port.Close())
		}
		return sensor, port, nil
	}
	bus, err := i2creg.Open(o.Bus)
	if err != nil {
		return nil, nil, busError(o.Bus, "I2C", "dtparam=i2c_arm=on", names(i2creg.All()), err)
	}
	address := c.address
	if o.Address != 0 {
		address = uint16(o.Address)
	}
	sensor, err := c.i2c(bus, address, opts)
	if err != nil {
		return nil, nil, errors.Join(err, bus.Close())
	}
	return sensor, bus, nil
}

// isSPI tells the two kinds of bus apart by what periph and Linux call them.
func isSPI(bus string) bool { return strings.Contains(strings.ToLower(bus), "spi") }

func names[R interface{ *i2creg.Ref | *spireg.Ref }](refs []R) (all []string) {
	for _, r := range refs {
		switch v := any(r).(type) {
		case *i2creg.Ref:
			all = append(all, v.Name)
		case *spireg.Ref:
			all = append(all, v.Name)
		}
	}
	return all
}

func busError(bus, kind, parameter string, have []string, err error) error {
	if len(have) == 0 {
		return fmt.Errorf("the board has no %s bus that this user may open: switch it on (on a Raspberry Pi: %s in config.txt, then restart) and join its group: %w", kind, parameter, err)
	}
	return fmt.Errorf("bus %q: there are %s: %w", bus, strings.Join(have, ", "), err)
}

// start reads the sensor's FIFO from now on.
func start(sensor accel.Sensor, bus io.Closer, o *Options) (*Source, error) {
	so := accel.SourceOptions{Clock: o.Clock}
	if o.InterruptPin != "" {
		pin, err := board.Pin(o.InterruptPin)
		if err != nil {
			return nil, fmt.Errorf("interrupt pin: %w", err)
		}
		so.Pin = pin
	}
	src, err := accel.NewSource(sensor, so)
	if err != nil {
		return nil, err
	}
	return steady(src, bus)
}

// Read is hw.Source's. The mean lives on over lost samples: it is the sensor's
// and the earth's, not the machine's.
func (s *Source) Read(ctx context.Context, b *hw.Block) error {
	if err := s.Accelerometer.Read(ctx, b); err != nil {
		return err
	}
	s.steady.Process(b.PCM)
	return nil
}

// Halt stops measuring and closes the bus.
func (s *Source) Halt() error {
	s.once.Do(func() {
		s.err = s.Accelerometer.Halt()
		if s.bus != nil {
			s.err = errors.Join(s.err, s.bus.Close())
		}
	})
	return s.err
}
