package sensor

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"

	"periph.io/x/conn/v3/i2c"
	"periph.io/x/conn/v3/i2c/i2creg"
	"periph.io/x/conn/v3/spi"
	"periph.io/x/conn/v3/spi/spireg"

	"github.com/auscult/auscult/hw/accel"
	"github.com/auscult/auscult/hw/accel/adxl345"
	"github.com/auscult/auscult/hw/accel/adxl355"
	"github.com/auscult/auscult/hw/accel/icm20948"
	"github.com/auscult/auscult/hw/accel/iis3dwb"
	"github.com/auscult/auscult/hw/accel/kx134"
	"github.com/auscult/auscult/hw/accel/lis2dw12"
	"github.com/auscult/auscult/hw/accel/lis3dh"
	"github.com/auscult/auscult/hw/accel/lsm6dso"
	"github.com/auscult/auscult/hw/accel/mpu6050"
	"github.com/auscult/auscult/hw/board"
)

// chip is an accelerometer: how it is opened on each bus that it can be wired to, and what its data
// sheet says. This is the one place that has these figures for all chips; docs/accelerometers.md
// shows them.
type chip struct {
	i2c func(i2c.Bus, uint16, accel.Opts) (accel.Sensor, error) // nil: it has none
	spi func(spi.Port, accel.Opts) (accel.Sensor, error)
	// identity is how it is found on I2C; its first address is the usual one.
	identity accel.Identity
	// wireBits are the clocks that a sample time takes on I2C, with its share of asking for the level.
	wireBits int
	// rates in Hz: first those that are taken unasked, the fastest first, then others.
	rates []float64
	// mostOnI2C is the fastest of them that the data sheet allows there in Hz, 0 where it allows all.
	mostOnI2C float64
	rangeG    []int // the widest is the usual one
	bits      int   // at the usual rates
	noise     int   // density in millionths of g for the root of 1 Hz, at the narrowest range; 0: not said
}

var (
	shortRanges = []int{2, 4, 8, 16}
	// mpu is the driver of InvenSense's chips, which finds out by itself which there is.
	mpu = chip{
		i2c: onI2C(mpu6050.NewI2C), spi: onSPI(mpu6050.NewSPI), identity: mpu6050.Identity, wireBits: 57,
		rates: []float64{1000, 500, 250, 200, 125, 100, 50, 40}, rangeG: shortRanges, bits: 16, noise: 300,
	}
	lis2dw12Chip = chip{
		i2c: onI2C(lis2dw12.NewI2C), spi: onSPI(lis2dw12.NewSPI), identity: lis2dw12.Identity, wireBits: 58,
		rates: []float64{1600, 800, 400, 200, 100, 50, 25, 12.5}, rangeG: shortRanges, bits: 14, noise: 90,
	}
	lsm6dsoChip = chip{
		i2c: onI2C(lsm6dso.NewI2C), spi: onSPI(lsm6dso.NewSPI), identity: lsm6dso.Identity, wireBits: 67,
		rates: halves(20000.0/3, 10), rangeG: shortRanges, bits: 16, noise: 70,
	}
)

var chips = map[string]chip{
	"adxl345": {
		i2c: onI2C(adxl345.NewI2C), spi: onSPI(adxl345.NewSPI), identity: adxl345.Identity, wireBits: 87,
		rates: halves(3200, 8), mostOnI2C: 800, rangeG: shortRanges, bits: 13, noise: 290,
	},
	"adxl355":    adxl35x(adxl355.ADXL355, 23, 2, 4, 8),
	"adxl357":    adxl35x(adxl355.ADXL357, 75, 10, 20, 40),
	"icm20689":   mpu.with(func(c *chip) { c.noise = 150 }),
	"icm20948":   icm20948Chip(),
	"iis2dlpc":   lis2dw12Chip,
	"iis3dwb":    {spi: onSPI(iis3dwb.NewSPI), rates: []float64{80000.0 / 3}, rangeG: shortRanges, bits: 16, noise: 75},
	"ism330dhcx": lsm6dsoChip.with(func(c *chip) { c.noise = 60 }),
	"kx134": {
		i2c: onI2C(kx134.NewI2C), spi: onSPI(kx134.NewSPI), identity: kx134.Identity, wireBits: 56,
		rates: append(halves(3200, 9), 25600, 12800, 6400), rangeG: []int{8, 16, 32, 64}, bits: 16, noise: 130,
	},
	"lis2dw12": lis2dw12Chip,
	"lis3dh": {
		i2c: onI2C(lis3dh.NewI2C), spi: onSPI(lis3dh.NewSPI), identity: lis3dh.Identity, wireBits: 58,
		rates: []float64{1344, 400, 200, 100, 50, 25, 10, 5376, 1600}, rangeG: shortRanges, bits: 12, noise: 220,
	},
	"lsm6dso": lsm6dsoChip,
	"mpu6050": mpu.with(func(c *chip) { c.noise, c.rates = 400, append(slices.Clone(c.rates), 800) }),
	"mpu6500": mpu, "mpu9250": mpu,
}

// with returns a chip of which something is else.
func (c chip) with(change func(*chip)) chip {
	change(&c)
	return c
}

// halves returns n rates, of which each is half of the one before.
func halves(fastest float64, n int) (rates []float64) {
	for range n {
		rates = append(rates, fastest)
		fastest /= 2
	}
	return rates
}

func adxl35x(c adxl355.Chip, noise int, rangeG ...int) chip {
	return chip{
		i2c: onI2C(c.NewI2C), spi: onSPI(c.NewSPI), identity: adxl355.Identity, wireBits: 87,
		rates: halves(4000, 11), rangeG: rangeG, bits: 20, noise: noise,
	}
}

// icm20948Chip divides 1,125 Hz by whole numbers.
func icm20948Chip() chip {
	c := chip{
		i2c: onI2C(icm20948.NewI2C), spi: onSPI(icm20948.NewSPI), identity: icm20948.Identity, wireBits: 58,
		rangeG: shortRanges, bits: 16, noise: 230,
	}
	for n := 1.0; n <= 45; n++ {
		c.rates = append(c.rates, 1125/n)
	}
	return c
}

// rate returns the rate of the data sheet that a table asks for, which may be rounded.
func (c *chip) rate(hz int) (exact float64, ok bool) {
	off := math.Inf(1)
	for _, r := range c.rates {
		if d := math.Abs(r - float64(hz)); d < off {
			exact, off = r, d
		}
	}
	return exact, off <= max(0.5, exact/500)
}

// someRates returns the fastest of the chip's rates for people, rounded.
func (c *chip) someRates() string {
	const most = 12
	var all []string
	for _, r := range c.rates {
		if all = append(all, strconv.Itoa(int(math.Round(r)))); len(all) == most && len(c.rates) > most {
			all = append(all, "…")
			break
		}
	}
	return strings.Join(all, ", ")
}

// words returns numbers for people.
func words(numbers []int) string {
	all := make([]string, len(numbers))
	for i, n := range numbers {
		all[i] = strconv.Itoa(n)
	}
	return strings.Join(all, ", ")
}

// Chips returns the names of the accelerometers that can be opened, in order.
func Chips() []string { return slices.Sorted(maps.Keys(chips)) }

// ChipsOn returns the names of those that can be wired to I2C, or to SPI.
func ChipsOn(isSPI bool) []string {
	return slices.DeleteFunc(Chips(), func(name string) bool {
		c := chips[name]
		return isSPI && c.spi == nil || !isSPI && c.i2c == nil
	})
}

// onI2C and onSPI make one type of the drivers' constructors. A driver that
// failed must not become an interface that is not nil.
func onI2C[D accel.Sensor](open func(i2c.Bus, uint16, accel.Opts) (D, error)) func(i2c.Bus, uint16,
	accel.Opts) (accel.Sensor, error) {
	return func(b i2c.Bus, address uint16, o accel.Opts) (accel.Sensor, error) {
		d, err := open(b, address, o)
		if err != nil {
			return nil, err
		}
		return d, nil
	}
}

func onSPI[D accel.Sensor](open func(spi.Port, accel.Opts) (D, error)) func(spi.Port, accel.Opts) (accel.Sensor,
	error) {
	return func(p spi.Port, o accel.Opts) (accel.Sensor, error) {
		d, err := open(p, o)
		if err != nil {
			return nil, err
		}
		return d, nil
	}
}

// open opens the bus and the chip on it.
func (c *chip) open(a *Accel, root string) (accel.Sensor, io.Closer, error) {
	if c.isOnSPI(a.Bus) {
		port, err := spireg.Open(a.Bus)
		if err != nil {
			return nil, nil, busError(a.Bus, "SPI", "dtparam=spi=on", names(spiRefs()), err)
		}
		sensor, err := c.spi(port, a.options())
		if err != nil {
			return nil, nil, errors.Join(err, port.Close())
		}
		return sensor, port, nil
	}
	bus, err := i2creg.Open(a.Bus)
	if err != nil {
		return nil, nil, busError(a.Bus, "I2C", "dtparam=i2c_arm=on", names(i2cRefs()), err)
	}
	if a, err = c.fit(a, root); err != nil {
		return nil, nil, errors.Join(err, bus.Close())
	}
	sensor, err := c.i2c(bus, c.addressOf(a), a.options())
	if err != nil {
		return nil, nil, errors.Join(err, bus.Close())
	}
	return sensor, bus, nil
}

// isOnSPI reports whether the chip is opened on SPI: it has no other bus, or the bus is one by
// what periph and Linux call it.
func (c *chip) isOnSPI(bus string) bool {
	return c.i2c == nil || c.spi != nil && strings.Contains(strings.ToLower(bus), "spi")
}

// addressOf returns the address on I2C of the chip that a table asks for.
func (c *chip) addressOf(a *Accel) uint16 {
	if a.Address != 0 || len(c.identity.Addresses) == 0 {
		return uint16(a.Address)
	}
	return c.identity.Addresses[0]
}

// ref is a bus in one of periph's registries.
type ref struct {
	name    string
	aliases []string
	number  int // below 0: it has none
}

func i2cRefs() (refs []ref) {
	for _, r := range i2creg.All() {
		refs = append(refs, ref{r.Name, r.Aliases, r.Number})
	}
	return refs
}

func spiRefs() (refs []ref) {
	for _, r := range spireg.All() {
		refs = append(refs, ref{r.Name, r.Aliases, r.Number})
	}
	return refs
}

// canonicalBus returns the one name of a bus: the registry's, or without one what names
// that mean the same have in common. The empty name is the registry's first.
func canonicalBus(name string, refs []ref) string {
	first := ref{number: -1}
	for _, r := range refs {
		if r.name == name || slices.Contains(r.aliases, name) || name != "" && name == strconv.Itoa(r.number) {
			return r.name
		}
		if r.number >= 0 && (first.number < 0 || r.number < first.number) {
			first = r
		}
	}
	if name == "" && first.name != "" {
		return first.name
	}
	plain := strings.ToLower(strings.TrimPrefix(name, "/dev/"))
	for _, prefix := range []string{"i2c-", "i2c", "spidev", "spi"} {
		plain = strings.TrimPrefix(plain, prefix)
	}
	return plain
}

func names(refs []ref) (all []string) {
	for _, r := range refs {
		all = append(all, r.name)
	}
	return all
}

func busError(bus, kind, parameter string, have []string, err error) error {
	if len(have) == 0 {
		return fmt.Errorf("the board has no %s bus that this user may open: switch it on (on a Raspberry Pi: %s in config.txt, then restart) and join its group: %w", kind, parameter, err)
	}
	return fmt.Errorf("bus %q: there are %s: %w", bus, strings.Join(have, ", "), err)
}

// Answer is a chip that answers on an I2C bus.
type Answer struct {
	Address uint16 `json:"address"`
	Chip    string `json:"chip"`
}

// Answering asks who answers on the machine's I2C bus of a number, at the addresses that the chips
// can have. It reads one register at each and sets nothing. Chips on SPI are not asked: what is read
// from one of them may be an order to another.
func Answering(number int) ([]Answer, error) {
	if err := board.Init(); err != nil {
		return nil, fmt.Errorf("sensor: %w", err)
	}
	bus, err := i2creg.Open(strconv.Itoa(number))
	if err != nil {
		return nil, fmt.Errorf("sensor: %w", err)
	}
	answers := answering(bus)
	if err := bus.Close(); err != nil {
		return answers, fmt.Errorf("sensor: %w", err)
	}
	return answers, nil
}

// answering asks who answers on a bus. Of an address where nobody does, and of one that something
// else has, there is nothing to say.
func answering(bus i2c.Bus) (answers []Answer) {
	type place struct {
		address  uint16
		register byte
	}
	names := make(map[place]map[byte]string)
	for _, c := range chips {
		for _, address := range c.identity.Addresses {
			at := place{address, c.identity.Register}
			if names[at] == nil {
				names[at] = make(map[byte]string)
			}
			maps.Copy(names[at], c.identity.Names)
		}
	}
	for at, known := range names {
		var id [1]byte
		if err := bus.Tx(at.address, []byte{at.register}, id[:]); err == nil && known[id[0]] != "" {
			answers = append(answers, Answer{at.address, known[id[0]]})
		}
	}
	slices.SortFunc(answers, func(a, b Answer) int {
		return cmp.Or(cmp.Compare(a.Address, b.Address), strings.Compare(a.Chip, b.Chip))
	})
	return answers
}
