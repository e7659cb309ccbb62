package kernels

import "math"

// Joined joins two tensors that broadcast to a third, element by element, by a function.
type Joined[Out, In element] struct {
	pairs
	join func(a, b In) Out
}

// element is what tensors hold.
type element interface {
	int8 | uint8 | int16 | int32 | int64 | float32
}

// NewJoined plans how to walk inputs of shapes a and b, which broadcast to out.
func NewJoined[Out, In element](join func(a, b In) Out, a, b, out []int) *Joined[Out, In] {
	return &Joined[Out, In]{newPairs(a, b, out), join}
}

// Run joins a and b.
func (k *Joined[Out, In]) Run(out []Out, a, b []In) {
	k.start()
	for len(out) > 0 {
		x, y := a[k.offsetA:], b[k.offsetB:]
		for i := range out[:k.n] {
			out[i] = k.join(x[i*k.strideA], y[i*k.strideB])
		}
		out = out[k.n:]
		k.advance()
	}
}

// Extreme is MINIMUM or MAXIMUM of codes.
type Extreme struct{ *periods[int8] }

// NewExtreme plans how to walk inputs of shapes a and b, which broadcast to out; least says that the lesser is taken.
func NewExtreme(im *Impl, least bool, a, b, out []int) *Extreme {
	how := join[int8]{routine: im.elementwise().maxCodes, plain: greaterCodes}
	if least {
		how = join[int8]{routine: im.elementwise().minCodes, plain: lesserCodes}
	}
	return &Extreme{newPeriods(a, b, out, how)}
}

func lesserCodes(out, a, b []int8) {
	a, b = a[:len(out)], b[:len(out)]
	for i, x := range a {
		out[i] = min(x, b[i])
	}
}

func greaterCodes(out, a, b []int8) {
	a, b = a[:len(out)], b[:len(out)]
	for i, x := range a {
		out[i] = max(x, b[i])
	}
}

// RealJoin is a function of two numbers of float32, within limits.
type RealJoin struct {
	Join     func(a, b float32) float32
	Known    Arithmetic
	Min, Max float32
}

// Arithmetic names functions of two numbers that families may have routines for.
type Arithmetic int

// Functions with routines, and others.
const (
	OtherArithmetic Arithmetic = iota
	Addition
	Subtraction
	Multiplication
	Division
	Lesser
	Greater
	DifferenceSquared // (a - b)^2
	arithmetics
)

// JoinedReals is Joined of float32.
type JoinedReals struct {
	*periods[float32]
	RealJoin
}

// NewJoinedReals plans how to walk inputs of shapes a and b, which broadcast to out.
func NewJoinedReals(im *Impl, how RealJoin, a, b, out []int) *JoinedReals {
	k := &JoinedReals{RealJoin: how}
	runs := join[float32]{plain: k.plain, args: elementArgs{lo: how.Min, hi: how.Max}}
	if unlimited := math.IsInf(float64(how.Min), -1) && math.IsInf(float64(how.Max), 1); unlimited || how.Known < Lesser {
		runs.routine = im.elementwise().floats[how.Known]
	}
	k.periods = newPeriods(a, b, out, runs)
	return k
}

// plain joins in plain Go.
func (k *JoinedReals) plain(out, a, b []float32) {
	a, b = a[:len(out)], b[:len(out)]
	for i, x := range a {
		out[i] = min(max(k.Join(x, b[i]), k.Min), k.Max)
	}
}

// SquaredDifference is SQUARED_DIFFERENCE of codes in TFLite's fixed point: both inputs shifted left by 7 and scaled.
type SquaredDifference struct {
	zeroOut  int32
	a, b     [256]int32 // what each code, by its bits, becomes
	together Multiplier
}

// NewSquaredDifference computes the factors; false where the output's scale is too small.
func NewSquaredDifference(a, b, out Code) (*SquaredDifference, bool) {
	twice := 2 * max(float64(a.Scale), float64(b.Scale))
	s := &SquaredDifference{zeroOut: out.ZeroPoint}
	factorA, okA := NewMultiplier(float64(a.Scale) / twice)
	factorB, okB := NewMultiplier(float64(b.Scale) / twice)
	var ok bool
	s.together, ok = NewMultiplier(twice * twice / (float64(1<<14) * float64(out.Scale)))
	for i := range s.a {
		code := int32(int8(i))
		s.a[i], s.b[i] = factorA.ApplySum((code-a.ZeroPoint)<<7), factorB.ApplySum((code-b.ZeroPoint)<<7)
	}
	return s, ok && okA && okB
}

// Code gives the output's code for the inputs'.
func (s *SquaredDifference) Code(a, b int8) int8 {
	d := s.a[uint8(a)] - s.b[uint8(b)]
	return int8(min(max(int64(s.together.ApplySum(d*d))+int64(s.zeroOut), -128), 127))
}

// Prelu is PRELU of codes in TFLite's fixed point.
type Prelu struct {
	zeroIn, zeroAlpha, zeroOut int32
	above, below               Multiplier
}

// NewPrelu computes the factors; false where the output's scale is too small.
func NewPrelu(in, alpha, out Code) (*Prelu, bool) {
	above, ok := NewMultiplier(float64(in.Scale) / float64(out.Scale))
	below, okBelow := NewMultiplier(float64(in.Scale) * float64(alpha.Scale) / float64(out.Scale))
	return &Prelu{in.ZeroPoint, alpha.ZeroPoint, out.ZeroPoint, above, below}, ok && okBelow
}

// Code gives the output's code for the input's and the factor's.
func (p *Prelu) Code(x, alpha int8) int8 {
	v := int32(x) - p.zeroIn
	if v >= 0 {
		v = p.above.ApplySum(v)
	} else {
		v = p.below.ApplySum(v * (int32(alpha) - p.zeroAlpha))
	}
	return int8(min(max(v+p.zeroOut, -128), 127))
}
