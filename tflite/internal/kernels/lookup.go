package kernels

import (
	"encoding/binary"
	"math"
)

// Lookup maps every code of 8 bits through a table: all that turns one code into another.
type Lookup struct {
	table   [256]byte
	routine func(*elementArgs) // nil where plain Go maps everything
	args    elementArgs
}

// NewLookup tabulates f over the codes of int8, or from first on, as 0 for uint8.
func NewLookup(im *Impl, first int32, f func(code int32) int32) *Lookup {
	t := &Lookup{routine: im.elementwise().lookup}
	for code := first; code < first+256; code++ {
		t.table[uint8(code)] = byte(f(code))
	}
	return t
}

// Run maps in to out, which may be the same memory.
func (t *Lookup) Run(out, in []byte) {
	out = out[:len(in)]
	done := units(&t.args, t.routine, out, in, t.table[:])
	for i, v := range in[done:] {
		out[done+i] = t.table[v]
	}
}

// Requantize is QUANTIZE from codes to codes by TFLite's own kernel, whose vectors round halves otherwise than what is
// left at the end.
type Requantize[Out, In int8 | uint8 | int16] struct {
	In, Out  Code
	Min, Max int32 // codes of the output
	Factor   Multiplier
	Vector   int // elements of a vector; 1 where all are computed singly
	// Of codes of 8 bits, by the bits of the input: what vectors make of them, and what is left.
	upward, last *[256]Out
}

// Tabulate computes what each code of 8 bits becomes.
func (r *Requantize[Out, In]) Tabulate() *Requantize[Out, In] {
	r.upward, r.last = new([256]Out), new([256]Out)
	for i := range 256 {
		v := In(i) // of int8, what the bits say
		r.upward[i], r.last[i] = r.code(v, true), r.code(v, false)
	}
	return r
}

// Run maps in to out.
func (r *Requantize[Out, In]) Run(out []Out, in []In) {
	out = out[:len(in)]
	vectors := 0
	if r.Vector > 1 {
		vectors = len(in) / r.Vector * r.Vector
	}
	if r.upward != nil {
		for i, v := range in[:vectors] {
			out[i] = r.upward[uint8(v)]
		}
		for i, v := range in[vectors:] {
			out[vectors+i] = r.last[uint8(v)]
		}
		return
	}
	for i, v := range in {
		out[i] = r.code(v, i < vectors)
	}
}

// code maps one code.
func (r *Requantize[Out, In]) code(v In, upward bool) Out {
	x := int32(v) - r.In.ZeroPoint
	if upward {
		x = r.Factor.ApplyUpward(x)
	} else {
		x = r.Factor.ApplySum(x)
	}
	return Out(min(max(x+r.Out.ZeroPoint, r.Min), r.Max))
}

// Dequantize maps codes to float32: Scale * (code - ZeroPoint), rounded once.
type Dequantize[In int8 | uint8 | int16] struct {
	Code
	routine func(*elementArgs) // of int8; nil where plain Go computes
	args    elementArgs
}

// NewDequantize makes the mapping of codes.
func NewDequantize[In int8 | uint8 | int16](im *Impl, in Code) *Dequantize[In] {
	d := &Dequantize[In]{Code: in}
	if _, ok := any(In(0)).(int8); ok {
		d.routine = im.elementwise().dequantize
	}
	d.args = elementArgs{zeroA: in.ZeroPoint, factor: in.Scale}
	return d
}

// Run maps in to out.
func (d *Dequantize[In]) Run(out []float32, in []In) {
	out = out[:len(in)]
	done := mapUnits(&d.args, d.routine, out, in)
	out, in = out[done:], in[done:]
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
	Divide  bool
	routine func(*elementArgs) // of int8; nil where plain Go computes
	args    elementArgs
}

// Native takes the family's routine, where it has one.
func (q *Quantize[Out]) Native(im *Impl) *Quantize[Out] {
	if _, ok := any(Out(0)).(int8); ok && !q.Divide {
		q.routine = im.elementwise().quantize
	}
	q.args = elementArgs{
		factor: 1 / q.Scale, zero: q.ZeroPoint, lo: float32(q.Min - q.ZeroPoint), hi: float32(q.Max - q.ZeroPoint),
	}
	return q
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
	if _, ok := any(Out(0)).(int16); ok {
		for i := len(in) / wideVector * wideVector; i < len(in); i++ {
			out[i] = q.single(in[i])
		}
		in = in[:len(in)/wideVector*wideVector]
	}
	done := mapUnits(&q.args, q.routine, out, in)
	out, in = out[done:], in[done:]
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

// wideVector is how many numbers TFLite's own kernel maps to int16 at once.
const wideVector = 8

// single maps what is left of them: it divides in float64, and halves go away from zero.
func (q *Quantize[Out]) single(x float32) Out {
	v := math.Round(float64(x)/float64(q.Scale)) + float64(q.ZeroPoint)
	if !(v < float64(q.Max)) { // so NaN
		return Out(q.Max)
	}
	return Out(max(v, float64(q.Min)))
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
