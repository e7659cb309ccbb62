package kernels

import "math"

// HardSwish is HARD_SWISH of int8 in fixed point of 16 bits: x * clamp(x/6 + 1/2, 0, 1).
type HardSwish struct {
	in, out        int32 // zero points
	output, reluOf factor16
}

// factor16 is a factor as a mantissa of 15 fractional bits and a power of two.
type factor16 struct {
	mantissa int16
	shift    int // positive is left
}

func newFactor16(factor float32) (factor16, bool) {
	m, ok := NewMultiplier(float64(factor))
	if !ok {
		return factor16{}, false
	}
	if m.mantissa >= math.MaxInt32-1<<15 {
		return factor16{math.MaxInt16, m.shift}, true
	}
	return factor16{int16((m.mantissa + 1<<15) >> 16), m.shift}, true
}

// NewHardSwish computes the factors; false where the input's scale is 128 times the output's, or more.
func NewHardSwish(in, out Code) (*HardSwish, bool) {
	fine := float32(in.Scale / 128)
	output, okOut := newFactor16(float32(fine / out.Scale))
	relu, okRelu := newFactor16(float32(fine / (3.0 / 32768)))
	return &HardSwish{in.ZeroPoint, out.ZeroPoint, output, relu}, okOut && okRelu && output.shift <= 0
}

// Code gives the output's code for an input's.
func (h *HardSwish) Code(code int32) int32 {
	fine := saturate16((code - h.in) << 7)
	scaled := highMul(fine, h.output.mantissa)
	relu := fine
	if h.reluOf.shift > 0 {
		relu = shiftLeft16(relu, h.reluOf.shift-1)
	}
	relu = highMul(relu, h.reluOf.mantissa)
	switch {
	case h.reluOf.shift > 0:
		relu = shiftLeft16(relu, 1)
	case h.reluOf.shift < 0:
		relu = int16(divideByPower(int32(relu), -h.reluOf.shift))
	}
	share := (int32(relu) + 1<<15) >> 1 // of 2^15
	product := share * int32(scaled) / (1 << 15)
	return min(max(divideByPower(product, -h.output.shift)+h.out, -128), 127)
}

func saturate16(x int32) int16 { return int16(min(max(x, math.MinInt16), math.MaxInt16)) }

func shiftLeft16(x int16, n int) int16 {
	return int16(min(max(int64(x)<<min(n, 32), math.MinInt16), math.MaxInt16))
}

// highMul gives the rounded high half of twice the product.
func highMul(a, b int16) int16 {
	product, nudge := int32(a)*int32(b), int32(1<<14)
	if product < 0 {
		nudge = 1 - nudge
	}
	return saturate16((product + nudge) / (1 << 15))
}
