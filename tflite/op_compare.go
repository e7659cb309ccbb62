package tflite

import (
	"cmp"

	"github.com/auscult/auscult/tflite/internal/kernels"
	"github.com/auscult/auscult/tflite/schema"
)

// Comparisons, and what joins their results.
const (
	Equal        Op = schema.OpEqual
	NotEqual     Op = schema.OpNotEqual
	Less         Op = schema.OpLess
	LessEqual    Op = schema.OpLessEqual
	Greater      Op = schema.OpGreater
	GreaterEqual Op = schema.OpGreaterEqual
	LogicalAnd   Op = schema.OpLogicalAnd
	LogicalOr    Op = schema.OpLogicalOr
	LogicalNot   Op = schema.OpLogicalNot
)

var (
	equalDefinition        = comparing(4, func(order int) bool { return order == 0 }, false)
	notEqualDefinition     = comparing(3, func(order int) bool { return order != 0 }, true)
	lessDefinition         = comparing(3, func(order int) bool { return order < 0 }, false)
	lessEqualDefinition    = comparing(2, func(order int) bool { return order <= 0 }, false)
	greaterDefinition      = comparing(2, func(order int) bool { return order > 0 }, false)
	greaterEqualDefinition = comparing(3, func(order int) bool { return order >= 0 }, false)
	logicalAndDefinition   = joiningBools(func(a, b uint8) uint8 { return a & b })
	logicalOrDefinition    = joiningBools(func(a, b uint8) uint8 { return a | b })
	logicalNotDefinition   = definition{newest: 1, variants: []variant{{
		output: Bool, inputs: []Type{Bool}, least: 1, most: 1, prepare: prepareNot,
	}}}
)

// comparing makes the definition of a comparison by how two elements are ordered; unordered is what it says of two of
// which one is no number.
func comparing(newest int, says func(order int) bool, unordered bool) definition {
	return definition{newest: newest, variants: []variant{
		compared(Float32, says, func(a, b float32) (bool, bool) { return unordered, a != a || b != b }),
		compared(Int32, says, ordered[int32]),
		compared(Int64, says, ordered[int64]),
		{output: Bool, inputs: []Type{Int8, Int8}, least: 2, most: 2, prepare: func(c *checker) step {
			return compareCodes(c, says)
		}},
		{output: Bool, inputs: []Type{Int16, Int16}, least: 2, most: 2, prepare: func(c *checker) step {
			return compareWide(c, says)
		}},
		compared(Bool, says, ordered[uint8]),
	}}
}

// ordered says that two integers always have an order.
func ordered[T any](_, _ T) (says, unordered bool) { return false, false }

// compared gives the variant for inputs of one type.
func compared[T uint8 | int32 | int64 | float32](
	of Type, says func(order int) bool, disorder func(a, b T) (says, unordered bool),
) variant {
	return variant{output: Bool, inputs: []Type{of, of}, least: 2, most: 2, prepare: func(c *checker) step {
		a, b, out := c.movedIn(0), c.movedIn(1), c.movedOut(0)
		if c.err == nil && (c.in(0).Type != of || c.in(1).Type != of) {
			c.fail("inputs are %v and %v: they must be alike", c.in(0).Type, c.in(1).Type)
		}
		c.wantBroadcast(out, a, b)
		if !c.afford(0) {
			return step{}
		}
		k := kernels.NewJoined(func(x, y T) uint8 {
			if say, not := disorder(x, y); not {
				return bit(say)
			}
			return bit(says(cmp.Compare(x, y)))
		}, a.shape, b.shape, out.shape)
		return binaryStep[uint8, T](k, out, a, b)
	}}
}

// compareCodes compares what codes stand for in TFLite's fixed point, with 8 fractional bits: what differs by less is
// equal.
func compareCodes(c *checker, says func(order int) bool) step {
	a, b := c.codesIn(0), c.codesIn(1)
	out := c.movedOut(0)
	c.wantBroadcast(out, a, b)
	valuesA, valuesB := c.fixedValues(a), c.fixedValues(b)
	if !c.afford(0) {
		return step{}
	}
	k := kernels.NewJoined(func(x, y int8) uint8 {
		return bit(says(cmp.Compare(valuesA[int(x)+128], valuesB[int(y)+128])))
	}, a.shape, b.shape, out.shape)
	return binaryStep[uint8, int8](k, out, a, b)
}

// compareWide compares codes of int16, which mean the same on both sides: which is larger as they are, whether they are
// equal as compareCodes does, as LiteRT has it.
func compareWide(c *checker, says func(order int) bool) step {
	a, b, out := c.wideIn(0), c.wideIn(1), c.movedOut(0)
	c.wantBroadcast(out, a, b)
	if c.err == nil && a.Scale != b.Scale {
		c.fail("inputs have scales %v and %v: they must be equal in int16", a.Scale, b.Scale)
	}
	if !c.afford(0) {
		return step{}
	}
	m, ok := kernels.NewMultiplier(float64(a.Scale))
	asNumbers := c.o.Op == Equal || c.o.Op == NotEqual
	if asNumbers && (!ok || a.Scale > 1<<6) {
		c.fail("the scale %v is too large to compare", a.Scale)
		return step{}
	}
	k := kernels.NewJoined(func(x, y int16) uint8 {
		if asNumbers {
			return bit(says(cmp.Compare(m.ApplySum(int32(x)<<8), m.ApplySum(int32(y)<<8))))
		}
		return bit(says(cmp.Compare(x, y)))
	}, a.shape, b.shape, out.shape)
	return binaryStep[uint8, int16](k, out, a, b)
}

// fixedValues gives what each code stands for, with 8 fractional bits.
func (c *checker) fixedValues(t tensor) (values [256]int32) {
	if c.err != nil {
		return values
	}
	m, ok := kernels.NewMultiplier(float64(t.Scale))
	if !ok || t.Scale > 1<<14 {
		c.fail("the scale %v is too large to compare", t.Scale)
		return values
	}
	for i := range values {
		values[i] = m.ApplySum((int32(i) - 128 - t.ZeroPoint) << 8)
	}
	return values
}

func bit(b bool) uint8 {
	if b {
		return 1
	}
	return 0
}

// joiningBools makes the definition of an operator on two bools.
func joiningBools(join func(a, b uint8) uint8) definition {
	prepare := func(c *checker) step {
		a, b, out := c.movedIn(0), c.movedIn(1), c.movedOut(0)
		c.sameMeaning("input 0", a, out)
		c.sameMeaning("input 1", b, out)
		c.wantBroadcast(out, a, b)
		if !c.afford(0) {
			return step{}
		}
		return binaryStep[uint8, uint8](kernels.NewJoined(join, a.shape, b.shape, out.shape), out, a, b)
	}
	return definition{newest: 1, variants: []variant{
		{output: Bool, inputs: []Type{Bool, Bool}, least: 2, most: 2, prepare: prepare},
	}}
}

func prepareNot(c *checker) step {
	in, out := c.movedIn(0), c.movedOut(0)
	c.sameMeaning("input 0", in, out)
	c.wantShape(out.shape, in.shape...)
	if !c.afford(0) {
		return step{}
	}
	return unaryStep(kernels.NewLookup(c.left.impl, 0, func(code int32) int32 { return code ^ 1 }), out, in)
}
