package alsa

import (
	"slices"
	"strings"
	"testing"
	"time"

	"periph.io/x/conn/v3/physic"

	"github.com/auscult/auscult/hw"
	"github.com/auscult/auscult/hw/alsa/internal/kernel"
)

func TestNegotiate(t *testing.T) {
	all := []uint{kernel.S16LE, kernel.S24LE3, kernel.S24LE, kernel.S32LE}
	for _, c := range []struct {
		name   string
		change func(*simCard)
		o      Options
		want   hw.Format
		ring   Ring
	}{
		{
			"best format", func(c *simCard) { c.encodings, c.msbits = all, 0 }, Options{},
			hw.Format{SampleRateHz: 48000, Channels: 2, BitsPerSample: 32}, Ring{"S32_LE", 960, 24000, true},
		},
		{
			"significant bits", func(*simCard) {}, Options{Bits: 24},
			hw.Format{SampleRateHz: 48000, Channels: 2, BitsPerSample: 24}, Ring{"S32_LE", 960, 24000, true},
		},
		{
			"whole words first", func(c *simCard) { c.encodings = all[:3] }, Options{},
			hw.Format{SampleRateHz: 48000, Channels: 2, BitsPerSample: 24}, Ring{"S24_LE", 960, 24000, true},
		},
		{
			"packed", func(c *simCard) { c.encodings = all[:2] }, Options{},
			hw.Format{SampleRateHz: 48000, Channels: 2, BitsPerSample: 24}, Ring{"S24_3LE", 960, 24000, true},
		},
		{
			"16 bits", func(c *simCard) { c.encodings = all[:1] }, Options{},
			hw.Format{SampleRateHz: 48000, Channels: 2, BitsPerSample: 16}, Ring{"S16_LE", 960, 24000, true},
		},
		{
			"no map", func(*simCard) {}, Options{NoMap: true}, hw.Format{SampleRateHz: 48000, Channels: 2, BitsPerSample: 24},
			Ring{"S32_LE", 960, 24000, false},
		},
		{
			"one channel", func(c *simCard) { c.channels = [2]uint32{1, 1} }, Options{},
			hw.Format{SampleRateHz: 48000, Channels: 1, BitsPerSample: 24}, Ring{"S32_LE", 960, 24000, true},
		},
		{
			"no pair", func(c *simCard) { c.channels = [2]uint32{4, 8} }, Options{},
			hw.Format{SampleRateHz: 48000, Channels: 4, BitsPerSample: 24}, Ring{"S32_LE", 960, 24000, true},
		},
		{
			"six of eight", func(c *simCard) { c.channels = [2]uint32{1, 8} }, Options{Channels: 6},
			hw.Format{SampleRateHz: 48000, Channels: 6, BitsPerSample: 24}, Ring{"S32_LE", 960, 24000, true},
		},
		{
			"the channel that is listened to", func(c *simCard) { c.channels = [2]uint32{1, 8} }, Options{Channel: 4},
			hw.Format{SampleRateHz: 48000, Channels: 5, BitsPerSample: 24}, Ring{"S32_LE", 960, 24000, true},
		},
		{
			"a channel of an array", func(c *simCard) { c.channels = [2]uint32{8, 8} }, Options{Channel: 4},
			hw.Format{SampleRateHz: 48000, Channels: 8, BitsPerSample: 24}, Ring{"S32_LE", 960, 24000, true},
		},
		{
			"channels one by one", func(c *simCard) { c.planar = true }, Options{},
			hw.Format{SampleRateHz: 48000, Channels: 2, BitsPerSample: 24}, Ring{"S32_LE", 960, 24000, false},
		},
		{
			"integers before floats", func(c *simCard) {
				c.encodings, c.msbits = []uint{kernel.FloatLE, kernel.S24LE}, 0
			}, Options{},
			hw.Format{SampleRateHz: 48000, Channels: 2, BitsPerSample: 24}, Ring{"S24_LE", 960, 24000, true},
		},
		{
			"floats before 16 bits", func(c *simCard) {
				c.encodings, c.msbits = []uint{kernel.FloatLE, kernel.S16LE}, 0
			}, Options{},
			hw.Format{SampleRateHz: 48000, Channels: 2, BitsPerSample: 32}, Ring{"FLOAT_LE", 960, 24000, true},
		},
		{
			"8 bits", func(c *simCard) { c.encodings, c.msbits = []uint{kernel.U8}, 0 }, Options{},
			hw.Format{SampleRateHz: 48000, Channels: 2, BitsPerSample: 8}, Ring{"U8", 960, 24000, true},
		},
		{
			"odd rate", func(c *simCard) { c.rate = 11025 }, Options{},
			hw.Format{SampleRateHz: 11025, Channels: 2, BitsPerSample: 24}, Ring{"S32_LE", 220, 5500, true},
		},
		{
			"rate asked for", func(c *simCard) { c.rate = 64000 }, Options{Rate: 64 * physic.KiloHertz},
			hw.Format{SampleRateHz: 64000, Channels: 2, BitsPerSample: 24}, Ring{"S32_LE", 1280, 32000, true},
		},
		{
			"short", func(*simCard) {}, Options{Period: 5 * time.Millisecond, Buffer: 20 * time.Millisecond},
			hw.Format{SampleRateHz: 48000, Channels: 2, BitsPerSample: 24}, Ring{"S32_LE", 240, 960, true},
		},
		{
			"longer than it has", func(*simCard) {}, Options{Period: time.Second, Buffer: 10 * time.Second},
			hw.Format{SampleRateHz: 48000, Channels: 2, BitsPerSample: 24}, Ring{"S32_LE", 32, 32768, true},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			card := newSimCard(t)
			c.change(card)
			c.o.FS, c.o.open = card.root, card.open
			s, err := Open("", c.o)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = s.Halt() })
			if s.Format() != c.want || s.Ring() != c.ring {
				t.Errorf("%v, %+v; want %v, %+v", s.Format(), s.Ring(), c.want, c.ring)
			}
		})
	}
}

func TestNegotiateRefuses(t *testing.T) {
	for want, c := range map[string]struct {
		change func(*simCard)
		o      Options
	}{
		"cannot give 16000 Hz; it has S32_LE S16_LE, 48000 Hz, 2 channels": {func(*simCard) {}, Options{Rate: 16 * physic.KiloHertz}},
		"cannot give 1 channels":              {func(*simCard) {}, Options{Channels: 1}},
		"no format with 24 bits":              {func(c *simCard) { c.encodings = []uint{kernel.S16LE} }, Options{Bits: 24}},
		"24 significant bits, 32 are wanted":  {func(*simCard) {}, Options{Bits: 32}},
		"no format that is understood":        {func(c *simCard) { c.encodings = []uint{22} }, Options{}},
		"it claims 4000 channels":             {func(c *simCard) { c.channels = [2]uint32{4000, 4000} }, Options{}},
		"a rate of 1mHz":                      {func(*simCard) {}, Options{Rate: physic.MilliHertz}},
		"65 channels: must be":                {func(*simCard) {}, Options{Channels: 65}},
		"33 bits: must be":                    {func(*simCard) {}, Options{Bits: 33}},
		"a period of 2s":                      {func(*simCard) {}, Options{Period: 2 * time.Second}},
		"a buffer of 30ms: must be two":       {func(*simCard) {}, Options{Buffer: 30 * time.Millisecond}},
		"stuck or silent after less than 1 s": {func(*simCard) {}, Options{Stuck: time.Millisecond}},
	} {
		card := newSimCard(t)
		c.change(card)
		c.o.FS, c.o.open = card.root, card.open
		s, err := Open("", c.o)
		if err == nil {
			_ = s.Halt()
		}
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q", err, want)
		}
	}
}

// TestCheckSaysWhatIsTaken says of an array what it offers, and what it would be opened with.
func TestCheckSaysWhatIsTaken(t *testing.T) {
	c := newSimCard(t)
	c.encodings, c.channels, c.rate = []uint{kernel.FloatLE, kernel.S16LE}, [2]uint32{1, 8}, 44100
	d, err := Find(c.root, "")
	if err != nil {
		t.Fatal(err)
	}
	a, p := Check(d, c.options())
	if p != nil {
		t.Fatal(p)
	}
	if want := "FLOAT_LE S16_LE, 44100 Hz, 1 to 8 channels"; a.String() != want {
		t.Errorf("offers %v, want %s", a, want)
	}
	if want := "FLOAT_LE, 44100 Hz, 2 channels"; a.Taken.String() != want {
		t.Errorf("takes %v, want %s", a.Taken, want)
	}
}

// TestDecodeRuns translates several samples in a row.
func TestDecodeRuns(t *testing.T) {
	for _, c := range []struct {
		value uint
		src   []byte
		want  []int32
	}{
		{kernel.S32LE, []byte{1, 2, 3, 4, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0x80}, []int32{0x04030201, -1, -1 << 31}},
		{kernel.S24LE, []byte{1, 2, 3, 0, 0xff, 0xff, 0xff, 0xff, 0, 0, 0x80, 0x55}, []int32{0x03020100, -256, -1 << 31}},
		{kernel.S24LE3, []byte{1, 2, 3, 0xff, 0xff, 0xff, 0, 0, 0x80}, []int32{0x03020100, -256, -1 << 31}},
		{kernel.S16LE, []byte{1, 2, 0xff, 0xff, 0, 0x80}, []int32{0x02010000, -65536, -1 << 31}},
	} {
		e := encodings[slices.IndexFunc(encodings, func(e encoding) bool { return e.value == c.value })]
		got := make([]int32, len(c.want))
		e.decode(got, c.src, -1)
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: %#x, want %#x", e.name, got, c.want)
		}
		e.decode(got, c.src, -1<<24)
		for i := range got {
			if got[i] != c.want[i]&(-1<<24) {
				t.Errorf("%s, 8 bits: %#x", e.name, got)
			}
		}
	}
}

func BenchmarkDecode(b *testing.B) {
	dst, src := make([]int32, 1920), make([]byte, 4*1920)
	for _, e := range encodings {
		b.Run(e.name, func(b *testing.B) {
			b.SetBytes(int64(len(dst) * 4))
			for b.Loop() {
				e.decode(dst, src[:len(dst)*e.bytes], -256)
			}
		})
	}
}
