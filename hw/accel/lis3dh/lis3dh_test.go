package lis3dh

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

// set is a register written and read back.
var set = acceltest.OnI2C(0x19).Set

func TestI2C(t *testing.T) {
	standby := slices.Concat(set(0x20, 0x07), set(0x2e, 0), set(0x22, 0))
	bus := i2ctest.Playback{DontPanic: true, Ops: slices.Concat(
		[]i2ctest.IO{{Addr: 0x19, W: []byte{0x0f}, R: []byte{0x33}}}, standby,
		standby, set(0x21, 0), set(0x22, 0x04), set(0x23, 0x98), set(0x24, 0x40), set(0x25, 0), set(0x2e, 0x8f),
		set(0x20, 0x97),
		[]i2ctest.IO{
			{Addr: 0x19, W: []byte{0x2f}, R: []byte{0x02}},
			{Addr: 0x19, W: []byte{0xa8}, R: []byte{0x10, 0, 0xf0, 0xff, 0xf0, 0x7f, 0, 0x80, 0, 0x10, 0, 0}},
			{Addr: 0x19, W: []byte{0x2f}, R: []byte{0xdf}},
			{Addr: 0x19, W: []byte{0x2f}, R: []byte{0xff}},
			{Addr: 0x19, W: []byte{0x20, 0x07}},
			{Addr: 0x19, W: []byte{0x2e, 0x00}},
		},
	)}
	d, err := NewI2C(&bus, AddressHigh, accel.Opts{Rate: 1344 * physic.Hertz, RangeG: 4})
	if err != nil {
		t.Fatal(err)
	}
	if c := d.Config(); c.BitsPerSample != 12 || c.FullScaleMicroG != 4096e3 {
		t.Errorf("config %+v", c)
	}
	if err := d.Start(); err != nil {
		t.Fatal(err)
	}
	acceltest.WantLevel(t, d, 2, false)
	pcm := acceltest.WantSamples(t, d, 0x10<<16, -0x10<<16, 0x7ff0<<16, -0x8000<<16, 0x1000<<16, 0)
	// 2 mg a bit in high-resolution mode at ±4 g, table 4.
	if got := d.Config().MicroG(pcm[0]); got != 2000 {
		t.Errorf("the lowest bit is %d µg, want 2000", got)
	}
	acceltest.WantLevel(t, d, 32, true)
	_, _, err = d.Level()
	hwtest.WantError(t, "a floating line", err, "full and empty at once")
	if err := d.Halt(); err != nil {
		t.Error(err)
	}
	if err := bus.Close(); err != nil {
		t.Error(err)
	}
}

func TestSPI(t *testing.T) {
	set := acceltest.OnSPI{}.Set
	standby := slices.Concat(set(0x20, 0x07), set(0x2e, 0), set(0x22, 0))
	port := spitest.Playback{Playback: conntest.Playback{DontPanic: true, Ops: slices.Concat(
		[]conntest.IO{{W: []byte{0x8f, 0}, R: []byte{0, 0x33}}}, standby,
		standby, set(0x21, 0), set(0x22, 0x04), set(0x23, 0xb0), set(0x24, 0x40), set(0x25, 0), set(0x2e, 0x8f),
		set(0x20, 0x9f),
		[]conntest.IO{{W: []byte{0xe8, 0, 0, 0, 0, 0, 0}, R: []byte{0, 0, 1, 0, 2, 0, 3}}},
	)}}
	d, err := NewSPI(&port, accel.Opts{Rate: 5376 * physic.Hertz})
	if err != nil {
		t.Fatal(err)
	}
	if c := d.Config(); c.Rate != 5376*physic.Hertz || c.BitsPerSample != 8 || c.FullScaleMicroG != 24576e3 {
		t.Errorf("config %+v", c)
	}
	if err := d.Start(); err != nil {
		t.Fatal(err)
	}
	pcm := make([]int32, 3)
	if _, err := d.ReadFIFO(pcm); err != nil {
		t.Fatal(err)
	}
	// 192 mg a bit in low-power mode at ±16 g, table 4.
	if got := d.Config().MicroG(pcm[0]); got != 192000 {
		t.Errorf("the lowest bit is %d µg, want 192000", got)
	}
	if err := port.Close(); err != nil {
		t.Error(err)
	}
}

func TestRefusals(t *testing.T) {
	bus := i2ctest.Playback{DontPanic: true, Ops: []i2ctest.IO{{Addr: 0x18, W: []byte{0x0f}, R: []byte{0x44}}}}
	_, err := NewI2C(&bus, AddressLow, accel.Opts{})
	hwtest.WantError(t, "another chip", err, "found a LIS2DW12")
	for want, o := range map[string]accel.Opts{
		"must be 1344, 400": {Rate: physic.KiloHertz},
		"range 1 g":         {RangeG: 1},
		"watermark 32":      {Watermark: 32},
	} {
		_, err := NewI2C(&i2ctest.Playback{DontPanic: true}, AddressLow, o)
		hwtest.WantError(t, fmt.Sprintf("%+v", o), err, want)
	}
}

func TestSelfTest(t *testing.T) {
	quiet := func(uint64) [3]int16 { return [3]int16{0, 256, 16384} }
	for _, c := range []struct {
		moves [3]int
		want  string
	}{
		{[3]int{400, -400, 200}, ""},
		{[3]int{10, 400, 400}, "the x axis moved by"},
	} {
		clock := &acceltest.Clock{}
		chip := acceltest.NewLIS3DH(clock, acceltest.Options{Signal: quiet, SelfTestMilliG: c.moves})
		d, err := NewSPI(chip.SPI(20*time.Microsecond, 0), accel.Opts{Clock: clock})
		if err != nil {
			t.Fatal(err)
		}
		err = d.SelfTest()
		hwtest.WantError(t, fmt.Sprintf("self-test that moves by %v mg", c.moves), err, c.want)
		if chip.Measuring() || chip.Register(0x23)&6 != 0 {
			t.Error("the self-test left the chip in another state")
		}
	}
}
