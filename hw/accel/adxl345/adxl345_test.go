package adxl345

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

// i2cSet is a register written and read back.
var i2cSet = acceltest.OnI2C(0x53).Set

func TestI2C(t *testing.T) {
	standby := slices.Concat(i2cSet(0x2d, 0), i2cSet(0x38, 0), i2cSet(0x2e, 0), i2cSet(0x2f, 0), i2cSet(0x2c, 0x0d),
		i2cSet(0x31, 0x0f))
	bus := i2ctest.Playback{DontPanic: true, Ops: slices.Concat(
		[]i2ctest.IO{{Addr: 0x53, W: []byte{0x00}, R: []byte{0xe5}}}, standby,
		standby, i2cSet(0x38, 0x90), i2cSet(0x2e, 0x02), i2cSet(0x2d, 0x08),
		[]i2ctest.IO{
			{Addr: 0x53, W: []byte{0x39}, R: []byte{0x82}},
			{Addr: 0x53, W: []byte{0x32}, R: []byte{0x08, 0x00, 0xf8, 0xff, 0xf8, 0x7f}},
			{Addr: 0x53, W: []byte{0x32}, R: []byte{0x00, 0x80, 0x00, 0x10, 0x00, 0x00}},
			{Addr: 0x53, W: []byte{0x39}, R: []byte{0x20}},
			{Addr: 0x53, W: []byte{0x2e, 0x00}},
			{Addr: 0x53, W: []byte{0x2d, 0x00}},
		},
	)}
	d, err := NewI2C(&bus, AddressLow, accel.Opts{})
	if err != nil {
		t.Fatal(err)
	}
	if c := d.Config(); c.Rate != 800*physic.Hertz || c.BitsPerSample != 13 || c.FullScaleMicroG != 16e6 {
		t.Errorf("config %+v", c)
	}
	if err := d.Start(); err != nil {
		t.Fatal(err)
	}
	acceltest.WantLevel(t, d, 2, false)
	pcm := acceltest.WantSamples(t, d, 8<<16, -8<<16, 0x7ff8<<16, -0x8000<<16, 0x1000<<16, 0)
	// One bit is g/256.
	if got := d.Config().MicroG(pcm[0]); got != 3906 {
		t.Errorf("the lowest bit is %d µg, want 3906", got)
	}
	acceltest.WantLevel(t, d, 32, true)
	if err := d.Halt(); err != nil {
		t.Error(err)
	}
	if err := bus.Close(); err != nil {
		t.Error(err)
	}
}

// spiSet is a register written and read back.
var spiSet = acceltest.OnSPI{}.Set

func TestSPI(t *testing.T) {
	standby := slices.Concat(spiSet(0x2d, 0), spiSet(0x38, 0), spiSet(0x2e, 0), spiSet(0x2f, 0), spiSet(0x2c, 0x0f),
		spiSet(0x31, 0x0c))
	port := spitest.Playback{Playback: conntest.Playback{DontPanic: true, Ops: slices.Concat(
		[]conntest.IO{{W: []byte{0x80, 0}, R: []byte{0, 0xe5}}}, standby,
		standby, spiSet(0x38, 0x99), spiSet(0x2e, 0x02), spiSet(0x2d, 0x08),
		[]conntest.IO{{W: []byte{0xf2, 0, 0, 0, 0, 0, 0}, R: []byte{0, 1, 2, 3, 4, 5, 6}}},
	)}}
	d, err := NewSPI(&port, accel.Opts{RangeG: 2, Watermark: 25})
	if err != nil {
		t.Fatal(err)
	}
	if c := d.Config(); c.Rate != 3200*physic.Hertz || c.BitsPerSample != 9 || c.FullScaleMicroG != 2e6 {
		t.Errorf("config %+v", c)
	}
	if err := d.Start(); err != nil {
		t.Fatal(err)
	}
	acceltest.WantSamples(t, d, 0x0201<<16, 0x0403<<16, 0x0605<<16)
	if err := port.Close(); err != nil {
		t.Error(err)
	}
}

func TestRefusals(t *testing.T) {
	for want, ops := range map[string][]i2ctest.IO{
		"found a ADXL344 (register 0x00 holds 0xe6)":      {{Addr: 0x53, W: []byte{0}, R: []byte{0xe6}}},
		"register 0x2d holds 0x08 after 0x00 was written": {{Addr: 0x53, W: []byte{0}, R: []byte{0xe5}}, {Addr: 0x53, W: []byte{0x2d, 0}}, {Addr: 0x53, W: []byte{0x2d}, R: []byte{8}}},
	} {
		bus := i2ctest.Playback{DontPanic: true, Ops: ops}
		_, err := NewI2C(&bus, AddressLow, accel.Opts{})
		hwtest.WantError(t, "another chip", err, want)
		if err := bus.Close(); err != nil {
			t.Error(err)
		}
	}
	for want, o := range map[string]accel.Opts{
		"the data sheet allows 800 Hz on I²C": {Rate: 3200 * physic.Hertz},
		"must be 3200, 1600":                  {Rate: 1000 * physic.Hertz},
		"range 3 g":                           {RangeG: 3},
		"watermark 32":                        {Watermark: 32},
		"watermark -1":                        {Watermark: -1},
	} {
		_, err := NewI2C(&i2ctest.Playback{DontPanic: true}, AddressLow, o)
		hwtest.WantError(t, fmt.Sprintf("%+v", o), err, want)
	}
}

func TestSelfTest(t *testing.T) {
	quiet := func(uint64) [3]int16 { return [3]int16{0, 0, 32768 / 16} }
	for _, c := range []struct {
		moves [3]int
		want  string
	}{
		{[3]int{600, -600, 900}, ""},
		{[3]int{0, 0, 0}, "the x axis moved by 0 mg"},
		{[3]int{600, 600, 900}, "the y axis moved by 59"},
	} {
		clock := &acceltest.Clock{}
		chip := acceltest.NewADXL345(clock, acceltest.Options{Signal: quiet, SelfTestMilliG: c.moves})
		d, err := NewI2C(chip.I2C(AddressLow, 50*time.Microsecond), AddressLow,
			accel.Opts{RangeG: 2, Rate: 100 * physic.Hertz, Clock: clock})
		if err != nil {
			t.Fatal(err)
		}
		asked := d.Config()
		err = d.SelfTest()
		hwtest.WantError(t, fmt.Sprintf("self-test that moves by %v mg", c.moves), err, c.want)
		if chip.Measuring() || chip.Register(0x31)&0x80 != 0 || d.Config() != asked {
			t.Error("the self-test left the chip in another state")
		}
	}
}
