package model

import (
	"math"
	"strings"
	"testing"

	"github.com/auscult/auscult/hw"
)

// TestScale hears acceleration on one scale, and lets sound and what is not known alone.
func TestScale(t *testing.T) {
	for _, c := range []struct {
		origin hw.Origin
		want   float64
	}{
		{hw.Origin{Unit: hw.G, FullScale: 16}, 0},
		{hw.Origin{Unit: hw.G, FullScale: 2}, -18.0618},
		{hw.Origin{Unit: hw.G, FullScale: 200}, 21.9382},
		{hw.Origin{Unit: hw.FullScale, FullScale: 1}, 0},
		{hw.Origin{FullScale: 2}, 0},
		{hw.Origin{}, 0},
	} {
		if got := Scale(c.origin).Float64(); math.Abs(got-c.want) > 1e-4 {
			t.Errorf("%+v: %.4f dB, want %.4f", c.origin, got, c.want)
		}
	}
}

// TestUnits refuses sound for acceleration and the reverse, and doubts what is not said.
func TestUnits(t *testing.T) {
	g, sound := hw.Origin{Unit: hw.G, FullScale: 2}, hw.Origin{Unit: hw.FullScale}
	recorded := func(o hw.Origin) Provenance { return Provenance{Recorded: Count(nil, 1000, 16, o)} }
	for name, c := range map[string]struct {
		learned  Provenance
		heard    hw.Origin
		refused  bool
		doubtful string
	}{
		"the same":                {recorded(g), hw.Origin{Unit: hw.G, FullScale: 16}, false, ""},
		"sound":                   {recorded(sound), sound, false, ""},
		"a table's":               {Provenance{Table: &Table{}}, g, false, ""},
		"sound, learned as g":     {recorded(g), sound, true, ""},
		"g, learned as sound":     {recorded(sound), g, true, ""},
		"g, not known":            {recorded(hw.Origin{}), g, false, "this sensor's is 2 g"},
		"not known, learned as g": {recorded(g), hw.Origin{}, false, "taken for the 16 g"},
		"neither is known":        {recorded(hw.Origin{}), hw.Origin{}, false, ""},
		"sound, not known":        {recorded(hw.Origin{}), sound, false, ""},
	} {
		s := Settings{Provenance: c.learned}
		if err := s.CheckUnit(c.heard); (err != nil) != c.refused {
			t.Errorf("%s: %v", name, err)
		}
		if text := s.ScaleDoubt(c.heard); !strings.Contains(text, c.doubtful) || (text == "") != (c.doubtful == "") {
			t.Errorf("%s: %q, want %q", name, text, c.doubtful)
		}
	}
}
