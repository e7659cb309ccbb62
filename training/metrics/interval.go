package metrics

import (
	"math"
	"math/rand/v2"
	"slices"
)

// Interval holds a number with 95 % confidence.
type Interval struct {
	Low    float64 `json:"low"`
	High   float64 `json:"high"`
	Method string  `json:"method"` // how the interval was found
}

// estimate is a number with its interval.
type estimate struct {
	value float64
	Interval
}

const (
	resamples = 2000
	level     = 0.95
	z95       = 1.959963984540054 // 0.975-quantile of the normal distribution
)

// Methods of intervals.
const (
	methodBootstrap = "percentile bootstrap by clip, 2000 resamples"
	methodNewcombe  = "Newcombe 2006, method 5"
	methodNone      = "none: the area is at its limit"
)

// areas returns the full area, the standardised one up to maxFPR and the
// average precision, with their intervals.
func areas(c *counts, maxFPR float64, seed uint64) (full, partial, average estimate) {
	full.value, partial.value = c.area(1), standardise(c.area(maxFPR), maxFPR)
	average.value = c.averagePrecision()
	m, n := len(c.at[0]), len(c.at[1])
	if full.value == 0 || full.value == 1 {
		full.Low, full.High = newcombe(full.value, m, n)
		full.Method = methodNewcombe
		partial.Low, partial.High, partial.Method = partial.value, partial.value, methodNone
		average.Low, average.High, average.Method = average.value, average.value, methodNone
		return full, partial, average
	}
	rng := rand.New(rand.NewPCG(seed, 0x6576616c))
	sample := counts{score: c.score, at: c.at, normal: make([]int32, len(c.score)), abnormal: make([]int32, len(c.score))}
	fulls, partials, averages := make([]float64, resamples), make([]float64, resamples), make([]float64, resamples)
	for i := range resamples {
		draw(sample.normal, c.at[0], rng)
		draw(sample.abnormal, c.at[1], rng)
		fulls[i], partials[i] = sample.area(1), standardise(sample.area(maxFPR), maxFPR)
		averages[i] = sample.averagePrecision()
	}
	full.Low, full.High = percentiles(fulls)
	partial.Low, partial.High = percentiles(partials)
	average.Low, average.High = percentiles(averages)
	full.Method, partial.Method, average.Method = methodBootstrap, methodBootstrap, methodBootstrap
	return full, partial, average
}

// draw takes len(at) clips with replacement and counts their scores.
func draw(count, at []int32, rng *rand.Rand) {
	clear(count)
	for range at {
		// A bias of n/2^64 is nothing; the order does not depend on Go's version.
		count[at[rng.Uint64()%uint64(len(at))]]++
	}
}

func percentiles(x []float64) (low, high float64) {
	slices.Sort(x)
	return quantileSorted(x, (1-level)/2), quantileSorted(x, (1+level)/2)
}

// newcombe returns the limits theta for which |theta-estimate| is z standard
// errors at theta, with Hanley and McNeil's variance in which both class sizes
// less one are replaced by their mean less one.
func newcombe(estimate float64, m, n int) (low, high float64) {
	mean := float64(m+n)/2 - 1
	excess := func(t float64) float64 {
		v := t * (1 - t) * (1 + mean*(1-t)/(2-t) + mean*t/(1+t)) / (float64(m) * float64(n))
		return math.Abs(t-estimate) - z95*math.Sqrt(v)
	}
	// excess is positive far from the estimate and not at it: bisect.
	limit := func(far float64) float64 {
		near := estimate
		if far == near {
			return far
		}
		for range 200 {
			mid := (near + far) / 2
			// At an estimate of 0 or 1 excess is 0 and falls at first.
			if excess(mid) > 0 {
				far = mid
			} else {
				near = mid
			}
		}
		return (near + far) / 2
	}
	return limit(0), limit(1)
}
