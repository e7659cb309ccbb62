package detectors

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/auscult/auscult/agent/detect"
)

// inStates makes up clips of a machine whose clips are each in one of some operating states, so many
// dB louder than the first.
func inStates(rng *rand.Rand, clips, each int, louderDB ...float64) []detect.Sample {
	all := samples(rng, clips, each)
	for i := range all {
		db := louderDB[i/each%len(louderDB)]
		for b := range all[i].Power {
			all[i].Power[b] = uint64(float64(all[i].Power[b]) * math.Pow(10, db/10))
		}
	}
	return all
}

// TestOperatingStates finds as many states as there are, and one where levels vary by themselves.
func TestOperatingStates(t *testing.T) {
	for _, c := range []struct {
		name          string
		clips, each   int
		louderDB      []float64
		states, least int // least: as many as few clips must show
	}{
		{"one", 40, 5, []float64{0}, 1, 1},
		{"one, single observations", 30, 1, []float64{0}, 1, 1},
		{"two", 20, 5, []float64{0, 12}, 2, 2},
		{"three, a day", 300, 20, []float64{0, 12, 30}, 3, 3},
		{"four", 40, 10, []float64{0, 10, 20, 30}, 4, 4},
		{"a clip of each", 3, 10, []float64{0, 12, 30}, 1, 1},
		{"two, few clips", 6, 10, []float64{0, 30}, 2, 1},
		{"drift", 24, 4, []float64{0, 1, 2, 3, 4, 5, 6, 7}, 1, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			for seed := range 10 {
				all := inStates(rand.New(rand.NewPCG(uint64(seed), 5)), c.clips, c.each, c.louderDB...)
				l := fitLevel(&detect.Normal{Samples: all, EdgeHz: edgeHz}).(*detect.Level)
				if err := l.Validate(size); err != nil {
					t.Fatal(err)
				}
				if got := 1 + len(l.Louder); got > c.states || got < c.least {
					t.Errorf("seed %d: %d states, want %d", seed, got, c.states)
				}
				for i, s := range l.Louder {
					want := l.MeanDB[0] + c.louderDB[i+1] - c.louderDB[0]
					if len(l.Louder)+1 == c.states && math.Abs(s.MeanDB[0]-want) > 1.5 {
						t.Errorf("seed %d: state %d has %.1f dB, want %.1f", seed, i+1, s.MeanDB[0], want)
					}
				}
			}
		})
	}
}

// TestBetweenStates wants sound between the operating states to be a surprise, which it is not to one
// mean and deviation of all.
func TestBetweenStates(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 5))
	all := inStates(rng, 60, 5, 0, 20, 40)
	e, _, err := fitted(all, []detect.Name{detect.ByLevel}, detect.Max)
	if err != nil {
		t.Fatal(err)
	}
	s, err := e.NewScorer(size)
	if err != nil {
		t.Fatal(err)
	}
	evidence := make([]float64, e.EvidenceLen(bands))
	surprise := func(db float64) float64 {
		o := inStates(rng, 1, 1, db)[0].Observation
		return s.Score(&o, evidence)
	}
	for _, db := range []float64{0, 20, 40} {
		if got := surprise(db); got > 3 {
			t.Errorf("%g dB: surprise %.1f of a state that is normal", db, got)
		}
	}
	for _, db := range []float64{-10, 10, 28, 50} {
		if got := surprise(db); got < 4 {
			t.Errorf("%g dB: surprise %.1f between the states", db, got)
		}
	}
}
