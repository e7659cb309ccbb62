package kernels

import (
	"encoding/binary"
	"math"
)

// Lookup maps every code of 8 bits through a table: all that turns one code into another.
type Lookup [256]byte

// NewLookup tabulates f over the codes of int8, or from first on, as 0 for uint8.
func NewLookup(first int32, f func(code int32) int32) *Lookup {
	t := new(Lookup)
	for code := first; code < first+256; code++ {
		t[uint8(code)] = byte(f(code))
	}
	return t
}

// Run maps in to out, which may be the same memory.
func (t *Lookup) Run(out, in []byte) {
	out = out[:len(in)]
	for i, v := range in {
		out[i] = t[v]
	}
}

// Requantize is QUANTIZE from codes to codes by TFLite's own kernel, whose vectors round halves otherwise than what is
// left at the end.
type Requantize[Out, In int8 | uint8 | int16] struct {
	In, Out  Code
	Min, Max int32 // codes of the output
	Factor   Multiplier
	Vector   int // elements of a vector; 1 where all are computed singly
}

// Run maps in to out.
func (r *Requantize[Out, In]) Run(out []Out, in []In) {
	vectors := 0
	if r.Vector > 1 {
		vectors = len(in) / r.Vector * r.Vector
	}
	for i, v := range in {
		x := int32(v) - r.In.ZeroPoint
		if i < vectors {
			x = r.Factor.ApplyUpward(x)
		} else {
			x = r.Factor.ApplySum(x)
		}
		out[i] = Out(min(max(x+r.Out.ZeroPoint, r.Min), r.Max))
	}
}

// Dequantize maps codes to float32: Scale * (code - ZeroPoint), rounded once.
type Dequantize[In int8 | uint8 | int16] struct{ Code }

// Run maps in to out.
func (d *Dequantize[In]) Run(out []float32, in []In) {
	out = out[:len(in)]
	for i, v := range in {
		out[i] = float32(d.Scale * float32(int32(v)-d.ZeroPoint))
	}
}

// Quantize maps float32 to codes:
// clamp(roundeven(x / Scale) + ZeroPoint), by multiplying with the scale's inverse. NaN gives the largest code, as
// LiteRT does on x86-64.
type Quantize[Out int8 | uint8 | int16] struct {
	Code
	Min, Max int32 // codes of the output
	// Divide is set for TFLite's reference kernel, which divides and rounds halves away from zero. Beyond int32, and
	// for NaN, it gives what x86-64's conversion does.
	Divide bool
}

// Run maps in to out.
func (q *Quantize[Out]) Run(out []Out, in []float32) {
	in = in[:len(out)]
	if q.Divide {
		for i, x := range in {
			out[i] = Out(q.quotient(x))
		}
		return
	}
	inverse := float32(1 / q.Scale)
	lo, hi := float32(q.Min-q.ZeroPoint), float32(q.Max-q.ZeroPoint)
	for i, x := range in {
		v := float32(x * inverse)
		if v < lo {
			v = lo
		}
		if !(v < hi) { // so NaN
			v = hi
		}
		out[i] = Out(int32(math.Float32bits(float32(v+roundMagic))) - roundMagicBits + q.ZeroPoint)
	}
}

// quotient is the reference kernel's conversion of one number.
func (q *Quantize[Out]) quotient(x float32) int32 {
	v := math.Round(float64(float32(x / q.Scale)))
	code := int32(math.MinInt32)
	if v >= math.MinInt32 && v <= math.MaxInt32 {
		code = int32(v)
	}
	return min(max(code+q.ZeroPoint, q.Min), q.Max)
}

// Widen maps little-endian float16 to float32, which is exact.
type Widen struct{}

// Run maps 2*len(out) bytes of in to out.
func (Widen) Run(out []float32, in []byte) {
	for i := range out {
		out[i] = wide(binary.LittleEndian.Uint16(in[2*i:]))
	}
}

// wide gives the number of a float16.
func wide(h uint16) float32 {
	sign, exponent, fraction := uint32(h>>15)<<31, uint32(h>>10)&31, uint32(h)&1023
	switch exponent {
	case 0:
		return math.Float32frombits(sign | math.Float32bits(float32(fraction)*0x1p-24))
	case 31:
		return math.Float32frombits(sign | 0xFF<<23 | fraction<<13)
	}
	return math.Float32frombits(sign | (exponent+112)<<23 | fraction<<13)
}
