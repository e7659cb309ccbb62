package kernels

import "math"

// Mul is MUL: the product of codes less their zero points, scaled.
type Mul struct {
	zeroA, zeroB, zeroOut int32
	factor                float32     // the delegate's: rounded to even
	reference             *Multiplier // outranks the factor
	Min, Max              int32       // of the fused activation
	*periods[int8]
}

// NewMul computes the factor, for TFLite's reference kernel or for the delegate's, which
// takes products of scales of 1/65536 to 256 (excluded) times the output's.
func NewMul(a, b, out Code, reference bool) (*Mul, bool) {
	k := &Mul{zeroA: a.ZeroPoint, zeroB: b.ZeroPoint, zeroOut: out.ZeroPoint, Min: -128, Max: 127}
	k.factor = float32(float32(a.Scale*b.Scale) / out.Scale)
	if reference {
		m, ok := NewMultiplier(float64(k.factor))
		k.reference = &m
		return k, ok
	}
	return k, k.factor >= 1.0/65536 && k.factor < 256
}

// Walk plans how to walk inputs of shapes a and b, which broadcast to out. Min and Max are set before.
func (k *Mul) Walk(im *Impl, a, b, out []int) {
	how := join[int8]{plain: k.plain, args: elementArgs{
		zero: k.zeroOut, min: k.Min, max: k.Max, factor: k.factor, zeroA: k.zeroA, zeroB: k.zeroB,
	}}
	if k.reference == nil {
		how.routine = im.elementwise().mul
	}
	k.periods = newPeriods(a, b, out, how)
}

// plain multiplies in plain Go.
func (k *Mul) plain(out, a, b []int8) {
	a, b = a[:len(out)], b[:len(out)]
	for i, x := range a {
		out[i] = k.code(x, b[i])
	}
}

// code gives the output's code for the inputs'.
func (k *Mul) code(a, b int8) int8 {
	product := (int32(a) - k.zeroA) * (int32(b) - k.zeroB) // below 2^16
	var v int32
	if k.reference != nil {
		v = k.reference.ApplySum(product)
	} else {
		v = int32(math.RoundToEven(float64(float32(float32(product) * k.factor)))) // below 2^24
	}
	return int8(min(max(v+k.zeroOut, k.Min), k.Max))
}
