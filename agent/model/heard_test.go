package model

import (
	"strings"
	"testing"

	"github.com/auscult/auscult/dsp"
	"github.com/auscult/auscult/hw"
)

// TestRateDoubt warns where bands reach beyond what a conversion leaves, and not where
// both sides were converted, or neither, or the bands end before.
func TestRateDoubt(t *testing.T) {
	for _, c := range []struct {
		maxHz   float64
		learned []int
		heardHz int
		want    string // part of it; "" for no doubt
	}{
		{7000, []int{16000}, 48000, ""},
		{7000, []int{192000}, 16000, ""},
		{7000, nil, 44056, ""},
		{7000, []int{16000, 48000}, 14400, ""},
		{8000, []int{16000}, 16000, ""},
		{8000, []int{48000}, 44100, ""},
		{8000, []int{16000, 48000}, 96000, ""},
		{8000, []int{16000}, 48000, "sound of 48000 Hz is heard, of 16000 Hz was learned, and the model's bands reach up to 8000 Hz: those above 7800 Hz differ"},
		{8000, nil, 48000, "of 16000 Hz was learned"},
		{8000, []int{48000}, 16000, "train with --max-hz 7000"},
		{8000, []int{48000}, 15900, "those above 7751 Hz"},
	} {
		s := Settings{Profile: dsp.DefaultProfile()}
		s.Profile.MaxHz = c.maxHz
		for _, rate := range c.learned {
			s.Provenance.Recorded = Count(s.Provenance.Recorded, rate, 16, hw.Origin{})
		}
		got := s.RateDoubt(c.heardHz)
		if (c.want == "") != (got == "") || !strings.Contains(got, c.want) {
			t.Errorf("%v: doubt %q", c, got)
		}
	}
}

func TestCount(t *testing.T) {
	var kinds []Recorded
	for _, r := range [][2]int{{48000, 16}, {16000, 24}, {16000, 16}, {48000, 16}, {16000, 24}, {16000, 24}} {
		kinds = Count(kinds, r[0], r[1], hw.Origin{RateHz: float64(len(kinds))})
	}
	want := []Recorded{
		{SampleRateHz: 16000, BitsPerSample: 16, Clips: 1}, {SampleRateHz: 16000, BitsPerSample: 24, Clips: 3},
		{SampleRateHz: 48000, BitsPerSample: 16, Clips: 2},
	}
	for i := range want {
		if kinds[i] != want[i] {
			t.Errorf("%v, want %v", kinds, want)
		}
	}
	for rate := range 2 * maxRecorded {
		kinds = Count(kinds, rate+1, 8, hw.Origin{})
	}
	if err := validateRecorded(kinds); err != nil {
		t.Error(err)
	}
	for _, bad := range [][]Recorded{make([]Recorded, maxRecorded+1), {{0, 16, 1, hw.Origin{}}},
		{{16000, 0, 1, hw.Origin{}}}, {{16000, 16, 0, hw.Origin{}}}, {{16000, 16, 1, hw.Origin{Unit: hw.G}}},
		{{16000, 16, 1, hw.Origin{Unit: "furlong"}}}, {{16000, 16, 1, hw.Origin{Mixer: strings.Repeat("x", 600)}}},
	} {
		if validateRecorded(bad) == nil {
			t.Errorf("%v was taken", bad)
		}
	}
}
