package kernels

import (
	"math"
	"sync"
)

// sigmoids are 1 / (1 + exp(-i/24)) with 16 fractional bits, each lifted by half of what a straight line to the next is
// too low in its middle; the last stands for 1.
var sigmoids = sync.OnceValue(func() *[256]uint16 {
	f := func(x float64) float64 { return 65536 / (1 + math.Exp(-x/24)) }
	t := new([256]uint16)
	for i := range t {
		x := float64(i)
		low := (f(x)+f(x+1))/2 - f(x+0.5)
		t[i] = uint16(math.Round(f(x) - low/2))
	}
	t[255] = math.MaxUint16
	return t
})

// WideSigmoid is LOGISTIC or TANH of int16 by a table: codes are scaled to 1/(3*4096).
type WideSigmoid struct {
	factor, shift int32
	tanh          bool
	table         *[256]uint16
}

// NewWideSigmoid takes the input's scale, and exact where that is 2^(left-12).
func NewWideSigmoid(scale float32, left int, exact, tanh bool) WideSigmoid {
	s := WideSigmoid{tanh: tanh, table: sigmoids()}
	if exact {
		s.factor = 3 << left
		return s
	}
	factor := float64(scale) * 4096 * 3
	for factor <= math.MaxInt16/2.0 && s.shift <= 30 {
		s.shift++
		factor *= 2
	}
	s.factor = toInt32(math.Trunc(factor))
	return s
}

// Code gives the function at a code.
func (s WideSigmoid) Code(code int32) int32 {
	x := code * s.factor
	if s.shift > 0 {
		x = (x + 1<<(s.shift-1)) >> s.shift
	}
	size := uint32(max(x, -x))
	if s.tanh {
		return s.hyperbolic(x, size)
	}
	result := uint32(math.MaxInt16) << 10
	if at := size >> 9; at < 255 {
		low, high := uint32(s.table[at]), uint32(s.table[at+1])
		result = low<<9 + size&0x1FF*(high-low)
	}
	if x >= 0 {
		result += 1 << 9
	} else {
		result = 1<<25 - result + 1<<9 - 1
	}
	return int32(int16(result >> 10))
}

// hyperbolic gives tanh(x) = 2*sigmoid(2*x) - 1.
func (s WideSigmoid) hyperbolic(x int32, size uint32) int32 {
	result := int32(0xFFFF) << 8
	if at := size >> 8; at < 255 {
		low, high := int32(s.table[at]), int32(s.table[at+1])
		result = low<<8 + int32(size&0xFF)*(high-low)
	}
	if x >= 0 {
		result += -1<<23 + 1<<7
	} else {
		result = -result + 1<<23 + 1<<7 - 1
	}
	return int32(int16(result >> 8))
}
