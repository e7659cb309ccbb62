package mpu6050

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"periph.io/x/conn/v3/conntest"
	"periph.io/x/conn/v3/i2c/i2ctest"
	"periph.io/x/conn/v3/physic"
	"periph.io/x/conn/v3/spi/spitest"

	"github.com/auscult/auscult/hw"
	"github.com/auscult/auscult/hw/accel"
	"github.com/auscult/auscult/hw/accel/acceltest"
	"github.com/auscult/auscult/hw/accel/internal/selftest"
	"github.com/auscult/auscult/hw/hwtest"
)

// set is a register written and read back.
var set = acceltest.OnI2C(0x68).Set

func TestI2C(t *testing.T) {
	bus := i2ctest.Playback{DontPanic: true, Ops: slices.Concat(
		[]i2ctest.IO{
			{Addr: 0x68, W: []byte{0x75}, R: []byte{0x68}},
			{Addr: 0x68, W: []byte{0x6b, 0x80}},
			{Addr: 0x68, W: []byte{0x6b}, R: []byte{0x40}},
		},
		set(0x6b, 0x01), set(0x6c, 0x03), set(0x23, 0), set(0x6a, 0), set(0x19, 1), set(0x1a, 1), set(0x1c, 0x08),
		set(0x38, 0x10),
		[]i2ctest.IO{{Addr: 0x68, W: []byte{0x6a, 0x04}}, {Addr: 0x68, W: []byte{0x6a, 0x40}}},
		set(0x23, 0x08),
		[]i2ctest.IO{
			{Addr: 0x68, W: []byte{0x3a}, R: []byte{0x01}},
			{Addr: 0x68, W: []byte{0x72}, R: []byte{0, 15}}, // the third sample is being written
			{Addr: 0x68, W: []byte{0x74}, R: []byte{0, 1, 0xff, 0xff, 0x7f, 0xff, 0x80, 0, 0x12, 0x34, 0, 0}},
			{Addr: 0x68, W: []byte{0x3a}, R: []byte{0x11}},
			{Addr: 0x68, W: []byte{0x72}, R: []byte{4, 0}},
			{Addr: 0x68, W: []byte{0x6a, 0x04}},
			{Addr: 0x68, W: []byte{0x6a, 0x40}},
			{Addr: 0x68, W: []byte{0x23, 0}},
			{Addr: 0x68, W: []byte{0x6b, 0x40}},
		},
	)}
	d, err := NewI2C(&bus, AddressLow, accel.Opts{Rate: 500 * physic.Hertz, RangeG: 4, Clock: &acceltest.Clock{}})
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Start(); err != nil {
		t.Fatal(err)
	}
	acceltest.WantLevel(t, d, 2, false)
	pcm := acceltest.WantSamples(t, d, 1<<16, -1<<16, 0x7fff<<16, -0x8000<<16, 0x1234<<16, 0)
	// 8,192 bits a g at ±4 g.
	if got := d.Config().MicroG(8192 * pcm[0]); got != 1e6 {
		t.Errorf("8192 bits are %d µg, want a million", got)
	}
	acceltest.WantLevel(t, d, 0, true)
	if err := d.Halt(); err != nil {
		t.Error(err)
	}
	if err := bus.Close(); err != nil {
		t.Error(err)
	}
}

// TestSPI speaks to one of the newer chips over SPI, where I²C is switched off.
func TestSPI(t *testing.T) {
	spi := acceltest.OnSPI{}
	put, get, set := spi.Put, spi.Get, spi.Set
	port := spitest.Playback{Playback: conntest.Playback{DontPanic: true, Ops: slices.Concat(
		[]conntest.IO{get(0x75, 0x71), put(0x6b, 0x80), get(0x6b, 0x01)},
		set(0x6b, 1), set(0x1d, 0x41), set(0x6b, 1), set(0x6c, 3), set(0x23, 0), set(0x6a, 0x10), set(0x19, 1), set(0x1a, 1),
		set(0x1c, 0x18), set(0x38, 0x10),
		[]conntest.IO{put(0x6a, 0x14), put(0x6a, 0x50)}, set(0x23, 8),
		[]conntest.IO{get(0x3a, 0), get(0x72, 0, 6), get(0x74, 0, 1, 0xff, 0xff, 0x7f, 0xff)},
	)}}
	d, err := NewSPI(&port, accel.Opts{Rate: 500 * physic.Hertz, Clock: &acceltest.Clock{}})
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(d.String(), "MPU9250{") {
		t.Errorf("name %s", d)
	}
	if err := d.Start(); err != nil {
		t.Fatal(err)
	}
	acceltest.WantLevel(t, d, 1, false)
	acceltest.WantSamples(t, d, 1<<16, -1<<16, 0x7fff<<16)
	if err := port.Close(); err != nil {
		t.Error(err)
	}
}

func TestRefusals(t *testing.T) {
	bus := i2ctest.Playback{DontPanic: true, Ops: []i2ctest.IO{{Addr: 0x68, W: []byte{0x75}, R: []byte{0x12}}}}
	_, err := NewI2C(&bus, AddressLow, accel.Opts{})
	if err == nil || !strings.Contains(err.Error(), "found a ICM-20602") {
		t.Errorf("error %v, want one that names the ICM-20602", err)
	}
	for want, o := range map[string]accel.Opts{
		"rate 2kHz: must be 1000":         {Rate: 2 * physic.KiloHertz},
		"rate 700Hz":                      {Rate: 700 * physic.Hertz},
		"rate 160Hz":                      {Rate: 160 * physic.Hertz},
		"range 1 g":                       {RangeG: 1},
		"watermark 170: must be 1 to 169": {Watermark: 170},
	} {
		_, err := NewI2C(&i2ctest.Playback{DontPanic: true}, AddressLow, o)
		hwtest.WantError(t, fmt.Sprintf("%+v", o), err, want)
	}
}

// TestFilter wants the filter's width below half the rate, and the divider that
// gives the rate.
func TestFilter(t *testing.T) {
	for hz, want := range map[int64][2]byte{
		1000: {0, 7}, 800: {0, 9}, 500: {1, 1}, 250: {2, 3}, 200: {2, 4}, 100: {3, 9}, 50: {4, 19}, 40: {5, 24},
	} {
		d := &Dev{chip: chips[0]}
		err := d.choose(accel.Opts{Rate: physic.Frequency(hz) * physic.Hertz})
		if err != nil || d.filter != want[0] || d.divider != want[1] {
			t.Errorf("%d Hz: filter %d, divider %d, error %v; want %v", hz, d.filter, d.divider, err, want)
		}
	}
}

func TestSelfTest(t *testing.T) {
	quiet := func(uint64) [3]int16 { return [3]int16{0, 256, 4096} }
	trim := int(trimMicroG(16) / 1000)
	for _, c := range []struct {
		moves [3]int
		codes [3]byte
		want  string
	}{
		{[3]int{trim, trim * 110 / 100, trim * 90 / 100}, [3]byte{16, 16, 16}, ""},
		{[3]int{trim, trim, trim * 80 / 100}, [3]byte{16, 16, 16}, "the z axis moved by"},
		{[3]int{trim, trim, trim}, [3]byte{16, 0, 16}, "the y axis has no factory trim"},
	} {
		clock := &acceltest.Clock{}
		chip := acceltest.NewMPU6050(clock, acceltest.Options{Signal: quiet, SelfTestMilliG: c.moves, SelfTestCodes: c.codes})
		d, err := NewI2C(chip.I2C(AddressLow, 50*time.Microsecond), AddressLow, accel.Opts{Clock: clock})
		if err != nil {
			t.Fatal(err)
		}
		err = d.SelfTest()
		hwtest.WantError(t, fmt.Sprintf("self-test that moves by %v mg", c.moves), err, c.want)
		if chip.Measuring() {
			t.Error("the self-test left the chip measuring")
		}
	}
	if lo, hi := trimMicroG(1), trimMicroG(31); lo != 340000 || hi != 920000 {
		t.Errorf("factory trim from %d to %d µg, want 340000 to 920000", lo, hi)
	}
}

// TestKin opens what boards that are sold as MPU-6050 carry, and reads each without loss at
// its fastest; 800 Hz, which only the MPU-6050 has, are refused by the name of what was found.
func TestKin(t *testing.T) {
	for _, c := range chips[1:] {
		for _, hz := range []int64{1000, 200} {
			clock := &acceltest.Clock{}
			chip := acceltest.NewMPU6500(clock, acceltest.Options{ID: c.ID, RatePPM: 10_000})
			d, err := NewI2C(chip.I2C(AddressLow, 50*time.Microsecond), AddressLow,
				accel.Opts{Clock: clock, Rate: physic.Frequency(hz) * physic.Hertz})
			if err != nil {
				t.Fatalf("%s: %v", c.Name, err)
			}
			if want := strings.ReplaceAll(c.Name, "-", "") + "{"; !strings.HasPrefix(d.String(), want) {
				t.Errorf("%v is called %s", c.Name, d)
			}
			src, err := accel.NewSource(d, accel.SourceOptions{Clock: clock})
			if err != nil {
				t.Fatal(err)
			}
			b := hw.Block{PCM: make([]int32, 3*200)}
			var next uint16
			for n := 0; n < 30*int(hz); n += len(b.PCM) / 3 {
				if err := src.Read(t.Context(), &b); err != nil {
					t.Fatal(err)
				}
				for i := 0; i < len(b.PCM); i += 3 {
					index, ok := acceltest.Index(b.PCM[i : i+3])
					if !ok || index != next && (n > 0 || i > 0) {
						t.Fatalf("%s at %d Hz: sample %d is %d", c.Name, hz, next, index)
					}
					next = index + 1
				}
			}
			if st := src.Stats(); st.Lost != 0 || math.Abs(src.Clock().DriftPPM-10_000) > 100 {
				t.Errorf("%s at %d Hz: %+v, %+v", c.Name, hz, st, src.Clock())
			}
			if err := src.Halt(); err != nil {
				t.Error(err)
			}
		}
		clock := &acceltest.Clock{}
		chip := acceltest.NewMPU6500(clock, acceltest.Options{ID: c.ID})
		_, err := NewI2C(chip.I2C(AddressLow, 0), AddressLow, accel.Opts{Clock: clock, Rate: 800 * physic.Hertz})
		if want := "found a " + c.Name + ": rate 800Hz"; err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("800 Hz: %v, want %q", err, want)
		}
	}
}

// TestSelfTestOfKin compares with the trims of the newer chips.
func TestSelfTestOfKin(t *testing.T) {
	quiet := func(uint64) [3]int16 { return [3]int16{0, 256, 4096} }
	trim := int(selftest.TrimMicroG(60) / 1000)
	for _, c := range []struct {
		moves [3]int
		codes [3]byte
		want  string
	}{
		{[3]int{trim, trim * 140 / 100, trim * 60 / 100}, [3]byte{60, 60, 60}, ""},
		{[3]int{trim, trim, trim * 40 / 100}, [3]byte{60, 60, 60}, "the z axis moved by"},
		{[3]int{trim, trim, trim}, [3]byte{60, 0, 60}, "the y axis has no factory trim"},
	} {
		clock := &acceltest.Clock{}
		chip := acceltest.NewMPU6500(clock, acceltest.Options{Signal: quiet, SelfTestMilliG: c.moves, SelfTestCodes: c.codes})
		d, err := NewI2C(chip.I2C(AddressLow, 50*time.Microsecond), AddressLow, accel.Opts{Clock: clock})
		if err != nil {
			t.Fatal(err)
		}
		hwtest.WantError(t, fmt.Sprintf("self-test that moves by %v mg", c.moves), d.SelfTest(), c.want)
	}
	if got := selftest.TrimMicroG(1); got != 159912 {
		t.Errorf("factory trim of code 1: %d µg, want 2620/16384 g", got)
	}
}
