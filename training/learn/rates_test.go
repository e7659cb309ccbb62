package learn

import (
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"github.com/auscult/auscult/agent/model"
	"github.com/auscult/auscult/dsp/resample"
	"github.com/auscult/auscult/hw"
	"github.com/auscult/auscult/hw/wav"
	"github.com/auscult/auscult/training/replay"
)

// machine returns seconds of a hum in noise, on top of a constant, of full scale 1. At other
// rates than 16 kHz it is the same sound, converted with its edge at 7.8 kHz, as good
// converters have it.
func machine(t *testing.T, rateHz int, seconds, constant float64, seed uint64) []int32 {
	t.Helper()
	const made = 16000
	rng := rand.New(rand.NewPCG(seed, seed))
	pcm := make([]int32, int(seconds*made))
	for i := range pcm {
		s := float64(i) / made
		v := 0.05*math.Sin(2*math.Pi*49.4*s) + 0.02*math.Sin(2*math.Pi*345.8*s) + 0.01*rng.NormFloat64()
		pcm[i] = int32(math.Round((v + constant) * (1 << 31)))
	}
	converter, err := resample.New(made, rateHz, min(7800, resample.PassHz(made, rateHz)))
	if err != nil {
		t.Fatal(err)
	}
	var out []int32
	converter.Write(pcm, func(b []int32) { out = append(out, b...) })
	// The filter begins with what was not there.
	return out[int(math.Ceil(2*converter.DelaySamples()*float64(rateHz)/made)):]
}

// learned is a model of some bands that has learned the machine at a rate, with a constant.
func learned(t *testing.T, rateHz int, constant float64) *model.Model {
	t.Helper()
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "normal"), 0o755); err != nil {
		t.Fatal(err)
	}
	for i := range uint64(4) {
		f, err := os.Create(filepath.Join(dir, "normal", fmt.Sprintf("%d.wav", i)))
		if err != nil {
			t.Fatal(err)
		}
		format := hw.Format{SampleRateHz: rateHz, Channels: 1, BitsPerSample: 24}
		pcm := machine(t, rateHz, 8, constant, i+1)
		for k := range pcm {
			pcm[k] &^= 0xff
		}
		if err := wav.Write(f, format, pcm); err != nil {
			t.Fatal(err)
		}
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
	}
	o := quick(dir)
	o.Profile.Bands = 32
	out, err := Run(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	return out.Model
}

// hears replays the machine at a rate: no event, and a mean score that is returned. Four clips
// know little of the noise's rare values, so the threshold is doubled; a band edge that differs
// by some dB reaches many times that.
func hears(t *testing.T, m *model.Model, rateHz int, pcm []int32) float64 {
	t.Helper()
	o := replay.For(m, 0)
	o.KeepObservations, o.Decision.ThresholdRatio = true, 2
	r, err := replay.PCM(t.Context(), o, rateHz, pcm)
	if err != nil {
		t.Fatal(err)
	}
	if r.Alarm() || r.Observations < 4 || len(r.Notes) > 0 {
		t.Errorf("heard at %d Hz: %d observations up to %.2f of the threshold, events %v, notes %q",
			rateHz, r.Observations, r.MaxRatio, r.Events, r.Notes)
	}
	sum := 0.0
	for _, s := range r.Scores {
		sum += s.Score
	}
	return sum / float64(len(r.Scores))
}

// scoreTolerance is by how much of the threshold the mean score of the same machine may differ from
// rate to rate: observations begin elsewhere, by the filters' delays.
const scoreTolerance = 0.15

// TestRatesDoNotMatter learns a machine at each rate that cards and recorders have, and
// hears it at each other: no event, and the same scores.
func TestRatesDoNotMatter(t *testing.T) {
	rates := []int{16000, 22050, 44100, 48000, 96000, 192000}
	heard := append([]int{15999, 44056}, rates...)
	sounds := map[int][]int32{}
	for _, rate := range heard {
		sounds[rate] = machine(t, rate, 10, 0, 99)
	}
	for _, from := range rates {
		m := learned(t, from, 0)
		want := model.Recorded{SampleRateHz: from, BitsPerSample: 24, Clips: 4}
		if got := m.Settings.Provenance.Recorded; len(got) != 1 || got[0] != want {
			t.Errorf("recorded %v, want 4 clips of %d Hz", got, from)
		}
		own := hears(t, m, from, sounds[from])
		line := fmt.Sprintf("learned at %6d Hz, of the threshold:", from)
		for _, to := range heard {
			score := hears(t, m, to, sounds[to])
			threshold := m.Settings.Decision.Threshold
			line += fmt.Sprintf(" %d: %.3f", to, score/threshold)
			if d := math.Abs(score-own) / threshold; d > scoreTolerance {
				t.Errorf("learned at %d Hz, heard at %d: score %.3f, own %.3f, threshold %.3f", from, to, score, own, threshold)
			}
		}
		t.Log(line)
	}
}

// TestConstantsDoNotMatter learns a machine with one constant and hears it with another.
func TestConstantsDoNotMatter(t *testing.T) {
	constants, rates := []float64{0, 0.05, 0.5}, []int{16000, 48000}
	sounds := map[string][]int32{}
	key := func(rate int, constant float64) string { return fmt.Sprint(rate, constant) }
	for _, rate := range rates {
		for _, constant := range constants {
			sounds[key(rate, constant)] = machine(t, rate, 10, constant, 99)
		}
	}
	for _, from := range constants {
		m := learned(t, 16000, from)
		own := hears(t, m, 16000, sounds[key(16000, from)])
		for _, to := range constants {
			for _, rate := range rates {
				score := hears(t, m, rate, sounds[key(rate, to)])
				if d := math.Abs(score-own) / m.Settings.Decision.Threshold; d > scoreTolerance {
					t.Errorf("learned with %g, heard with %g at %d Hz: score %.3f, own %.3f", from, to, rate, score, own)
				}
			}
		}
	}
}

// TestOldEdgeIsDoubted warns of a model whose bands reach up to half of the rate, where it hears
// another rate than it learned.
func TestOldEdgeIsDoubted(t *testing.T) {
	m := learned(t, 16000, 0)
	m.Settings.Profile.MaxHz = 8000
	for rate, want := range map[int]int{16000: 0, 48000: 1} {
		r, err := replay.PCM(t.Context(), replay.For(m, 0), rate, machine(t, rate, 3, 0, 5))
		if err != nil || len(r.Notes) != want {
			t.Errorf("%d Hz: notes %q, %v", rate, r.Notes, err)
		}
	}
}
