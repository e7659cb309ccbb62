package detect

import (
	"math"
	"strings"
	"testing"
)

// twoBands is what is known of two narrow bands of one band each, and of the rest in a third.
func twoBands() *Thirds {
	return &Thirds{NarrowBands{
		First:  []int{0, 1, 2},
		MeanDB: [][]float64{{-40, -40, -40}, {-20, -20, -20}},
		// The first two go up and down together: their covariance is 4, 3.8, 4; the last has 1 of its own.
		Inverse: [][]float64{{4 / 1.56}, {-3.8 / 1.56, 4 / 1.56}, {0, 0, 1}},
	}}
}

// heard is sound with these levels of the bands in dB.
func heard(levelsDB ...float64) *Observation {
	o := NewObservation(Size{Bands: len(levelsDB)})
	o.Frames = 4
	for b, db := range levelsDB {
		o.Power[b] = uint64(o.Frames) * uint64(math.Exp2(40)*math.Pow(10, db/10))
	}
	return &o
}

// TestThirds: what goes together is nothing, a band alone is much, in the operating state that is nearest; the
// distances are those of the covariance.
func TestThirds(t *testing.T) {
	d := twoBands()
	if err := d.Validate(Size{Bands: 3}); err != nil {
		t.Fatal(err)
	}
	e := Evidence{Details: make([]float64, d.Details())}
	score := d.Scorer(Size{Bands: 3})
	for _, c := range []struct {
		levels []float64
		want   float64 // squared, times the number of bands
		text   string
	}{
		{[]float64{-40, -40, -40}, 0, ""},
		{[]float64{-20, -20, -20}, 0, ""},
		{[]float64{-38, -38, -40}, (4*4 + 4*4 - 2*3.8*4) / 1.56, ""},
		{[]float64{-38, -40, -40}, 4 * 4 / 1.56, "+2.0 dB at 0-100 Hz, against the other bands"},
		{[]float64{-38, -42, -40}, (4*4 + 4*4 + 2*3.8*4) / 1.56, "Hz, against the other bands"},
		{[]float64{-20, -20, -27}, 49, "-7.0 dB above 200 Hz, against the other bands"},
	} {
		got := score(heard(c.levels...), e)
		if math.Abs(got*got*3-c.want) > 0.1 { // decibels are in steps
			t.Errorf("%v: %.3f, want %.3f", c.levels, got*got*3, c.want)
		}
		edges := func(b int) (lo, hi float64) { return 100 * float64(b), 100 * float64(b+1) }
		if text := d.Words(e.Details, edges); !strings.HasSuffix(text, c.text) {
			t.Errorf("%v: %q, want %q", c.levels, text, c.text)
		}
	}
	if n := testing.AllocsPerRun(10, func() { score(heard(0, 0, 0), e) }) -
		testing.AllocsPerRun(10, func() { heard(0, 0, 0) }); n != 0 {
		t.Errorf("%g allocations", n)
	}
}

// TestThirdsValidate: what a file says is checked before it is used.
func TestThirdsValidate(t *testing.T) {
	for name, spoil := range map[string]func(d *Thirds){
		"no bands":              func(d *Thirds) { d.First = nil },
		"too many states":       func(d *Thirds) { d.MeanDB = make([][]float64, 17) },
		"no state":              func(d *Thirds) { d.MeanDB = nil },
		"bands beyond the last": func(d *Thirds) { d.First[2] = 3 },
		"bands that fall":       func(d *Thirds) { d.First[2] = 1 },
		"a level too few":       func(d *Thirds) { d.MeanDB[1] = d.MeanDB[1][:2] },
		"a level of nothing":    func(d *Thirds) { d.MeanDB[1][1] = math.NaN() },
		"a row too few":         func(d *Thirds) { d.Inverse = d.Inverse[:2] },
		"a row too long":        func(d *Thirds) { d.Inverse[1] = make([]float64, 3) },
		"nothing on a diagonal": func(d *Thirds) { d.Inverse[1][1] = 0 },
		"a number too large":    func(d *Thirds) { d.Inverse[2][0] = -1e7 },
		"no number":             func(d *Thirds) { d.Inverse[2][0] = math.NaN() },
	} {
		d := twoBands()
		spoil(d)
		if err := d.Validate(Size{Bands: 3}); err == nil {
			t.Errorf("%s: valid", name)
		}
	}
	// Rows that are no inverse of a covariance give a score all the same.
	d := twoBands()
	d.Inverse[1][0] = -100
	if err := d.Validate(Size{Bands: 3}); err != nil {
		t.Fatal(err)
	}
	if got := d.Scorer(Size{Bands: 3})(heard(-30, -30, -40), Evidence{Details: make([]float64, 3)}); !(got >= 0) {
		t.Errorf("score %g", got)
	}
}
