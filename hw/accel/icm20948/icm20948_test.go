package icm20948

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"periph.io/x/conn/v3/i2c/i2ctest"
	"periph.io/x/conn/v3/physic"

	"github.com/auscult/auscult/hw/accel"
	"github.com/auscult/auscult/hw/accel/acceltest"
	"github.com/auscult/auscult/hw/hwtest"
)

const registers = acceltest.OnI2C(0x68)

var put, get, set = registers.Put, registers.Get, registers.Set

func TestI2C(t *testing.T) {
	bus := i2ctest.Playback{DontPanic: true, Ops: slices.Concat(
		[]i2ctest.IO{put(0x7f, 0), get(0x00, 0xea), put(0x06, 0x81), get(0x06, 0x41)}, set(0x03, 0),
		set(0x7f, 0), set(0x06, 1), set(0x07, 7), set(0x67, 0), set(0x03, 0),
		[]i2ctest.IO{put(0x7f, 0x20)},
		set(0x10, 0), set(0x11, 4), set(0x14, 0x13), set(0x15, 0),
		[]i2ctest.IO{put(0x7f, 0)},
		set(0x69, 0), set(0x12, 1), set(0x03, 0x40),
		[]i2ctest.IO{put(0x68, 0x1f), put(0x68, 0)}, set(0x67, 0x10),
		[]i2ctest.IO{
			get(0x1b, 0), get(0x70, 0, 15), // the third sample time is being written
			get(0x72, 0, 1, 0xff, 0xff, 0x7f, 0xff, 0x80, 0, 0x12, 0x34, 0, 0),
			get(0x1b, 1), get(0x70, 2, 0), put(0x68, 0x1f), put(0x68, 0),
			get(0x1b, 0xff), get(0x70, 0xff, 0xff),
			put(0x7f, 0), put(0x67, 0), put(0x06, 0x41),
		},
	)}
	d, err := NewI2C(&bus, AddressLow, accel.Opts{Rate: 225 * physic.Hertz, RangeG: 4, Clock: &acceltest.Clock{}})
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Start(); err != nil {
		t.Fatal(err)
	}
	acceltest.WantLevel(t, d, 2, false)
	acceltest.WantSamples(t, d, 1<<16, -1<<16, 0x7fff<<16, -0x8000<<16, 0x1234<<16, 0)
	// 8,192 steps a g at ±4 g.
	if got := d.Config().MicroG(8192 << 16); got != 1e6 {
		t.Errorf("8192 steps are %d µg, want a million", got)
	}
	acceltest.WantLevel(t, d, 0, true)
	_, _, err = d.Level()
	hwtest.WantError(t, "a floating line", err, "the bus is disturbed")
	if err := d.Halt(); err != nil {
		t.Error(err)
	}
	if err := bus.Close(); err != nil {
		t.Error(err)
	}
}

// TestRates divides 1,125 Hz, with the widest filter below half the rate.
func TestRates(t *testing.T) {
	for hz, want := range map[int64]struct {
		divider uint16
		setting byte
	}{
		1125: {0, 7<<3 | 7}, 563: {1, 1<<3 | 7}, 375: {2, 2<<3 | 7}, 225: {4, 2<<3 | 7}, 100: {0, 0}, 45: {24, 5<<3 | 7},
		4: {280, 6<<3 | 7},
	} {
		clock := &acceltest.Clock{}
		chip := acceltest.NewICM20948(clock, acceltest.Options{})
		d, err := NewSPI(chip.SPI(time.Microsecond, 0), accel.Opts{Rate: physic.Frequency(hz) * physic.Hertz, Clock: clock})
		if want.setting == 0 {
			if err == nil || !strings.Contains(err.Error(), "must be 1125 Hz divided") {
				t.Errorf("%d Hz: %v", hz, err)
			}
			continue
		}
		if err != nil {
			t.Errorf("%d Hz: %v", hz, err)
			continue
		}
		if d.divider != want.divider || d.setting != want.setting {
			t.Errorf("%d Hz: divider %d, setting %#x, want %+v", hz, d.divider, d.setting, want)
		}
	}
}

func TestRefusals(t *testing.T) {
	bus := i2ctest.Playback{DontPanic: true, Ops: []i2ctest.IO{put(0x7f, 0), get(0x00, 0xe1)}}
	_, err := NewI2C(&bus, AddressLow, accel.Opts{})
	hwtest.WantError(t, "another chip", err, "found a ICM-20649")
	for want, o := range map[string]accel.Opts{
		"range 32 g": {RangeG: 32}, "watermark 85": {Watermark: 85}, "rate -1Hz": {Rate: -physic.Hertz},
	} {
		_, err := NewI2C(&i2ctest.Playback{DontPanic: true}, AddressLow, o)
		hwtest.WantError(t, fmt.Sprintf("%+v", o), err, want)
	}
}

func TestSelfTest(t *testing.T) {
	quiet := func(uint64) [3]int16 { return [3]int16{0, 256, 8192} }
	for _, c := range []struct {
		moves [3]int
		codes [3]byte
		want  string
	}{
		{[3]int{286, 288, 290}, [3]byte{60, 60, 60}, ""},
		{[3]int{286, 0, 290}, [3]byte{60, 60, 60}, "the y axis moved by"},
		{[3]int{286, 286, 290}, [3]byte{60, 60, 0}, "the z axis has no factory trim"},
	} {
		clock := &acceltest.Clock{}
		chip := acceltest.NewICM20948(clock, acceltest.Options{
			Signal: quiet, SelfTestMilliG: c.moves, SelfTestCodes: c.codes,
		})
		d, err := NewI2C(chip.I2C(AddressLow, 20*time.Microsecond), AddressLow, accel.Opts{Clock: clock})
		if err != nil {
			t.Fatal(err)
		}
		hwtest.WantError(t, fmt.Sprintf("self-test that moves by %v mg", c.moves), d.SelfTest(), c.want)
		if chip.Measuring() {
			t.Error("the self-test left the chip measuring")
		}
	}
}
