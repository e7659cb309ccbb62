package sensor

import (
	"context"
	"errors"
	"io"
	"math"
	"reflect"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"periph.io/x/conn/v3/i2c"
	"periph.io/x/conn/v3/i2c/i2creg"

	"github.com/auscult/auscult/hw"
	"github.com/auscult/auscult/hw/accel/acceltest"
	"github.com/auscult/auscult/hw/i2s"
	"github.com/auscult/auscult/hw/i2s/i2stest"
)

// TestContradictory finds sources of one device that want different things, and lets those
// alone that only leave something open, or have a device of their own.
func TestContradictory(t *testing.T) {
	chip := Accel{Chip: "adxl345", Bus: "I2C1"}
	with := func(change func(*Accel)) *Accel {
		c := chip
		change(&c)
		return &c
	}
	for _, c := range []struct {
		name, key     string
		first, second Sensor
	}{
		{"rates of a card", "sample_rate_hz",
			&ALSA{Device: "hw:CARD=A,DEV=0", SampleRateHz: 48000}, &ALSA{Device: "hw:A", SampleRateHz: 44100}},
		{"channels of a card", "channels",
			&ALSA{Device: "hw:CARD=A,DEV=0", Channels: 4}, &ALSA{Device: "hw:A,0", Channels: 8}},
		{"by a number of its device", "sample_rate_hz",
			&ALSA{Device: "hw:CARD=A,DEV=1", SampleRateHz: 48000}, &ALSA{Device: "hw:A,1", SampleRateHz: 44100}},
		{"one leaves it open", "",
			&ALSA{Device: "hw:CARD=A,DEV=0", SampleRateHz: 48000}, &ALSA{Device: "A", Channels: 8}},
		{"two devices of a card", "",
			&ALSA{Device: "hw:CARD=A,DEV=0", SampleRateHz: 48000}, &ALSA{Device: "hw:A,1", SampleRateHz: 44100}},
		{"two cards", "", &ALSA{Device: "A", SampleRateHz: 48000}, &ALSA{Device: "B", SampleRateHz: 44100}},
		{"socket and card", "",
			&ALSA{Device: "hw:PORT=1-1,DEV=0", SampleRateHz: 48000}, &ALSA{Device: "B", SampleRateHz: 44100}},
		{"ranges", "range_g", with(func(a *Accel) { a.RangeG = 4 }), with(func(a *Accel) { a.RangeG = 16 })},
		{"rates of a chip", "sample_rate_hz",
			with(func(a *Accel) { a.SampleRateHz = 800 }), with(func(a *Accel) { a.SampleRateHz, a.Bus = 400, "/dev/i2c-1" })},
		{"lines of a chip", "interrupt_pin",
			with(func(a *Accel) { a.InterruptPin = "GPIO4" }), with(func(a *Accel) { a.InterruptPin, a.Bus = "GPIO5", "1" })},
		{"the usual address", "range_g", with(func(a *Accel) { a.RangeG = 4 }),
			with(func(a *Accel) { a.RangeG, a.Address = 16, 0x53 })},
		{"two chips of a bus", "", with(func(a *Accel) { a.RangeG = 4 }),
			with(func(a *Accel) { a.RangeG, a.Address = 16, 0x1d })},
		{"two buses", "", with(func(a *Accel) { a.RangeG = 4 }), with(func(a *Accel) { a.RangeG, a.Bus = 16, "I2C3" })},
		{"two kinds of bus", "", with(func(a *Accel) { a.RangeG = 4 }),
			with(func(a *Accel) { a.RangeG, a.Bus = 16, "SPI1" })},
		{"two chips in one place", "chip",
			&Accel{Chip: "adxl345", Bus: "SPI0.0"}, &Accel{Chip: "iis3dwb", Bus: "/dev/spidev0.0"}},
		{"rates of the kernel's", "sample_rate_hz",
			&IIO{Device: "iio:device0", SampleRateHz: 100}, &IIO{Device: "0", SampleRateHz: 200}},
		{"the kernel's, left open", "", &IIO{Device: "iio:device0", SampleRateHz: 100}, &IIO{Device: "iio:device0"}},
		{"recordings", "", &WAV{Path: "a"}, &WAV{Path: "a", Paced: true}},
		{"kinds", "", &IIO{Device: "A"}, &ALSA{Device: "A"}},
	} {
		// A third, which leaves all open, must not hide what the others want.
		members := []Member{{"x", &Sim{}, 0}, {"a", c.first, 0}, {"b", c.second, 1}}
		got := Contradictory("", members)
		switch {
		case c.key == "" && got != nil:
			t.Errorf("%s: %+v, %+v", c.name, got, got.Problem)
		case c.key != "" && (got == nil || got.Problem.Key != c.key || got.First != 1 || got.Second != 2):
			t.Errorf("%s: %+v, want %s", c.name, got, c.key)
		}
	}
}

// slow is a connection that takes its time.
type slow struct {
	i2s.Conn
	pause time.Duration
}

func (s slow) Read(ctx context.Context, b *hw.Block) error {
	time.Sleep(s.pause)
	return s.Conn.Read(ctx, b)
}

// paced is a chip's clock that lets others run while it waits, under synctest.
type paced struct{ *acceltest.Clock }

func (p paced) Wait(ctx context.Context, halted <-chan struct{}, d time.Duration) error {
	time.Sleep(d)
	return p.Clock.Wait(ctx, halted, d)
}

// TestAxesOfOneChip has two sources that listen to one ADXL345 on its bus: each hears all
// samples, nothing is lost, and the chip is read once. It used to be read twice, and each
// got half.
func TestAxesOfOneChip(t *testing.T) { synctest.Test(t, testAxesOfOneChip) }

func testAxesOfOneChip(t *testing.T) {
	clock := paced{&acceltest.Clock{}}
	chip := acceltest.NewADXL345(clock.Clock, acceltest.Options{Signal: shaking})
	count := &closed{}
	opened := 0
	if err := i2creg.Register("I2C-shared", []string{"I2C-alias"}, 77, func() (i2c.BusCloser, error) {
		opened++
		return i2cBus{chip.I2C(0x53, 50*time.Microsecond), count}, nil
	}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = i2creg.Unregister("I2C-shared") })
	x := &Accel{Chip: "adxl345", Bus: "I2C-shared", clock: clock}
	z := &Accel{Chip: "adxl345", Bus: "77", RangeG: 16, SampleRateHz: 800, clock: clock}
	y := &Accel{Chip: "adxl345", Bus: "I2C-alias", Address: 0x53, clock: clock}
	shared := NewShared([]Member{{"x", x, 0}, {"z", z, 2}, {"y", y, 1}})
	var all []hw.Source
	for _, s := range []*Accel{x, z, y} {
		src, err := s.Open(t.Context(), Site{Shared: shared})
		if err != nil {
			t.Fatal(err)
		}
		if f := src.Format(); f.SampleRateHz != 800 {
			t.Errorf("%v: what one source asks for holds for all", f)
		}
		if a, ok := Acceleration(src); !ok || a.Config().RangeG != 16 || ChannelNames(src)[2] != "z" {
			t.Errorf("accelerometer %v, %v, channels %q", a, ok, ChannelNames(src))
		}
		all = append(all, src)
	}
	if opened != 1 {
		t.Errorf("the bus was opened %d times", opened)
	}
	var wg sync.WaitGroup
	for _, src := range all {
		wg.Go(func() {
			b := hw.Block{PCM: make([]int32, 3*16)}
			for next := uint64(0); next < 1600; {
				if err := src.Read(t.Context(), &b); err != nil || b.Lost > 0 || b.FirstSample != next {
					t.Errorf("block at %d of %d with %d lost: %v", b.FirstSample, next, b.Lost, err)
					return
				}
				next += uint64(len(b.PCM) / 3)
			}
		})
	}
	wg.Wait()
	for i, src := range all {
		if err := src.Halt(); err != nil {
			t.Error(err)
		}
		if isLast := i == len(all)-1; chip.Measuring() == isLast || count.n == 1 != isLast {
			t.Errorf("%d halted: chip measures: %v, bus closed %d times", i+1, chip.Measuring(), count.n)
		}
	}
}

// TestSharedContradicts names the other source and the key where names were different.
func TestSharedContradicts(t *testing.T) {
	near := &ALSA{Device: "port-of-test", SampleRateHz: 16000}
	far := &ALSA{Device: "port-of-test", SampleRateHz: 48000}
	shared := NewShared([]Member{{"near", near, 0}, {"far", far, 1}})
	_, err := near.Open(t.Context(), Site{Root: t.TempDir(), Shared: shared})
	if err == nil || !strings.Contains(err.Error(), `"far"`) || !strings.Contains(err.Error(), "sample_rate_hz") {
		t.Errorf("error %v", err)
	}
}

// TestChannelsOfOneCard asks a card for what its sources need together, and gives both all
// of its channels.
func TestChannelsOfOneCard(t *testing.T) { synctest.Test(t, testChannelsOfOneCard) }

func testChannelsOfOneCard(t *testing.T) {
	format := hw.Format{SampleRateHz: 16000, Channels: 8, BitsPerSample: 24}
	block := hw.Block{PCM: make([]int32, 8*160)}
	for i := range block.PCM {
		block.PCM[i] = int32(math.Sin(float64(i))*1e6) << 8
	}
	plugged.port = &asked{
		Playback: i2stest.Playback{Format: format, Blocks: []hw.Block{block, block, block}}, pause: 10 * time.Millisecond,
	}
	near := &ALSA{Device: "port-of-test", SampleRateHz: 16000}
	far := &ALSA{Device: "port-of-test", Buffer: time.Second}
	shared := NewShared([]Member{{"near", near, 0}, {"far", far, 7}})
	at := Site{Root: t.TempDir(), Shared: shared}
	var sources [2]hw.Source
	for i, s := range []*ALSA{near, far} {
		at.Channel = []int{0, 7}[i]
		src, err := s.Open(t.Context(), at)
		if err != nil {
			t.Fatal(err)
		}
		sources[i] = src
	}
	if p := plugged.port; p.need != 7 || p.buffer != time.Second || p.connected != 1 {
		t.Errorf("channel %d, buffer %v, connected %d times", p.need, p.buffer, p.connected)
	}
	b := hw.Block{PCM: make([]int32, 8*160)}
	for _, src := range sources {
		if src.Format() != format {
			t.Errorf("format %v", src.Format())
		}
		if _, isCard := Card(src); isCard {
			t.Error("a port of the test was taken for a sound card")
		}
		var err error
		for err == nil {
			err = src.Read(t.Context(), &b)
		}
		if !errors.Is(err, io.EOF) {
			t.Errorf("ends with %v", err)
		}
		if err := src.Halt(); err != nil {
			t.Error(err)
		}
	}
	if (&ALSA{Device: "d", Channels: 2}).Validate(2) == nil || (&ALSA{Device: "d", Channels: 65}).Validate(0) == nil {
		t.Error("a channel that there is not, or 65 of them, were taken")
	}
	if Identity("", &WAV{}) != "" || Identity("", near) == "" {
		t.Error("identities")
	}
}

// TestJoin opens a device once for all that listen to it, whatever they call it, with all that
// they ask.
func TestJoin(t *testing.T) {
	got := Join("", []Member{
		{"x", &Accel{Chip: "adxl345", Bus: "I2C1", RangeG: 4}, 0},
		{"mic", &ALSA{Device: "hw:A", Channels: 2}, 1},
		{"y", &Accel{Chip: "adxl345", Bus: "/dev/i2c-1", Address: 0x53, SampleRateHz: 800}, 1},
		{"pump", &Sim{}, 0},
		{"other", &Accel{Chip: "adxl345", Bus: "I2C1", Address: 0x1d}, 2},
		{"wrong", &ALSA{Device: "hw:CARD=A,DEV=0", Channels: 4, SampleRateHz: 8000}, 3},
	})
	want := []Joined{
		{&Accel{Chip: "adxl345", Bus: "I2C1", RangeG: 4, SampleRateHz: 800}, []int{0, 2}, 1},
		{&ALSA{Device: "hw:A", Channels: 2}, []int{1, 5}, 3},
		{&Sim{}, []int{3}, 0},
		{&Accel{Chip: "adxl345", Bus: "I2C1", Address: 0x1d}, []int{4}, 2},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%+v, want %+v", got, want)
	}
}
