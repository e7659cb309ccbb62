package kernels

import (
	"math"
	"math/bits"
)

// curveSteps is how many straight lines a Curve has.
const curveSteps = 512

// Curve is a function from int16 to int16 as TFLite's own kernels tabulate it: by 512 straight lines.
type Curve [curveSteps + 1]int16

// NewCurve tabulates f from the input's lowest number on, over so wide a range, to codes of the given scale without a
// zero point; half an interval's largest error goes to its ends.
func NewCurve[T float32 | float64](lowest, highest, scale T, f func(x T) T) *Curve {
	c := new(Curve)
	step := (highest - lowest) / curveSteps
	inverse := T(math.MaxInt16-math.MinInt16+1) / T(T(scale*math.MaxInt16)-T(scale*math.MinInt16))
	for i := range c {
		at := lowest + T(T(i)*step)
		here := roundTo(T(f(at) * inverse))
		if i == curveSteps {
			here = roundTo(T(f(highest) * inverse))
			c[i] = int16(min(max(here, math.MinInt16), math.MaxInt16))
			break
		}
		next := f(lowest + T(T(i+1)*step))
		middle := roundTo(T(f(T(at+step/2)) * inverse))
		line := roundTo((T(next*inverse) + here) / 2)
		c[i] = int16(min(max(here-roundTo((line-middle)/2), math.MinInt16), math.MaxInt16))
	}
	return c
}

func roundTo[T float32 | float64](v T) T { return T(math.Round(float64(v))) }

// Code gives the function at a code.
func (c *Curve) Code(code int16) int16 {
	at := 256 + int(code>>7)
	slope := c[at+1] - c[at]
	return c[at] + int16((int32(slope)*int32(code&127)+64)>>7)
}

// WideSoftmax is SOFTMAX of int16 over the last dimension, in fixed point.
type WideSoftmax struct {
	depth              int
	factor             Multiplier // of differences, so that 65535 stand for 10
	exps, overOnePlusX *Curve
}

// wideCodes is the number of steps between the least and the largest code.
const wideCodes = 65535

// NewWideSoftmax makes the tables for rows of so many elements; factor is the input's scale times beta.
func NewWideSoftmax(factor float64, depth int) (*WideSoftmax, bool) {
	m, ok := NewMultiplier(factor / (10.0 / wideCodes))
	const in, out = 10.0 / wideCodes, 2.0 / wideCodes
	const unit = 1.0 / wideCodes
	inverse := func(x float64) float64 { return 1 / (1 + x) }
	return &WideSoftmax{
		depth: depth, factor: m,
		exps:         NewCurve(float64(in)*(math.MinInt16-math.MaxInt16), 0, out, math.Exp),
		overOnePlusX: NewCurve(0, float64(unit)*(math.MaxInt16-math.MinInt16), out, inverse),
	}, ok
}

// Run computes rows of depth outputs from rows of inputs.
func (s *WideSoftmax) Run(out, in []int16) {
	for len(in) > 0 {
		s.row(out[:s.depth], in[:s.depth])
		out, in = out[s.depth:], in[s.depth:]
	}
}

func (s *WideSoftmax) row(out, in []int16) {
	largest := int16(math.MinInt16)
	for _, v := range in {
		largest = max(largest, v)
	}
	var sum int32
	for i, v := range in {
		scaled := s.factor.ApplySum(int32(v)-int32(largest)) + math.MaxInt16
		out[i] = s.exps.Code(int16(min(max(scaled, math.MinInt16), math.MaxInt16)))
		sum += int32(out[i])
	}
	zeros := bits.LeadingZeros32(uint32(sum))
	// The sum as a number of 1 to 2, of which the table takes what is above 1.
	mantissa := int32((int64(sum)<<(zeros-1) + 1<<13) >> 14)
	mantissa -= 1<<15 + 1<<16
	inverse := int64(s.overOnePlusX.Code(int16(min(max(mantissa, math.MinInt16), math.MaxInt16))))
	shift := 31 - zeros
	for i, v := range out {
		p := int32((int64(v)*inverse + int64(1)<<(shift-1)) >> shift)
		out[i] = int16(min(max(p, 0), math.MaxInt16))
	}
}
