package adxl355

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"periph.io/x/conn/v3/i2c"
	"periph.io/x/conn/v3/physic"
	"periph.io/x/conn/v3/spi"

	"github.com/auscult/auscult/hw/accel"
	"github.com/auscult/auscult/hw/accel/internal/selftest"
	"github.com/auscult/auscult/hw/accel/internal/wire"
)

// I²C addresses, by the level of the pin ASEL.
const (
	AddressLow  = 0x1d
	AddressHigh = 0x53
)

// SPIClock is the clock that NewSPI asks for, the chips' fastest.
const SPIClock = 10 * physic.MegaHertz

// Chip is one of the chips, which cannot be told apart from outside.
type Chip struct {
	name   string
	rangeG []int // in the order of their codes in RANGE
	// microG is what a full word stands for at the first range.
	microG int64
}

// The chips.
var (
	ADXL355 = Chip{"ADXL355", []int{2, 4, 8}, 2048e3}
	ADXL357 = Chip{"ADXL357", []int{10, 20, 40}, 10240e3}
)

// Registers.
const (
	regDevID       = 0x00
	regPartID      = 0x02
	regStatus      = 0x04
	regFIFOData    = 0x11
	regFilter      = 0x28
	regFIFOSamples = 0x29
	regIntMap      = 0x2a
	regSync        = 0x2b
	regRange       = 0x2c
	regPower       = 0x2d
	regSelfTest    = 0x2e
	regReset       = 0x2f
)

// Bits of the registers.
const (
	statusOverrun = 1 << 2
	intFull1      = 1 << 1 // the watermark, in this chip's words
	rangeIntHigh  = 1 << 6
	powerStandby  = 1
	powerNoTemp   = 1 << 1
	powerNoDRDY   = 1 << 2
	selfTestMode  = 1
	selfTestForce = 1 << 1
	resetCode     = 0x52
	flagX         = 1
	flagEmpty     = 1 << 1
	partID        = 0xed
)

const (
	depth      = 32
	frameBytes = 9
	fastest    = 4 * physic.KiloHertz
	slowest    = 10 // halvings of it
	// resetTime is how long the chip reads its fuses after a reset.
	resetTime = 10 * time.Millisecond
)

// Identity is how the chip is found on I²C.
var Identity = accel.Identity{
	Addresses: []uint16{AddressLow, AddressHigh}, Register: regPartID,
	Names: map[byte]string{partID: "ADXL355 or ADXL357"},
}

// Dev is a handle to an ADXL355 or ADXL357.
type Dev struct {
	regs   *wire.Registers
	chip   Chip
	name   string
	config accel.Config
	clock  accel.Clock
	filter byte
	scale  byte
}

var _ accel.Sensor = (*Dev)(nil)

// NewI2C returns the chip on an I²C bus, in standby and set to o.
func (c Chip) NewI2C(bus i2c.Bus, address uint16, o accel.Opts) (*Dev, error) {
	d := &Dev{
		regs: wire.NewI2C(bus, address, 0, depth*frameBytes), chip: c,
		name: fmt.Sprintf("%s{%s, %#02x}", c.name, bus, address),
	}
	if o.Rate == 0 {
		o.Rate = physic.KiloHertz
	}
	return d.open(o)
}

// NewSPI returns the chip on an SPI port, in standby and set to o.
func (c Chip) NewSPI(port spi.Port, o accel.Opts) (*Dev, error) {
	s, err := port.Connect(SPIClock, spi.Mode0, 8)
	if err != nil {
		return nil, fmt.Errorf("adxl355: connecting to %s: %w", port, err)
	}
	d := &Dev{regs: wire.NewSPIShifted(s, depth*frameBytes), chip: c, name: fmt.Sprintf("%s{%s}", c.name, s)}
	return d.open(o)
}

func (d *Dev) open(o accel.Opts) (*Dev, error) {
	if err := d.choose(o); err != nil {
		return nil, fmt.Errorf("adxl355: %w", err)
	}
	err := d.regs.Identify(regDevID, wire.Chip{ID: 0xad, Name: "chip of Analog Devices"},
		wire.Chip{ID: 0xe5, Name: "ADXL345"})
	if err == nil {
		err = d.regs.Identify(regPartID, wire.Chip{ID: partID, Name: d.chip.name},
			wire.Chip{ID: 0xe9, Name: "ADXL359"}, wire.Chip{ID: 0xfa, Name: "ADXL372"}, wire.Chip{ID: 0xf7, Name: "ADXL367"})
	}
	if err == nil {
		err = d.reset()
	}
	if err != nil {
		return nil, fmt.Errorf("adxl355: %s: %w", d.regs, err)
	}
	return d, nil
}

// choose checks the options and sets the configuration.
func (d *Dev) choose(o accel.Opts) error {
	o, err := o.Complete(fastest, d.chip.rangeG[len(d.chip.rangeG)-1], depth)
	if err != nil {
		return err
	}
	d.clock = o.Clock
	rate := fastest
	for d.filter = 0; !o.Wants(rate); d.filter++ {
		if d.filter == slowest {
			return fmt.Errorf("rate %s: must be 4000, 2000, 1000, 500, 250, 125, 62.5, 31.25, 15.6, 7.8 or 3.9 Hz", o.Rate)
		}
		rate /= 2
	}
	code := slices.Index(d.chip.rangeG, o.RangeG)
	if code < 0 {
		r := d.chip.rangeG
		return fmt.Errorf("range %d g: must be %d, %d or %d of an %s", o.RangeG, r[0], r[1], r[2], d.chip.name)
	}
	d.scale = byte(code + 1)
	d.config = accel.Config{
		Rate: rate, RangeG: o.RangeG, FullScaleMicroG: d.chip.microG << code, BitsPerSample: 20,
		FIFODepth: depth, Watermark: o.Watermark, HasInterrupt: true,
	}
	return nil
}

// reset brings the chip into its state after power-up: standby.
func (d *Dev) reset() error {
	if err := d.regs.Set(regReset, resetCode); err != nil {
		return err
	}
	if err := d.clock.Wait(context.Background(), nil, resetTime); err != nil {
		return err
	}
	return d.regs.Configure(wire.Setting{Register: regPower, Value: powerStandby | powerNoTemp | powerNoDRDY})
}

// String names chip and bus.
func (d *Dev) String() string { return d.name }

// Config returns what the chip is set to.
func (d *Dev) Config() accel.Config { return d.config }

// Start empties the FIFO and begins to measure, with the watermark on INT1.
func (d *Dev) Start() error { return d.measure(d.filter, d.scale, 0) }

func (d *Dev) measure(filter, scale, selfTest byte) error {
	if err := d.regs.Configure(
		// Settings change in standby only.
		wire.Setting{Register: regPower, Value: powerStandby | powerNoTemp | powerNoDRDY},
		wire.Setting{Register: regFilter, Value: filter},
		wire.Setting{Register: regFIFOSamples, Value: byte(accel.Axes * d.config.Watermark)},
		wire.Setting{Register: regIntMap, Value: intFull1},
		wire.Setting{Register: regSync},
		wire.Setting{Register: regRange, Value: rangeIntHigh | scale},
		wire.Setting{Register: regSelfTest, Value: selfTest},
	); err != nil {
		return err
	}
	if err := d.drain(); err != nil {
		return err
	}
	return d.regs.Configure(wire.Setting{Register: regPower, Value: powerNoTemp | powerNoDRDY})
}

// drain reads what an earlier measurement left in the FIFO, which has no other way to be emptied.
func (d *Dev) drain() error {
	words, _, err := d.words()
	if err != nil || words == 0 {
		return err
	}
	for most := d.regs.MaxRead() / 3; words > 0; words -= most {
		if _, err := d.regs.Fetch(regFIFOData, 3*min(words, most)); err != nil {
			return err
		}
	}
	return nil
}

// Halt leaves the chip in standby.
func (d *Dev) Halt() error {
	return errors.Join(d.regs.Set(regPower, powerStandby|powerNoTemp|powerNoDRDY), d.regs.Set(regIntMap, 0))
}

// Level returns how many sample times the FIFO holds, and whether it is full or overwrote some
// since it was last asked.
func (d *Dev) Level() (n int, full bool, err error) {
	words, over, err := d.words()
	n = words / accel.Axes
	return n, n == depth || over, err
}

// words returns how many words the FIFO holds, and whether it overwrote some.
func (d *Dev) words() (n int, over bool, err error) {
	b, err := d.regs.Fetch(regStatus, 2)
	if err != nil {
		return 0, false, err
	}
	if n = int(b[1]); n > accel.Axes*depth {
		// A line that nobody drives reads as ones.
		return 0, false, fmt.Errorf("%d words in a FIFO of %d: the bus is disturbed", n, accel.Axes*depth)
	}
	return n, b[0]&statusOverrun != 0, nil
}

// ReadFIFO reads the oldest sample times in one transfer.
func (d *Dev) ReadFIFO(dst []int32) (int, error) {
	return len(dst) / accel.Axes, d.regs.Frames24(regFIFOData, dst, d.regs.MaxRead()/frameBytes, mark)
}

// mark checks what a word's flags say: x is marked, and nothing is read that was not there.
func mark(axis int, flags byte) error {
	switch {
	case flags&flagEmpty != 0:
		return errors.New("a word of the FIFO says that there was none: the bus is disturbed")
	case (flags&flagX != 0) != (axis == 0):
		return errors.New("the words of the FIFO are out of step: the bus is disturbed")
	}
	return nil
}

// SelfTest has the chip push its mass and looks how far the readings move. The
// sensor must not be read at the same time; it is in standby afterwards. The
// machine that it sits on should stand still.
func (d *Dev) SelfTest() (err error) {
	asked := d.config
	defer func() {
		d.config = asked
		err = selftest.Ended("adxl355", d.regs, err, d.Halt(), d.regs.Set(regSelfTest, 0))
	}()
	// The widest range holds the push whichever the direction of gravity.
	widest := len(d.chip.rangeG) - 1
	d.config.Rate, d.config.RangeG = physic.KiloHertz, d.chip.rangeG[widest]
	d.config.FullScaleMicroG = d.chip.microG << widest
	moved, err := selftest.Means(d, d.clock, [2]byte{selfTestMode, selfTestMode | selfTestForce}, func(force byte) error {
		return d.measure(2, byte(widest+1), force)
	}, 100, 100)
	if err != nil {
		return err
	}
	plane, z := selftest.Limits{Min: 100e3, Max: 600e3}, selftest.Limits{Min: 500e3, Max: 3000e3}
	return moved.CheckAmounts([accel.Axes]selftest.Limits{plane, plane, z})
}
