package model

import (
	"bytes"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/auscult/auscult/agent/detect"
)

// TestSettingsLimits takes the largest settings and refuses the next.
func TestSettingsLimits(t *testing.T) {
	rpm := func(least, most float64) Condition { return Condition{Name: "rpm", Min: least, Max: most} }
	conditions := func(n int) func(*Settings) {
		return func(s *Settings) { s.Conditions = slices.Repeat([]Condition{rpm(1, 2)}, n) }
	}
	condition := func(c Condition) func(*Settings) {
		return func(s *Settings) { s.Conditions = []Condition{c} }
	}
	frames := func(n, stride int) func(*Settings) {
		return func(s *Settings) { s.Window.Frames, s.Window.StrideFrames = n, stride }
	}
	pool := func(n int) func(*Settings) { return func(s *Settings) { s.Detector.PoolWindows = n } }
	roles := func(r ...Role) func(*Settings) { return func(s *Settings) { s.Outputs = r } }
	long := strings.Repeat("x", 65)
	for _, c := range []struct {
		what string
		set  func(*Settings)
		want string
	}{
		{"1024 frames", frames(1024, 1), ""},
		{"1025 frames", frames(1025, 1), "1025 frames of 4 bands"},
		{"no frame", frames(0, 0), "0 frames of 4 bands"},
		{"a frame", frames(1, 1), ""},
		{"a stride of the window", frames(7, 7), ""},
		{"a longer one", frames(7, 8), "stride of 8 frames: must be 1 to the window's 7"},
		{"none", frames(7, 0), "stride of 0 frames"},
		{"16 conditions", conditions(16), ""},
		{"17 conditions", conditions(17), "17 conditions: at most 16"},
		{"no name", condition(Condition{Min: 1, Max: 2}), "needs a name of at most 64 bytes"},
		{"the longest name", condition(Condition{Name: long[:64], Unit: long[:32], Min: 1, Max: 2}), ""},
		{"too long a name", condition(Condition{Name: long, Min: 1, Max: 2}), "of at most 64 bytes"},
		{"too long a unit", condition(Condition{Name: "a", Unit: long[:33], Min: 1, Max: 2}), "a unit of at most 32"},
		{"a range of nothing", condition(rpm(1, 1)), "is from 1 to 1: must be a range"},
		{"a range of everything", condition(rpm(-math.MaxFloat64, math.MaxFloat64)), "must be a range"},
		{"a range of no number", condition(rpm(math.NaN(), 1)), "must be a range"},
		{"4096 windows", pool(4096), ""},
		{"4097 windows", pool(4097), "pool_windows 4097: must be 1 to 4096"},
		{"no window", pool(0), "pool_windows 0"},
		{"all roles", roles(Divergence, Reconstruction, Embedding), ""},
		{"a role twice", roles(Reconstruction, Reconstruction), `output 1 is "reconstruction"`},
		{"a role that is new", roles(Reconstruction, "x"), `output 1 is "x"`},
		{"a divergence alone", roles(Divergence), "needs"},
	} {
		s := testSettings()
		c.set(&s)
		err := s.Validate()
		switch {
		case c.want == "":
			if err != nil {
				t.Errorf("%s: %v", c.what, err)
			}
		case err == nil || !strings.Contains(err.Error(), c.want):
			t.Errorf("%s: %v, want %s", c.what, err, c.want)
		}
	}
}

// TestWindowCells takes windows of 2^20 cells.
func TestWindowCells(t *testing.T) {
	w := Window{Frames: 1024, StrideFrames: 1, Layout: BandMajor}
	if err := w.validate(1024); err != nil {
		t.Error(err)
	}
	if err := w.validate(1025); err == nil || !strings.Contains(err.Error(), "1024 frames of 1025 bands") {
		t.Errorf("a band more: %v", err)
	}
}

// TestSettingsText reads one JSON value of at most a mebibyte.
func TestSettingsText(t *testing.T) {
	s := testSettings()
	text, err := s.Encode()
	if err != nil {
		t.Fatal(err)
	}
	padded := func(size int) []byte {
		return append(text[:len(text):len(text)], bytes.Repeat([]byte(" "), size-len(text))...)
	}
	for _, c := range []struct {
		text []byte
		want string
	}{
		{text, ""},
		{padded(1 << 20), ""},
		{padded(1<<20 + 1), "1048577 bytes of settings: at most 1048576"},
		{append(text[:len(text):len(text)], "{}"...), "more text after the settings"},
		{[]byte(`{"version":1,"title":"x"}`), `unknown field "title"`},
	} {
		_, err := ParseSettings(c.text)
		switch {
		case c.want == "":
			if err != nil {
				t.Errorf("%d bytes: %v", len(c.text), err)
			}
		case err == nil || !strings.Contains(err.Error(), c.want):
			t.Errorf("%d bytes: %v, want %s", len(c.text), err, c.want)
		}
	}
}

// TestObservationPeriod takes 3 x 2 windows, each 2 hops of 256 samples after the last.
func TestObservationPeriod(t *testing.T) {
	s := testSettings()
	s.Detector.PoolWindows, s.Decision.AverageWindows, s.Window.StrideFrames = 3, 2, 2
	s.Profile.HopLength, s.Profile.SampleRateHz = 256, 16000
	if got := s.ObservationPeriod(); got != 192*time.Millisecond {
		t.Errorf("%v, want 192 ms", got)
	}
}

func TestOffers(t *testing.T) {
	for _, c := range []struct {
		outputs []Role
		input   detect.Input
		want    bool
	}{
		{nil, detect.FromSound, true},
		{nil, detect.FromReconstruction, true}, // outputs that are not named
		{nil, detect.FromEmbedding, false},
		{[]Role{Embedding}, detect.FromReconstruction, false},
		{[]Role{Embedding}, detect.FromEmbedding, true},
		{[]Role{Embedding}, detect.FromSound, true},
	} {
		s := Settings{Outputs: c.outputs}
		if got := s.Offers(c.input); got != c.want {
			t.Errorf("outputs %q, %q: %t", c.outputs, c.input, got)
		}
	}
}
