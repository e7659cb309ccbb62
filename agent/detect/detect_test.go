package detect

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
)

const bands = 4

func calibration() Calibration {
	return Calibration{Score: []float64{1, 2, 4}, Surprise: []float64{0, 1, 2}, Slope: 0.25}
}

// good returns an ensemble of all parts for four bands.
func good() *Ensemble {
	ones := func(n int) []float64 { return slices.Repeat([]float64{1}, n) }
	return &Ensemble{Fusion: Max, Parts: []Part{
		// A residual of 0 dB is eight deviations off.
		{Name: ByReconstruction, Calibration: calibration(), Detector: &Whitened{
			Bands: Bands{BandMean: slices.Repeat([]float64{-8}, bands), BandStdDev: ones(bands)}, TopBands: 2,
		}},
		{Name: ByLevel, Calibration: calibration(), Detector: &Level{Levels{First: []int{0, 2},
			LevelState: LevelState{MeanDB: []float64{-20, -20, -20}, StdDevDB: ones(3)}}}},
		{Name: ByCovariance, Calibration: calibration(), Detector: &Covariance{Domain: Domain{
			MeanDB: make([]float64, bands), StdDevDB: ones(bands), Axes: [][]float64{{0.5, 0.5, 0.5, 0.5}},
			Variance: []float64{4}, Rest: 0.25,
		}}},
		{Name: ByNeighbours, Calibration: calibration(), Detector: &Neighbours{Memory{
			Mean: make([]float64, 2*bands), StdDev: ones(2 * bands), Moments: make([]byte, 4*bands),
		}}},
	}}
}

// part returns a detector of an ensemble.
func part[D Detector](e *Ensemble, i int) D { return e.Parts[i].Detector.(D) }

var size = Size{Bands: bands}

func quiet() *Observation {
	o := NewObservation(size)
	o.Frames = 8
	return &o
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
	l := part[*Level](e, 1)
	z := l.Scorer(size)(o, Evidence{Details: off})
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
	if got := l.Words(off, edges); got != "+6.0 dB above 200 Hz" {
		t.Errorf("words %q", got)
	}
	if got := l.Words([]float64{0, -3, 1}, edges); got != "-3.0 dB at 0-200 Hz" {
		t.Errorf("words %q", got)
	}
	if got := l.Words([]float64{4, 3, 1}, edges); got != "+4.0 dB in all" {
		t.Errorf("words %q", got)
	}
}

// TestOperatingStates compares with the operating state that is nearest, in its own deviations.
func TestOperatingStates(t *testing.T) {
	l := &Level{Levels{First: []int{0, 2},
		LevelState: LevelState{MeanDB: []float64{-60, -60, -60}, StdDevDB: []float64{1, 1, 1}},
		Louder:     []LevelState{{MeanDB: []float64{-20, -20, -20}, StdDevDB: []float64{2, 2, 2}}}}}
	if err := l.Validate(size); err != nil {
		t.Fatal(err)
	}
	score, off, o := l.Scorer(size), make([]float64, l.Details()), quiet()
	for _, c := range []struct{ db, score, off float64 }{
		{-60, 0, 0}, {-20, 0, 0}, {-54, 6, 6}, {-26, 3, -6}, {-14, 3, 6}, {-44, 12, -24},
	} {
		for b := range o.Power {
			o.Power[b] = uint64(8 * math.Exp2(40) * math.Pow(10, c.db/10))
		}
		if got := score(o, Evidence{Details: off}); math.Abs(got-c.score) > 1e-4 || math.Abs(off[0]-c.off) > 1e-4 {
			t.Errorf("%g dB: score %g, %g dB off, want %g, %g", c.db, got, off[0], c.score, c.off)
		}
	}
	edges := func(b int) (lo, hi float64) { return float64(100 * b), float64(100*b + 100) }
	if got := l.Words([]float64{3, 6, 1}, edges); got != "+6.0 dB at 0-200 Hz" {
		t.Errorf("words %q", got)
	}
	l.Louder[0].StdDevDB = []float64{2, 2}
	if err := l.Validate(size); err == nil || !strings.Contains(err.Error(), "operating state 1: 3 means, 2 deviations") {
		t.Errorf("error %v", err)
	}
	l.Louder = make([]LevelState, maxLouder+1)
	if err := l.Validate(size); err == nil || !strings.Contains(err.Error(), "16 louder states") {
		t.Errorf("error %v", err)
	}
}

// TestCovariance compares with the distance by the whole inverse covariance:
// variance 4 along the axis, 0.25 across.
func TestCovariance(t *testing.T) {
	c := part[*Covariance](good(), 2)
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
	c := part[*Covariance](e, 2)
	other := c.Domain
	other.MeanDB = []float64{9, 9, 9, 9}
	c.Target = &other
	if err := e.Validate(size); err != nil {
		t.Fatal(err)
	}
	s, err := e.NewScorer(size)
	if err != nil {
		t.Fatal(err)
	}
	for _, level := range []float64{-20, 0, 4, 5, 9, 30} {
		o := quiet()
		for b := range o.ResidualDB {
			o.ResidualDB[b] = level
		}
		s.Score(o, make([]float64, e.EvidenceLen(bands)))
		z := make([]float64, bands)
		if want := min(c.Distance(o.ResidualDB, z), other.Distance(o.ResidualDB, z)); s.Raw()[2] != want {
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
	n := part[*Neighbours](good(), 3)
	score := func(o *Observation) float64 { return n.Scorer(size)(o, Evidence{}) }
	o := quiet()
	copy(o.MeanDB, []float64{7, 7, 7, 7}) // louder, of the same shape
	if got := score(o); got != 0 {
		t.Errorf("the same shape is %g away", got)
	}
	copy(o.DeviationDB, []float64{2, 2, 2, 2}) // half of the features by two deviations
	if got := score(o); math.Abs(got-math.Sqrt2) > 1e-12 {
		t.Errorf("a restless moment is %g away, want the root of 2", got)
	}
	n.Moments = n.Moments[:2*bands]
	if got := score(o); math.Abs(got-math.Sqrt2) > 1e-12 {
		t.Errorf("one moment is %g away", got)
	}
	o.DeviationDB[0] = math.Inf(1)
	if got := score(o); math.IsNaN(got) || math.IsInf(got, 0) {
		t.Errorf("distance %g", got)
	}
}

func TestScore(t *testing.T) {
	e := good()
	o := quiet()
	row := make([]float64, e.EvidenceLen(bands))
	evidence := row[bands:] // the surprises
	score := func(without ...Name) float64 {
		s, err := e.NewScorer(size, without...)
		if err != nil {
			t.Fatal(err)
		}
		if n := testing.AllocsPerRun(10, func() { s.Score(o, row) }); n != 0 {
			t.Errorf("%g allocations", n)
		}
		return s.Score(o, row)
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
	if _, err := e.NewScorer(size, Names()...); err == nil || !strings.Contains(err.Error(), "leave one") {
		t.Errorf("all switched off: %v", err)
	}
	edges := func(int) (lo, hi float64) { return 0, 100 }
	score()
	for i, f := range e.Findings(row, bands, edges) {
		if f.Detector != Names()[i] || (f.Text != "") != (f.Surprise > 0) {
			t.Errorf("finding %+v", f)
		}
	}
}

func TestValidate(t *testing.T) {
	if err := good().Validate(size); err != nil {
		t.Fatal(err)
	}
	for want, change := range map[string]func(*Ensemble){
		"without parts":       func(e *Ensemble) { e.Parts = nil },
		"fusion":              func(e *Ensemble) { e.Fusion = "x" },
		"in this order":       func(e *Ensemble) { slices.Reverse(e.Parts) },
		`part "x"`:            func(e *Ensemble) { e.Parts[0].Name = "x" },
		"that its name says":  func(e *Ensemble) { e.Parts[1].Detector = nil },
		"0 scores":            func(e *Ensemble) { e.Parts[0].Calibration = Calibration{} },
		"calibration point 1": func(e *Ensemble) { e.Parts[0].Calibration.Score[1] = 1 },
		"calibration slope":   func(e *Ensemble) { e.Parts[0].Calibration.Slope = math.NaN() },
		"first[1]":            func(e *Ensemble) { part[*Level](e, 1).First[1] = 4 },
		"1 means":             func(e *Ensemble) { part[*Level](e, 1).MeanDB = []float64{0} },
		"broad band 0":        func(e *Ensemble) { part[*Level](e, 1).StdDevDB[0] = 0 },
		"axis 0 has":          func(e *Ensemble) { part[*Covariance](e, 2).Axes[0] = nil },
		"axis 0 is":           func(e *Ensemble) { part[*Covariance](e, 2).Axes[0][3] = math.NaN() },
		"variance 1":          func(e *Ensemble) { part[*Covariance](e, 2).Variance[0] = 0 },
		"parameters that its": func(e *Ensemble) { e.Parts[1].Detector = e.Parts[2].Detector },
		"target domain: 0":    func(e *Ensemble) { part[*Covariance](e, 2).Target = &Domain{} },
		"top_bands 5":         func(e *Ensemble) { part[*Whitened](e, 0).TopBands = 5 },
		"band_mean[1] is N":   func(e *Ensemble) { part[*Whitened](e, 0).BandMean[1] = math.NaN() },
		"cannot stand alone":  func(e *Ensemble) { e.Fusion = Alone },
		"bytes of moments":    func(e *Ensemble) { part[*Neighbours](e, 3).Moments = make([]byte, 9) },
		"feature 7":           func(e *Ensemble) { part[*Neighbours](e, 3).Mean[7] = math.Inf(1) },
	} {
		e := good()
		change(e)
		if err := e.Validate(size); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want one with %q", err, want)
		}
	}
}

// TestLimits takes the smallest and largest parameters that a file may have.
func TestLimits(t *testing.T) {
	axes := func(e *Ensemble, n int) {
		c := part[*Covariance](e, 2)
		c.Axes, c.Variance = slices.Repeat(c.Axes[:1], n), slices.Repeat(c.Variance[:1], n)
	}
	for what, change := range map[string]func(*Ensemble){
		"deviation 0.25":   func(e *Ensemble) { part[*Covariance](e, 2).StdDevDB[0] = 0.25 },
		"deviation 400":    func(e *Ensemble) { part[*Covariance](e, 2).StdDevDB[0] = 400 },
		"mean -400":        func(e *Ensemble) { part[*Covariance](e, 2).MeanDB[0] = -400 },
		"top_bands 4 of 4": func(e *Ensemble) { part[*Whitened](e, 0).TopBands = 4 },
		"16 axes":          func(e *Ensemble) { axes(e, 16) },
		"one moment":       func(e *Ensemble) { part[*Neighbours](e, 3).Moments = make([]byte, 2*bands) },
		"256 moments":      func(e *Ensemble) { part[*Neighbours](e, 3).Moments = make([]byte, 256*2*bands) },
		"top_bands 1":      func(e *Ensemble) { part[*Whitened](e, 0).TopBands = 1 },
	} {
		e := good()
		change(e)
		if err := e.Validate(size); err != nil {
			t.Errorf("%s: %v", what, err)
		}
	}
	for what, change := range map[string]func(*Ensemble){
		"deviation below 0.25":  func(e *Ensemble) { part[*Covariance](e, 2).StdDevDB[0] = 0.2499 },
		"deviation above 400":   func(e *Ensemble) { part[*Covariance](e, 2).StdDevDB[0] = 400.1 },
		"mean below -400":       func(e *Ensemble) { part[*Covariance](e, 2).MeanDB[0] = -400.1 },
		"top_bands 0":           func(e *Ensemble) { part[*Whitened](e, 0).TopBands = 0 },
		"two that stand alone":  func(e *Ensemble) { e.Fusion, e.Parts = Alone, e.Parts[:2] },
		"none that stands so":   func(e *Ensemble) { e.Fusion, e.Parts = Alone, e.Parts[1:2] },
		"moments of half a one": func(e *Ensemble) { m := part[*Neighbours](e, 3); m.Moments = m.Moments[:len(m.Moments)-1] },
		"17 axes":               func(e *Ensemble) { axes(e, 17) },
		"257 moments":           func(e *Ensemble) { part[*Neighbours](e, 3).Moments = make([]byte, 257*2*bands) },
		"no moments":            func(e *Ensemble) { part[*Neighbours](e, 3).Moments = nil },
	} {
		e := good()
		change(e)
		if err := e.Validate(size); err == nil {
			t.Errorf("%s is taken", what)
		}
	}
}

func TestRounded(t *testing.T) {
	for v, want := range map[float64]float64{
		0: 0, 123456.7: 123457, -1.23456789: -1.23457, 0.000123456789: 0.000123457, 1e-310: 0, 1e12: 1e12,
	} {
		if got := Rounded(v); math.Abs(got-want) > 1e-15*math.Abs(want) {
			t.Errorf("%g becomes %g, want %g", v, got, want)
		}
	}
}

// TestPartJSON writes parts and reads them again: the detector's fields stand beside its name,
// and those of another one are refused.
func TestPartJSON(t *testing.T) {
	e := good()
	data, err := json.Marshal(e)
	if err != nil {
		t.Fatal(err)
	}
	var again Ensemble
	if err := json.Unmarshal(data, &again); err != nil {
		t.Fatal(err)
	}
	again.Parts[0].Detector = e.Parts[0].Detector // which package model keeps
	if !reflect.DeepEqual(&again, e) {
		t.Errorf("read %+v, written %+v", again, e)
	}
	for text, want := range map[string]string{
		`{"name":"reconstruction","calibration":{"score":[0],"surprise":[0],"slope":1}}`: "",
		`{"name":"level","levels":{"first":[0]},"target":{}}`:                            `unknown field "target"`,
		`{"name":"divergence","divergence":{"mean":0,"std_dev":1},"embedding":{}}`:       `unknown field "embedding"`,
		`{"name":"level","levels":{"first":[0],"last":[0]}}`:                             `unknown field "last"`,
		`{"name":"level","calibration":{"score":[0],"offset":1},"levels":{"first":[0]}}`: `unknown field "offset"`,
		`{"name":"mse"}`: `part "mse": the parts are`,
		`null`:           `part "": the parts are`,
		`[]`:             "cannot unmarshal",
	} {
		var p Part
		if err := json.Unmarshal([]byte(text), &p); (err == nil) != (want == "") ||
			err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v, want one with %q", text, err, want)
		}
	}
}

// TestAlone lets one detector stand alone: its own score counts, whatever is switched off.
func TestAlone(t *testing.T) {
	o := quiet()
	o.SquaredResidual = []float64{1, 2, 3, 6}
	e := Single(ByMSE, &MSE{Bands{BandMean: make([]float64, bands), BandStdDev: slices.Repeat([]float64{1}, bands)}})
	if err := e.Validate(size); err != nil {
		t.Fatal(err)
	}
	s, err := e.NewScorer(size, ByMSE)
	if err != nil {
		t.Fatal(err)
	}
	row := make([]float64, e.EvidenceLen(bands))
	if got := s.Score(o, row); got != 3 || !slices.Equal(row, []float64{0.25, 0.5, 0.75, 1.5}) {
		t.Errorf("score %g of %v, want 3", got, row)
	}
	if found := e.Findings(row, bands, nil); found != nil {
		t.Errorf("findings %v of what stands alone", found)
	}
}

// TestKinds holds every detector of the table to what the others rely on.
func TestKinds(t *testing.T) {
	n := &Normal{FrameHz: 31.25, EdgeHz: func(b int) float64 { return 1000 * float64(b) }}
	for i := range 40 {
		o := NewObservation(Size{Bands: bands, Embedding: 3, Motion: MotionFeatures})
		o.Frames = 8
		for b := range bands {
			o.MeanDB[b], o.DeviationDB[b] = float64(60+i%5), float64(2+i%3)
			o.ResidualDB[b], o.SquaredResidual[b], o.Power[b] = float64(10+i%7), float64(1+i%7), 1<<30
		}
		for j := range o.Motion {
			o.Motion[j] = float64(i*(j+3)%11) / 2
		}
		o.Divergence, o.Embedding[0] = float64(i%4), float64(i%6)
		n.Samples = append(n.Samples, Sample{Clip: fmt.Sprint(i / 4), Observation: o})
	}
	for _, k := range Kinds() {
		d := k.New()
		if again, known := KindOf(k.Name); !known || again.Name != k.Name {
			t.Errorf("%s is found as %q", k.Name, again.Name)
		}
		if k.Listens == "" || !k.Joins && k.Alone == "" {
			t.Errorf("%s listens to %q and is alone %q, joins: %t", k.Name, k.Listens, k.Alone, k.Joins)
		}
		fitter, ok := d.(Fitter)
		if !ok {
			continue // package training/detectors fits and tests it
		}
		if err := d.Validate(n.Size()); err == nil {
			t.Errorf("%s: valid before it knows anything", k.Name)
		}
		fitter.Fit(n)
		if err := d.Validate(n.Size()); err != nil {
			t.Errorf("%s: %v", k.Name, err)
		}
		e := Evidence{Bands: make([]float64, bands), Details: make([]float64, d.Details())}
		score := d.Scorer(n.Size())
		if v := score(&n.Samples[7].Observation, e); !(v >= 0) || math.IsInf(v, 0) {
			t.Errorf("%s: score %g", k.Name, v)
		}
		if allocs := testing.AllocsPerRun(10, func() { score(&n.Samples[7].Observation, e) }); allocs != 0 {
			t.Errorf("%s: %g allocations", k.Name, allocs)
		}
		if d.Words(e.Details, func(int) (lo, hi float64) { return 0, 0 }) == "" {
			t.Errorf("%s: no words", k.Name)
		}
	}
}

func TestFarthestFirst(t *testing.T) {
	rows := [][]int32{{0}, {1}, {10}, {0}, {5}}
	if got := farthestFirst(rows, 3); !slices.Equal(got, []int{0, 2, 4}) {
		t.Errorf("chose %v, want 0, 2, 4", got)
	}
	if got := farthestFirst(rows, 9); len(got) != 4 {
		t.Errorf("chose %v: a repetition is nothing new", got)
	}
}

func TestWhitenTies(t *testing.T) {
	d := Whitened{Bands{BandMean: make([]float64, 4), BandStdDev: []float64{1, 1, 1, 1}}, 2}
	parts := make([]float64, 4)
	if v := d.Whiten([]float64{3, 5, 3, 3}, parts, make([]float64, 4)); v != 4 ||
		!slices.Equal(parts, []float64{1.5, 2.5, 0, 0}) {
		t.Errorf("score %g of parts %v, want 4 of 1.5 and 2.5", v, parts)
	}
}
