package dsp

import (
	"math"
	"math/bits"
)

// Quantiser maps levels to a model's int8 codes. MinDB of the profile
// is code -128, MaxDB is code 127; what lies outside is clamped. It does not
// change and may be shared.
type Quantiser struct {
	min     DB     // MinDB rounded to a DB
	max     DB     // MaxDB rounded to a DB
	inverse uint64 // 2^66/(max-min), rounded up
}

// NewQuantiser returns the quantiser of p, which has passed Validate.
func NewQuantiser(p Profile) *Quantiser {
	q := &Quantiser{
		min: DB(math.Floor(float64(p.MinDB*(1<<dbBits)) + 0.5)),
		max: DB(math.Floor(float64(p.MaxDB*(1<<dbBits)) + 0.5)),
	}
	span := uint64(q.max - q.min)
	quotient, remainder := bits.Div64(4, 0, span)
	if remainder > 0 {
		quotient++
	}
	q.inverse = quotient
	return q
}

// Quantise writes the code of each level in src to dst, which is at least as
// long:
//
//	code = floor((255*(level-min) + span/2) / span) - 128
//
// in integers, with span = max-min and span/2 rounded down: the nearest code,
// halves upwards. The bounds are the profile's, rounded to 2^-20 dB.
func (q *Quantiser) Quantise(dst []int8, src []DB) {
	// The division is a multiplication by 2^66/span, rounded up by e < 1 unit
	// (so e*span < 2^29). It is exact because the numerator is below 2^37 and
	// 2^37*2^29 = 2^66.
	dst = dst[:len(src)]
	half := uint64(q.max-q.min) / 2
	for i, level := range src {
		x := uint64(min(max(level, q.min), q.max) - q.min)
		hi, _ := bits.Mul64(255*x+half, q.inverse)
		dst[i] = int8(int(hi>>2) - 128)
	}
}
