package metrics

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/mathext"
)

// Gumbel is the distribution of the highest of many values whose tail falls
// off exponentially.
type Gumbel struct {
	Location float64 `json:"location"` // of a block of unit length, in the values' unit
	Scale    float64 `json:"scale"`    // in the values' unit
}

// FitGumbel returns the Gumbel distribution under which the highest values of
// blocks are most likely. length holds the blocks' lengths in any unit; the
// location is that of a block of length 1. Nil means that all have length 1.
// There must be two blocks or more, and the values not all alike.
func FitGumbel(highest, length []float64) (Gumbel, error) {
	n := len(highest)
	if n < 2 {
		return Gumbel{}, fmt.Errorf("metrics: %d blocks: a fit of their highest values needs at least 2", n)
	}
	if err := finite("normal", highest); err != nil {
		return Gumbel{}, err
	}
	if length != nil && len(length) != n {
		return Gumbel{}, fmt.Errorf("metrics: %d lengths of %d blocks", len(length), n)
	}
	offset := make([]float64, n) // logarithms of the lengths
	for i, v := range length {
		if !(v > 0) || math.IsInf(v, 0) {
			return Gumbel{}, fmt.Errorf("metrics: block %d has length %v: must be above 0", i+1, v)
		}
		offset[i] = math.Log(v)
	}
	low, high := slices.Min(highest), slices.Max(highest)
	spread := high - low
	if !(spread > 1e-12*math.Max(math.Abs(high), math.Abs(low))) {
		return Gumbel{}, errors.New("metrics: the blocks' highest values are all alike: no extreme-value distribution fits")
	}
	// For a given scale the best location is known, which leaves a search in one
	// dimension; the likelihood has one maximum.
	location := func(scale float64) float64 {
		sum := 0.0 // relative to low, so that nothing underflows
		for i, x := range highest {
			sum += math.Exp(-(x-low)/scale + offset[i])
		}
		return low - scale*math.Log(sum/float64(n))
	}
	loss := func(logScale float64) float64 {
		scale := math.Exp(logScale)
		at, sum := location(scale), float64(n)*logScale
		for i, x := range highest {
			z := (x-at)/scale - offset[i]
			sum += z + math.Exp(-z)
		}
		return sum
	}
	logScale := goldenSection(loss, math.Log(spread)-12, math.Log(spread)+4)
	scale := math.Exp(logScale)
	return Gumbel{Location: location(scale), Scale: scale}, nil
}

// goldenSection returns where f, which has one minimum between lo and hi, is
// lowest, to a part in 10^10 of their distance.
func goldenSection(f func(float64) float64, lo, hi float64) float64 {
	const ratio = 0.6180339887498949
	stop := 1e-10 * (hi - lo)
	a, b := hi-ratio*(hi-lo), lo+ratio*(hi-lo)
	fa, fb := f(a), f(b)
	for hi-lo > stop {
		if fa <= fb {
			hi, b, fb = b, a, fa
			a = hi - ratio*(hi-lo)
			fa = f(a)
		} else {
			lo, a, fa = a, b, fb
			b = lo + ratio*(hi-lo)
			fb = f(b)
		}
	}
	return (lo + hi) / 2
}

// CDF returns the probability that a block of the given length stays at x or
// below.
func (g Gumbel) CDF(x, length float64) float64 {
	return math.Exp(-length * g.Rate(x))
}

// Rate returns how often values above x are to be expected in a block of
// length 1.
func (g Gumbel) Rate(x float64) float64 {
	return math.Exp(-(x - g.Location) / g.Scale)
}

// Exceeded returns the value that is exceeded at the given rate in a block of
// length 1; the inverse of Rate.
func (g Gumbel) Exceeded(rate float64) float64 {
	return g.Location - g.Scale*math.Log(rate)
}

// KolmogorovSmirnov returns the largest difference between the distribution of
// x and cdf, 0 to 1; NaN for no values.
func KolmogorovSmirnov(x []float64, cdf func(float64) float64) float64 {
	if len(x) == 0 {
		return math.NaN()
	}
	sorted := slices.Clone(x)
	slices.Sort(sorted)
	n, largest := float64(len(x)), 0.0
	for i, v := range sorted {
		p := cdf(v)
		largest = math.Max(largest, math.Max(p-float64(i)/n, float64(i+1)/n-p))
	}
	return largest
}

// PoissonUpper returns the upper limit, one-sided with the given confidence
// between 0 and 1, of the number of events to be expected when count were
// seen: 3.0 for none at 95 %.
func PoissonUpper(count int, confidence float64) float64 {
	if count < 0 || !(confidence > 0 && confidence < 1) {
		return math.NaN()
	}
	return mathext.GammaIncRegInv(float64(count)+1, confidence)
}
