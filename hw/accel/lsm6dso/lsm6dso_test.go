package lsm6dso

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

// set is a register written and read back.
var set = acceltest.OnI2C(0x6a).Set

func TestI2C(t *testing.T) {
	bus := i2ctest.Playback{DontPanic: true, Ops: slices.Concat(
		[]i2ctest.IO{
			{Addr: 0x6a, W: []byte{0x0f}, R: []byte{0x6b}},
			{Addr: 0x6a, W: []byte{0x12, 0x05}},
			{Addr: 0x6a, W: []byte{0x12}, R: []byte{0x05}}, // not done yet
			{Addr: 0x6a, W: []byte{0x12}, R: []byte{0x04}},
		}, set(0x12, 0x44), set(0x13, 0),
		set(0x10, 0), set(0x0a, 0), set(0x14, 0), set(0x07, 0x2c), set(0x08, 0x01), set(0x09, 7), set(0x0d, 8),
		set(0x19, 0x20), set(0x0a, 0xc6), set(0x10, 0x7c),
		[]i2ctest.IO{
			{Addr: 0x6a, W: []byte{0x3a}, R: []byte{0x03, 0x00}},
			{Addr: 0x6a, W: []byte{0x78}, R: []byte{
				0x10, 1, 0, 0xff, 0xff, 0xff, 0x7f, 0x20, 0x30, 0, 0, 0, 0, 0, 0x12, 0, 0x80, 0x34, 0x12, 0, 0,
			}},
			{Addr: 0x6a, W: []byte{0x3a}, R: []byte{0x00, 0x4a}},
			{Addr: 0x6a, W: []byte{0x78}, R: []byte{0x08, 0, 0, 0, 0, 0, 0}}, // the gyroscope
		},
	)}
	d, err := NewI2C(&bus, AddressLow, accel.Opts{
		RangeG: 8, Watermark: 300, Rate: 833 * physic.Hertz, Clock: &acceltest.Clock{},
	})
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(d.String(), "ISM330DHCX{") {
		t.Errorf("name %s", d)
	}
	if got := d.Config().Rate; got < 833333*physic.MilliHertz || got > 833334*physic.MilliHertz {
		t.Errorf("rate %v", got)
	}
	if err := d.Start(); err != nil {
		t.Fatal(err)
	}
	acceltest.WantLevel(t, d, 3, false)
	pcm := make([]int32, 9)
	n, err := d.ReadFIFO(pcm)
	if want := []int32{1 << 16, -1 << 16, 0x7fff << 16, -0x8000 << 16, 0x1234 << 16, 0}; n != 2 || err != nil ||
		!slices.Equal(pcm[:6], want) {
		t.Errorf("%d samples %#x, error %v, want %#x", n, pcm, err, want)
	}
	if gaps, ok := d.Gaps(); !ok || len(gaps) > 0 {
		t.Errorf("gaps %v, told %t", gaps, ok)
	}
	acceltest.WantLevel(t, d, 512, true)
	if _, err := d.ReadFIFO(pcm[:3]); err == nil || !strings.Contains(err.Error(), "tag 1, want 2") {
		t.Errorf("a word of the gyroscope: %v", err)
	}
	if err := bus.Close(); err != nil {
		t.Error(err)
	}
}

func TestRefusals(t *testing.T) {
	for id, want := range map[byte]string{0x69: "found a LSM6DS3", 0x6a: "found a LSM6DSL", 0x70: "found a LSM6DSV"} {
		bus := i2ctest.Playback{DontPanic: true, Ops: []i2ctest.IO{{Addr: 0x6b, W: []byte{0x0f}, R: []byte{id}}}}
		_, err := NewI2C(&bus, AddressHigh, accel.Opts{})
		hwtest.WantError(t, "another chip", err, want)
	}
	for want, o := range map[string]accel.Opts{
		"must be 6667, 3333": {Rate: physic.KiloHertz},
		"range 32 g":         {RangeG: 32},
		"watermark 512":      {Watermark: 512},
	} {
		_, err := NewI2C(&i2ctest.Playback{DontPanic: true}, AddressLow, o)
		hwtest.WantError(t, fmt.Sprintf("%+v", o), err, want)
	}
}

func TestSelfTest(t *testing.T) {
	quiet := func(uint64) [3]int16 { return [3]int16{0, 256, 8192} }
	for _, c := range []struct {
		moves [3]int
		want  string
	}{{[3]int{60, -1600, 700}, ""}, {[3]int{20, 700, 700}, "the x axis moved by"}} {
		clock := &acceltest.Clock{}
		chip := acceltest.NewLSM6DSO(clock, acceltest.Options{Signal: quiet, SelfTestMilliG: c.moves})
		d, err := NewSPI(chip.SPI(20*time.Microsecond, 0), accel.Opts{Clock: clock})
		if err != nil {
			t.Fatal(err)
		}
		hwtest.WantError(t, fmt.Sprintf("self-test that moves by %v mg", c.moves), d.SelfTest(), c.want)
		if chip.Measuring() || chip.Register(0x14) != 0 {
			t.Error("the self-test left the chip in another state")
		}
	}
}
