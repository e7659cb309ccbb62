package detectors

import (
	"math"

	"gonum.org/v1/gonum/mat"

	"github.com/auscult/auscult/agent/detect"
	"github.com/auscult/auscult/training/metrics"
)

// fitThirds describes how the levels of thirds of an octave vary together within each operating state.
func fitThirds(n *detect.Normal) detect.Detector {
	t := &detect.Thirds{}
	levels := t.Heard(n)
	whole := detect.Level{}
	state, count := statesOf(whole.Broad(n), n)
	t.MeanDB = meansOf(levels, state, count)
	off := mat.NewDense(len(levels), len(t.First), nil)
	for i, of := range state {
		for b, v := range levels[i] {
			off.Set(i, b, v-t.MeanDB[of][b])
		}
	}
	t.Inverse = inverseOf(off)
	return t
}

// meansOf returns the mean levels of each state.
func meansOf(levels [][]float64, state []int, count int) [][]float64 {
	means, heard := make([][]float64, count), make([]float64, count)
	for s := range means {
		means[s] = make([]float64, len(levels[0]))
	}
	for i, s := range state {
		heard[s]++
		for b, v := range levels[i] {
			means[s][b] += v
		}
	}
	for s := range means {
		for b, sum := range means[s] {
			means[s][b] = detect.Rounded(sum / heard[s])
		}
	}
	return means
}

// What levels vary by at least, in dB: a microphone's gain changes all bands together, and each band's own
// level is not known better than that.
const (
	leastTogetherDB = detect.MinLevelStdDevDB
	leastOwnDB      = 0.2
)

// inverseOf returns the inverse of the covariance of levels that are off their mean, each row up to the
// diagonal. Bands are shrunk in standard deviations, which differ much from band to band.
func inverseOf(off *mat.Dense) [][]float64 {
	rows, bands := off.Dims()
	deviation := make([]float64, bands)
	for b := range bands {
		for i := range rows {
			deviation[b] += off.At(i, b) * off.At(i, b) / float64(max(1, rows-1))
		}
		deviation[b] = max(leastOwnDB, math.Sqrt(deviation[b]))
	}
	var z mat.Dense
	z.Apply(func(_, b int, v float64) float64 { return v / deviation[b] }, off)
	c := metrics.LedoitWolf(&z)
	for i := range bands {
		for k := i; k < bands; k++ {
			v := c.At(i, k)*deviation[i]*deviation[k] + leastTogetherDB*leastTogetherDB
			if i == k {
				v += leastOwnDB * leastOwnDB
			}
			c.SetSym(i, k, v)
		}
	}
	var factors mat.Cholesky
	var inverse mat.SymDense
	known := factors.Factorize(c) && factors.InverseTo(&inverse) == nil
	all := make([][]float64, bands)
	for i := range all {
		all[i] = make([]float64, i+1)
		for k := range all[i] {
			switch {
			case known:
				all[i][k] = detect.Rounded(inverse.At(i, k))
			case i == k: // so ill-conditioned that bands are taken for themselves
				all[i][k] = detect.Rounded(1 / c.At(i, i))
			}
		}
	}
	return all
}
