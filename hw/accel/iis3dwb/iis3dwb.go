package iis3dwb

import (
	"fmt"
	"time"

	"periph.io/x/conn/v3/physic"
	"periph.io/x/conn/v3/spi"

	"github.com/auscult/auscult/hw/accel"
	"github.com/auscult/auscult/hw/accel/internal/selftest"
	"github.com/auscult/auscult/hw/accel/internal/stfifo"
	"github.com/auscult/auscult/hw/accel/internal/wire"
)

// SPIClock is the clock that NewSPI asks for, the chip's fastest.
const SPIClock = 10 * physic.MegaHertz

// Rate is the one output data rate, 80 kHz/3.
const Rate = 80 * physic.KiloHertz / 3

const (
	depth = stfifo.Depth
	// on and batch26k7 are the codes of the one rate, and of the FIFO's.
	on        = 0x0a
	batch26k7 = 0x0a
	// settleTime is what ST's example waits after switching on.
	settleTime = 100 * time.Millisecond
)

// Dev is a handle to an IIS3DWB.
type Dev struct {
	regs   *wire.Registers
	name   string
	config accel.Config
	clock  accel.Clock
	scale  byte
	fifo   stfifo.FIFO
}

var _ accel.Counter = (*Dev)(nil)

// NewSPI returns the chip on an SPI port, in standby and set to o.
func NewSPI(port spi.Port, o accel.Opts) (*Dev, error) {
	c, err := port.Connect(SPIClock, spi.Mode3, 8)
	if err != nil {
		return nil, fmt.Errorf("iis3dwb: connecting to %s: %w", port, err)
	}
	d := &Dev{regs: wire.NewSPI(c, 0x80, 0, depth*stfifo.WordBytes), name: fmt.Sprintf("IIS3DWB{%s}", c)}
	d.fifo.Registers = d.regs
	if err := d.choose(o); err != nil {
		return nil, fmt.Errorf("iis3dwb: %w", err)
	}
	if err := d.regs.Identify(stfifo.RegWhoAmI, wire.Chip{ID: 0x7b, Name: "IIS3DWB"},
		wire.Chip{ID: 0x33, Name: "LIS3DH"}, wire.Chip{ID: 0x44, Name: "LIS2DW12"}, wire.Chip{ID: 0x69, Name: "LSM6DS3"},
		wire.Chip{ID: 0x6c, Name: "LSM6DSO"}); err != nil {
		return nil, fmt.Errorf("iis3dwb: %s: %w", d.regs, err)
	}
	if err := d.fifo.Restart(d.clock, true); err != nil {
		return nil, fmt.Errorf("iis3dwb: %s: %w", d.regs, err)
	}
	return d, nil
}

// choose checks the options and sets the configuration.
func (d *Dev) choose(o accel.Opts) error {
	o, err := o.Complete(Rate, 16, depth)
	if err != nil {
		return err
	}
	d.clock = o.Clock
	// Whoever writes 26,667 Hz or 26.7 kHz means the one rate there is.
	if !o.Wants(Rate) {
		return fmt.Errorf("rate %s: must be %s", o.Rate, Rate)
	}
	code, ok := stfifo.Ranges[o.RangeG]
	if !ok {
		return fmt.Errorf("range %d g: must be 2, 4, 8 or 16", o.RangeG)
	}
	d.scale = code
	d.config = accel.Config{
		Rate: Rate, RangeG: o.RangeG, FullScaleMicroG: int64(o.RangeG) * 1e6, BitsPerSample: 16,
		FIFODepth: depth, Watermark: o.Watermark, HasInterrupt: true,
	}
	return nil
}

// String names chip and bus.
func (d *Dev) String() string { return d.name }

// Config returns what the chip is set to.
func (d *Dev) Config() accel.Config { return d.config }

// Start empties the FIFO and begins to measure, with the watermark on INT1.
func (d *Dev) Start() error { return d.measure(d.scale, 0) }

func (d *Dev) measure(scale, selfTest byte) error {
	d.fifo.Reset(3, 2) // 25 µs a tick, 37.5 µs a sample time
	return d.fifo.Measure(d.config.Watermark, on, batch26k7, scale, selfTest)
}

// Halt leaves the chip in standby with an empty FIFO.
func (d *Dev) Halt() error { return d.fifo.Halt() }

// Level returns how many words the FIFO holds, and whether it was full
// since it was last asked.
func (d *Dev) Level() (n int, full bool, err error) { return d.fifo.Level() }

// ReadFIFO reads the oldest words, as many as the bus takes at once, and returns
// how many of them are sample times.
func (d *Dev) ReadFIFO(dst []int32) (int, error) { return d.fifo.Read(dst) }

// Gaps returns what is missing among the sample times that ReadFIFO read last,
// by the chip's own time.
func (d *Dev) Gaps() (gaps []accel.Gap, ok bool) { return d.fifo.Gaps() }

// SelfTest has the chip push its mass and looks how far the readings move. The
// sensor must not be read at the same time; it is in standby afterwards. The
// machine that it sits on should stand still.
func (d *Dev) SelfTest() (err error) {
	asked := d.config
	defer func() {
		d.config = asked
		err = selftest.Ended("iis3dwb", d.regs, err, d.Halt(), d.regs.Set(stfifo.RegSelfTest, 0))
	}()
	d.config.RangeG, d.config.FullScaleMicroG = 4, 4e6
	skip := int(settleTime * time.Duration(Rate/physic.Hertz) / time.Second)
	moved, err := selftest.Means(d, d.clock, [2]byte{0, stfifo.SelfTest}, func(force byte) error {
		return d.measure(stfifo.Ranges[4], force)
	}, skip, depth)
	if err != nil {
		return err
	}
	// ST's limits are for the amount; the direction is the mount's.
	return moved.CheckAmounts(selftest.Same(800e3, 3200e3))
}
