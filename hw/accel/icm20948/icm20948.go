package icm20948

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

// I²C addresses, by the level of the pin AD0.
const (
	AddressLow  = 0x68
	AddressHigh = 0x69
)

// SPIClock is the clock that NewSPI asks for, the chip's fastest.
const SPIClock = 7 * physic.MegaHertz

// Registers, of bank 0 unless said otherwise.
const (
	regWhoAmI     = 0x00
	regUserCtrl   = 0x03
	regPower1     = 0x06
	regPower2     = 0x07
	regIntEnable2 = 0x12
	regIntStatus2 = 0x1b
	regFIFOEnable = 0x67
	regFIFOReset  = 0x68
	regFIFOMode   = 0x69
	regFIFOCount  = 0x70
	regFIFOData   = 0x72
	regBank       = 0x7f // in every bank

	bank1SelfTestX = 0x0e
	bank2Divider   = 0x10 // and 0x11
	bank2Config    = 0x14
	bank2Config2   = 0x15
)

// Bits of the registers.
const (
	userFIFO      = 1 << 6
	userNoI2C     = 1 << 4
	power1Reset   = 1 << 7
	power1Sleep   = 1 << 6
	power1Clock   = 1 // the best there is
	power2NoGyro  = 7
	intOverflow   = 1
	statusOver    = 0x1f
	fifoAccel     = 1 << 4
	fifoReset     = 0x1f
	configFilter  = 1
	config2Forces = 7 << 2
)

const (
	fifoBytes  = 512
	frameBytes = 6
	depth      = fifoBytes / frameBytes
	fastest    = 1125 * physic.Hertz
	// mostDivided is the highest divider.
	mostDivided = 281
	// bootTime is how long a reset takes at most.
	bootTime = 100 * time.Millisecond
)

// filters are the codes of the low-pass filter with their widths, the widest first.
var filters = []struct {
	code  byte
	width physic.Frequency
}{
	{7, 473 * physic.Hertz}, {1, 246 * physic.Hertz}, {2, 111400 * physic.MilliHertz}, {3, 50400 * physic.MilliHertz},
	{4, 23900 * physic.MilliHertz}, {5, 11500 * physic.MilliHertz}, {6, 5700 * physic.MilliHertz},
}

// ranges in g, in the order of their codes in ACCEL_CONFIG.
var ranges = []int{2, 4, 8, 16}

// Identity is how the chip is found on I²C.
var Identity = accel.Identity{
	Addresses: []uint16{AddressHigh, AddressLow}, Register: regWhoAmI,
	Names: map[byte]string{0xea: "ICM-20948"},
}

// Dev is a handle to an ICM-20948.
type Dev struct {
	regs    *wire.Registers
	user    byte // what USER_CTRL always has
	name    string
	config  accel.Config
	clock   accel.Clock
	divider uint16
	setting byte // ACCEL_CONFIG
}

var _ accel.Sensor = (*Dev)(nil)

// NewI2C returns the chip on an I²C bus, asleep and set to o.
func NewI2C(bus i2c.Bus, address uint16, o accel.Opts) (*Dev, error) {
	d := &Dev{
		regs: wire.NewI2C(bus, address, 0, depth*frameBytes), name: fmt.Sprintf("ICM20948{%s, %#02x}", bus, address),
	}
	return d.open(o)
}

// NewSPI returns the chip on an SPI port, asleep and set to o.
func NewSPI(port spi.Port, o accel.Opts) (*Dev, error) {
	c, err := port.Connect(SPIClock, spi.Mode3, 8)
	if err != nil {
		return nil, fmt.Errorf("icm20948: connecting to %s: %w", port, err)
	}
	d := &Dev{regs: wire.NewSPI(c, 0x80, 0, depth*frameBytes), user: userNoI2C, name: fmt.Sprintf("ICM20948{%s}", c)}
	return d.open(o)
}

func (d *Dev) open(o accel.Opts) (*Dev, error) {
	if err := d.choose(o); err != nil {
		return nil, fmt.Errorf("icm20948: %w", err)
	}
	// Another program may have left another bank in sight.
	err := d.regs.Set(regBank, 0)
	if err == nil {
		err = d.regs.Identify(regWhoAmI, wire.Chip{ID: 0xea, Name: "ICM-20948"}, wire.Chip{ID: 0xe0, Name: "ICM-20648"},
			wire.Chip{ID: 0xe1, Name: "ICM-20649"})
	}
	if err == nil {
		err = d.reset()
	}
	if err != nil {
		return nil, fmt.Errorf("icm20948: %s: %w", d.regs, err)
	}
	return d, nil
}

// choose checks the options and sets the configuration.
func (d *Dev) choose(o accel.Opts) error {
	o, err := o.Complete(fastest, 16, depth)
	if err != nil {
		return err
	}
	d.clock = o.Clock
	var rate physic.Frequency
	divided := max((fastest+o.Rate/2)/max(o.Rate, 1), 1)
	if rate = fastest / divided; divided > mostDivided || !o.Wants(rate) {
		return fmt.Errorf("rate %s: must be 1125 Hz divided by a whole number: 1125, 563, 375, 281, 225, 188, 161, 141, 125 … Hz",
			o.Rate)
	}
	code := slices.Index(ranges, o.RangeG)
	if code < 0 {
		return fmt.Errorf("range %d g: must be 2, 4, 8 or 16", o.RangeG)
	}
	filter := filters[len(filters)-1]
	for _, f := range filters {
		if 2*f.width <= rate {
			filter = f
			break
		}
	}
	d.divider, d.setting = uint16(divided-1), filter.code<<3|byte(code)<<1|configFilter
	d.config = accel.Config{
		Rate: rate, RangeG: o.RangeG, FullScaleMicroG: int64(o.RangeG) * 1e6, BitsPerSample: 16,
		FIFODepth: depth, Watermark: o.Watermark,
	}
	return nil
}

// reset brings the chip into its state after power-up: asleep.
func (d *Dev) reset() error {
	if err := d.regs.Set(regPower1, power1Reset|power1Clock); err != nil {
		return err
	}
	if err := d.clock.Wait(context.Background(), nil, bootTime); err != nil {
		return err
	}
	if err := d.regs.AwaitReset(d.clock, regPower1, power1Reset); err != nil {
		return err
	}
	return d.regs.Configure(wire.Setting{Register: regUserCtrl, Value: d.user})
}

// String names chip and bus.
func (d *Dev) String() string { return d.name }

// Config returns what the chip is set to.
func (d *Dev) Config() accel.Config { return d.config }

// Start empties the FIFO and begins to measure.
func (d *Dev) Start() error { return d.measure(d.divider, d.setting, 0) }

func (d *Dev) measure(divider uint16, setting, forces byte) error {
	if err := d.regs.Configure(
		wire.Setting{Register: regBank},
		wire.Setting{Register: regPower1, Value: power1Clock},
		wire.Setting{Register: regPower2, Value: power2NoGyro},
		wire.Setting{Register: regFIFOEnable},
		wire.Setting{Register: regUserCtrl, Value: d.user},
	); err != nil {
		return err
	}
	if err := d.inBank(2, func() error {
		return d.regs.Configure(
			wire.Setting{Register: bank2Divider, Value: byte(divider >> 8)},
			wire.Setting{Register: bank2Divider + 1, Value: byte(divider)},
			wire.Setting{Register: bank2Config, Value: setting},
			wire.Setting{Register: bank2Config2, Value: forces},
		)
	}); err != nil {
		return err
	}
	if err := d.regs.Configure(
		wire.Setting{Register: regFIFOMode},
		wire.Setting{Register: regIntEnable2, Value: intOverflow},
		wire.Setting{Register: regUserCtrl, Value: userFIFO | d.user},
	); err != nil {
		return err
	}
	if err := d.emptyFIFO(); err != nil {
		return err
	}
	return d.regs.Configure(wire.Setting{Register: regFIFOEnable, Value: fifoAccel})
}

// inBank does something with another bank than the first in sight.
func (d *Dev) inBank(bank byte, do func() error) error {
	if err := d.regs.Set(regBank, bank<<4); err != nil {
		return err
	}
	return errors.Join(do(), d.regs.Set(regBank, 0))
}

// emptyFIFO throws away what is in the FIFO.
func (d *Dev) emptyFIFO() error {
	if err := d.regs.Set(regFIFOReset, fifoReset); err != nil {
		return err
	}
	return d.regs.Set(regFIFOReset, 0)
}

// Halt puts the chip to sleep.
func (d *Dev) Halt() error {
	return errors.Join(d.regs.Set(regBank, 0), d.regs.Set(regFIFOEnable, 0),
		d.regs.Set(regPower1, power1Sleep|power1Clock))
}

// Level returns how many sample times the FIFO holds. After an overflow it
// empties the FIFO and says that it was full.
func (d *Dev) Level() (n int, full bool, err error) {
	status, err := d.regs.Get(regIntStatus2)
	if err != nil {
		return 0, false, err
	}
	b, err := d.regs.Fetch(regFIFOCount, 2)
	if err != nil {
		return 0, false, err
	}
	count := int(binary.BigEndian.Uint16(b))
	switch {
	case count > 8*fifoBytes:
		return 0, false, fmt.Errorf("%d bytes in a FIFO of %d: the bus is disturbed", count, fifoBytes)
	case status&statusOver != 0:
		return 0, true, d.emptyFIFO()
	}
	return min(count/frameBytes, depth), false, nil
}

// ReadFIFO reads the oldest sample times in one transfer.
func (d *Dev) ReadFIFO(dst []int32) (int, error) {
	return len(dst) / accel.Axes, d.regs.Frames(regFIFOData, dst, binary.BigEndian, d.regs.MaxRead()/frameBytes)
}

// SelfTest has the chip push its mass and compares the response with the
// factory's, of which it must be half to one and a half. The sensor must not be read at the same
// time; it is asleep afterwards. The machine that it sits on should stand still.
func (d *Dev) SelfTest() (err error) {
	asked := d.config
	defer func() {
		d.config = asked
		err = selftest.Ended("icm20948", d.regs, err, d.Halt())
	}()
	limits, err := d.trims()
	if err != nil {
		return err
	}
	d.config.Rate, d.config.RangeG, d.config.FullScaleMicroG = fastest, 2, 2e6
	moved, err := selftest.Means(d, d.clock, [2]byte{0, config2Forces}, func(forces byte) error {
		return d.measure(0, filters[0].code<<3|configFilter, forces)
	}, 60, 100)
	if err != nil {
		return err
	}
	return moved.Check(limits)
}

// trims returns what the self-test must move the axes by, from the factory's codes.
func (d *Dev) trims() (limits [accel.Axes]selftest.Limits, err error) {
	var codes [accel.Axes]byte
	if err := d.inBank(1, func() error {
		b, err := d.regs.Fetch(bank1SelfTestX, accel.Axes)
		copy(codes[:], b)
		return err
	}); err != nil {
		return limits, err
	}
	for axis, code := range codes {
		if code == 0 {
			return limits, fmt.Errorf("the %c axis has no factory trim", "xyz"[axis])
		}
		trim := selftest.TrimMicroG(int(code))
		limits[axis] = selftest.Limits{Min: trim / 2, Max: trim * 3 / 2}
	}
	return limits, nil
}
