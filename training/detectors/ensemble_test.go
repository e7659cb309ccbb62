package detectors

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

// fitted is Fit for bands of 250 Hz.
func fitted(all []detect.Sample, names []detect.Name, fusion detect.Fusion) (*detect.Ensemble, [][]float64, error) {
	c, err := Fit(&detect.Normal{Samples: all, EdgeHz: edgeHz}, names, fusion)
	if err != nil {
		return nil, nil, err
	}
	return c.Ensemble, c.Rows, nil
}

var size = detect.Size{Bands: bands}

func samples(rng *rand.Rand, clips, each int) (all []detect.Sample) {
	for c := range clips {
		for range each {
			all = append(all, detect.Sample{Clip: fmt.Sprint(c), Observation: observe(rng)})
		}
	}
	return all
}

// TestEachFaultIsSeen changes one thing at a time: the part that looks at it must
// be the most surprised, and more than normal sound ever was.
func TestEachFaultIsSeen(t *testing.T) {
	rng := rand.New(rand.NewPCG(4, 1))
	e, normal, err := fitted(samples(rng, 10, 12), usual, detect.Max)
	if err != nil {
		t.Fatal(err)
	}
	if err := e.Validate(size); err != nil {
		t.Fatal(err)
	}
	highest := 0.0
	for _, row := range normal {
		highest = max(highest, detect.Max.Of(row))
	}
	s, err := e.NewScorer(size)
	if err != nil {
		t.Fatal(err)
	}
	row := make([]float64, e.EvidenceLen(bands))
	evidence := row[bands:] // the surprises
	for _, fault := range []struct {
		seenBy detect.Name
		change func(*detect.Observation)
	}{
		{detect.ByLevel, func(o *detect.Observation) { // 6 dB louder
			for b := range o.Power {
				o.Power[b] *= 4
			}
		}},
		{detect.ByCovariance, func(o *detect.Observation) { // bands that move together part
			for b := range o.ResidualDB {
				o.ResidualDB[b] += float64(4*(b%2)) - 2
			}
		}},
		{detect.ByNeighbours, func(o *detect.Observation) { // calmer in time, as loud
			for b := range o.DeviationDB {
				o.DeviationDB[b] -= 1.5
			}
		}},
	} {
		o := observe(rng)
		fault.change(&o)
		score := s.Score(&o, row)
		part := slices.Index(detect.Names(), fault.seenBy)
		if evidence[part] != score || score < highest {
			t.Errorf("%s: surprises %.2f, normal sound up to %.2f", fault.seenBy, evidence[:len(e.Parts)], highest)
		}
	}
	o := observe(rng)
	for b := range o.ResidualDB { // nothing is restored
		o.ResidualDB[b] += 30
	}
	// The covariance looks at the same residuals.
	if s, err = e.NewScorer(size, detect.ByCovariance); err != nil {
		t.Fatal(err)
	}
	if score := s.Score(&o, row); score != evidence[0] || score < highest {
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
			all[i].MeanDB[b] += 4 * math.Sin(float64(b))
		}
	}
	e, surprises, err := fitted(all, usual, detect.Max)
	if err != nil {
		t.Fatal(err)
	}
	s, err := e.NewScorer(size)
	if err != nil {
		t.Fatal(err)
	}
	row := make([]float64, e.EvidenceLen(bands))
	evidence := row[bands:] // the surprises
	const part = 3          // neighbours
	for i := range 6 {
		s.Score(&all[i].Observation, row)
		if !(surprises[i][part] > 0.6 && surprises[i][part] > 2*evidence[part]) {
			t.Errorf("observation %d: %.2f when left out, %.2f when remembered", i, surprises[i][part], evidence[part])
		}
	}
}

// second returns the covariance of the second domain, if any.
func second(e *detect.Ensemble) *detect.Domain {
	return e.Parts[2].Detector.(*detect.Covariance).Target
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
		s, err := e.NewScorer(size)
		if err != nil {
			t.Fatal(err)
		}
		s.Score(&o, make([]float64, e.EvidenceLen(bands)))
		return s.Raw()[2]
	}
	selective, _, err := fitted(all, usual, detect.Max)
	if err != nil || second(selective) == nil {
		t.Fatal("no domain of its own:", err)
	}
	for i := range all {
		all[i].Target = false
	}
	pooled, _, err := fitted(all, usual, detect.Max)
	if err != nil || second(pooled) != nil {
		t.Fatal("a domain that nobody named:", err)
	}
	between, source, target := shifted(observe(rng), 6), observe(rng), shifted(observe(rng), 12)
	far, near := distance(selective, between), max(distance(selective, source), distance(selective, target))
	if far < 2*near {
		t.Errorf("between the domains %.2f, within them up to %.2f", far, near)
	}
	if far, near := distance(pooled, between), max(distance(pooled, source), distance(pooled, target)); far > near {
		t.Errorf("one covariance for all tells what lies between (%.2f) from the domains (%.2f)", far, near)
	}
	// Too little of a domain is none.
	for i := range all[:6*3] {
		all[i].Target = true
	}
	few, _, err := fitted(all, usual, detect.Max)
	if err != nil || second(few) != nil {
		t.Error("three clips made a domain:", err)
	}
}

func TestFitRefuses(t *testing.T) {
	if _, _, err := fitted(samples(rand.New(rand.NewPCG(1, 1)), 1, 1), usual, detect.Max); err == nil {
		t.Error("one observation was enough")
	}
}

// TestFew fits what a short recording gives, and what does not vary at all.
func TestFew(t *testing.T) {
	rng := rand.New(rand.NewPCG(4, 3))
	for _, all := range [][]detect.Sample{samples(rng, 1, 2), samples(rng, 2, 1), samples(rng, 3, 2)} {
		if _, _, err := fitted(all, usual, detect.Mean); err != nil {
			t.Errorf("%d observations: %v", len(all), err)
		}
	}
	same := samples(rng, 1, 1)
	if _, rows, err := fitted(slices.Repeat(same, 9), usual, detect.Max); err != nil || slices.Max(rows[8]) > 1 {
		t.Errorf("equal observations: surprises %v, %v", rows, err)
	}
}

// TestCalibrate draws from a known distribution: the surprise of a score is
// -log10 of how often it is exceeded, within what so few draws can tell.
func TestCalibrate(t *testing.T) {
	rng := rand.New(rand.NewPCG(4, 4))
	draws, clip := make([]float64, 4000), make([]int, 4000)
	for i := range draws {
		draws[i], clip[i] = rng.ExpFloat64(), i/2
	}
	c := calibrate(draws, clip)
	for _, score := range []float64{0.5, 1, 2, 4, 6, 9} {
		want := score / math.Ln10
		if got := c.Of(score); math.Abs(got-want) > 0.03+0.08*want {
			t.Errorf("score %g: surprise %.3f, want %.3f", score, got, want)
		}
	}
	for i := range clip[:40] {
		clip[i] = i / 10
	}
	few := calibrate(draws[:40], clip[:40])
	if a, b := few.Of(9), c.Of(9); !(a < b) {
		t.Errorf("4 clips are %.2f surprised, 2000 %.2f: little sound must be less sure", a, b)
	}
}

// TestSurprisesAreHonest learns from few and from many clips, each with a loudness and a
// shape of its own, and asks of unseen ones how often each part's surprise is exceeded: no more often
// than it says, but for chance and for what so few clips can tell.
func TestSurprisesAreHonest(t *testing.T) {
	names := slices.Concat(usual, []detect.Name{detect.ByThirds})
	for _, clips := range []int{4, 8, 30, 120} {
		exceeded, total := map[detect.Name][3]int{}, 0
		for seed := range uint64(max(2, 40/clips)) {
			rng := rand.New(rand.NewPCG(seed, 22))
			e, _, err := fitted(ownClips(rng, clips, 3), names, detect.Max)
			if err != nil {
				t.Fatal(err)
			}
			s, err := e.NewScorer(size)
			if err != nil {
				t.Fatal(err)
			}
			row := make([]float64, e.EvidenceLen(bands))
			for _, sample := range ownClips(rng, 300, 1) {
				s.Score(&sample.Observation, row)
				total++
				for i, p := range e.Parts {
					x := exceeded[p.Name]
					for k := range x {
						if row[bands+i] > float64(k+1) {
							x[k]++
						}
					}
					exceeded[p.Name] = x
				}
			}
		}
		for _, name := range names {
			for k, n := range exceeded[name] {
				want := math.Pow(10, -float64(k+1))
				most := want*(1+4/math.Sqrt(float64(clips))) + 3*math.Sqrt(want/float64(total))
				if got := float64(n) / float64(total); got > most {
					t.Errorf("%d clips: %s is above a surprise of %d in %.4f of unseen sound, want at most %.4f", clips, name, k+1, got, most)
				}
			}
			t.Logf("%d clips, %s: above 1, 2, 3: %v of %d", clips, name, exceeded[name], total)
		}
	}
}

// ownClips makes up clips that differ from each other more than their observations do.
func ownClips(rng *rand.Rand, clips, each int) (all []detect.Sample) {
	for c := range clips {
		first := observe(rng)
		for range each {
			o := observe(rng)
			for b := range bands {
				o.MeanDB[b] = (o.MeanDB[b] + first.MeanDB[b]) / 2
				o.ResidualDB[b] = (o.ResidualDB[b] + first.ResidualDB[b]) / 2
				o.DeviationDB[b] = (o.DeviationDB[b] + first.DeviationDB[b]) / 2
				o.Power[b] = (o.Power[b] + first.Power[b]) / 2
			}
			all = append(all, detect.Sample{Clip: fmt.Sprint(c), Observation: o})
		}
	}
	return all
}

func TestDescribe(t *testing.T) {
	w := fitWhitened(&detect.Normal{Samples: []detect.Sample{residual(10, 3), residual(14, 3)}}).(*detect.Whitened)
	if want := []float64{12, 3}; !slices.Equal(w.BandMean, want) {
		t.Errorf("means %v, want %v", w.BandMean, want)
	}
	if want := []float64{2, detect.MinBandStdDev}; !slices.Equal(w.BandStdDev, want) {
		t.Errorf("deviations %v, want %v", w.BandStdDev, want)
	}
	if w.TopBands != 1 {
		t.Errorf("%d bands count, want 1", w.TopBands)
	}
}

// residual is a sample of two bands' residual levels.
func residual(low, high float64) detect.Sample {
	o := detect.NewObservation(detect.Size{Bands: 2})
	o.ResidualDB[0], o.ResidualDB[1] = low, high
	return detect.Sample{Observation: o}
}

// TestScores leaves each observation out of what it is compared with.
func TestScores(t *testing.T) {
	all := []detect.Sample{residual(10, 3), residual(14, 3), residual(24, 4)}
	// The third: bands 12±2 and 3±0.5 of the others; 12/2 against 1/0.5.
	_, got, err := fitted(all, []detect.Name{detect.ByReconstruction}, detect.Alone)
	if err != nil || len(got) != 3 || math.Abs(got[2][0]-6) > 1e-9 {
		t.Errorf("scores %v, %v; want 6 for the last", got, err)
	}
	for i := range all {
		all[i].SquaredResidual = []float64{float64(7 + i), float64(7 + i)}
	}
	if _, got, err = fitted(all, []detect.Name{detect.ByMSE}, detect.Alone); err != nil || got[0][0] != 7 ||
		got[1][0] != 8 || got[2][0] != 9 {
		t.Errorf("scores %v, %v; want the mean squared errors", got, err)
	}
}
