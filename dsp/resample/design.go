package resample

import (
	"math"
	"math/bits"

	"github.com/auscult/auscult/dsp/internal/exact"
)

const (
	coefficientBits = 30

	// stopDB is the attenuation that the window is designed for, and the other
	// two are Kaiser's formulas with it: 0.1102*(stopDB-8.7), (stopDB-7.95)/14.36.
	stopDB    = 90
	beta      = 0.1102 * (stopDB - 8.7)
	tapFactor = (stopDB - 7.95) / 14.36
)

// prototype is a low-pass filter at phases times the old rate.
type prototype struct {
	fromHz, lowerHz int       // the old rate, and the lower one of old and new
	phases          int       // of one old sample
	length          int       // coefficients, odd: the middle is on one
	half            []float64 // from the middle on: the other half is its mirror image
}

// newPrototype returns a filter that passes all below passHz and nothing that would
// fold or be mirrored to below it: the transition lies evenly round half of the lower
// rate, and what is left in it stays above passHz.
func newPrototype(fromHz, toHz, phases int, passHz float64) prototype {
	lower := min(fromHz, toHz)
	transition := float64(lower) - 2*passHz
	n := int(math.Ceil(float64(tapFactor*float64(fromHz))/transition*float64(phases))) + 1
	return prototype{fromHz: fromHz, lowerHz: lower, phases: phases, length: n | 1}
}

// design computes the coefficients that phase picks from.
func (p *prototype) design() {
	p.half = make([]float64, (p.length+1)/2)
	for i := range p.half {
		p.half[i] = float64(p.sinc(i) * kaiser(i, p.length/2))
	}
}

// taps returns how many coefficients a phase has, all phases being as long.
func (p prototype) taps() int { return (p.length + p.phases - 1) / p.phases }

// phase returns the coefficients with which a value at i phases after a sample is
// computed, of so many samples up to that one, in the order of time, in Q30. lead
// shifts the filter by so many phases.
func (p prototype) phase(i, lead, taps int) []int32 {
	values, total := make([]float64, taps), 0.0
	middle := (p.length - 1) / 2
	for j := range values {
		if k := i - lead + p.phases*(taps-1-j); k >= 0 && k < p.length {
			values[j] = p.half[max(k-middle, middle-k)]
			total += values[j]
		}
	}
	return round(values, total)
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

// sinc returns the ideal low-pass filter's value i coefficients behind its
// middle, but for a factor: sin(2 pi c i)/i with c the cut-off, half of the lower
// rate, as a fraction of the prototype's rate.
func (p prototype) sinc(i int) float64 {
	d := 2 * uint64(p.fromHz) * uint64(p.phases) // c is lowerHz/d
	if i == 0 {
		return 2 * math.Pi * float64(p.lowerHz) / float64(d)
	}
	turns := uint64(i) * uint64(p.lowerHz) % d // of d
	phase, _ := bits.Div64(turns, 0, d)
	sin, _ := exact.SinCos(phase)
	return math.Ldexp(float64(sin), -62) / float64(i)
}

// kaiser returns the window's value i coefficients behind its middle.
func kaiser(i, middle int) float64 {
	x := float64(i) / float64(middle)
	return bessel(beta * math.Sqrt(max(0, 1-float64(x*x))))
}

// bessel returns the modified Bessel function of the first kind, order 0, by
// its power series, for x up to 10. Every product is rounded explicitly.
func bessel(x float64) float64 {
	const least = 1.0 / (1 << 54) // of the sum: less does not change it
	quarter := float64(x*x) / 4
	sum, term := 1.0, 1.0
	for k := 1.0; term > float64(least*sum); k++ {
		term = float64(term*quarter) / float64(k*k)
		sum += term
	}
	return sum
}
