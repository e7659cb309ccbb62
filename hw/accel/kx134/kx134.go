package kx134

import (
	"context"
	"encoding/binary"
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

// I²C addresses, by the level of the pin ADDR.
const (
	AddressLow  = 0x1e
	AddressHigh = 0x1f
)

// SPIClock is the clock that NewSPI asks for, the chip's fastest.
const SPIClock = 10 * physic.MegaHertz

// Registers.
const (
	regWhoAmI   = 0x13
	regControl1 = 0x1b
	regControl2 = 0x1c
	regRate     = 0x21 // ODCNTL
	regInt1     = 0x22 // INC1
	regInt4     = 0x25 // INC4
	regSelfTest = 0x5d
	regBuffer1  = 0x5e // BUF_CNTL1
	regBuffer2  = 0x5f
	regLevel    = 0x60 // BUF_STATUS_1
	regClear    = 0x62
	regRead     = 0x63
)

// Bits of the registers.
const (
	control1On     = 1 << 7
	control1Fine   = 1 << 6
	control2Reset  = 1 << 7
	rateHalf       = 1 << 6 // the filter at half the rate, not at a ninth
	int1On         = 1 << 5
	int1ActiveHigh = 1 << 4
	int4Watermark  = 1 << 5
	buffer2Stream  = 1<<7 | 1<<6 | 1
	levelMask      = 0x3ff
	selfTestCode   = 0xca
)

const (
	depth      = 86
	frameBytes = 6
	// fastest is the rate of code 15; each code below halves it.
	fastest     = 25600 * physic.Hertz
	fastestCode = 15
	slowestCode = 4
	onSPI       = fastest / 8
	onI2C       = fastest / 16
	// bootTime is how long a reset takes.
	bootTime = 2 * time.Millisecond
)

// ranges in g, in the order of their codes in CNTL1.
var ranges = []int{8, 16, 32, 64}

// Identity is how the chip is found on I²C.
var Identity = accel.Identity{
	Addresses: []uint16{AddressHigh, AddressLow}, Register: regWhoAmI,
	Names: map[byte]string{0x46: "KX134-1211"},
}

// Dev is a handle to a KX134.
type Dev struct {
	regs   *wire.Registers
	name   string
	config accel.Config
	clock  accel.Clock
	rate   byte // code
	scale  byte
}

var _ accel.Sensor = (*Dev)(nil)

// NewI2C returns the chip on an I²C bus, in standby and set to o.
func NewI2C(bus i2c.Bus, address uint16, o accel.Opts) (*Dev, error) {
	d := &Dev{
		regs: wire.NewI2C(bus, address, 0, depth*frameBytes), name: fmt.Sprintf("KX134{%s, %#02x}", bus, address),
	}
	return d.open(o, onI2C)
}

// NewSPI returns the chip on an SPI port, in standby and set to o.
func NewSPI(port spi.Port, o accel.Opts) (*Dev, error) {
	c, err := port.Connect(SPIClock, spi.Mode0, 8)
	if err != nil {
		return nil, fmt.Errorf("kx134: connecting to %s: %w", port, err)
	}
	d := &Dev{regs: wire.NewSPI(c, 0x80, 0, depth*frameBytes), name: fmt.Sprintf("KX134{%s}", c)}
	return d.open(o, onSPI)
}

func (d *Dev) open(o accel.Opts, usual physic.Frequency) (*Dev, error) {
	if err := d.choose(o, usual); err != nil {
		return nil, fmt.Errorf("kx134: %w", err)
	}
	err := d.regs.Identify(regWhoAmI, wire.Chip{ID: 0x46, Name: "KX134-1211"}, wire.Chip{ID: 0x3d, Name: "KX132-1211"},
		wire.Chip{ID: 0xcc, Name: "KX134ACR-LBZ"}, wire.Chip{ID: 0x1b, Name: "KX124"}, wire.Chip{ID: 0x15, Name: "KXTJ2"})
	if err == nil {
		err = d.reset()
	}
	if err != nil {
		return nil, fmt.Errorf("kx134: %s: %w", d.regs, err)
	}
	return d, nil
}

// choose checks the options and sets the configuration.
func (d *Dev) choose(o accel.Opts, usual physic.Frequency) error {
	o, err := o.Complete(usual, ranges[len(ranges)-1], depth)
	if err != nil {
		return err
	}
	d.clock = o.Clock
	rate := fastest
	for d.rate = fastestCode; !o.Wants(rate); d.rate-- {
		if d.rate == slowestCode {
			return fmt.Errorf("rate %s: must be 25600, 12800, 6400, 3200, 1600, 800, 400, 200, 100, 50, 25 or 12.5 Hz", o.Rate)
		}
		rate /= 2
	}
	code := slices.Index(ranges, o.RangeG)
	if code < 0 {
		return fmt.Errorf("range %d g: must be 8, 16, 32 or 64", o.RangeG)
	}
	d.scale = byte(code) << 3
	d.config = accel.Config{
		Rate: rate, RangeG: o.RangeG, FullScaleMicroG: int64(o.RangeG) * 1e6, BitsPerSample: 16,
		FIFODepth: depth, Watermark: o.Watermark, HasInterrupt: true,
	}
	return nil
}

// reset brings the chip into its state after power-up: standby.
func (d *Dev) reset() error {
	if err := d.regs.Set(regControl2, control2Reset); err != nil {
		return err
	}
	if err := d.clock.Wait(context.Background(), nil, bootTime); err != nil {
		return err
	}
	return d.regs.AwaitReset(d.clock, regControl2, control2Reset)
}

// String names chip and bus.
func (d *Dev) String() string { return d.name }

// Config returns what the chip is set to.
func (d *Dev) Config() accel.Config { return d.config }

// Start empties the buffer and begins to measure, with the watermark on INT1.
func (d *Dev) Start() error { return d.measure(d.rate, d.scale, 0) }

func (d *Dev) measure(rate, scale, selfTest byte) error {
	if err := d.regs.Configure(
		// Settings change in standby only.
		wire.Setting{Register: regControl1, Value: control1Fine | scale},
		wire.Setting{Register: regRate, Value: rateHalf | rate},
		wire.Setting{Register: regInt1, Value: int1On | int1ActiveHigh},
		wire.Setting{Register: regInt4, Value: int4Watermark},
		wire.Setting{Register: regBuffer1, Value: byte(d.config.Watermark)},
		wire.Setting{Register: regBuffer2, Value: buffer2Stream},
	); err != nil {
		return err
	}
	// These two cannot be read back.
	if err := d.regs.Set(regSelfTest, selfTest); err != nil {
		return err
	}
	if err := d.regs.Set(regClear, 0); err != nil {
		return err
	}
	return d.regs.Configure(wire.Setting{Register: regControl1, Value: control1On | control1Fine | scale})
}

// Halt leaves the chip in standby with an empty buffer.
func (d *Dev) Halt() error {
	return errors.Join(d.regs.Set(regControl1, 0), d.regs.Set(regInt4, 0), d.regs.Set(regBuffer2, 0))
}

// Level returns how many sample times the buffer holds, and whether it is full.
func (d *Dev) Level() (n int, full bool, err error) {
	b, err := d.regs.Fetch(regLevel, 2)
	if err != nil {
		return 0, false, err
	}
	bytes := int(binary.LittleEndian.Uint16(b)) & levelMask
	if bytes > depth*frameBytes {
		// A line that nobody drives reads as ones.
		return 0, false, fmt.Errorf("%d bytes in a buffer of %d: the bus is disturbed", bytes, depth*frameBytes)
	}
	n = bytes / frameBytes
	return n, n == depth, nil
}

// ReadFIFO reads the oldest sample times in one transfer.
func (d *Dev) ReadFIFO(dst []int32) (int, error) {
	return len(dst) / accel.Axes, d.regs.Frames(regRead, dst, binary.LittleEndian, d.regs.MaxRead()/frameBytes)
}

// SelfTest has the chip push its mass and looks how far the readings move. The
// sensor must not be read at the same time; it is in standby afterwards. The
// machine that it sits on should stand still.
func (d *Dev) SelfTest() (err error) {
	asked := d.config
	defer func() {
		d.config = asked
		err = selftest.Ended("kx134", d.regs, err, d.Halt(), d.regs.Set(regSelfTest, 0))
	}()
	const code = 10 // 800 Hz
	d.config.Rate, d.config.RangeG, d.config.FullScaleMicroG = fastest>>(fastestCode-code), 8, 8e6
	moved, err := selftest.Means(d, d.clock, [2]byte{0, selfTestCode}, func(force byte) error {
		return d.measure(code, 0, force)
	}, 80, 80)
	if err != nil {
		return err
	}
	return moved.CheckAmounts(selftest.Same(200e3, 800e3))
}
