package lis3dh

import (
	"encoding/binary"
	"errors"
	"fmt"

	"periph.io/x/conn/v3/i2c"
	"periph.io/x/conn/v3/physic"
	"periph.io/x/conn/v3/spi"

	"github.com/auscult/auscult/hw/accel"
	"github.com/auscult/auscult/hw/accel/internal/selftest"
	"github.com/auscult/auscult/hw/accel/internal/wire"
)

// I²C addresses, by the level of the pin SDO/SA0.
const (
	AddressLow  = 0x18
	AddressHigh = 0x19
)

// SPIClock is the clock that NewSPI asks for, the chip's fastest.
const SPIClock = 10 * physic.MegaHertz

// Registers.
const (
	regWhoAmI   = 0x0f
	regCtrl1    = 0x20
	regCtrl2    = 0x21
	regCtrl3    = 0x22
	regCtrl4    = 0x23
	regCtrl5    = 0x24
	regCtrl6    = 0x25
	regOutXL    = 0x28
	regFIFOCtrl = 0x2e
	regFIFOSrc  = 0x2f
)

// Bits of the registers.
const (
	ctrl1AllAxes  = 7
	ctrl1LowPower = 1 << 3
	ctrl3IntWTM   = 1 << 2
	ctrl4BDU      = 1 << 7
	ctrl4HighRes  = 1 << 3
	ctrl4SelfTest = 1 << 1
	ctrl5FIFO     = 1 << 6
	fifoStream    = 2 << 6
	srcOverrun    = 1 << 6
	srcEmpty      = 1 << 5
	srcLevel      = 0x1f
)

const (
	depth      = 32
	frameBytes = 6
)

// rates are the output data rates with their codes in CTRL_REG1, table 31, and the bits that
// the finest mode has at each. The first is the fastest that has more than 8.
var rates = []struct {
	rate physic.Frequency
	code byte
	bits int
}{
	{1344 * physic.Hertz, 9, 12}, {400 * physic.Hertz, 7, 12}, {200 * physic.Hertz, 6, 12}, {100 * physic.Hertz, 5, 12},
	{50 * physic.Hertz, 4, 12}, {25 * physic.Hertz, 3, 12}, {10 * physic.Hertz, 2, 12},
	{5376 * physic.Hertz, 9, 8}, {1600 * physic.Hertz, 8, 8},
}

// ranges in g, in the order of their codes in CTRL_REG4, with what a full word
// stands for: 2048 times the sensitivity in high resolution, table 4.
var ranges = []struct {
	g      int
	microG int64
}{{2, 2048e3}, {4, 4096e3}, {8, 8192e3}, {16, 24576e3}}

// Identity is how the chip is found on I²C.
var Identity = accel.Identity{
	Addresses: []uint16{AddressLow, AddressHigh}, Register: regWhoAmI,
	Names: map[byte]string{0x33: "LIS3DH"},
}

// Dev is a handle to a LIS3DH.
type Dev struct {
	regs   *wire.Registers
	name   string
	config accel.Config
	clock  accel.Clock
	rate   byte // CTRL_REG1
	scale  byte // CTRL_REG4
}

var _ accel.Sensor = (*Dev)(nil)

// NewI2C returns the chip on an I²C bus, in standby and set to o.
func NewI2C(bus i2c.Bus, address uint16, o accel.Opts) (*Dev, error) {
	d := &Dev{regs: wire.NewI2C(bus, address, 0x80, depth*frameBytes), name: fmt.Sprintf("LIS3DH{%s, %#02x}",
		bus, address)}
	return d.open(o)
}

// NewSPI returns the chip on an SPI port, in standby and set to o.
func NewSPI(port spi.Port, o accel.Opts) (*Dev, error) {
	c, err := port.Connect(SPIClock, spi.Mode3, 8)
	if err != nil {
		return nil, fmt.Errorf("lis3dh: connecting to %s: %w", port, err)
	}
	d := &Dev{regs: wire.NewSPI(c, 0x80, 0x40, depth*frameBytes), name: fmt.Sprintf("LIS3DH{%s}", c)}
	return d.open(o)
}

func (d *Dev) open(o accel.Opts) (*Dev, error) {
	if err := d.choose(o); err != nil {
		return nil, fmt.Errorf("lis3dh: %w", err)
	}
	if err := d.regs.Identify(regWhoAmI, wire.Chip{ID: 0x33, Name: "LIS3DH"},
		wire.Chip{ID: 0x44, Name: "LIS2DW12"}, wire.Chip{ID: 0x7b, Name: "IIS3DWB"},
		wire.Chip{ID: 0x32, Name: "LIS331"}); err != nil {
		return nil, fmt.Errorf("lis3dh: %s: %w", d.regs, err)
	}
	if err := d.standby(); err != nil {
		return nil, fmt.Errorf("lis3dh: %s: %w", d.regs, err)
	}
	return d, nil
}

// choose checks the options and sets the configuration.
func (d *Dev) choose(o accel.Opts) error {
	o, err := o.Complete(rates[0].rate, 16, depth)
	if err != nil {
		return err
	}
	d.clock = o.Clock
	d.config = accel.Config{Rate: o.Rate, RangeG: o.RangeG, FIFODepth: depth, Watermark: o.Watermark, HasInterrupt: true}
	for _, r := range rates {
		if r.rate == o.Rate {
			d.rate, d.scale = r.code<<4|ctrl1AllAxes, ctrl4BDU|ctrl4HighRes
			if r.bits == 8 {
				d.rate, d.scale = d.rate|ctrl1LowPower, ctrl4BDU
			}
			d.config.BitsPerSample = r.bits
		}
	}
	if d.config.BitsPerSample == 0 {
		return fmt.Errorf("rate %s: must be 1344, 400, 200, 100, 50, 25 or 10 Hz, or 5376 or 1600 Hz with 8 bits", o.Rate)
	}
	for code, r := range ranges {
		if r.g == o.RangeG {
			d.scale |= byte(code) << 4
			d.config.FullScaleMicroG = r.microG
		}
	}
	if d.config.FullScaleMicroG == 0 {
		return fmt.Errorf("range %d g: must be 2, 4, 8 or 16", o.RangeG)
	}
	return nil
}

// standby switches the chip off and its FIFO empty.
func (d *Dev) standby() error {
	return d.regs.Configure(
		wire.Setting{Register: regCtrl1, Value: ctrl1AllAxes},
		wire.Setting{Register: regFIFOCtrl}, // bypass: empties the FIFO
		wire.Setting{Register: regCtrl3},
	)
}

// String names chip and bus.
func (d *Dev) String() string { return d.name }

// Config returns what the chip is set to.
func (d *Dev) Config() accel.Config { return d.config }

// Start empties the FIFO and begins to measure, with the watermark on INT1.
func (d *Dev) Start() error { return d.measure(d.rate, d.scale) }

func (d *Dev) measure(rate, scale byte) error {
	if err := d.standby(); err != nil {
		return err
	}
	return d.regs.Configure(
		wire.Setting{Register: regCtrl2},
		wire.Setting{Register: regCtrl3, Value: ctrl3IntWTM},
		wire.Setting{Register: regCtrl4, Value: scale},
		wire.Setting{Register: regCtrl5, Value: ctrl5FIFO},
		wire.Setting{Register: regCtrl6},
		// The line rises when the level exceeds what stands here.
		wire.Setting{Register: regFIFOCtrl, Value: fifoStream | byte(d.config.Watermark-1)},
		wire.Setting{Register: regCtrl1, Value: rate},
	)
}

// Halt leaves the chip in standby.
func (d *Dev) Halt() error {
	return errors.Join(d.regs.Set(regCtrl1, ctrl1AllAxes), d.regs.Set(regFIFOCtrl, 0))
}

// Level returns how many sample times the FIFO holds, and whether it is full.
func (d *Dev) Level() (n int, full bool, err error) {
	src, err := d.regs.Get(regFIFOSrc)
	if err != nil {
		return 0, false, err
	}
	if src&srcOverrun != 0 {
		if src&srcEmpty != 0 {
			// A line that nobody drives reads as ones.
			return 0, false, fmt.Errorf("register %#02x holds %#02x, full and empty at once: the bus is disturbed",
				regFIFOSrc, src)
		}
		return depth, true, nil
	}
	return int(src & srcLevel), false, nil
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
		err = selftest.Ended("lis3dh", d.regs, err, d.Halt(), d.regs.Set(regCtrl4, d.scale))
	}()
	// Normal mode at ±2 g, as the limits are given.
	d.config.Rate, d.config.RangeG, d.config.FullScaleMicroG = 400*physic.Hertz, 2, 2048e3
	moved, err := selftest.Means(d, d.clock, [2]byte{0, ctrl4SelfTest}, func(force byte) error {
		return d.measure(7<<4|ctrl1AllAxes, ctrl4BDU|force)
	}, 8, 32)
	if err != nil {
		return err
	}
	// The limits are for the amount, footnote 6 of table 4.
	return moved.CheckAmounts(selftest.Same(17*4e3, 360*4e3))
}
