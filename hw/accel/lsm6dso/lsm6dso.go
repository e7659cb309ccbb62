package lsm6dso

import (
	"fmt"

	"periph.io/x/conn/v3/i2c"
	"periph.io/x/conn/v3/physic"
	"periph.io/x/conn/v3/spi"

	"github.com/auscult/auscult/hw/accel"
	"github.com/auscult/auscult/hw/accel/internal/selftest"
	"github.com/auscult/auscult/hw/accel/internal/stfifo"
	"github.com/auscult/auscult/hw/accel/internal/wire"
)

// I²C addresses, by the level of the pin SDO/SA0.
const (
	AddressLow  = 0x6a
	AddressHigh = 0x6b
)

// SPIClock is the clock that NewSPI asks for, the chip's fastest.
const SPIClock = 10 * physic.MegaHertz

const (
	depth = stfifo.Depth
	// fastest is the rate of fastestCode; each code below halves it.
	fastest     = 20 * physic.KiloHertz / 3
	fastestCode = 10
	onI2C       = fastest / 4
	// fastestTicks are 25 µs each.
	fastestTicks = 6
)

// chips are what has these registers; the first is the one that errors speak of.
var chips = []wire.Chip{{ID: 0x6c, Name: "LSM6DSO"}, {ID: 0x6b, Name: "ISM330DHCX"}}

// kin are chips that are easily taken for them.
var kin = []wire.Chip{
	{ID: 0x69, Name: "LSM6DS3"}, {ID: 0x6a, Name: "LSM6DSL or LSM6DSM"}, {ID: 0x70, Name: "LSM6DSV"},
	{ID: 0x7b, Name: "IIS3DWB"}, {ID: 0x44, Name: "LIS2DW12"}, {ID: 0x33, Name: "LIS3DH"}, {ID: 0x68, Name: "MPU-6050"},
}

// Identity is how the chip is found on I²C.
var Identity = accel.Identity{
	Addresses: []uint16{AddressHigh, AddressLow}, Register: stfifo.RegWhoAmI,
	Names: map[byte]string{chips[0].ID: chips[0].Name, chips[1].ID: chips[1].Name},
}

// Dev is a handle to an LSM6DSO or an ISM330DHCX.
type Dev struct {
	regs   *wire.Registers
	onSPI  bool
	bus    string // and address
	name   string
	config accel.Config
	clock  accel.Clock
	rate   byte // code
	scale  byte
	fifo   stfifo.FIFO
}

var _ accel.Counter = (*Dev)(nil)

// NewI2C returns the chip on an I²C bus, in standby and set to o.
func NewI2C(bus i2c.Bus, address uint16, o accel.Opts) (*Dev, error) {
	d := &Dev{regs: wire.NewI2C(bus, address, 0, depth*stfifo.WordBytes), bus: fmt.Sprintf("%s, %#02x", bus, address)}
	if o.Rate == 0 {
		o.Rate = onI2C
	}
	return d.open(o)
}

// NewSPI returns the chip on an SPI port, in standby and set to o.
func NewSPI(port spi.Port, o accel.Opts) (*Dev, error) {
	c, err := port.Connect(SPIClock, spi.Mode3, 8)
	if err != nil {
		return nil, fmt.Errorf("lsm6dso: connecting to %s: %w", port, err)
	}
	d := &Dev{regs: wire.NewSPI(c, 0x80, 0, depth*stfifo.WordBytes), onSPI: true, bus: c.String()}
	return d.open(o)
}

func (d *Dev) open(o accel.Opts) (*Dev, error) {
	d.fifo.Registers = d.regs
	if err := d.choose(o); err != nil {
		return nil, fmt.Errorf("lsm6dso: %w", err)
	}
	found, err := d.regs.IdentifyOne(stfifo.RegWhoAmI, chips, kin...)
	if err == nil {
		d.name = fmt.Sprintf("%s{%s}", found.Name, d.bus)
		err = d.fifo.Restart(d.clock, d.onSPI)
	}
	if err != nil {
		return nil, fmt.Errorf("lsm6dso: %s: %w", d.regs, err)
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
	rate := fastest
	for d.rate = fastestCode; !o.Wants(rate); d.rate-- {
		if d.rate == 1 {
			return fmt.Errorf("rate %s: must be 6667, 3333, 1667, 833, 417, 208, 104, 52, 26 or 13 Hz", o.Rate)
		}
		rate /= 2
	}
	code, ok := stfifo.Ranges[o.RangeG]
	if !ok {
		return fmt.Errorf("range %d g: must be 2, 4, 8 or 16", o.RangeG)
	}
	d.scale = code
	d.config = accel.Config{
		Rate: rate, RangeG: o.RangeG, FullScaleMicroG: int64(o.RangeG) * 1e6, BitsPerSample: 16,
		FIFODepth: depth, Watermark: o.Watermark, HasInterrupt: true,
	}
	return nil
}

// String names chip and bus.
func (d *Dev) String() string { return d.name }

// Config returns what the chip is set to.
func (d *Dev) Config() accel.Config { return d.config }

// Start empties the FIFO and begins to measure, with the watermark on INT1.
func (d *Dev) Start() error { return d.measure(d.rate, d.scale, 0) }

func (d *Dev) measure(rate, scale, selfTest byte) error {
	d.fifo.Reset(fastestTicks<<(fastestCode-rate), 1)
	return d.fifo.Measure(d.config.Watermark, rate, rate, scale, selfTest)
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
		err = selftest.Ended("lsm6dso", d.regs, err, d.Halt(), d.regs.Set(stfifo.RegSelfTest, 0))
	}()
	const code = 4 // 104 Hz
	d.config.Rate, d.config.RangeG, d.config.FullScaleMicroG = fastest>>(fastestCode-code), 4, 4e6
	moved, err := selftest.Means(d, d.clock, [2]byte{0, stfifo.SelfTest}, func(force byte) error {
		return d.measure(code, stfifo.Ranges[4], force)
	}, 10, 20)
	if err != nil {
		return err
	}
	return moved.CheckAmounts(selftest.Same(40e3, 1700e3))
}
