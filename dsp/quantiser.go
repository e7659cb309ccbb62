package dsp

import (
	"math"
	"math/bits"
)

// Quantiser maps levels to a model's int8 codes. MinDB of the profile
// is code -128, MaxDB is code 127; what lies outside is clamped. Motion, which
// stands behind the bands, has ranges of its own. It does not change and may be
// shared.
type Quantiser struct {
	span       // of levels
	bands  int // that come first; without motion all there are
	motion [MotionValues]span
}

// span is a range of levels that codes cover.
type span struct {
	min, max DB
	inverse  uint64 // 2^66/(max-min), rounded up
}

// NewQuantiser returns the quantiser of p, which has passed Validate.
func NewQuantiser(p Profile) *Quantiser {
	// The profile's bounds, rounded to a DB.
	q := &Quantiser{bands: p.Bands, span: newSpan(
		DB(math.Floor(float64(p.MinDB*(1<<dbBits))+0.5)), DB(math.Floor(float64(p.MaxDB*(1<<dbBits))+0.5)))}
	if !p.Motion {
		q.bands = math.MaxInt
	}
	for i := range q.motion {
		q.motion[i] = newSpan(motionRange(i))
	}
	return q
}

func newSpan(lo, hi DB) span {
	quotient, remainder := bits.Div64(4, 0, uint64(hi-lo))
	if remainder > 0 {
		quotient++
	}
	return span{lo, hi, quotient}
}

// Quantise writes the code of each value of a frame in src to dst, which is at least as
// long:
//
//	code = floor((255*(level-min) + span/2) / span) - 128
//
// in integers, with span = max-min and span/2 rounded down: the nearest code,
// halves upwards. The bounds are the profile's, rounded to 2^-20 dB.
func (q *Quantiser) Quantise(dst []int8, src []DB) {
	bands := min(q.bands, len(src))
	q.quantise(dst, src[:bands])
	for i := range src[bands:] {
		q.motion[i].quantise(dst[bands+i:], src[bands+i:bands+i+1])
	}
}

func (q *span) quantise(dst []int8, src []DB) {
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
