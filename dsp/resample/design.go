package resample

import (
	"math"
	"math/bits"

	"github.com/auscult/auscult/dsp/internal/exact"
)

const (
	coefficientBits = 30

	// The band edges, as fractions of the new rate.
	passEdge = 0.4375
	stopEdge = 0.5

	// stopDB is the attenuation that the window is designed for, and the other
	// two are Kaiser's formulas with it: 0.1102*(stopDB-8.7), (stopDB-7.95)/14.36.
	stopDB    = 90
	beta      = 0.1102 * (stopDB - 8.7)
	tapFactor = (stopDB - 7.95) / 14.36
)

// prototypeLength returns the number of coefficients of the filter at up times
// the old rate. Phase 0 has as many taps as all phases are padded to.
func prototypeLength(down int) int {
	n := int(math.Ceil(tapFactor/(stopEdge-passEdge)*float64(down))) + 1
	// An odd length puts the middle on a coefficient.
	return n | 1
}

// design returns the coefficients of each phase, Q30, reversed so that they meet
// samples in the order of time: phases[p][j] belongs to prototype coefficient
// p + up*(taps-1-j).
func design(up, down int) [][]int32 {
	n := prototypeLength(down)
	middle := (n - 1) / 2
	taps := (n + up - 1) / up
	phases := make([][]int32, up)
	values := make([]float64, taps)
	for p := range phases {
		total := 0.0
		for j := range values {
			values[j] = 0
			if i := p + up*(taps-1-j); i < n {
				values[j] = float64(sinc(i-middle, down) * kaiser(i-middle, middle))
				total += values[j]
			}
		}
		phases[p] = round(values, total)
	}
	return phases
}

// round scales values that sum to total into integers that sum to 2^30.
func round(values []float64, total float64) []int32 {
	out := make([]int32, len(values))
	rest := int32(1) << coefficientBits
	largest := 0
	for j, v := range values {
		out[j] = int32(math.Floor(float64(v/total*(1<<coefficientBits)) + 0.5))
		rest -= out[j]
		if out[j] > out[largest] {
			largest = j
		}
	}
	out[largest] += rest
	return out
}

// sinc returns the ideal low-pass filter's value i coefficients from its
// middle, but for a factor: sin(2 pi c i)/i with c the cut-off as a fraction of
// the prototype's rate, which is down times the new rate.
func sinc(i, down int) float64 {
	// The cut-off (passEdge+stopEdge)/2 is 15/32 of the new rate.
	const numerator, denominator = 15, 32
	d := uint64(denominator * down)
	if i == 0 {
		return 2 * math.Pi * numerator / float64(d)
	}
	turns := uint64(max(i, -i)) * numerator % d // of d
	phase, _ := bits.Div64(turns, 0, d)
	sin, _ := exact.SinCos(phase)
	return math.Ldexp(float64(sin), -62) / float64(max(i, -i))
}

// kaiser returns the window's value i coefficients from its middle.
func kaiser(i, middle int) float64 {
	x := float64(i) / float64(middle)
	return bessel(beta * math.Sqrt(max(0, 1-float64(x*x))))
}

// bessel returns the modified Bessel function of the first kind, order 0, by
// its power series, for x up to 10. Every product is rounded explicitly.
func bessel(x float64) float64 {
	sum, term := 1.0, 1.0
	for k := 1.0; term > 1e-18*sum; k++ {
		half := x / 2 / k
		term = float64(term * float64(half*half))
		sum += term
	}
	return sum
}
