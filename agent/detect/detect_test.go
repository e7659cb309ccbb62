package detect

import (
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/auscult/auscult/dsp"
)

const bands = 4

func calibration() Calibration {
	return Calibration{Score: []float64{1, 2, 4}, Surprise: []float64{0, 1, 2}, Slope: 0.25}
}

// good returns an ensemble of all parts for four bands.
func good() *Ensemble {
	ones := func(n int) []float64 { return slices.Repeat([]float64{1}, n) }
	return &Ensemble{Fusion: Max, Parts: []Part{
		{Name: ByReconstruction, Calibration: calibration()},
		{Name: ByLevel, Calibration: calibration(), Levels: &Levels{First: []int{0, 2}, MeanDB: []float64{-20, -20, -20}, StdDevDB: ones(3)}},
		{Name: ByCovariance, Calibration: calibration(), Covariance: &Covariance{
			MeanDB: make([]float64, bands), StdDevDB: ones(bands), Axes: [][]float64{{0.5, 0.5, 0.5, 0.5}}, Variance: []float64{4}, Rest: 0.25,
		}},
		{Name: ByNeighbours, Calibration: calibration(), Neighbours: &Neighbours{
			Mean: make([]float64, 2*bands), StdDev: ones(2 * bands), Moments: make([]byte, 4*bands),
		}},
	}}
}

func quiet() *Observation {
	return &Observation{
		ResidualDB: make([]float64, bands), MeanDB: make([]float64, bands), DeviationDB: make([]float64, bands),
		Power: make([]uint64, bands), Frames: 8,
	}
}

func TestCalibration(t *testing.T) {
	c := calibration()
	for score, want := range map[float64]float64{-3: 0, 1: 0, 1.5: 0.5, 2: 1, 3: 1.5, 4: 2, 8: 3, 1e6: 2 + (1e6-4)/4} {
		if got := c.Of(score); math.Abs(got-want) > 1e-9*(1+want) {
			t.Errorf("surprise of %g is %g, want %g", score, got, want)
		}
	}
	if got := c.Of(math.NaN()); got != 0 {
		t.Errorf("surprise of no number is %g", got)
	}
}

func TestPowers(t *testing.T) {
	for _, codeDB := range []float64{0.25, 120. / 255, 0.75} {
		table := Powers(codeDB)
		for i, got := range table {
			want := math.Exp2(40) * math.Pow(10, float64(i-255)*codeDB/10)
			if math.Abs(float64(got)-want) > 1+1e-9*want {
				t.Errorf("%g dB a code: power %d is %d, want %g", codeDB, i, got, want)
			}
		}
	}
}

// TestLevels makes the upper half of the bands 6 dB louder than normal.
func TestLevels(t *testing.T) {
	e := good()
	o := quiet()
	for b := range o.Power {
		db := -20.
		if b >= 2 {
			db = -14
		}
		o.Power[b] = uint64(8 * math.Exp2(40) * math.Pow(10, db/10))
	}
	off := make([]float64, 3)
	l := e.Parts[1].Levels
	z := l.score(off, o, dsp.NewDecibels())
	whole := 10 * math.Log10((1+math.Pow(10, 0.6))/2)
	for i, want := range []float64{whole, 0, 6} {
		if math.Abs(off[i]-want) > 1e-4 {
			t.Errorf("broad band %d is %g dB off, want %g", i, off[i], want)
		}
	}
	if math.Abs(z-6) > 1e-4 {
		t.Errorf("score %g, want 6", z)
	}
	edges := func(b int) (lo, hi float64) { return float64(100 * b), float64(100*b + 100) }
	if got := l.words(off, edges); got != "+6.0 dB above 200 Hz" {
		t.Errorf("words %q", got)
	}
	if got := l.words([]float64{0, -3, 1}, edges); got != "-3.0 dB at 0-200 Hz" {
		t.Errorf("words %q", got)
	}
	if got := l.words([]float64{4, 3, 1}, edges); got != "+4.0 dB in all" {
		t.Errorf("words %q", got)
	}
}

// TestCovariance compares with the distance by the whole inverse covariance:
// variance 4 along the axis, 0.25 across.
func TestCovariance(t *testing.T) {
	c := good().Parts[2].Covariance
	rng := rand.New(rand.NewPCG(1, 2))
	for range 100 {
		x := make([]float64, bands)
		want := 0.0
		for b := range x {
			x[b] = rng.NormFloat64() * 3
		}
		for i := range x {
			for j := range x {
				inverse := 0.25 * (1./4 - 1/0.25) // the axis's outer product is 0.25 everywhere
				if i == j {
					inverse += 1 / 0.25
				}
				want += x[i] * inverse * x[j]
			}
		}
		if got := c.Distance(x, make([]float64, bands)); math.Abs(got-math.Sqrt(want/bands)) > 1e-9 {
			t.Fatalf("distance %g, want %g", got, math.Sqrt(want/bands))
		}
	}
}

// TestNearerDomain takes the smaller of two distances.
func TestNearerDomain(t *testing.T) {
	e := good()
	other := *e.Parts[2].Covariance
	other.MeanDB = []float64{9, 9, 9, 9}
	e.Parts[2].Target = &other
	if err := e.Validate(bands); err != nil {
		t.Fatal(err)
	}
	s, err := e.NewScorer(bands)
	if err != nil {
		t.Fatal(err)
	}
	for _, level := range []float64{-20, 0, 4, 5, 9, 30} {
		o := quiet()
		for b := range o.ResidualDB {
			o.ResidualDB[b] = level
		}
		s.Score(o, 0, make([]float64, e.EvidenceLen()))
		z := make([]float64, bands)
		if want := min(e.Parts[2].Covariance.Distance(o.ResidualDB, z), other.Distance(o.ResidualDB, z)); s.Raw()[2] != want {
			t.Errorf("level %g: distance %g, want %g", level, s.Raw()[2], want)
		}
	}
}

func TestCalibrationBackwards(t *testing.T) {
	c := Calibration{Score: []float64{1, 2, 2.5, 7}, Surprise: []float64{0, 0.5, 0.5, 3}, Slope: 2}
	for score, surprise := range map[float64]float64{1: 0, 1.5: 0.25, 2: 0.5, 4.75: 1.75, 7: 3, 9: 7} {
		if got := c.At(surprise); got != score || c.Of(got) != surprise {
			t.Errorf("surprise %g at %g, want %g", surprise, got, score)
		}
	}
}

func TestNeighbours(t *testing.T) {
	n := good().Parts[3].Neighbours
	one, two := make([]float64, 2*bands), make([]int32, 2*bands)
	o := quiet()
	copy(o.MeanDB, []float64{7, 7, 7, 7}) // louder, of the same shape
	if got := n.score(one, two, o); got != 0 {
		t.Errorf("the same shape is %g away", got)
	}
	copy(o.DeviationDB, []float64{2, 2, 2, 2}) // half of the features by two deviations
	if got := n.score(one, two, o); math.Abs(got-math.Sqrt2) > 1e-12 {
		t.Errorf("a restless moment is %g away, want the root of 2", got)
	}
	n.Moments = n.Moments[:2*bands]
	if got := n.Distance(two); math.Abs(got-math.Sqrt2) > 1e-12 {
		t.Errorf("one moment is %g away", got)
	}
	o.DeviationDB[0] = math.Inf(1)
	if got := n.score(one, two, o); math.IsNaN(got) || math.IsInf(got, 0) {
		t.Errorf("distance %g", got)
	}
}

func TestScore(t *testing.T) {
	e := good()
	o := quiet()
	evidence := make([]float64, e.EvidenceLen())
	score := func(without ...Name) float64 {
		s, err := e.NewScorer(bands, without...)
		if err != nil {
			t.Fatal(err)
		}
		if n := testing.AllocsPerRun(10, func() { s.Score(o, 8, evidence) }); n != 0 {
			t.Errorf("%g allocations", n)
		}
		return s.Score(o, 8, evidence)
	}
	// Silence is 200 dB below normal: the level shouts louder than the reconstruction.
	if got := score(); got != evidence[1] || evidence[0] != 3 || !(got > 3) {
		t.Errorf("score %g of %v, want the level's", got, evidence)
	}
	if got := score(ByLevel); got != 3 || evidence[1] != 0 {
		t.Errorf("score %g of %v, want the reconstruction's 3", got, evidence)
	}
	e.Fusion = Mean
	if got := score(ByLevel); got != 1 { // of 3, 0 and 0
		t.Errorf("mean score %g of %v, want 1", got, evidence)
	}
	if _, err := e.NewScorer(bands, Names()...); err == nil || !strings.Contains(err.Error(), "leave one") {
		t.Errorf("all switched off: %v", err)
	}
	edges := func(int) (lo, hi float64) { return 0, 100 }
	score()
	for i, f := range e.Findings(evidence, edges) {
		if f.Detector != Names()[i] || (f.Text != "") != (f.Surprise > 0) {
			t.Errorf("finding %+v", f)
		}
	}
}

func TestValidate(t *testing.T) {
	if err := good().Validate(bands); err != nil {
		t.Fatal(err)
	}
	for want, change := range map[string]func(*Ensemble){
		"without parts":       func(e *Ensemble) { e.Parts = nil },
		"fusion":              func(e *Ensemble) { e.Fusion = "x" },
		"in this order":       func(e *Ensemble) { slices.Reverse(e.Parts) },
		`part "x"`:            func(e *Ensemble) { e.Parts[0].Name = "x" },
		"that its name says":  func(e *Ensemble) { e.Parts[1].Levels = nil },
		"0 scores":            func(e *Ensemble) { e.Parts[0].Calibration = Calibration{} },
		"calibration point 1": func(e *Ensemble) { e.Parts[0].Calibration.Score[1] = 1 },
		"calibration slope":   func(e *Ensemble) { e.Parts[0].Calibration.Slope = math.NaN() },
		"first[1]":            func(e *Ensemble) { e.Parts[1].Levels.First[1] = 4 },
		"1 means":             func(e *Ensemble) { e.Parts[1].Levels.MeanDB = []float64{0} },
		"broad band 0":        func(e *Ensemble) { e.Parts[1].Levels.StdDevDB[0] = 0 },
		"axis 0 has":          func(e *Ensemble) { e.Parts[2].Covariance.Axes[0] = nil },
		"axis 0 is":           func(e *Ensemble) { e.Parts[2].Covariance.Axes[0][3] = math.NaN() },
		"variance 1":          func(e *Ensemble) { e.Parts[2].Covariance.Variance[0] = 0 },
		"belongs to cov":      func(e *Ensemble) { e.Parts[1].Target = e.Parts[2].Covariance },
		"target domain: 0":    func(e *Ensemble) { e.Parts[2].Target = &Covariance{} },
		"bytes of moments":    func(e *Ensemble) { e.Parts[3].Neighbours.Moments = make([]byte, 9) },
		"feature 7":           func(e *Ensemble) { e.Parts[3].Neighbours.Mean[7] = math.Inf(1) },
	} {
		e := good()
		change(e)
		if err := e.Validate(bands); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want one with %q", err, want)
		}
	}
}
