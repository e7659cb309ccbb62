package lis2dw12

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"

	"periph.io/x/conn/v3/i2c"
	"periph.io/x/conn/v3/physic"
	"periph.io/x/conn/v3/spi"

	"github.com/auscult/auscult/hw/accel"
	"github.com/auscult/auscult/hw/accel/internal/selftest"
	"github.com/auscult/auscult/hw/accel/internal/wire"
)

// I²C addresses, by the level of the pin SA0.
const (
	AddressLow  = 0x18
	AddressHigh = 0x19
)

// SPIClock is the clock that NewSPI asks for, the chip's fastest.
const SPIClock = 10 * physic.MegaHertz

// Registers.
const (
	regWhoAmI      = 0x0f
	regCtrl1       = 0x20
	regCtrl2       = 0x21
	regCtrl3       = 0x22
	regCtrl4       = 0x23
	regCtrl6       = 0x25
	regOutXL       = 0x28
	regFIFOCtrl    = 0x2e
	regFIFOSamples = 0x2f
)

// Bits of the registers.
const (
	ctrl1HighPerformance = 1 << 2
	ctrl2Reset           = 1 << 6
	ctrl2BDU             = 1 << 3
	ctrl2IfInc           = 1 << 2
	ctrl2NoI2C           = 1 << 1
	ctrl3SelfTest        = 1 << 6
	ctrl4FIFOTh          = 1 << 1
	ctrl6LowNoise        = 1 << 2
	fifoContinuous       = 6 << 5
	samplesOverrun       = 1 << 6
	samplesLevel         = 0x3f
)

const (
	depth      = 32
	frameBytes = 6
)

// rates are the output data rates of the high-performance mode; the code in CTRL1 is 9 for the
// first, 8 for the next and so on.
var rates = []physic.Frequency{
	1600 * physic.Hertz, 800 * physic.Hertz, 400 * physic.Hertz, 200 * physic.Hertz, 100 * physic.Hertz,
	50 * physic.Hertz, 25 * physic.Hertz, 12500 * physic.MilliHertz,
}

const fastestCode = 9

// ranges in g, in the order of their codes in CTRL6.
var ranges = []int{2, 4, 8, 16}

// Identity is how the chip is found on I²C.
var Identity = accel.Identity{
	Addresses: []uint16{AddressHigh, AddressLow}, Register: regWhoAmI,
	Names: map[byte]string{0x44: "LIS2DW12 or IIS2DLPC"},
}

// Dev is a handle to a LIS2DW12 or IIS2DLPC.
type Dev struct {
	regs    *wire.Registers
	onSPI   bool
	name    string
	config  accel.Config
	clock   accel.Clock
	control byte // CTRL1
	scale   byte // CTRL6
}

var _ accel.Sensor = (*Dev)(nil)

// NewI2C returns the chip on an I²C bus, in standby and set to o.
func NewI2C(bus i2c.Bus, address uint16, o accel.Opts) (*Dev, error) {
	d := &Dev{
		regs: wire.NewI2C(bus, address, 0, depth*frameBytes), name: fmt.Sprintf("LIS2DW12{%s, %#02x}", bus, address),
	}
	return d.open(o)
}

// NewSPI returns the chip on an SPI port, in standby and set to o.
func NewSPI(port spi.Port, o accel.Opts) (*Dev, error) {
	c, err := port.Connect(SPIClock, spi.Mode3, 8)
	if err != nil {
		return nil, fmt.Errorf("lis2dw12: connecting to %s: %w", port, err)
	}
	d := &Dev{regs: wire.NewSPI(c, 0x80, 0, depth*frameBytes), onSPI: true, name: fmt.Sprintf("LIS2DW12{%s}", c)}
	return d.open(o)
}

func (d *Dev) open(o accel.Opts) (*Dev, error) {
	if err := d.choose(o); err != nil {
		return nil, fmt.Errorf("lis2dw12: %w", err)
	}
	err := d.regs.Identify(regWhoAmI, wire.Chip{ID: 0x44, Name: "LIS2DW12"}, wire.Chip{ID: 0x33, Name: "LIS3DH"},
		wire.Chip{ID: 0x43, Name: "LIS2DS12"}, wire.Chip{ID: 0x45, Name: "LIS2DTW12"}, wire.Chip{ID: 0x6c, Name: "LSM6DSO"})
	if err == nil {
		err = d.reset()
	}
	if err != nil {
		return nil, fmt.Errorf("lis2dw12: %s: %w", d.regs, err)
	}
	return d, nil
}

// choose checks the options and sets the configuration.
func (d *Dev) choose(o accel.Opts) error {
	o, err := o.Complete(rates[0], 16, depth)
	if err != nil {
		return err
	}
	d.clock = o.Clock
	d.config = accel.Config{
		RangeG: o.RangeG, FullScaleMicroG: int64(o.RangeG) * 1e6, BitsPerSample: 14,
		FIFODepth: depth, Watermark: o.Watermark, HasInterrupt: true,
	}
	for i, rate := range rates {
		if o.Wants(rate) {
			d.config.Rate, d.control = rate, byte(fastestCode-i)<<4|ctrl1HighPerformance
		}
	}
	if d.config.Rate == 0 {
		return fmt.Errorf("rate %s: must be 1600, 800, 400, 200, 100, 50, 25 or 12.5 Hz", o.Rate)
	}
	code := slices.Index(ranges, o.RangeG)
	if code < 0 {
		return fmt.Errorf("range %d g: must be 2, 4, 8 or 16", o.RangeG)
	}
	d.scale = byte(code)<<4 | ctrl6LowNoise
	return nil
}

// reset brings the chip into its state after power-up, in standby.
func (d *Dev) reset() error {
	if err := d.regs.Set(regCtrl2, ctrl2Reset|ctrl2IfInc); err != nil {
		return err
	}
	if err := d.regs.AwaitReset(d.clock, regCtrl2, ctrl2Reset); err != nil {
		return err
	}
	control := byte(ctrl2BDU | ctrl2IfInc)
	if d.onSPI {
		control |= ctrl2NoI2C
	}
	return d.regs.Configure(wire.Setting{Register: regCtrl2, Value: control})
}

// String names chip and bus.
func (d *Dev) String() string { return d.name }

// Config returns what the chip is set to.
func (d *Dev) Config() accel.Config { return d.config }

// Start empties the FIFO and begins to measure, with the watermark on INT1.
func (d *Dev) Start() error { return d.measure(d.control, d.scale, 0) }

func (d *Dev) measure(control, scale, selfTest byte) error {
	return d.regs.Configure(
		wire.Setting{Register: regCtrl1},
		wire.Setting{Register: regFIFOCtrl}, // bypass: empties the FIFO
		wire.Setting{Register: regCtrl3, Value: selfTest},
		wire.Setting{Register: regCtrl4, Value: ctrl4FIFOTh},
		wire.Setting{Register: regCtrl6, Value: scale},
		wire.Setting{Register: regFIFOCtrl, Value: fifoContinuous | byte(d.config.Watermark)},
		wire.Setting{Register: regCtrl1, Value: control},
	)
}

// Halt leaves the chip in standby with an empty FIFO.
func (d *Dev) Halt() error {
	return errors.Join(d.regs.Set(regCtrl1, 0), d.regs.Set(regCtrl4, 0), d.regs.Set(regFIFOCtrl, 0))
}

// Level returns how many sample times the FIFO holds, and whether it is full or has overwritten some.
func (d *Dev) Level() (n int, full bool, err error) {
	samples, err := d.regs.Get(regFIFOSamples)
	if err != nil {
		return 0, false, err
	}
	n = int(samples & samplesLevel)
	if n > depth {
		// A line that nobody drives reads as ones.
		return 0, false, fmt.Errorf("register %#02x holds %#02x, which is more than the FIFO of %d: the bus is disturbed",
			regFIFOSamples, samples, depth)
	}
	return n, n == depth || samples&samplesOverrun != 0, nil
}

// ReadFIFO reads the oldest sample times in one transfer.
func (d *Dev) ReadFIFO(dst []int32) (int, error) {
	return len(dst) / accel.Axes, d.regs.Frames(regOutXL, dst, binary.LittleEndian, d.regs.MaxRead()/frameBytes)
}

// SelfTest has the chip push its mass and looks how far the readings move. The
// sensor must not be read at the same time; it is in standby afterwards. The
// machine that it sits on should stand still.
func (d *Dev) SelfTest() (err error) {
	asked := d.config
	defer func() {
		d.config = asked
		err = selftest.Ended("lis2dw12", d.regs, err, d.Halt(), d.regs.Set(regCtrl3, 0))
	}()
	// At ±4 g, where the push and gravity have room together.
	d.config.Rate, d.config.RangeG, d.config.FullScaleMicroG = 100*physic.Hertz, 4, 4e6
	moved, err := selftest.Means(d, d.clock, [2]byte{0, ctrl3SelfTest}, func(force byte) error {
		return d.measure(5<<4|ctrl1HighPerformance, 1<<4|ctrl6LowNoise, force)
	}, 10, 20)
	if err != nil {
		return err
	}
	return moved.CheckAmounts(selftest.Same(70e3, 1500e3))
}
