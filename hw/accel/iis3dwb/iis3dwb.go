package iis3dwb

import (
	"errors"
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

// Registers.
const (
	regInt1Ctrl = 0x0d
	regWhoAmI   = 0x0f
	regCtrl1XL  = 0x10
	regCtrl3C   = 0x12
	regCtrl4C   = 0x13
	regCtrl5C   = 0x14
	regCtrl10C  = 0x19
)

// Bits of the registers.
const (
	batch26k7     = 0x0a
	int1FIFOTh    = 1 << 3
	ctrl1On       = 5 << 5
	ctrl3Reset    = 1 << 0
	ctrl3IfInc    = 1 << 2
	ctrl3BDU      = 1 << 6
	ctrl4NoI2C    = 1 << 2
	ctrl5SelfTest = 1
	ctrl10Time    = 1 << 5
)

const (
	depth = stfifo.Depth
	// settleTime is what ST's example waits after switching on.
	settleTime = 100 * time.Millisecond
)

// ranges give the code in CTRL1_XL of each range, which is not in order.
var ranges = map[int]byte{2: 0, 16: 1, 4: 2, 8: 3}

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
	if err := d.regs.Identify(regWhoAmI, wire.Chip{ID: 0x7b, Name: "IIS3DWB"},
		wire.Chip{ID: 0x33, Name: "LIS3DH"}, wire.Chip{ID: 0x44, Name: "LIS2DW12"}, wire.Chip{ID: 0x69, Name: "LSM6DS3"},
		wire.Chip{ID: 0x6c, Name: "LSM6DSO"}); err != nil {
		return nil, fmt.Errorf("iis3dwb: %s: %w", d.regs, err)
	}
	if err := d.reset(); err != nil {
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
	code, ok := ranges[o.RangeG]
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

// reset brings the chip into its state after power-up, and SPI and bursts into ours.
func (d *Dev) reset() error {
	if err := d.regs.Set(regCtrl3C, ctrl3Reset|ctrl3IfInc); err != nil {
		return err
	}
	if err := d.regs.AwaitReset(d.clock, regCtrl3C, ctrl3Reset); err != nil {
		return err
	}
	return d.regs.Configure(
		wire.Setting{Register: regCtrl3C, Value: ctrl3BDU | ctrl3IfInc},
		wire.Setting{Register: regCtrl4C, Value: ctrl4NoI2C},
	)
}

// String names chip and bus.
func (d *Dev) String() string { return d.name }

// Config returns what the chip is set to.
func (d *Dev) Config() accel.Config { return d.config }

// Start empties the FIFO and begins to measure, with the watermark on INT1.
func (d *Dev) Start() error { return d.measure(d.scale, 0) }

func (d *Dev) measure(scale, selfTest byte) error {
	d.fifo.Reset(3, 2) // 25 µs a tick, 37.5 µs a sample time
	return d.regs.Configure(
		wire.Setting{Register: regCtrl1XL},
		wire.Setting{Register: stfifo.RegControl4}, // bypass: empties the FIFO
		wire.Setting{Register: regCtrl5C, Value: selfTest},
		wire.Setting{Register: stfifo.RegControl1, Value: byte(d.config.Watermark)},
		wire.Setting{Register: stfifo.RegControl2, Value: byte(d.config.Watermark >> 8)},
		wire.Setting{Register: stfifo.RegControl3, Value: batch26k7},
		wire.Setting{Register: regInt1Ctrl, Value: int1FIFOTh},
		wire.Setting{Register: regCtrl10C, Value: ctrl10Time},
		wire.Setting{Register: stfifo.RegControl4, Value: stfifo.Continuous},
		wire.Setting{Register: regCtrl1XL, Value: ctrl1On | scale<<2},
	)
}

// Halt leaves the chip in standby with an empty FIFO.
func (d *Dev) Halt() error {
	return errors.Join(d.regs.Set(regCtrl1XL, 0), d.regs.Set(regInt1Ctrl, 0), d.regs.Set(stfifo.RegControl4, 0))
}

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
		err = selftest.Ended("iis3dwb", d.regs, err, d.Halt(), d.regs.Set(regCtrl5C, 0))
	}()
	d.config.RangeG, d.config.FullScaleMicroG = 4, 4e6
	skip := int(settleTime * time.Duration(Rate/physic.Hertz) / time.Second)
	moved, err := selftest.Means(d, d.clock, [2]byte{0, ctrl5SelfTest}, func(force byte) error {
		return d.measure(ranges[4], force)
	}, skip, depth)
	if err != nil {
		return err
	}
	// ST's limits are for the amount; the direction is the mount's.
	return moved.CheckAmounts(selftest.Same(800e3, 3200e3))
}
