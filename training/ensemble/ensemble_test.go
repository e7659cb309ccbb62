package ensemble

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/auscult/auscult/agent/detect"
)

const bands = 32

// usual are the parts that an autoencoder has.
var usual = []detect.Name{detect.ByReconstruction, detect.ByLevel, detect.ByCovariance, detect.ByNeighbours}

func edgeHz(b int) float64 { return 250 * float64(b) }

// observe makes up an observation of normal sound: every band has a level and a
// residual of its own, and all move together a little.
func observe(rng *rand.Rand) detect.Observation {
	o := detect.Observation{
		ResidualDB: make([]float64, bands), MeanDB: make([]float64, bands), DeviationDB: make([]float64, bands),
		Power: make([]uint64, bands), Frames: 16,
	}
	loud, bad := rng.NormFloat64(), 2*rng.NormFloat64()
	for b := range bands {
		o.MeanDB[b] = 60 - float64(b) + loud + 0.5*rng.NormFloat64()
		o.Power[b] = uint64(16 * math.Exp2(40) * math.Pow(10, (o.MeanDB[b]-120)/10))
		o.DeviationDB[b] = 3 + 0.3*rng.NormFloat64()
		o.ResidualDB[b] = 20 + bad + 0.5*rng.NormFloat64()
	}
	return o
}

func samples(rng *rand.Rand, clips, each int) (all []Sample) {
	for c := range clips {
		for range each {
			all = append(all, Sample{Clip: fmt.Sprint(c), Observation: observe(rng), Reconstruction: rng.ExpFloat64()})
		}
	}
	return all
}

// TestEachFaultIsSeen changes one thing at a time: the part that looks at it must
// be the most surprised, and more than normal sound ever was.
func TestEachFaultIsSeen(t *testing.T) {
	rng := rand.New(rand.NewPCG(4, 1))
	e, normal, err := Fit(samples(rng, 10, 12), usual, detect.Max, edgeHz)
	if err != nil {
		t.Fatal(err)
	}
	if err := e.Validate(bands); err != nil {
		t.Fatal(err)
	}
	highest := 0.0
	for _, row := range normal {
		highest = max(highest, detect.Max.Of(row))
	}
	s, err := e.NewScorer(bands)
	if err != nil {
		t.Fatal(err)
	}
	evidence := make([]float64, e.EvidenceLen())
	for want, change := range map[detect.Name]func(*detect.Observation){
		detect.ByLevel: func(o *detect.Observation) { // 6 dB louder
			for b := range o.Power {
				o.Power[b] *= 4
			}
		},
		detect.ByCovariance: func(o *detect.Observation) { // bands that move together part
			for b := range o.ResidualDB {
				o.ResidualDB[b] += float64(4*(b%2)) - 2
			}
		},
		detect.ByNeighbours: func(o *detect.Observation) { // calmer in time, as loud
			for b := range o.DeviationDB {
				o.DeviationDB[b] -= 1.5
			}
		},
	} {
		o := observe(rng)
		change(&o)
		score := s.Score(&o, 0, evidence)
		part := slices.Index(detect.Names(), want)
		if evidence[part] != score || score < highest {
			t.Errorf("%s: surprises %.2f, normal sound up to %.2f", want, evidence[:len(e.Parts)], highest)
		}
	}
	o := observe(rng)
	if score := s.Score(&o, 30, evidence); score != evidence[0] || score < highest {
		t.Errorf("reconstruction: surprises %.2f, normal sound up to %.2f", evidence[:len(e.Parts)], highest)
	}
}

// TestCrossFitted holds a clip that is unlike the others: left out, it must
// surprise; as a part of what was fitted, its like must not as much.
func TestCrossFitted(t *testing.T) {
	rng := rand.New(rand.NewPCG(4, 2))
	all := samples(rng, 8, 6)
	for i := range all[:6] {
		for b := range bands {
			all[i].Observation.MeanDB[b] += 4 * math.Sin(float64(b))
		}
	}
	e, surprises, err := Fit(all, usual, detect.Max, edgeHz)
	if err != nil {
		t.Fatal(err)
	}
	s, err := e.NewScorer(bands)
	if err != nil {
		t.Fatal(err)
	}
	evidence := make([]float64, e.EvidenceLen())
	const part = 3 // neighbours
	for i := range 6 {
		s.Score(&all[i].Observation, 0, evidence)
		if !(surprises[i][part] > 0.6 && surprises[i][part] > 2*evidence[part]) {
			t.Errorf("observation %d: %.2f when left out, %.2f when remembered", i, surprises[i][part], evidence[part])
		}
	}
}

// TestDomains fits two kinds of normal sound, of which one was recorded little: what lies
// between them is far from both, and both stay near.
func TestDomains(t *testing.T) {
	rng := rand.New(rand.NewPCG(4, 6))
	shifted := func(o detect.Observation, db float64) detect.Observation {
		for b := range bands {
			o.ResidualDB[b] += db * math.Sin(float64(b))
		}
		return o
	}
	all := samples(rng, 20, 6)
	for i := range all[:6*5] {
		all[i].Target = true
		all[i].Observation = shifted(all[i].Observation, 12)
	}
	distance := func(e *detect.Ensemble, o detect.Observation) float64 {
		s, err := e.NewScorer(bands)
		if err != nil {
			t.Fatal(err)
		}
		s.Score(&o, 0, make([]float64, e.EvidenceLen()))
		return s.Raw()[2]
	}
	selective, _, err := Fit(all, usual, detect.Max, edgeHz)
	if err != nil || selective.Parts[2].Target == nil {
		t.Fatal("no domain of its own:", err)
	}
	for i := range all {
		all[i].Target = false
	}
	pooled, _, err := Fit(all, usual, detect.Max, edgeHz)
	if err != nil || pooled.Parts[2].Target != nil {
		t.Fatal("a domain that nobody named:", err)
	}
	between, source, target := shifted(observe(rng), 6), observe(rng), shifted(observe(rng), 12)
	if far, near := distance(selective, between), max(distance(selective, source), distance(selective, target)); far < 2*near {
		t.Errorf("between the domains %.2f, within them up to %.2f", far, near)
	}
	if far, near := distance(pooled, between), max(distance(pooled, source), distance(pooled, target)); far > near {
		t.Errorf("one covariance for all tells what lies between (%.2f) from the domains (%.2f)", far, near)
	}
	// Too little of a domain is none.
	for i := range all[:6*3] {
		all[i].Target = true
	}
	few, _, err := Fit(all, usual, detect.Max, edgeHz)
	if err != nil || few.Parts[2].Target != nil {
		t.Error("three clips made a domain:", err)
	}
}

func TestFitRefuses(t *testing.T) {
	if _, _, err := Fit(samples(rand.New(rand.NewPCG(1, 1)), 1, 1), usual, detect.Max, edgeHz); err == nil {
		t.Error("one observation was enough")
	}
}

// TestFew fits what a short recording gives, and what does not vary at all.
func TestFew(t *testing.T) {
	rng := rand.New(rand.NewPCG(4, 3))
	for _, all := range [][]Sample{samples(rng, 1, 2), samples(rng, 2, 1), samples(rng, 3, 2)} {
		if _, _, err := Fit(all, usual, detect.Mean, edgeHz); err != nil {
			t.Errorf("%d observations: %v", len(all), err)
		}
	}
	same := samples(rng, 1, 1)
	if _, rows, err := Fit(slices.Repeat(same, 9), usual, detect.Max, edgeHz); err != nil || slices.Max(rows[8]) > 1 {
		t.Errorf("equal observations: surprises %v, %v", rows, err)
	}
}

// TestCalibrate draws from a known distribution: the surprise of a score is
// -log10 of how often it is exceeded, within what so few draws can tell.
func TestCalibrate(t *testing.T) {
	rng := rand.New(rand.NewPCG(4, 4))
	draws := make([]float64, 4000)
	for i := range draws {
		draws[i] = rng.ExpFloat64()
	}
	c := Calibrate(draws, 2000)
	for _, score := range []float64{0.5, 1, 2, 4, 6, 9} {
		want := score / math.Ln10
		if got := c.Of(score); math.Abs(got-want) > 0.03+0.08*want {
			t.Errorf("score %g: surprise %.3f, want %.3f", score, got, want)
		}
	}
	few := Calibrate(draws[:40], 4)
	if a, b := few.Of(9), c.Of(9); !(a < b) {
		t.Errorf("4 clips are %.2f surprised, 2000 %.2f: little sound must be less sure", a, b)
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
