package tflite

import (
	"math"

	"github.com/auscult/auscult/tflite/internal/kernels"
	"github.com/auscult/auscult/tflite/schema"
)

// Functions of two elements, with broadcasting.
const (
	Maximum           Op = schema.OpMaximum
	Minimum           Op = schema.OpMinimum
	Atan2             Op = schema.OpAtan2
	FloorDiv          Op = schema.OpFloorDiv // halves and all else towards minus infinity
	FloorMod          Op = schema.OpFloorMod // what FloorDiv leaves, of the divisor's sign
	Pow               Op = schema.OpPow
	Prelu             Op = schema.OpPrelu             // x, or x times the second below 0
	SquaredDifference Op = schema.OpSquaredDifference // (a - b)^2
)

var (
	maximumDefinition = definition{newest: 4, variants: []variant{
		extreme(false),
		wideJoining(func(a, b int16) int16 { return max(a, b) }),
		joiningKnown(func(a, b float32) float32 { return max(a, b) }, kernels.Greater),
		joiningInts(func(a, b int32) int32 { return max(a, b) }),
	}}
	minimumDefinition = definition{newest: 4, variants: []variant{
		extreme(true),
		wideJoining(func(a, b int16) int16 { return min(a, b) }),
		joiningKnown(func(a, b float32) float32 { return min(a, b) }, kernels.Lesser),
		joiningInts(func(a, b int32) int32 { return min(a, b) }),
	}}
	atan2Definition    = definition{newest: 1, variants: []variant{joiningReals(atan2)}}
	floorDivDefinition = definition{newest: 3, variants: []variant{joiningReals(floorDiv), joiningInts(floorDivInts)}}
	floorModDefinition = definition{newest: 2, variants: []variant{joiningReals(floorMod), joiningInts(floorModInts)}}
	powDefinition      = definition{newest: 1, variants: []variant{joiningReals(pow)}}
	preluDefinition    = definition{newest: 1, variants: []variant{
		{output: Int8, least: 2, most: 2, prepare: preparePrelu},
		joiningReals(prelu),
	}}
	squaredDifferenceDefinition = definition{newest: 2, variants: []variant{
		{output: Int8, least: 2, most: 2, prepare: prepareSquaredDifference},
		joiningKnown(func(a, b float32) float32 { return float32((a - b) * (a - b)) }, kernels.DifferenceSquared),
	}}
)

func pow(a, b float32) float32 { return float32(math.Pow(float64(a), float64(b))) }

func atan2(a, b float32) float32 { return float32(math.Atan2(float64(a), float64(b))) }

func floorDiv(a, b float32) float32 { return float32(math.Floor(float64(a / b))) }

func floorMod(a, b float32) float32 {
	rest := math.Mod(float64(a), float64(b))
	if rest != 0 && (rest < 0) != (b < 0) {
		rest += float64(b)
	}
	return float32(rest)
}

// floorDivInts gives 0 where the divisor is, which LiteRT refuses.
func floorDivInts(a, b int32) int32 {
	if b == 0 {
		return 0
	}
	q := a / b
	if a%b != 0 && (a < 0) != (b < 0) {
		q--
	}
	return q
}

func floorModInts(a, b int32) int32 { return a - b*floorDivInts(a, b) }

func prelu(x, alpha float32) float32 {
	if x < 0 {
		return x * alpha
	}
	return x
}

// extreme gives the variant of MINIMUM, or MAXIMUM, on codes, which are compared as they are: they mean the same on
// both sides.
func extreme(least bool) variant {
	return variant{output: Int8, least: 2, most: 2, prepare: func(c *checker) step {
		a, b, out := c.pair()
		c.sameMeaning("input 0", a, out)
		c.sameMeaning("input 1", b, out)
		if !c.afford(kernels.PairBytes) {
			return step{}
		}
		return binaryStep(kernels.NewExtreme(c.left.impl, least, a.shape, b.shape, out.shape), out, a, b)
	}}
}

// wideJoining gives the variant of MINIMUM, or MAXIMUM, on int16.
func wideJoining(join func(a, b int16) int16) variant {
	return variant{output: Int16, least: 2, most: 2, prepare: func(c *checker) step {
		a, b, out := c.widePair()
		c.sameMeaning("input 0", a, out)
		c.sameMeaning("input 1", b, out)
		return joinStep(c, join, a, b, out)
	}}
}

// joinStep makes the step of a function of two elements.
func joinStep[T int8 | int16 | int32](c *checker, join func(a, b T) T, a, b, out tensor) step {
	if !c.afford(0) {
		return step{}
	}
	return binaryStep(kernels.NewJoined(join, a.shape, b.shape, out.shape), out, a, b)
}

// joiningInts gives the variant of an operator on int32, as models compute shapes with.
func joiningInts(join func(a, b int32) int32) variant {
	return variant{output: Int32, least: 2, most: 2, prepare: func(c *checker) step {
		a, b, out := c.movedIn(0), c.movedIn(1), c.movedOut(0)
		c.sameMeaning("input 0", a, out)
		c.sameMeaning("input 1", b, out)
		if act := c.fused(); act != ActNone {
			c.fail("the fused activation %v is not supported for int32", act)
		}
		c.wantBroadcast(out, a, b)
		return joinStep(c, join, a, b, out)
	}}
}

func prepareSquaredDifference(c *checker) step {
	a, b, out := c.pair()
	if c.err != nil {
		return step{}
	}
	s, ok := kernels.NewSquaredDifference(a.Code, b.Code, out.Code)
	if !ok {
		c.fail("the scales %v and %v are too large for the output's %v", a.Scale, b.Scale, out.Scale)
	}
	return joinStep(c, s.Code, a, b, out)
}

func preparePrelu(c *checker) step {
	in, alpha, out := c.pair()
	if c.err != nil {
		return step{}
	}
	p, ok := kernels.NewPrelu(in.Code, alpha.Code, out.Code)
	if !ok {
		c.fail("the scales %v and %v are too large for the output's %v", in.Scale, alpha.Scale, out.Scale)
	}
	return joinStep(c, p.Code, in, alpha, out)
}
