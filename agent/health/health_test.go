package health

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/auscult/auscult/dsp"
)

// stereo returns seconds of sound at the profile's rate: coloured noise of a gain, and white noise beside.
func stereo(p dsp.Profile, seconds, gain float64, seed uint64) []int32 {
	rng := rand.New(rand.NewPCG(seed, 1))
	pcm := make([]int32, 2*int(seconds*float64(p.SampleRateHz)))
	low := 0.0
	for i := 0; i < len(pcm); i += 2 {
		low += 0.1 * (rng.NormFloat64() - low)
		pcm[i] = int32(low * gain * (1 << 26))
		pcm[i+1] = int32(rng.NormFloat64() * (1 << 24))
	}
	return pcm
}

// hears passes what a stream hears on.
type hears struct {
	frame func(levels []dsp.DB)
}

func (h hears) Frame(levels []dsp.DB) { h.frame(levels) }
func (hears) Break()                  {}

// learn learns from clips of some seconds.
func learn(t *testing.T, p dsp.Profile, clips int, seconds float64) *Learned {
	t.Helper()
	l, q, codes := NewLearner(p), dsp.NewQuantiser(p), make([]int8, p.Bands)
	for i := range clips {
		s, err := dsp.NewStream(p, dsp.Input{SampleRateHz: p.SampleRateHz, Channels: 2})
		if err != nil {
			t.Fatal(err)
		}
		s.Write(stereo(p, seconds, 1, uint64(i)), hears{func(levels []dsp.DB) {
			q.Quantise(codes, levels)
			l.Frame(codes)
		}})
		l.Break()
	}
	return l.Learned()
}

// TestLearner learns from clips of any length, but not from next to nothing.
func TestLearner(t *testing.T) {
	p := dsp.DefaultProfile()
	for _, c := range []struct {
		clips   int
		seconds float64
		frames  int // of a stretch; 0: nothing is learned
	}{{1, 60, 156}, {3, 12, 156}, {8, 2, 61}, {3, 2, 0}, {1, 12, 0}, {0, 1, 0}, {4, 0.05, 0}} {
		l := learn(t, p, c.clips, c.seconds)
		if (l != nil) != (c.frames > 0) || l != nil && l.Frames != c.frames {
			t.Errorf("%d clips of %g s: %+v, want stretches of %d frames", c.clips, c.seconds, l, c.frames)
			continue
		}
		if l == nil {
			continue
		}
		if l.LowDB > 0 || l.LowDB < -1 || l.HighDB < 0 || l.HighDB > 1 || l.SpreadDB > 1 {
			t.Errorf("%d clips of %g s: %g to %g dB, spread %g", c.clips, c.seconds, l.LowDB, l.HighDB, l.SpreadDB)
		}
		if err := l.Validate(p.Bands); err != nil {
			t.Error(err)
		}
		text, err := json.Marshal(l)
		if err != nil || len(text) > 2000 {
			t.Errorf("%d bytes, %v", len(text), err)
		}
	}
}

// TestLearnerIsBounded learns from days in the memory of an hour or so, the same.
func TestLearnerIsBounded(t *testing.T) {
	p := dsp.DefaultProfile()
	l := NewLearner(p)
	codes := make([]int8, p.Bands)
	for i := range 10_000 * l.frames {
		for b := range codes {
			codes[b] = int8(b%64 - 32 + i/l.frames%3) // three levels, in turns
		}
		l.Frame(codes)
		if len(l.means) > maxStretches {
			t.Fatalf("%d stretches are kept", len(l.means))
		}
	}
	got := l.Learned()
	if step := 120. / 255; math.Abs(got.LowDB+step) > 0.02 || math.Abs(got.HighDB-step) > 0.02 || got.SpreadDB > 0.02 {
		t.Errorf("%g to %g dB, spread %g", got.LowDB, got.HighDB, got.SpreadDB)
	}
}

// TestMonitor tells what a sensor has after three stretches, takes it back after two, and allocates
// nothing.
func TestMonitor(t *testing.T) {
	p := dsp.DefaultProfile()
	l := learn(t, p, 3, 20)
	for name, c := range map[string]struct {
		change func(pcm []int32)
		want   Ill
		text   string
	}{
		"well":  {func([]int32) {}, Well, ""},
		"quiet": {func(pcm []int32) { scaleBy(pcm, 0.5) }, Quieter, "all bands are 6 dB quieter"},
		"loud":  {func(pcm []int32) { scaleBy(pcm, 4) }, Louder, "all bands are 12 dB louder"},
		"noise": {func(pcm []int32) {
			for i := 0; i < len(pcm); i += 2 {
				pcm[i] = pcm[i+1] >> 9
			}
		}, Noise, "white noise alone"},
		"swapped": {func(pcm []int32) {
			for i := 0; i < len(pcm); i += 2 {
				pcm[i], pcm[i+1] = max(pcm[i+1], -1<<30)-pcm[max(i-1, 1)], pcm[i] // high, and what was here
			}
		}, Swapped, "channel 0 does not sound as was learned, and channel 1 does"},
	} {
		in := dsp.Input{SampleRateHz: p.SampleRateHz, Channels: 2}
		m, err := New(l, p, in)
		if err != nil {
			t.Fatal(err)
		}
		s, err := dsp.NewStream(p, in)
		if err != nil {
			t.Fatal(err)
		}
		play := func(seconds float64, change func([]int32)) {
			pcm := stereo(p, seconds, 1, 77)
			change(pcm)
			for len(pcm) > 0 {
				n := min(len(pcm), 2*777)
				m.Block(pcm[:n], 2)
				s.Write(pcm[:n], hears{m.Frame})
				pcm = pcm[n:]
			}
		}
		play(14, c.change)
		if is, _ := m.Ill(); is != Well {
			t.Errorf("%s: %s after 14 s", name, is)
		}
		play(6, c.change)
		if is, text := m.Ill(); is != c.want || !strings.Contains(text, c.text) {
			t.Errorf("%s: %q, %s; want %q, %s", name, is, text, c.want, c.text)
		}
		play(16, func([]int32) {})
		if is, text := m.Ill(); is != Well || text != "" {
			t.Errorf("%s: %s (%s), although it is over", name, is, text)
		}
		levels := make([]dsp.DB, p.Bands)
		if n := testing.AllocsPerRun(2*l.Frames, func() { m.Frame(levels) }); n > 0.5 {
			t.Errorf("%s: %v allocations a frame", name, n)
		}
	}
	var none *Monitor
	if is, _ := none.Ill(); is != Well {
		t.Error("nothing that was learned is an illness")
	}
	if m, err := New(nil, p, dsp.Input{}); m != nil || err != nil {
		t.Errorf("nothing was learned: %v, %v", m, err)
	}
}

func scaleBy(pcm []int32, gain float64) {
	for i, v := range pcm {
		pcm[i] = int32(float64(v) * gain)
	}
}

// TestValidate refuses what no training writes.
func TestValidate(t *testing.T) {
	good := func() *Learned {
		return &Learned{BandsDB: []float32{1, 2}, LowDB: -1, HighDB: 1, SpreadDB: 1, Frames: 9}
	}
	if err := good().Validate(2); err != nil {
		t.Error(err)
	}
	if err := (*Learned)(nil).Validate(2); err != nil {
		t.Error(err)
	}
	for name, spoil := range map[string]func(*Learned){
		"bands":     func(l *Learned) { l.BandsDB = l.BandsDB[:1] },
		"frames":    func(l *Learned) { l.Frames = 0 },
		"many":      func(l *Learned) { l.Frames = 1 << 30 },
		"low":       func(l *Learned) { l.LowDB = 2 },
		"spread":    func(l *Learned) { l.SpreadDB = -1 },
		"not a dB":  func(l *Learned) { l.BandsDB[1] = float32(math.NaN()) },
		"no number": func(l *Learned) { l.HighDB = math.NaN() },
	} {
		l := good()
		spoil(l)
		if l.Validate(2) == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}
