package metrics

import (
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/stat/distuv"
)

// TestFitP draws gamma samples, whose p must be spread evenly, and samples of two
// machines in one, whose p must be small.
func TestFitP(t *testing.T) {
	source := distuv.Gamma{Alpha: 2.5, Beta: 0.7, Src: rand.NewPCG(1, 7)}
	low, sum := 0, 0.0
	const sets = 60
	for seed := range uint64(sets) {
		scores := make([]float64, 80)
		for i := range scores {
			scores[i] = source.Rand()
		}
		g, err := FitGamma(scores)
		if err != nil {
			t.Fatal(err)
		}
		_, p := g.FitP(scores, seed)
		sum += p
		if p < 0.2 {
			low++
		}
	}
	// Of 60: 12 expected, with a standard deviation of 3; the mean's is 0.037.
	if low > 23 || low < 2 || sum/sets < 0.36 || sum/sets > 0.64 {
		t.Errorf("%d of %d samples have a p below 0.2, mean %.2f: want about %d and 0.5", low, sets, sum/sets, sets/5)
	}
	two := make([]float64, 80)
	for i := range two {
		two[i] = 1 + 0.1*source.Rand() + 8*float64(i%2)
	}
	g, err := FitGamma(two)
	if err != nil {
		t.Fatal(err)
	}
	if d, p := g.FitP(two, 1); p > 0.02 || d < 0.1 {
		t.Errorf("two machines: difference %.2f, p %.3f", d, p)
	}
	if _, p := g.FitP(nil, 1); p != 0 {
		t.Errorf("p %g of nothing", p)
	}
}
