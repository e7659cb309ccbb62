package lis2dw12

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
	bus := i2ctest.Playback{DontPanic: true, Ops: slices.Concat(
		[]i2ctest.IO{
			{Addr: 0x19, W: []byte{0x0f}, R: []byte{0x44}},
			{Addr: 0x19, W: []byte{0x21, 0x44}},
			{Addr: 0x19, W: []byte{0x21}, R: []byte{0x44}}, // not done yet
			{Addr: 0x19, W: []byte{0x21}, R: []byte{0x04}},
		}, set(0x21, 0x0c),
		set(0x20, 0), set(0x2e, 0), set(0x22, 0), set(0x23, 2), set(0x25, 0x14), set(0x2e, 0xd0), set(0x20, 0x64),
		[]i2ctest.IO{
			{Addr: 0x19, W: []byte{0x2f}, R: []byte{0x02}},
			{Addr: 0x19, W: []byte{0x28}, R: []byte{4, 0, 0xfc, 0xff, 0xfc, 0x7f, 0, 0x80, 0, 0x10, 0, 0}},
			{Addr: 0x19, W: []byte{0x2f}, R: []byte{0xe0}},
			{Addr: 0x19, W: []byte{0x2f}, R: []byte{0xff}},
			{Addr: 0x19, W: []byte{0x20, 0}},
			{Addr: 0x19, W: []byte{0x23, 0}},
			{Addr: 0x19, W: []byte{0x2e, 0}},
		},
	)}
	d, err := NewI2C(&bus, AddressHigh, accel.Opts{Rate: 200 * physic.Hertz, RangeG: 4, Clock: &acceltest.Clock{}})
	if err != nil {
		t.Fatal(err)
	}
	if c := d.Config(); c.BitsPerSample != 14 || c.FullScaleMicroG != 4e6 {
		t.Errorf("config %+v", c)
	}
	if err := d.Start(); err != nil {
		t.Fatal(err)
	}
	acceltest.WantLevel(t, d, 2, false)
	pcm := acceltest.WantSamples(t, d, 4<<16, -4<<16, 0x7ffc<<16, -0x8000<<16, 0x1000<<16, 0)
	// .488 mg a step at ±4 g.
	if got := d.Config().MicroG(pcm[0]); got != 488 {
		t.Errorf("the lowest bit is %d µg, want 488", got)
	}
	acceltest.WantLevel(t, d, 32, true)
	_, _, err = d.Level()
	hwtest.WantError(t, "a floating line", err, "the bus is disturbed")
	if err := d.Halt(); err != nil {
		t.Error(err)
	}
	if err := bus.Close(); err != nil {
		t.Error(err)
	}
}

// TestSPI switches I²C off, so that other chips' traffic is not taken for it.
func TestSPI(t *testing.T) {
	port := spitest.Playback{Playback: conntest.Playback{DontPanic: true, Ops: []conntest.IO{
		{W: []byte{0x8f, 0}, R: []byte{0, 0x44}},
		{W: []byte{0x21, 0x44}, R: []byte{0, 0}}, {W: []byte{0xa1, 0}, R: []byte{0, 0x04}},
		{W: []byte{0x21, 0x0e}, R: []byte{0, 0}}, {W: []byte{0xa1, 0}, R: []byte{0, 0x0e}},
		{W: []byte{0xa8, 0, 0, 0, 0, 0, 0}, R: []byte{0, 4, 0, 8, 0, 12, 0}},
	}}}
	d, err := NewSPI(&port, accel.Opts{Clock: &acceltest.Clock{}})
	if err != nil {
		t.Fatal(err)
	}
	if c := d.Config(); c.Rate != 1600*physic.Hertz || c.RangeG != 16 {
		t.Errorf("config %+v", c)
	}
	acceltest.WantSamples(t, d, 4<<16, 8<<16, 12<<16)
	if err := port.Close(); err != nil {
		t.Error(err)
	}
}

func TestRefusals(t *testing.T) {
	bus := i2ctest.Playback{DontPanic: true, Ops: []i2ctest.IO{{Addr: 0x18, W: []byte{0x0f}, R: []byte{0x33}}}}
	_, err := NewI2C(&bus, AddressLow, accel.Opts{})
	hwtest.WantError(t, "another chip", err, "found a LIS3DH")
	for want, o := range map[string]accel.Opts{
		"must be 1600, 800": {Rate: physic.KiloHertz},
		"range 32 g":        {RangeG: 32},
		"watermark 32":      {Watermark: 32},
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
	}{{[3]int{400, -1400, 100}, ""}, {[3]int{400, 1600, 400}, "the y axis moved by"}} {
		clock := &acceltest.Clock{}
		chip := acceltest.NewLIS2DW12(clock, acceltest.Options{Signal: quiet, SelfTestMilliG: c.moves})
		d, err := NewSPI(chip.SPI(20*time.Microsecond, 0), accel.Opts{Clock: clock})
		if err != nil {
			t.Fatal(err)
		}
		hwtest.WantError(t, fmt.Sprintf("self-test that moves by %v mg", c.moves), d.SelfTest(), c.want)
		if chip.Measuring() || chip.Register(0x22) != 0 {
			t.Error("the self-test left the chip in another state")
		}
	}
}
