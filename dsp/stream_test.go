package dsp

import (
	"math"
	"slices"
	"strings"
	"testing"
)

// tone returns a second of a sine at half of full scale.
func tone(sampleRateHz int, hz float64) []int32 {
	pcm := make([]int32, sampleRateHz)
	for i := range pcm {
		pcm[i] = int32(math.Round(math.Sin(2*math.Pi*hz*float64(i)/float64(sampleRateHz)) * (1 << 30)))
	}
	return pcm
}

func framesOf(t *testing.T, sampleRateHz int, pcm []int32, block int) [][]DB {
	t.Helper()
	s, err := NewStream(DefaultProfile(), sampleRateHz)
	if err != nil {
		t.Fatal(err)
	}
	var frames [][]DB
	emit := func(f []DB) { frames = append(frames, slices.Clone(f)) }
	for len(pcm) > 0 {
		n := min(block, len(pcm))
		s.Write(pcm[:n], emit)
		pcm = pcm[n:]
	}
	return frames
}

// TestStreamHearsTheSame compares a tone at three rates: once the filter has
// settled, every band that the tone reaches reads the same.
func TestStreamHearsTheSame(t *testing.T) {
	const hz = 1000
	want := framesOf(t, 16000, tone(16000, hz), 512)
	for _, rate := range []int{44100, 48000} {
		got := framesOf(t, rate, tone(rate, hz), 777)
		if len(got) < len(want)-1 || len(got) > len(want) {
			t.Fatalf("%d Hz: %d frames, want about %d", rate, len(got), len(want))
		}
		for b, level := range want[10] {
			if level.Float64() < want[10][slices.Index(want[10], slices.Max(want[10]))].Float64()-40 {
				continue
			}
			if d := math.Abs(got[10][b].Float64() - level.Float64()); d > 0.1 {
				t.Errorf("%d Hz, band %d: %.3f dB apart", rate, b, d)
			}
		}
		if again := framesOf(t, rate, tone(rate, hz), 31); !slices.EqualFunc(got, again, slices.Equal) {
			t.Errorf("%d Hz: other blocks give other bits", rate)
		}
	}
}

func TestStreamReset(t *testing.T) {
	s, err := NewStream(DefaultProfile(), 48000)
	if err != nil {
		t.Fatal(err)
	}
	pcm := tone(48000, 440)
	var first, second []DB
	s.Write(pcm[:9000], func(f []DB) { first = append(first, f...) })
	s.Reset()
	s.Write(pcm[:9000], func(f []DB) { second = append(second, f...) })
	if len(first) == 0 || !slices.Equal(first, second) {
		t.Error("a reset stream remembers")
	}
	emit := func([]DB) {}
	if n := testing.AllocsPerRun(20, func() { s.Write(pcm[:4800], emit) }); n != 0 {
		t.Errorf("%g allocations a block", n)
	}
}

func TestStreamRefuses(t *testing.T) {
	if _, err := NewStream(DefaultProfile(), 8000); err == nil || !strings.Contains(err.Error(), "8000") {
		t.Errorf("error %v, want one that names the rate", err)
	}
	if _, err := NewStream(Profile{}, 8000); err == nil {
		t.Error("an empty profile was taken")
	}
}
