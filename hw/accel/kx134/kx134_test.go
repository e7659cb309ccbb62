package kx134

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"periph.io/x/conn/v3/conntest"
	"periph.io/x/conn/v3/i2c/i2ctest"
	"periph.io/x/conn/v3/physic"
	"periph.io/x/conn/v3/spi/spitest"

	"github.com/auscult/auscult/hw/accel"
	"github.com/auscult/auscult/hw/accel/acceltest"
	"github.com/auscult/auscult/hw/hwtest"
)

func TestSPI(t *testing.T) {
	spi := acceltest.OnSPI{}
	put, get, set := spi.Put, spi.Get, spi.Set
	port := spitest.Playback{Playback: conntest.Playback{DontPanic: true, Ops: slices.Concat(
		[]conntest.IO{get(0x13, 0x46), put(0x1c, 0x80), get(0x1c, 0x80), get(0x1c, 0x00)},
		set(0x1b, 0x50), set(0x21, 0x4d), set(0x22, 0x30), set(0x25, 0x20), set(0x5e, 60), set(0x5f, 0xc1),
		[]conntest.IO{put(0x5d, 0), put(0x62, 0)}, set(0x1b, 0xd0),
		[]conntest.IO{
			get(0x60, 15, 0), // the third sample time is being written
			get(0x63, 1, 0, 0xff, 0xff, 0xff, 0x7f, 0, 0x80, 0x34, 0x12, 0, 0),
			get(0x60, 0x04, 0x82), // 516, and a bit that means something else
			get(0x60, 0xff, 0xff),
			put(0x1b, 0), put(0x25, 0), put(0x5f, 0),
		},
	)}}
	d, err := NewSPI(&port, accel.Opts{Rate: 6400 * physic.Hertz, RangeG: 32, Watermark: 60, Clock: &acceltest.Clock{}})
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Start(); err != nil {
		t.Fatal(err)
	}
	acceltest.WantLevel(t, d, 2, false)
	pcm := acceltest.WantSamples(t, d, 1<<16, -1<<16, 0x7fff<<16, -0x8000<<16, 0x1234<<16, 0)
	// Technical Reference Manual, page 10.
	if got := d.Config().MicroG(pcm[2]); got != 31999023 {
		t.Errorf("the highest word is %d µg, want 31,999,023", got)
	}
	acceltest.WantLevel(t, d, 86, true)
	_, _, err = d.Level()
	hwtest.WantError(t, "a floating line", err, "the bus is disturbed")
	if err := d.Halt(); err != nil {
		t.Error(err)
	}
	if err := port.Close(); err != nil {
		t.Error(err)
	}
}

func TestRefusals(t *testing.T) {
	bus := i2ctest.Playback{DontPanic: true, Ops: []i2ctest.IO{{Addr: 0x1e, W: []byte{0x13}, R: []byte{0x3d}}}}
	_, err := NewI2C(&bus, AddressLow, accel.Opts{})
	hwtest.WantError(t, "another chip", err, "found a KX132-1211")
	for want, o := range map[string]accel.Opts{
		"must be 25600, 12800": {Rate: physic.KiloHertz},
		"must be 8, 16, 32":    {RangeG: 2},
		"watermark 86":         {Watermark: 86},
	} {
		_, err := NewI2C(&i2ctest.Playback{DontPanic: true}, AddressLow, o)
		hwtest.WantError(t, fmt.Sprintf("%+v", o), err, want)
	}
}

func TestSelfTest(t *testing.T) {
	quiet := func(uint64) [3]int16 { return [3]int16{0, 256, 4096} }
	for _, c := range []struct {
		moves [3]int
		want  string
	}{{[3]int{500, -500, 400}, ""}, {[3]int{500, 500, 0}, "the z axis moved by"}} {
		clock := &acceltest.Clock{}
		chip := acceltest.NewKX134(clock, acceltest.Options{Signal: quiet, SelfTestMilliG: c.moves})
		d, err := NewI2C(chip.I2C(AddressLow, 20*time.Microsecond), AddressLow, accel.Opts{Clock: clock})
		if err != nil {
			t.Fatal(err)
		}
		hwtest.WantError(t, fmt.Sprintf("self-test that moves by %v mg", c.moves), d.SelfTest(), c.want)
		if chip.Measuring() {
			t.Error("the self-test left the chip in another state")
		}
	}
}
