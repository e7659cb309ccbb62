package iis3dwb

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"periph.io/x/conn/v3/conntest"
	"periph.io/x/conn/v3/physic"
	"periph.io/x/conn/v3/spi/spitest"

	"github.com/auscult/auscult/hw/accel"
	"github.com/auscult/auscult/hw/accel/acceltest"
	"github.com/auscult/auscult/hw/hwtest"
)

// set is a register written and read back.
var set = acceltest.OnSPI{}.Set

var opening = slices.Concat(
	[]conntest.IO{
		{W: []byte{0x8f, 0}, R: []byte{0, 0x7b}},
		{W: []byte{0x12, 0x05}, R: []byte{0, 0}},
		{W: []byte{0x92, 0}, R: []byte{0, 0x05}}, // not done yet
		{W: []byte{0x92, 0}, R: []byte{0, 0x04}},
	},
	set(0x12, 0x44), set(0x13, 0x04),
)

func TestSPI(t *testing.T) {
	port := spitest.Playback{Playback: conntest.Playback{DontPanic: true, Ops: slices.Concat(opening,
		set(0x10, 0), set(0x0a, 0), set(0x14, 0), set(0x07, 0x2c), set(0x08, 0x01), set(0x09, 0x0a), set(0x0d, 0x08),
		set(0x19, 0x20), set(0x0a, 0xc6), set(0x10, 0xac),
		[]conntest.IO{
			{W: []byte{0xba, 0, 0}, R: []byte{0, 0x02, 0x00}},
			{
				W: []byte{0xf8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0},
				R: []byte{0, 0x10, 1, 0, 0xff, 0xff, 0xff, 0x7f, 0x12, 0, 0x80, 0x34, 0x12, 0, 0},
			},
			{W: []byte{0xba, 0, 0}, R: []byte{0, 0x00, 0x4a}},
			{W: []byte{0xf8, 0, 0, 0, 0, 0, 0, 0}, R: []byte{0, 0x18, 0, 0, 0, 0, 0, 0}},
			{W: []byte{0x10, 0}, R: []byte{0, 0}},
			{W: []byte{0x0d, 0}, R: []byte{0, 0}},
			{W: []byte{0x0a, 0}, R: []byte{0, 0}},
		})}}
	d, err := NewSPI(&port, accel.Opts{RangeG: 8, Watermark: 300, Rate: 26700 * physic.Hertz, Clock: &acceltest.Clock{}})
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Start(); err != nil {
		t.Fatal(err)
	}
	acceltest.WantLevel(t, d, 2, false)
	pcm := acceltest.WantSamples(t, d, 1<<16, -1<<16, 0x7fff<<16, -0x8000<<16, 0x1234<<16, 0)
	// 0.244 mg a bit at ±8 g.
	if got := d.Config().MicroG(pcm[0]); got != 244 {
		t.Errorf("the lowest bit is %d µg, want 244", got)
	}
	acceltest.WantLevel(t, d, 512, true)
	if _, err := d.ReadFIFO(pcm[:3]); err == nil || !strings.Contains(err.Error(), "has tag 3, want 2") {
		t.Errorf("a word of temperature: %v", err)
	}
	if err := d.Halt(); err != nil {
		t.Error(err)
	}
	if err := port.Close(); err != nil {
		t.Error(err)
	}
}

func TestRefusals(t *testing.T) {
	port := spitest.Playback{Playback: conntest.Playback{
		DontPanic: true, Ops: []conntest.IO{{W: []byte{0x8f, 0}, R: []byte{0, 0x6c}}},
	}}
	_, err := NewSPI(&port, accel.Opts{})
	hwtest.WantError(t, "another chip", err, "found a LSM6DSO")
	for want, o := range map[string]accel.Opts{
		"rate 1kHz":     {Rate: physic.KiloHertz},
		"range 6 g":     {RangeG: 6},
		"watermark 512": {Watermark: 512},
	} {
		_, err := NewSPI(&spitest.Playback{}, o)
		hwtest.WantError(t, fmt.Sprintf("%+v", o), err, want)
	}
}

// TestSmallTransfers reads over a bus that carries less than the FIFO holds.
func TestSmallTransfers(t *testing.T) {
	clock := &acceltest.Clock{}
	chip := acceltest.NewIIS3DWB(clock, acceltest.Options{})
	d, err := NewSPI(chip.SPI(20*time.Microsecond, 64), accel.Opts{Clock: clock})
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Start(); err != nil {
		t.Fatal(err)
	}
	clock.Advance(5 * time.Millisecond)
	n, _, err := d.Level()
	if err != nil || n < 100 {
		t.Fatalf("level %d, error %v", n, err)
	}
	pcm := make([]int32, accel.Axes*n)
	got, err := d.ReadFIFO(pcm)
	if err != nil || got != n-(n+32)/33 {
		t.Fatalf("%d sample times in %d words, error %v", got, n, err)
	}
	for i := range got {
		if index, ok := acceltest.Index(pcm[accel.Axes*i:]); !ok || int(index) != i {
			t.Fatalf("sample %d: index %d, whole %t", i, index, ok)
		}
	}
}

func TestSelfTest(t *testing.T) {
	quiet := func(uint64) [3]int16 { return [3]int16{100, -200, 4096} }
	for _, c := range []struct {
		moves [3]int
		want  string
	}{
		{[3]int{1500, -1500, 900}, ""},
		{[3]int{1500, 1500, 300}, "the z axis moved by"},
	} {
		clock := &acceltest.Clock{}
		chip := acceltest.NewIIS3DWB(clock, acceltest.Options{Signal: quiet, SelfTestMilliG: c.moves})
		d, err := NewSPI(chip.SPI(20*time.Microsecond, 0), accel.Opts{Clock: clock})
		if err != nil {
			t.Fatal(err)
		}
		err = d.SelfTest()
		hwtest.WantError(t, fmt.Sprintf("self-test that moves by %v mg", c.moves), err, c.want)
		if chip.Measuring() || chip.Register(0x14) != 0 {
			t.Error("the self-test left the chip in another state")
		}
	}
}
