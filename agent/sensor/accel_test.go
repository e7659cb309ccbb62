package sensor

import (
	"encoding/binary"
	"errors"
	"math"
	"os"
	"path/filepath"
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

// TestAccel opens every chip on a simulated bus that the registry knows, and hears
// the machine but not gravity.
func TestAccel(t *testing.T) {
	for name, makeChip := range map[string]func(*acceltest.Clock, acceltest.Options) *acceltest.Chip{
		"adxl345": acceltest.NewADXL345, "iis3dwb": acceltest.NewIIS3DWB,
		"lis3dh": acceltest.NewLIS3DH, "mpu6050": acceltest.NewMPU6050, "mpu9250": acceltest.NewMPU6500,
	} {
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
				return i2cBus{chip.I2C(chips[name].address, 50*time.Microsecond), count}, nil
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
		`chip "x": there are adxl345, icm20689, iis3dwb`: {Chip: "x"},
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
		{"adxl345", 50, 800, 0},
	} {
		clock := &acceltest.Clock{}
		chip := map[string]func(*acceltest.Clock, acceltest.Options) *acceltest.Chip{
			"lis3dh": acceltest.NewLIS3DH, "mpu6050": acceltest.NewMPU6050, "adxl345": acceltest.NewADXL345,
		}[c.chip](clock, acceltest.Options{})
		if err := i2creg.Register("I2C-slow", nil, 88, func() (i2c.BusCloser, error) {
			return i2cBus{chip.I2C(chips[c.chip].address, time.Microsecond), &closed{}}, nil
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
