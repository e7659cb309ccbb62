package kernels

import (
	"encoding/binary"
	"math"
)

// Lookup maps every code through a table: all that turns one int8 into another.
type Lookup [256]int8

// NewLookup tabulates f over the codes -128 to 127.
func NewLookup(f func(code int32) int32) *Lookup {
	t := new(Lookup)
	for code := int32(-128); code < 128; code++ {
		t[uint8(code)] = int8(f(code))
	}
	return t
}

// Run maps in to out, which may be the same memory.
func (t *Lookup) Run(out, in []int8) {
	out = out[:len(in)]
	for i, v := range in {
		out[i] = t[uint8(v)]
	}
}

// Dequantize maps codes to little-endian float32.
type Dequantize [256]float32

// NewDequantize tabulates Scale * (code - ZeroPoint), rounded once.
func NewDequantize(in Code) *Dequantize {
	t := new(Dequantize)
	for code := int32(-128); code < 128; code++ {
		t[uint8(code)] = float32(in.Scale * float32(code-in.ZeroPoint))
	}
	return t
}

// Run maps in to 4*len(in) bytes of out.
func (t *Dequantize) Run(out []byte, in []int8) {
	for i, v := range in {
		binary.LittleEndian.PutUint32(out[4*i:], math.Float32bits(t[uint8(v)]))
	}
}

// Quantize maps little-endian float32 to codes:
// clamp(roundeven(x / Scale) + ZeroPoint), by multiplying with the scale's inverse. NaN gives 127, as LiteRT does on
// x86-64.
type Quantize struct {
	Code
	inverse float32 // 1 / Scale, rounded
	// divide is set for TFLite's reference kernel, which divides and rounds halves away from zero. Beyond int32, and
	// for NaN, it gives what x86-64's conversion does.
	divide bool
}

// NewQuantize makes the conversion of TFLite's reference kernel, or the delegate's.
func NewQuantize(out Code, reference bool) *Quantize {
	return &Quantize{Code: out, inverse: float32(1 / out.Scale), divide: reference}
}

// Run maps 4*len(out) bytes of in to out.
func (q *Quantize) Run(out []int8, in []byte) {
	rq := Requant{ZeroPoint: q.ZeroPoint, Min: -128, Max: 127}
	for i := range out {
		x := math.Float32frombits(binary.LittleEndian.Uint32(in[4*i:]))
		switch {
		case q.divide:
			out[i] = q.quotient(x)
		case math.IsNaN(float64(x)):
			out[i] = 127
		default:
			out[i] = rq.round(float32(x * q.inverse))
		}
	}
}

// quotient is the reference kernel's conversion of one number.
func (q *Quantize) quotient(x float32) int8 {
	v := math.Round(float64(float32(x / q.Scale)))
	code := int32(math.MinInt32)
	if v >= math.MinInt32 && v <= math.MaxInt32 {
		code = int32(v)
	}
	return int8(min(max(code+q.ZeroPoint, -128), 127))
}
