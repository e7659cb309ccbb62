package adxl345

import (
	"encoding/binary"
	"fmt"

	"periph.io/x/conn/v3/i2c"
	"periph.io/x/conn/v3/physic"
	"periph.io/x/conn/v3/spi"

	"github.com/auscult/auscult/hw/accel"
	"github.com/auscult/auscult/hw/accel/internal/selftest"
	"github.com/auscult/auscult/hw/accel/internal/wire"
)

// I²C addresses, by the level of the pin SDO/ALT ADDRESS.
const (
	AddressLow  = 0x53
	AddressHigh = 0x1d
)

// SPIClock is the clock that NewSPI asks for: the least that the data sheet
// recommends for 3,200 Hz. The chip takes up to 5 MHz.
const SPIClock = 2 * physic.MegaHertz

// Registers, data sheet table 19.
const (
	regDevID      = 0x00
	regBWRate     = 0x2c
	regPowerCtl   = 0x2d
	regIntEnable  = 0x2e
	regIntMap     = 0x2f
	regDataFormat = 0x31
	regDataX0     = 0x32
	regFIFOCtl    = 0x38
	regFIFOStatus = 0x39
)

// Bits of the registers.
const (
	powerMeasure   = 1 << 3
	formatSelfTest = 1 << 7
	formatFullRes  = 1 << 3
	formatLeft     = 1 << 2
	fifoStream     = 2 << 6
	intWatermark   = 1 << 1
	statusEntries  = 0x3f
)

// depth is the FIFO of 32 and the output register behind it.
const depth = 33

// rates are the output data rates with their codes in BW_RATE, table 7.
var rates = []struct {
	rate physic.Frequency
	code byte
}{
	{3200 * physic.Hertz, 0x0f}, {1600 * physic.Hertz, 0x0e}, {800 * physic.Hertz, 0x0d}, {400 * physic.Hertz, 0x0c},
	{200 * physic.Hertz, 0x0b}, {100 * physic.Hertz, 0x0a}, {50 * physic.Hertz, 0x09}, {25 * physic.Hertz, 0x08},
}

// ranges in g, in the order of their codes in DATA_FORMAT.
var ranges = []int{2, 4, 8, 16}

// Identity is how the chip is found on I²C.
var Identity = accel.Identity{
	Addresses: []uint16{AddressLow, AddressHigh}, Register: regDevID,
	Names: map[byte]string{0xe5: "ADXL345"},
}

// Dev is a handle to an ADXL345.
type Dev struct {
	regs   *wire.Registers
	name   string
	config accel.Config
	clock  accel.Clock
	rate   byte
	format byte
}

var _ accel.Sensor = (*Dev)(nil)

// NewI2C returns the chip on an I²C bus, in standby and set to o. Above 800 Hz
// it is an error unless o.BeyondDataSheet is set.
func NewI2C(bus i2c.Bus, address uint16, o accel.Opts) (*Dev, error) {
	d := &Dev{regs: wire.NewI2C(bus, address, 0, 6), name: fmt.Sprintf("ADXL345{%s, %#02x}", bus, address)}
	return d.open(o, false)
}

// NewSPI returns the chip on an SPI port, in standby and set to o.
func NewSPI(port spi.Port, o accel.Opts) (*Dev, error) {
	c, err := port.Connect(SPIClock, spi.Mode3, 8)
	if err != nil {
		return nil, fmt.Errorf("adxl345: connecting to %s: %w", port, err)
	}
	d := &Dev{regs: wire.NewSPI(c, 0x80, 0x40, 6), name: fmt.Sprintf("ADXL345{%s}", c)}
	return d.open(o, true)
}

func (d *Dev) open(o accel.Opts, isSPI bool) (*Dev, error) {
	if err := d.choose(o, isSPI); err != nil {
		return nil, fmt.Errorf("adxl345: %w", err)
	}
	if err := d.regs.Identify(regDevID, wire.Chip{ID: 0xe5, Name: "ADXL345"},
		wire.Chip{ID: 0xe6, Name: "ADXL344"}, wire.Chip{ID: 0xad, Name: "ADXL313, 355, 362 or 372"}); err != nil {
		return nil, fmt.Errorf("adxl345: %s: %w", d.regs, err)
	}
	if err := d.configure(d.rate, d.format); err != nil {
		return nil, fmt.Errorf("adxl345: %s: %w", d.regs, err)
	}
	return d, nil
}

// choose checks the options and sets the configuration.
func (d *Dev) choose(o accel.Opts, isSPI bool) error {
	usual := 800 * physic.Hertz
	if isSPI {
		usual = rates[0].rate
	}
	// The output register behind the FIFO does not count.
	o, err := o.Complete(usual, 16, depth-1)
	if err != nil {
		return err
	}
	d.clock = o.Clock
	for _, r := range rates {
		if r.rate == o.Rate {
			d.rate = r.code
		}
	}
	if d.rate == 0 {
		return fmt.Errorf("rate %s: must be 3200, 1600, 800, 400, 200, 100, 50 or 25 Hz", o.Rate)
	}
	if !isSPI && o.Rate > 800*physic.Hertz && !o.BeyondDataSheet {
		return fmt.Errorf("rate %s: the data sheet allows 800 Hz on I²C at 400 kHz; "+
			"use SPI, or accept missing samples and noise",
			o.Rate)
	}
	found := false
	for code, g := range ranges {
		if g == o.RangeG {
			found = true
			d.format = formatFullRes | formatLeft | byte(code)
			d.config.BitsPerSample = 10 + code
		}
	}
	if !found {
		return fmt.Errorf("range %d g: must be 2, 4, 8 or 16", o.RangeG)
	}
	if o.Rate > 800*physic.Hertz {
		d.config.BitsPerSample-- // the lowest bit is always 0, page 32
	}
	d.config.Rate = o.Rate
	d.config.RangeG = o.RangeG
	d.config.FullScaleMicroG = int64(o.RangeG) * 1e6
	d.config.FIFODepth = depth
	d.config.Watermark = o.Watermark
	d.config.HasInterrupt = true
	return nil
}

// configure leaves the chip in standby with an empty FIFO.
func (d *Dev) configure(rate, format byte) error {
	return d.regs.Configure(
		wire.Setting{Register: regPowerCtl},
		wire.Setting{Register: regFIFOCtl}, // bypass: empties the FIFO
		wire.Setting{Register: regIntEnable},
		wire.Setting{Register: regIntMap}, // all on INT1
		wire.Setting{Register: regBWRate, Value: rate},
		wire.Setting{Register: regDataFormat, Value: format},
	)
}

// String names chip and bus.
func (d *Dev) String() string { return d.name }

// Config returns what the chip is set to.
func (d *Dev) Config() accel.Config { return d.config }

// Start empties the FIFO and begins to measure, with the watermark on INT1.
func (d *Dev) Start() error {
	if err := d.configure(d.rate, d.format); err != nil {
		return err
	}
	return d.measure()
}

func (d *Dev) measure() error {
	return d.regs.Configure(
		wire.Setting{Register: regFIFOCtl, Value: fifoStream | byte(d.config.Watermark)},
		wire.Setting{Register: regIntEnable, Value: intWatermark},
		wire.Setting{Register: regPowerCtl, Value: powerMeasure},
	)
}

// Halt leaves the chip in standby.
func (d *Dev) Halt() error {
	if err := d.regs.Set(regIntEnable, 0); err != nil {
		return err
	}
	return d.regs.Set(regPowerCtl, 0)
}

// Level returns how many sample times the FIFO holds, and whether it is full.
func (d *Dev) Level() (n int, full bool, err error) {
	status, err := d.regs.Get(regFIFOStatus)
	if err != nil {
		return 0, false, err
	}
	n = int(status & statusEntries)
	return n, n >= 32, nil
}

// ReadFIFO reads the oldest sample times, each in a transfer of its own, as the
// chip wants it.
func (d *Dev) ReadFIFO(dst []int32) (int, error) {
	return len(dst) / accel.Axes, d.regs.Frames(regDataX0, dst, binary.LittleEndian, 1)
}

// lsbMicroG is one bit in full resolution, g/256; it is exact for multiples of 4
// and otherwise off by less than 1 µg.
func lsbMicroG(bits int64) int64 { return bits * 1e6 / 256 }

// selfTestLimits are table 15's for 2.5 V, stretched by table 14 to all of the
// supply range of 2.0 to 3.6 V, in hundredths.
var selfTestLimits = [accel.Axes]selftest.Limits{
	{Min: lsbMicroG(50*64) / 100, Max: lsbMicroG(540*211) / 100},
	{Min: lsbMicroG(-540*211) / 100, Max: lsbMicroG(-50*64) / 100},
	{Min: lsbMicroG(75*80) / 100, Max: lsbMicroG(875*169) / 100},
}

// SelfTest has the chip push its mass and looks how far the readings move. The
// sensor must not be read at the same time; it is in standby afterwards. The
// machine that it sits on should stand still.
func (d *Dev) SelfTest() (err error) {
	asked := d.config
	defer func() {
		d.config = asked
		err = selftest.Ended("adxl345", d.regs, err, d.configure(d.rate, d.format))
	}()
	// 800 Hz and ±16 g in full resolution, normal power: page 22.
	d.config.Rate, d.config.RangeG, d.config.FullScaleMicroG = 800*physic.Hertz, 16, 16e6
	const format = formatFullRes | formatLeft | 3
	moved, err := selftest.Means(d, d.clock, [2]byte{0, formatSelfTest}, func(forced byte) error {
		if err := d.configure(0x0d, format|forced); err != nil {
			return err
		}
		return d.measure()
	}, 16, 80)
	if err != nil {
		return err
	}
	return moved.Check(selfTestLimits)
}
