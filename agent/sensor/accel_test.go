package sensor

import (
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"periph.io/x/conn/v3/i2c"
	"periph.io/x/conn/v3/i2c/i2creg"
	"periph.io/x/conn/v3/physic"
	"periph.io/x/conn/v3/spi"
	"periph.io/x/conn/v3/spi/spireg"

	"github.com/auscult/auscult/hw"
	"github.com/auscult/auscult/hw/accel"
	"github.com/auscult/auscult/hw/accel/acceltest"
)

// closed counts what was closed.
type closed struct{ n int }

func (c *closed) Close() error { c.n++; return nil }

type i2cBus struct {
	i2c.Bus
	*closed
}

type spiPort struct {
	spi.Port
	*closed
}

func (spiPort) LimitSpeed(physic.Frequency) error { return nil }

// shaking is a machine that shakes at 50 Hz along x, on a sensor that stands
// upright: gravity is along z, a sixteenth of 16 g.
func shaking(index uint64) [3]int16 {
	return [3]int16{int16(1000 * math.Sin(2*math.Pi*50*float64(index)/800)), 0, 32768 / 16}
}

// fakes make each chip.
var fakes = map[string]func(*acceltest.Clock, acceltest.Options) *acceltest.Chip{
	"adxl345": acceltest.NewADXL345, "adxl355": acceltest.NewADXL355, "adxl357": acceltest.NewADXL357,
	"icm20689": kin(0x98), "icm20948": acceltest.NewICM20948, "iis2dlpc": acceltest.NewLIS2DW12,
	"iis3dwb": acceltest.NewIIS3DWB, "ism330dhcx": acceltest.NewLSM6DSO, "kx134": acceltest.NewKX134,
	"lis2dw12": acceltest.NewLIS2DW12, "lis3dh": acceltest.NewLIS3DH, "lsm6dso": acceltest.NewLSM6DSO,
	"mpu6050": acceltest.NewMPU6050, "mpu6500": acceltest.NewMPU6500, "mpu9250": kin(0x71),
}

// kin makes one of the MPU-6500's.
func kin(id byte) func(*acceltest.Clock, acceltest.Options) *acceltest.Chip {
	return func(clock *acceltest.Clock, o acceltest.Options) *acceltest.Chip {
		o.ID = id
		return acceltest.NewMPU6500(clock, o)
	}
}

func usualAddress(name string) uint16 {
	c := chips[name]
	return c.addressOf(&Accel{})
}

// TestDataSheets sets every chip to every rate and range that its table has, on each of its buses.
func TestDataSheets(t *testing.T) {
	if got := slices.Sorted(maps.Keys(fakes)); !slices.Equal(got, Chips()) {
		t.Fatalf("fakes of %q, chips %q", got, Chips())
	}
	for name, c := range chips {
		open := func(onSPI bool, rate float64, rangeG int) (accel.Sensor, error) {
			clock := &acceltest.Clock{}
			a := Accel{Chip: name, SampleRateHz: int(math.Round(rate)), RangeG: rangeG, clock: clock}
			if onSPI {
				a.Bus = "SPI0.0"
			}
			if p := a.Validate(0); p != nil {
				t.Errorf("%+v: %s", a, p.Text)
			}
			chip := fakes[name](clock, acceltest.Options{})
			if onSPI {
				return c.spi(chip.SPI(time.Microsecond, 0), a.options())
			}
			return c.i2c(chip.I2C(usualAddress(name), time.Microsecond), usualAddress(name), a.options())
		}
		for _, onSPI := range []bool{false, true} {
			if onSPI && c.spi == nil || !onSPI && c.i2c == nil || onSPI && name == "mpu6050" {
				continue // an MPU-6050 has no SPI
			}
			check := func(rate float64, rangeG int) {
				d, err := open(onSPI, rate, rangeG)
				if err != nil {
					t.Errorf("%s, SPI %t, %g Hz, %d g: %v", name, onSPI, rate, rangeG, err)
					return
				}
				got := d.Config()
				if hz := float64(got.Rate) / float64(physic.Hertz); rate != 0 && math.Round(hz) != math.Round(rate) {
					t.Errorf("%s: %g Hz became %v", name, rate, got.Rate)
				}
				// An ADXL345 has a bit less at its fastest, on SPI.
				if less := c.bits - got.BitsPerSample; rate == 0 && rangeG == 0 && less != 0 && (less != 1 || c.mostOnI2C == 0) {
					t.Errorf("%s: %d bits, the table says %d", name, got.BitsPerSample, c.bits)
				}
				if rangeG == 0 {
					rangeG = slices.Max(c.rangeG)
				}
				over := float64(got.FullScaleMicroG) / 1e6 / float64(rangeG)
				if got.RangeG != rangeG || over < 1 || over > 1.6 {
					t.Errorf("%s: %d g became %d g with a full scale of %d µg", name, rangeG, got.RangeG, got.FullScaleMicroG)
				}
			}
			for _, rate := range append([]float64{0}, c.rates...) {
				if onSPI || c.mostOnI2C == 0 || rate <= c.mostOnI2C {
					check(rate, 0)
				}
			}
			for _, g := range c.rangeG {
				check(0, g)
			}
		}
	}
}

// TestAnswering asks who is on a bus: each chip is found by its name, whichever bank of registers it
// was left with, and what is not there is not made up.
func TestAnswering(t *testing.T) {
	for name, c := range chips {
		for _, address := range c.identity.Addresses {
			chip := fakes[name](&acceltest.Clock{}, acceltest.Options{})
			if name == "icm20948" {
				if err := chip.I2C(address, 0).Tx(address, []byte{0x7f, 0}, nil); err != nil {
					t.Fatal(err)
				}
			}
			got := answering(chip.I2C(address, time.Microsecond))
			if len(got) != 1 || got[0].Address != address {
				t.Errorf("%s at %#02x: %+v", name, address, got)
				continue
			}
			plain := strings.ToLower(strings.ReplaceAll(got[0].Chip, "-", ""))
			if !strings.Contains(plain, name) && name != "ism330dhcx" {
				t.Errorf("%s at %#02x answers as %s", name, address, got[0].Chip)
			}
			chip.Stick(true)
			if got := answering(chip.I2C(address, time.Microsecond)); len(got) != 0 {
				t.Errorf("%s, on a bus that is stuck: %+v", name, got)
			}
		}
	}
	other := acceltest.NewLIS3DH(&acceltest.Clock{}, acceltest.Options{ID: 0x99})
	if got := answering(other.I2C(0x18, 0)); len(got) != 0 {
		t.Errorf("an unknown chip: %+v", got)
	}
}

// TestTable holds the page about accelerometers to the chips.
func TestTable(t *testing.T) {
	page, err := os.ReadFile("../../docs/accelerometers.md")
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range chips {
		if row := tableRow(name, &c); !strings.Contains(string(page), row+"\n") {
			t.Errorf("docs/accelerometers.md lacks\n%s", row)
		}
	}
}

// tableRow is a chip's line of the page.
func tableRow(name string, c *chip) string {
	bus := "I2C, SPI"
	switch {
	case c.i2c == nil:
		bus = "SPI"
	case name == "mpu6050":
		bus = "I2C"
	}
	address, on100, on400 := "-", "-", "-"
	if len(c.identity.Addresses) > 0 {
		var all []string
		for _, a := range c.identity.Addresses {
			all = append(all, fmt.Sprintf("%#02x", a))
		}
		address = strings.Join(all, ", ")
		on100, on400 = fmt.Sprintf("%.0f", c.easyRate(100_000)), fmt.Sprintf("%.0f", c.easyRate(400_000))
	}
	return fmt.Sprintf("| `%s` | %s | %s | %s | %d | %d | %s | %s | %s |", name, bus, address, words(c.rangeG), c.bits, c.noise,
		c.someRates(), on100, on400)
}

// TestAccel opens every chip on a simulated bus that the registry knows, and hears
// the machine but not gravity.
func TestAccel(t *testing.T) {
	for name, makeChip := range fakes {
		t.Run(name, func(t *testing.T) {
			clock := &acceltest.Clock{}
			chip := makeChip(clock, acceltest.Options{Signal: shaking})
			count := &closed{}
			o := Accel{Chip: name, Bus: "I2C-of-" + name, clock: clock}
			if chips[name].i2c == nil {
				o.Bus = "SPI-of-" + name
				if err := spireg.Register(o.Bus, nil, -1, func() (spi.PortCloser, error) {
					return spiPort{chip.SPI(20*time.Microsecond, 0), count}, nil
				}); err != nil {
					t.Fatal(err)
				}
				t.Cleanup(func() { _ = spireg.Unregister(o.Bus) }) // it is registered
			} else if err := i2creg.Register(o.Bus, nil, -1, func() (i2c.BusCloser, error) {
				return i2cBus{chip.I2C(usualAddress(name), 50*time.Microsecond), count}, nil
			}); err != nil {
				t.Fatal(err)
			} else {
				t.Cleanup(func() { _ = i2creg.Unregister(o.Bus) })
			}
			unwired := o
			unwired.InterruptPin = "no-such-pin"
			if _, err := unwired.Open(t.Context(), Site{}); err == nil || !strings.Contains(err.Error(), "interrupt pin: ") {
				t.Errorf("an interrupt pin that is not there: %v", err)
			}
			if count.n != 1 {
				t.Errorf("the bus was closed %d times after an error, want once", count.n)
			}
			count.n = 0
			src, err := o.Open(t.Context(), Site{})
			if err != nil {
				t.Fatal(err)
			}
			f := src.Format()
			if f.Channels != accel.Axes {
				t.Fatalf("format %+v", f)
			}
			block := hw.Block{PCM: make([]int32, 3*512)}
			var mean, power [3]float64
			var n int
			for n < 4*f.SampleRateHz {
				if err := src.Read(t.Context(), &block); err != nil {
					t.Fatal(err)
				}
				n += len(block.PCM) / 3
				for i, v := range block.PCM {
					mean[i%3] += float64(v) / (1 << 31)
					power[i%3] += float64(v) / (1 << 31) * float64(v) / (1 << 31)
				}
			}
			// Gravity is left in: what hears takes it away.
			mean[2] /= float64(n)
			still := power[2]/float64(n) - mean[2]*mean[2]
			if !(math.Abs(mean[2]) > 0.01) || !(power[0]/float64(n) > 1000*still) {
				t.Errorf("power along x %g, along z %g with a mean of %g: want a shake and gravity", power[0], power[2], mean[2])
			}
			for range 2 {
				if err := src.Halt(); err != nil {
					t.Error(err)
				}
			}
			if count.n != 1 || chip.Measuring() {
				t.Errorf("halted: bus closed %d times, chip measures: %v", count.n, chip.Measuring())
			}
		})
	}
}

func TestAccelRefuses(t *testing.T) {
	wrong := acceltest.NewADXL345(&acceltest.Clock{}, acceltest.Options{ID: 0x33})
	count := &closed{}
	if err := i2creg.Register("I2C-wrong", nil, -1, func() (i2c.BusCloser, error) {
		return i2cBus{wrong.I2C(0x53, time.Microsecond), count}, nil
	}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = i2creg.Unregister("I2C-wrong") })
	for want, o := range map[string]Accel{
		`chip "x": there are adxl345, adxl355, adxl357, icm20689, icm20948, iis2dlpc, iis3dwb`: {Chip: "x"},
		"there are I2C-": {Chip: "mpu6050", Bus: "I2C77"},
		"dtparam=spi=on": {Chip: "iis3dwb", Bus: "SPI7.7"},
		"adxl345":        {Chip: "adxl345", Bus: "I2C-wrong"},
	} {
		if _, err := o.Open(t.Context(), Site{}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: error %v, want %q", o, err, want)
		}
	}
	if count.n != 1 {
		t.Errorf("a bus with the wrong chip was closed %d times", count.n)
	}
}

// TestOptions takes the table's keys to the chip, in the units of its driver.
func TestOptions(t *testing.T) {
	clock := &acceltest.Clock{}
	got := (&Accel{SampleRateHz: 800, RangeG: 4, clock: clock}).options()
	if got.Rate.String() != "800Hz" || got.RangeG != 4 || got.Clock != clock {
		t.Errorf("rate %v, range %d g", got.Rate, got.RangeG)
	}
}

// TestBusSpeed takes the fastest rate that a slow bus carries, and refuses one that it does
// not, with what to write.
func TestBusSpeed(t *testing.T) {
	for _, c := range []struct {
		chip   string
		kHz    int
		rateHz int
		want   int // Hz; 0: refused
	}{
		{"lis3dh", 100, 0, 400}, {"lis3dh", 400, 0, 1344}, {"lis3dh", 100, 5376, 0}, {"lis3dh", 400, 5376, 5376},
		{"lis3dh", 100, 1344, 1344}, {"lis3dh", 0, 0, 1344}, {"lis3dh", 0, 5376, 5376}, {"lis3dh", 10, 0, 100},
		{"mpu6050", 100, 0, 1000}, {"mpu6050", 50, 0, 500}, {"adxl345", 100, 0, 800}, {"adxl345", 50, 0, 400},
		{"adxl345", 50, 800, 0}, {"adxl355", 100, 0, 500}, {"adxl355", 400, 0, 2000}, {"adxl355", 400, 4000, 4000},
		{"adxl355", 100, 2000, 0}, {"kx134", 400, 0, 3200}, {"kx134", 400, 12800, 0}, {"lsm6dso", 400, 0, 3333},
		{"lsm6dso", 100, 0, 833}, {"lis2dw12", 100, 0, 800}, {"icm20948", 100, 0, 1125}, {"icm20948", 50, 0, 563},
	} {
		clock := &acceltest.Clock{}
		chip := fakes[c.chip](clock, acceltest.Options{})
		if err := i2creg.Register("I2C-slow", nil, 88, func() (i2c.BusCloser, error) {
			return i2cBus{chip.I2C(usualAddress(c.chip), time.Microsecond), &closed{}}, nil
		}); err != nil {
			t.Fatal(err)
		}
		root := t.TempDir()
		if c.kHz > 0 {
			file := filepath.Join(root, "sys/bus/i2c/devices/i2c-88/of_node/clock-frequency")
			if err := errors.Join(os.MkdirAll(filepath.Dir(file), 0o755),
				os.WriteFile(file, binary.BigEndian.AppendUint32(nil, uint32(c.kHz)*1000), 0o644)); err != nil {
				t.Fatal(err)
			}
		}
		a := Accel{Chip: c.chip, Bus: "I2C-slow", SampleRateHz: c.rateHz, clock: clock}
		src, err := a.Open(t.Context(), Site{Root: root})
		switch {
		case c.want == 0:
			if err == nil || !strings.Contains(err.Error(), "dtparam=i2c_arm_baudrate=400000") {
				t.Errorf("%+v: error %v", c, err)
			}
		case err != nil:
			t.Errorf("%+v: %v", c, err)
		case src.Format().SampleRateHz != c.want:
			t.Errorf("%+v: %v", c, src.Format())
		}
		if err == nil {
			_ = src.Halt()
		}
		if err := i2creg.Unregister("I2C-slow"); err != nil {
			t.Fatal(err)
		}
	}
}

// TestQuietTone hears a tone of .05 g with the defaults of each chip.
func TestQuietTone(t *testing.T) {
	clock := &acceltest.Clock{}
	tone := func(index uint64) [3]int16 {
		return [3]int16{int16(0.05 / 24.576 * 32768 * math.Sin(2*math.Pi*100*float64(index)/1344)), 0, 0}
	}
	chip := acceltest.NewLIS3DH(clock, acceltest.Options{Signal: tone})
	if err := spireg.Register("SPI-tone", nil, -1, func() (spi.PortCloser, error) {
		return spiPort{chip.SPI(20*time.Microsecond, 0), &closed{}}, nil
	}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = spireg.Unregister("SPI-tone") })
	src, err := (&Accel{Chip: "lis3dh", Bus: "SPI-tone", clock: clock}).Open(t.Context(), Site{})
	if err != nil {
		t.Fatal(err)
	}
	var power float64
	n := 0
	for b := (hw.Block{PCM: make([]int32, 3*512)}); n < 1344; n += len(b.PCM) / 3 {
		if err := src.Read(t.Context(), &b); err != nil {
			t.Fatal(err)
		}
		for i := 0; i < len(b.PCM); i += 3 {
			g := float64(b.PCM[i]) / (1 << 31) * 24.576
			power += g * g
		}
	}
	if rms := math.Sqrt(power / float64(n)); math.Abs(rms-0.05/math.Sqrt2) > 0.004 {
		t.Errorf("a tone of .05 g is %.4f g RMS", rms)
	}
	if err := src.Halt(); err != nil {
		t.Error(err)
	}
}
