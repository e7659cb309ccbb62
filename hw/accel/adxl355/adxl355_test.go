package adxl355

import (
	"fmt"
	"slices"
	"strings"
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
var set = acceltest.OnSPI{Shifted: true}.Set

func TestSPI(t *testing.T) {
	get := acceltest.OnSPI{Shifted: true}.Get
	port := spitest.Playback{Playback: conntest.Playback{DontPanic: true, Ops: slices.Concat(
		[]conntest.IO{get(0x00, 0xad), get(0x02, 0xed), {W: []byte{0x5e, 0x52}, R: []byte{0, 0}}}, set(0x2d, 7),
		set(0x2d, 7), set(0x28, 4), set(0x29, 30), set(0x2a, 2), set(0x2b, 0), set(0x2c, 0x42), set(0x2e, 0),
		[]conntest.IO{get(0x04, 0, 2), get(0x11, 1, 2, 3, 4, 5, 6)}, // what an earlier run left, out of step
		set(0x2d, 6),
		[]conntest.IO{
			get(0x04, 0x02, 7), // the third sample time is being written
			get(0x11, 0x80, 0, 0x01, 0x7f, 0xff, 0xf0, 0, 0, 0x10, 0xff, 0xff, 0xf1, 0, 0, 0, 0x12, 0x34, 0x50),
			get(0x04, 0x04, 40),
			get(0x11, 0, 0, 0x11, 0, 0, 0x10, 0, 0, 0x11),
			get(0x11, 0, 0, 0x03, 0, 0, 0, 0, 0, 0),
			get(0x04, 0xff, 0xff),
			{W: []byte{0x5a, 7}, R: []byte{0, 0}},
			{W: []byte{0x54, 0}, R: []byte{0, 0}},
		},
	)}}
	d, err := ADXL355.NewSPI(&port, accel.Opts{
		Rate: 250 * physic.Hertz, RangeG: 4, Watermark: 10, Clock: &acceltest.Clock{},
	})
	if err != nil {
		t.Fatal(err)
	}
	if c := d.Config(); c.BitsPerSample != 20 || c.FullScaleMicroG != 4096e3 || c.Rate != 250*physic.Hertz {
		t.Errorf("config %+v", c)
	}
	if err := d.Start(); err != nil {
		t.Fatal(err)
	}
	acceltest.WantLevel(t, d, 2, false)
	pcm := acceltest.WantSamples(t, d, -1<<31, 0x7ffff<<12, 1<<12, -1<<12, 0, 0x12345<<12)
	// 128,000 steps a g at ±4 g.
	if got := d.Config().MicroG(128000 << 12); got != 1e6 {
		t.Errorf("128,000 steps are %d µg, want a million", got)
	}
	acceltest.WantLevel(t, d, 13, true)
	for _, want := range []string{"out of step", "says that there was none"} {
		if _, err := d.ReadFIFO(pcm[:3]); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q", err, want)
		}
	}
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
	for id, want := range map[byte]string{0xe5: "found a ADXL345", 0x00: "found nothing"} {
		bus := i2ctest.Playback{DontPanic: true, Ops: []i2ctest.IO{{Addr: 0x1d, W: []byte{0}, R: []byte{id}}}}
		_, err := ADXL355.NewI2C(&bus, AddressLow, accel.Opts{})
		hwtest.WantError(t, "another chip", err, want)
	}
	other := i2ctest.Playback{DontPanic: true, Ops: []i2ctest.IO{
		{Addr: 0x1d, W: []byte{0}, R: []byte{0xad}}, {Addr: 0x1d, W: []byte{2}, R: []byte{0xe9}},
	}}
	_, err := ADXL357.NewI2C(&other, AddressLow, accel.Opts{})
	hwtest.WantError(t, "another chip", err, "ADXL359")
	for want, o := range map[string]accel.Opts{
		"must be 4000, 2000":               {Rate: 3 * physic.KiloHertz},
		"must be 2, 4 or 8 of an ADXL355":  {RangeG: 16},
		"watermark 32: must be 1 to 31":    {Watermark: 32},
		"rate 1Hz: must be 4000, 2000, 10": {Rate: physic.Hertz},
	} {
		_, err := ADXL355.NewI2C(&i2ctest.Playback{DontPanic: true}, AddressLow, o)
		hwtest.WantError(t, fmt.Sprintf("%+v", o), err, want)
	}
	if _, err := ADXL357.NewI2C(&i2ctest.Playback{DontPanic: true}, AddressLow, accel.Opts{RangeG: 2}); err == nil ||
		!strings.Contains(err.Error(), "must be 10, 20 or 40 of an ADXL357") {
		t.Errorf("±2 g of an ADXL357: %v", err)
	}
}

// TestRates takes each of the data sheet's, rounded to Hz as a configuration has them.
func TestRates(t *testing.T) {
	for hz, want := range map[int64]physic.Frequency{
		4000: 4 * physic.KiloHertz, 63: 62500 * physic.MilliHertz, 62: 62500 * physic.MilliHertz,
		31: 31250 * physic.MilliHertz,
		16: 15625 * physic.MilliHertz, 8: 7812500 * physic.MicroHertz, 4: 3906250 * physic.MicroHertz,
	} {
		clock := &acceltest.Clock{}
		chip := acceltest.NewADXL355(clock, acceltest.Options{})
		o := accel.Opts{Rate: physic.Frequency(hz) * physic.Hertz, Clock: clock}
		d, err := ADXL355.NewSPI(chip.SPI(time.Microsecond, 0), o)
		if err != nil || d.Config().Rate != want {
			t.Errorf("%d Hz: %v, %v", hz, d, err)
		}
	}
}

func TestSelfTest(t *testing.T) {
	quiet := func(uint64) [3]int16 { return [3]int16{0, 256, 4096} }
	for _, c := range []struct {
		moves [3]int
		want  string
	}{{[3]int{300, -300, 1500}, ""}, {[3]int{300, 300, 100}, "the z axis moved by"}} {
		clock := &acceltest.Clock{}
		chip := acceltest.NewADXL355(clock, acceltest.Options{Signal: quiet, SelfTestMilliG: c.moves})
		d, err := ADXL355.NewI2C(chip.I2C(AddressHigh, time.Microsecond), AddressHigh, accel.Opts{Clock: clock})
		if err != nil {
			t.Fatal(err)
		}
		before := d.Config()
		hwtest.WantError(t, fmt.Sprintf("self-test that moves by %v mg", c.moves), d.SelfTest(), c.want)
		if chip.Measuring() || chip.Register(0x2e) != 0 || d.Config() != before {
			t.Error("the self-test left the chip in another state")
		}
	}
}
