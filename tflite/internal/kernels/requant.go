package kernels

import "math"

// Requant maps int32 sums to int8 codes:
// clamp(roundeven(float32(acc) * Scale[channel]) + ZeroPoint, Min, Max).
type Requant struct {
	Scale     []float32 // one for each output channel
	ZeroPoint int32
	Min, Max  int32 // codes, -128 to 127
}

// roundMagic is 1.5 * 2^23: adding it to a float32 of magnitude below 2^22 rounds
// that to an integer, halves to even, which then stands in the low mantissa bits.
const roundMagic = 12582912.0

// code maps one sum of a channel.
func (r *Requant) code(channel int, acc int32) int8 {
	// Each float32() rounds, so that no architecture fuses the steps.
	v := float32(float32(acc) * r.Scale[channel])
	// Clamping first keeps the rounding trick in its range; the limits are
	// integers, so the order does not matter.
	v = min(max(v, float32(r.Min-r.ZeroPoint)), float32(r.Max-r.ZeroPoint))
	rounded := math.Float32bits(float32(v + roundMagic))
	return int8(int32(rounded) - int32(math.Float32bits(roundMagic)) + r.ZeroPoint)
}
