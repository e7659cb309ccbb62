package kernels

import "math"

// Code is the quantisation of an int8 tensor: real = Scale * (code - ZeroPoint).
type Code struct {
	Scale     float32
	ZeroPoint int32
}

// Requant maps int32 sums to int8 codes:
// clamp(roundeven(float32(acc) * Scale[channel]) + ZeroPoint, Min, Max).
type Requant struct {
	Scale     []float32 // one for each output channel
	ZeroPoint int32
	Min, Max  int32 // codes, -128 to 127
	// Fixed, or Double, outranks Scale: the arithmetic of TFLite's reference kernels,
	// which plain Go computes from the sums.
	Fixed  []Multiplier
	Upward int       // of the channels with Fixed, so many first ones round halves upwards
	Double []float64 // halves go away from zero
}

// exact reports whether the arithmetic is that of TFLite's own kernels.
func (r *Requant) exact() bool { return r.Fixed != nil || r.Double != nil }

// roundMagic is 1.5 * 2^23: adding it to a float32 of magnitude below 2^22 rounds
// that to an integer, halves to even, which then stands in the low mantissa bits.
const (
	roundMagic     = 12582912.0
	roundMagicBits = 0x4B400000
)

// code maps one sum of a channel.
func (r *Requant) code(channel int, acc int32) int8 {
	if r.Fixed != nil {
		m := r.Fixed[channel]
		v := int64(r.ZeroPoint)
		if channel < r.Upward {
			v += int64(m.ApplyUpward(acc))
		} else {
			v += int64(m.ApplySum(acc))
		}
		return int8(min(max(v, int64(r.Min)), int64(r.Max)))
	}
	if r.Double != nil {
		v := math.Round(float64(float64(acc)*r.Double[channel])) + float64(r.ZeroPoint)
		return int8(min(max(v, float64(r.Min)), float64(r.Max)))
	}
	// Each float32() rounds, so that no architecture fuses the steps.
	return r.round(float32(float32(acc) * r.Scale[channel]))
}

// round maps a number of output steps, not NaN, to a code.
func (r *Requant) round(v float32) int8 {
	// Clamping first keeps the rounding trick in its range; the limits are
	// integers, so the order does not matter.
	lo, hi := float32(r.Min-r.ZeroPoint), float32(r.Max-r.ZeroPoint)
	if v < lo {
		v = lo
	}
	if v > hi {
		v = hi
	}
	return int8(int32(math.Float32bits(float32(v+roundMagic))) - roundMagicBits + r.ZeroPoint)
}
