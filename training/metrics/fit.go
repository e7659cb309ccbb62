package metrics

import (
	"math/rand/v2"

	"gonum.org/v1/gonum/stat/distuv"
)

// fitDraws is how many samples a FitP draws: it is known to some 3 %.
const fitDraws = 300

// maxFitted bounds the scores that a FitP looks at: of more, evenly spaced ones.
const maxFitted = 1000

// FitP returns how well the distribution describes the scores that it was fitted to:
// the largest difference between the two distribution functions, and the share of
// samples of this very distribution, fitted anew, that differ more. A small share says
// that the scores are not gamma distributed, and that its quantiles far out mean
// nothing. Scores are taken as independent; where they are not, p is too small.
func (g Gamma) FitP(scores []float64, seed uint64) (difference, p float64) {
	step := (len(scores) + maxFitted - 1) / maxFitted
	var some []float64
	for i := 0; i < len(scores); i += max(1, step) {
		some = append(some, scores[i])
	}
	if len(some) < 2 || !(g.Shape > 0) || !(g.Scale > 0) {
		return 0, 0
	}
	difference = KolmogorovSmirnov(some, g.CDF)
	source := distuv.Gamma{Alpha: g.Shape, Beta: 1 / g.Scale, Src: rand.NewPCG(seed, 0x67616d6d61)}
	sample := make([]float64, len(some))
	worse, drawn := 0, 0
	for range fitDraws {
		for i := range sample {
			sample[i] = source.Rand()
		}
		fitted, err := FitGamma(sample)
		if err != nil {
			continue // a draw so near 0 that it is 0
		}
		drawn++
		if KolmogorovSmirnov(sample, fitted.CDF) >= difference {
			worse++
		}
	}
	return difference, float64(worse+1) / float64(drawn+1)
}
