package metrics

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/mathext"
	"gonum.org/v1/gonum/stat/distuv"
)

// Moments returns mean and standard deviation of some values, the latter as that of these
// alone.
func Moments(x []float64) (mean, deviation float64) {
	for _, v := range x {
		mean += v / float64(len(x))
	}
	for _, v := range x {
		deviation += (v - mean) * (v - mean) / float64(len(x))
	}
	return mean, math.Sqrt(deviation)
}

// Quantile returns the p-quantile of x, 0 <= p <= 1, interpolated linearly
// between the values at ranks floor and ceil of (n-1)*p (NumPy's default). It
// is NaN when x is empty or p lies outside.
func Quantile(x []float64, p float64) float64 {
	if len(x) == 0 || !(p >= 0) || p > 1 {
		return math.NaN()
	}
	sorted := slices.Clone(x)
	slices.Sort(sorted)
	return quantileSorted(sorted, p)
}

func quantileSorted(x []float64, p float64) float64 {
	at := p * float64(len(x)-1)
	i := int(at)
	if i+1 >= len(x) {
		return x[len(x)-1]
	}
	return x[i] + (at-float64(i))*(x[i+1]-x[i])
}

// Gamma is a gamma distribution that was fitted to scores of normal sound.
type Gamma struct {
	Shape float64 `json:"shape"`
	Scale float64 `json:"scale"` // in the scores' unit
}

// FitGamma returns the gamma distribution under which the scores are most
// likely. The scores must be positive and not all alike.
func FitGamma(scores []float64) (Gamma, error) {
	if len(scores) < 2 {
		return Gamma{}, fmt.Errorf("metrics: %d scores: a gamma fit needs at least 2", len(scores))
	}
	if err := finite("normal", scores); err != nil {
		return Gamma{}, err
	}
	n, mean, meanLog := float64(len(scores)), 0.0, 0.0
	for i, v := range scores {
		if v <= 0 {
			return Gamma{}, fmt.Errorf("metrics: score %d is %g: a gamma fit needs scores above 0", i+1, v)
		}
		mean += v / n
		meanLog += math.Log(v) / n
	}
	// The likelihood is highest where log(shape)-digamma(shape) = s.
	s := math.Log(mean) - meanLog
	if !(s > 1e-12) || math.IsInf(mean, 0) {
		return Gamma{}, errors.New("metrics: the scores are all alike: no gamma distribution fits")
	}
	k := (3 - s + math.Sqrt((s-3)*(s-3)+24*s)) / (12 * s)
	for range 50 {
		// Newton on 1/shape converges from anywhere; the Hurwitz zeta of 2 is
		// the derivative of digamma.
		g := math.Log(k) - mathext.Digamma(k) - s
		next := 1 / (1/k + g/(k*k*(1/k-mathext.Zeta(2, k))))
		if !(next > 0) {
			return Gamma{}, fmt.Errorf("metrics: the gamma fit of %d scores does not converge", len(scores))
		}
		done := math.Abs(next-k) <= 1e-13*k
		k = next
		if done {
			break
		}
	}
	return Gamma{Shape: k, Scale: mean / k}, nil
}

// Quantile returns the score that a share p of normal scores stays below,
// 0 < p < 1. It is NaN for other p.
func (g Gamma) Quantile(p float64) float64 {
	if !(p > 0) || !(p < 1) || !(g.Shape > 0) || !(g.Scale > 0) {
		return math.NaN()
	}
	return distuv.Gamma{Alpha: g.Shape, Beta: 1 / g.Scale}.Quantile(p)
}

// CDF returns the share of normal scores that stay at x or below.
func (g Gamma) CDF(x float64) float64 {
	if !(x > 0) || !(g.Shape > 0) || !(g.Scale > 0) {
		return 0
	}
	return distuv.Gamma{Alpha: g.Shape, Beta: 1 / g.Scale}.CDF(x)
}
