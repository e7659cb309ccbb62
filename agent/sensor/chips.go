package sensor

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"

	"periph.io/x/conn/v3/i2c"
	"periph.io/x/conn/v3/i2c/i2creg"
	"periph.io/x/conn/v3/spi"
	"periph.io/x/conn/v3/spi/spireg"

	"github.com/auscult/auscult/hw/accel"
	"github.com/auscult/auscult/hw/accel/adxl345"
	"github.com/auscult/auscult/hw/accel/iis3dwb"
	"github.com/auscult/auscult/hw/accel/lis3dh"
	"github.com/auscult/auscult/hw/accel/mpu6050"
)

// chip is how an accelerometer is opened on each bus that it can be wired to.
type chip struct {
	address uint16 // on I2C, unless it is strapped otherwise
	i2c     func(i2c.Bus, uint16, accel.Opts) (accel.Sensor, error)
	spi     func(spi.Port, accel.Opts) (accel.Sensor, error)
	// On I2C: the clocks that a sample time takes, with its share of asking for the level, and
	// the usual rates in Hz, the fastest first.
	wireBits int
	rates    []int
}

// mpu is the driver of InvenSense's chips, which finds out by itself which there is.
var mpu = chip{
	address: 0x68, i2c: onI2C(mpu6050.NewI2C), wireBits: 57, rates: []int{1000, 500, 250, 200, 125, 100, 50},
}

var chips = map[string]chip{
	"adxl345": {0x53, onI2C(adxl345.NewI2C), onSPI(adxl345.NewSPI), 87, []int{800, 400, 200, 100, 50, 25}},
	"iis3dwb": {spi: onSPI(iis3dwb.NewSPI)},
	"lis3dh":  {0x18, onI2C(lis3dh.NewI2C), onSPI(lis3dh.NewSPI), 58, []int{1344, 400, 200, 100, 50, 25, 10}},
	"mpu6050": mpu, "mpu6500": mpu, "mpu9250": mpu, "icm20689": mpu,
}

// Chips returns the names of the accelerometers that can be opened, in order.
func Chips() []string { return slices.Sorted(maps.Keys(chips)) }

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
func (c *chip) addressOf(a *Accel) uint16 { return cmp.Or(uint16(a.Address), c.address) }

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
