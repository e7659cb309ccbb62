package mpu6050

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"strings"
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

// SPIClock is the clock that NewSPI asks for, the fastest that all of the chips take for all of
// their registers.
const SPIClock = physic.MegaHertz

// Registers.
const (
	regSelfTestX   = 0x0d
	regSampleDiv   = 0x19
	regConfig      = 0x1a
	regAccelConfig = 0x1c
	regAccelFilter = 0x1d // ACCEL_CONFIG2 of the newer chips
	regFIFOEnable  = 0x23
	regIntEnable   = 0x38
	regIntStatus   = 0x3a
	regUserCtrl    = 0x6a
	regPower1      = 0x6b
	regPower2      = 0x6c
	regFIFOCount   = 0x72
	regFIFOData    = 0x74
	regWhoAmI      = 0x75
)

// Bits of the registers.
const (
	accelSelfTest = 7 << 5
	fifoAccel     = 1 << 3
	intOverflow   = 1 << 4
	userFIFO      = 1 << 6
	userNoI2C     = 1 << 4
	userFIFOReset = 1 << 2
	power1Reset   = 1 << 7
	power1Sleep   = 1 << 6
	power1GyroX   = 1
	power2NoYZ    = 3
	fifo1024      = 1 << 6 // of ACCEL_CONFIG2
)

const (
	fifoBytes  = 1024
	frameBytes = 6
	depth      = fifoBytes / frameBytes
	// bootTime is how long a reset takes at most.
	bootTime = 100 * time.Millisecond
	// internalHz is what is divided with the filter at its widest.
	internalHz = 8000
)

// filters are the widths of the low-pass filter in Hz, by DLPF_CFG; newFilters those of the
// newer chips, by A_DLPF_CFG.
var (
	filters    = []int{260, 184, 94, 44, 21, 10, 5}
	newFilters = []int{460, 184, 92, 41, 20, 10, 5}
)

// chips are what answers as an MPU-6050 does; the first is one. The newer ones have their
// filter in a register of its own, and other factory trims.
var chips = []wire.Chip{
	{ID: 0x68, Name: "MPU-6050"},
	{ID: 0x70, Name: "MPU-6500"},
	{ID: 0x71, Name: "MPU-9250"},
	{ID: 0x72, Name: "MPU-6052C"},
	{ID: 0x73, Name: "MPU-9255"},
	{ID: 0x74, Name: "MPU-6515"},
	{ID: 0x98, Name: "ICM-20689"},
}

// ranges in g, in the order of their codes in ACCEL_CONFIG.
var ranges = []int{2, 4, 8, 16}

// Identity is how the chips are found on I²C.
var Identity = accel.Identity{Addresses: []uint16{AddressLow, AddressHigh}, Register: regWhoAmI, Names: names()}

func names() map[byte]string {
	all := make(map[byte]string, len(chips))
	for _, c := range chips {
		all[c.ID] = c.Name
	}
	return all
}

// Dev is a handle to an MPU-6050 or one of its successors.
type Dev struct {
	chip    wire.Chip
	regs    *wire.Registers
	bus     string // and address
	user    byte   // what USER_CTRL always has
	name    string
	config  accel.Config
	clock   accel.Clock
	divider byte
	filter  byte
	scale   byte
}

var _ accel.Sensor = (*Dev)(nil)

// NewI2C returns the chip on an I²C bus, asleep and set to o.
func NewI2C(bus i2c.Bus, address uint16, o accel.Opts) (*Dev, error) {
	d := &Dev{regs: wire.NewI2C(bus, address, 0, depth*frameBytes), bus: fmt.Sprintf("%s, %#02x", bus, address)}
	return d.open(o)
}

// NewSPI returns one of the newer chips on an SPI port, asleep and set to o. The MPU-6050 itself has
// I²C only; its twin with SPI is the MPU-6000.
func NewSPI(port spi.Port, o accel.Opts) (*Dev, error) {
	c, err := port.Connect(SPIClock, spi.Mode3, 8)
	if err != nil {
		return nil, fmt.Errorf("mpu6050: connecting to %s: %w", port, err)
	}
	d := &Dev{regs: wire.NewSPI(c, 0x80, 0, depth*frameBytes), bus: c.String(), user: userNoI2C}
	return d.open(o)
}

func (d *Dev) open(o accel.Opts) (*Dev, error) {
	d.chip = chips[0]
	// What no chip can be set to is said before the bus is touched.
	if err := d.choose(o); err != nil {
		return nil, fmt.Errorf("mpu6050: %w", err)
	}
	found, err := d.regs.IdentifyOne(regWhoAmI, chips, wire.Chip{ID: 0x12, Name: "ICM-20602"},
		wire.Chip{ID: 0xea, Name: "ICM-20948"}, wire.Chip{ID: 0x19, Name: "MPU-6886"})
	if err != nil {
		return nil, fmt.Errorf("mpu6050: %s: %w", d.regs, err)
	}
	d.chip = found
	d.name = fmt.Sprintf("%s{%s}", strings.ReplaceAll(found.Name, "-", ""), d.bus)
	if err := d.choose(o); err != nil {
		return nil, fmt.Errorf("mpu6050: found a %s: %w", found.Name, err)
	}
	if err := d.reset(); err != nil {
		return nil, fmt.Errorf("mpu6050: %s: %w", d.regs, err)
	}
	return d, nil
}

// choose checks the options and sets the configuration.
func (d *Dev) choose(o accel.Opts) error {
	o, err := o.Complete(physic.KiloHertz, 16, depth)
	if err != nil {
		return err
	}
	d.clock = o.Clock
	hz := int(o.Rate / physic.Hertz)
	if o.Rate%physic.Hertz != 0 || hz < 40 || hz > 1000 {
		return rateError(o.Rate)
	}
	widths := filters
	if d.isNewer() {
		widths = newFilters
	}
	d.filter = 0
	for d.filter < byte(len(widths)-1) && 2*widths[d.filter] > hz && hz < 1000 {
		d.filter++
	}
	// With the MPU-6050's filter at its widest 8 kHz are divided, else 1 kHz.
	divided := 1000
	if d.filter == 0 && !d.isNewer() {
		divided = internalHz
	}
	if divided%hz != 0 {
		return rateError(o.Rate)
	}
	d.divider = byte(divided/hz - 1)
	for code, g := range ranges {
		if g == o.RangeG {
			d.scale = byte(code) << 3
			d.config = accel.Config{
				Rate: o.Rate, RangeG: g, FullScaleMicroG: int64(g) * 1e6, BitsPerSample: 16,
				FIFODepth: depth, Watermark: o.Watermark,
			}
			return nil
		}
	}
	return fmt.Errorf("range %d g: must be 2, 4, 8 or 16", o.RangeG)
}

// isNewer reports whether the chip is one of the successors.
func (d *Dev) isNewer() bool { return d.chip.ID != chips[0].ID }

func rateError(rate physic.Frequency) error {
	return fmt.Errorf("rate %s: must be 1000, 800, 500, 250, 200, 125, 100, 50 or 40 Hz", rate)
}

// reset brings the chip into its state after power-up: asleep.
func (d *Dev) reset() error {
	if err := d.regs.Set(regPower1, power1Reset); err != nil {
		return err
	}
	if err := d.clock.Wait(context.Background(), nil, bootTime); err != nil {
		return err
	}
	got, err := d.regs.Get(regPower1)
	if err != nil {
		return err
	}
	// The MPU-6050 and the ICM-20689 sleep then, the others run.
	if got != power1Sleep && !(d.isNewer() && got == power1GyroX) {
		return fmt.Errorf("register %#02x holds %#02x after a reset, want %#02x", regPower1, got, power1Sleep)
	}
	return nil
}

// String names chip and bus.
func (d *Dev) String() string { return d.name }

// Config returns what the chip is set to.
func (d *Dev) Config() accel.Config { return d.config }

// Start empties the FIFO and begins to measure.
func (d *Dev) Start() error { return d.measure(d.divider, d.filter, d.scale) }

func (d *Dev) measure(divider, filter, scale byte) error {
	config := wire.Setting{Register: regConfig, Value: filter}
	if d.isNewer() {
		// The divider works where the gyroscope's filter is on; the accelerometer's is its own.
		// The FIFO gets the same 1,024 bytes.
		config.Value = 1
		own := wire.Setting{Register: regAccelFilter, Value: fifo1024 | filter}
		if err := d.regs.Configure(wire.Setting{Register: regPower1, Value: power1GyroX}, own); err != nil {
			return err
		}
	}
	if err := d.regs.Configure(
		wire.Setting{Register: regPower1, Value: power1GyroX},
		wire.Setting{Register: regPower2, Value: power2NoYZ},
		wire.Setting{Register: regFIFOEnable},
		wire.Setting{Register: regUserCtrl, Value: d.user},
		wire.Setting{Register: regSampleDiv, Value: divider},
		config,
		wire.Setting{Register: regAccelConfig, Value: scale},
		wire.Setting{Register: regIntEnable, Value: intOverflow},
	); err != nil {
		return err
	}
	if err := d.emptyFIFO(); err != nil {
		return err
	}
	return d.regs.Configure(wire.Setting{Register: regFIFOEnable, Value: fifoAccel})
}

// emptyFIFO throws away what is in the FIFO. The chip takes the reset bit back
// by itself.
func (d *Dev) emptyFIFO() error {
	if err := d.regs.Set(regUserCtrl, userFIFOReset|d.user); err != nil {
		return err
	}
	return d.regs.Set(regUserCtrl, userFIFO|d.user)
}

// Halt puts the chip to sleep.
func (d *Dev) Halt() error {
	return errors.Join(d.regs.Set(regFIFOEnable, 0), d.regs.Set(regPower1, power1Sleep))
}

// Level returns how many sample times the FIFO holds. After an overflow it
// empties the FIFO and says that it was full.
func (d *Dev) Level() (n int, full bool, err error) {
	status, err := d.regs.Get(regIntStatus)
	if err != nil {
		return 0, false, err
	}
	b, err := d.regs.Fetch(regFIFOCount, 2)
	if err != nil {
		return 0, false, err
	}
	count := int(binary.BigEndian.Uint16(b))
	if count > fifoBytes {
		return 0, false, fmt.Errorf("%d bytes in a FIFO of %d: the bus is disturbed", count, fifoBytes)
	}
	if status&intOverflow != 0 || count > depth*frameBytes {
		return 0, true, d.emptyFIFO()
	}
	return count / frameBytes, false, nil
}

// ReadFIFO reads the oldest sample times in one transfer.
func (d *Dev) ReadFIFO(dst []int32) (int, error) {
	return len(dst) / accel.Axes, d.regs.Frames(regFIFOData, dst, binary.BigEndian, d.regs.MaxRead()/frameBytes)
}

// SelfTest has the chip push its mass and compares the response with the
// factory's, which may differ by 14 %. The sensor must not be read at the same
// time; it is asleep afterwards. The machine that it sits on should stand still.
func (d *Dev) SelfTest() (err error) {
	asked := d.config
	defer func() {
		d.config = asked
		err = selftest.Ended("mpu6050", d.regs, err, d.Halt())
	}()
	limits, err := d.trims()
	if err != nil {
		return err
	}
	// ±8 g, register map page 11; the newer chips' trims are for ±2 g.
	divider, code := byte(7), byte(2)
	d.config.Rate, d.config.RangeG, d.config.FullScaleMicroG = physic.KiloHertz, 8, 8e6
	if d.isNewer() {
		divider, code, d.config.RangeG, d.config.FullScaleMicroG = 0, 0, 2, 2e6
	}
	moved, err := selftest.Means(d, d.clock, [2]byte{0, accelSelfTest}, func(force byte) error {
		return d.measure(divider, 0, code<<3|force)
	}, 50, 100)
	if err != nil {
		return err
	}
	return moved.Check(limits)
}

// trims returns what the self-test must move the axes by, from the factory's codes.
func (d *Dev) trims() (limits [accel.Axes]selftest.Limits, err error) {
	b, err := d.regs.Fetch(regSelfTestX, 4)
	if err != nil {
		return limits, err
	}
	for axis := range accel.Axes {
		// Bits 4 to 2 stand at the top of the axis' register, bits 1 and 0 in the fourth.
		code := int(b[axis]>>5)<<2 | int(b[3]>>(4-2*axis))&3
		low, high, trim := int64(86), int64(114), trimMicroG
		if d.isNewer() {
			code, low, high, trim = int(b[axis]), 50, 150, selftest.TrimMicroG
		}
		if code == 0 {
			return limits, fmt.Errorf("the %c axis has no factory trim", "xyz"[axis])
		}
		limits[axis] = selftest.Limits{Min: trim(code) * low / 100, Max: trim(code) * high / 100}
	}
	return limits, nil
}

// trimMicroG returns the factory's response for a code of 1 to 31, in millionths
// of g: 0.34 g * (0.92/0.34)^((code-1)/30).
func trimMicroG(code int) int64 {
	return int64(0.34e6*math.Pow(0.92/0.34, float64(code-1)/30) + 0.5)
}
