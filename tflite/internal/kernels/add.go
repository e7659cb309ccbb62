package kernels

import "math"

// Sign says whether the second tensor is added or taken away.
type Sign int32

// Signs.
const (
	Plus  Sign = 1
	Minus Sign = -1
)

// AddArithmetic adds codes of different scales in fixed point:
// clamp((a*AFactor + b*BFactor + Bias) >> Shift + ZeroPoint).
//
// The larger factor's magnitude lies in [2^20, 2^21], Shift in 12 to 30. With codes and zero
// points of at most 2^8 the two products stay below 2^30 each.
type AddArithmetic struct {
	AFactor, BFactor int32
	Bias             int32 // minus both zero points' products, plus one half
	Shift            uint
	ZeroPoint        int32
	Min, Max         int32
	reference        *referenceAdd // outranks the factors
}

// referenceAdd is the arithmetic of TFLite's reference kernel: inputs shifted left by
// 20 and scaled, the sum scaled again, each with two roundings.
type referenceAdd struct {
	zeroA, zeroB   int32
	a, b, together Multiplier
	sign           Sign
}

// NewReferenceAdd is NewAddArithmetic for TFLite's reference kernel.
func NewReferenceAdd(a, b, out Code, sign Sign) (AddArithmetic, bool) {
	twice := 2 * max(float64(a.Scale), float64(b.Scale))
	factorA, okA := NewMultiplier(float64(a.Scale) / twice)
	factorB, okB := NewMultiplier(float64(b.Scale) / twice)
	together, ok := NewMultiplier(twice / float64((1<<20)*float64(out.Scale)))
	r := &referenceAdd{zeroA: a.ZeroPoint, zeroB: b.ZeroPoint, a: factorA, b: factorB, together: together, sign: sign}
	return AddArithmetic{ZeroPoint: out.ZeroPoint, Min: -128, Max: 127, reference: r},
		ok && okA && okB && together.shift <= 0
}

func (r *referenceAdd) sum(a, b int8) int32 {
	x := r.a.ApplySum((int32(a) - r.zeroA) << 20)
	y := r.b.ApplySum((int32(b) - r.zeroB) << 20)
	return r.together.ApplySum(x + int32(r.sign)*y)
}

// NewAddArithmetic computes the factors; false when an input's scale is not within
// 1/1024 to 256 (excluded) times the output's.
func NewAddArithmetic(a, b, out Code, sign Sign) (AddArithmetic, bool) {
	ratioA, ratioB := float32(a.Scale/out.Scale), float32(b.Scale/out.Scale)
	for _, r := range []float32{ratioA, ratioB} {
		if r < 1.0/1024 || r >= 256 {
			return AddArithmetic{}, false
		}
	}
	_, exponent := math.Frexp(float64(max(ratioA, ratioB)))
	shift := 20 - (exponent - 1)
	factor := func(ratio float32) int32 {
		return int32(math.RoundToEven(math.Ldexp(float64(ratio), shift)))
	}
	p := AddArithmetic{
		AFactor: factor(ratioA), BFactor: int32(sign) * factor(ratioB), Shift: uint(shift),
		ZeroPoint: out.ZeroPoint, Min: -128, Max: 127,
	}
	p.Bias = 1<<(shift-1) - p.AFactor*a.ZeroPoint - p.BFactor*b.ZeroPoint
	return p, true
}

func (p *AddArithmetic) code(a, b int8) int8 {
	if p.reference != nil {
		return int8(min(max(p.reference.sum(a, b)+p.ZeroPoint, p.Min), p.Max))
	}
	v := (p.Bias+int32(a)*p.AFactor+int32(b)*p.BFactor)>>p.Shift + p.ZeroPoint
	return int8(min(max(v, p.Min), p.Max))
}

// Add is ADD, or SUB, with broadcasting.
type Add struct {
	AddArithmetic
	*periods[int8]
}

// lowBits is how many bits of a factor its low part has.
const lowBits = 15

// NewAdd plans how to walk inputs of shapes a and b, which broadcast to out.
func NewAdd(im *Impl, p AddArithmetic, a, b, out []int) *Add {
	k := &Add{AddArithmetic: p}
	how := join[int8]{plain: k.plain, args: elementArgs{
		high: [2]int16{int16(p.AFactor >> lowBits), int16(p.BFactor >> lowBits)},
		low:  [2]int16{int16(p.AFactor & (1<<lowBits - 1)), int16(p.BFactor & (1<<lowBits - 1))},
		bias: p.Bias, shift: int32(p.Shift), zero: p.ZeroPoint, min: p.Min, max: p.Max,
	}}
	if p.reference == nil {
		how.routine = im.elementwise().add
	}
	k.periods = newPeriods(a, b, out, how)
	return k
}

// plain adds in plain Go.
func (k *Add) plain(out, a, b []int8) {
	a, b = a[:len(out)], b[:len(out)]
	for i, x := range a {
		out[i] = k.code(x, b[i])
	}
}
