package tflite

import (
	flatbuffers "github.com/google/flatbuffers/go"

	"github.com/auscult/auscult/tflite/internal/flat"
	"github.com/auscult/auscult/tflite/internal/kernels"
	"github.com/auscult/auscult/tflite/schema"
)

// Sums and differences, with broadcasting.
const (
	Add Op = schema.OpAdd
	Sub Op = schema.OpSub
)

var addDefinition = definition{
	newest:  5,
	options: coded(schema.OptionsAdd, readAdd),
	variants: []variant{
		{output: Int8, least: 2, most: 2, prepare: func(c *checker) step { return prepareAdd(c, kernels.Plus) }},
		wideAdding(kernels.Plus),
		joiningKnown(func(a, b float32) float32 { return a + b }, kernels.Addition),
		joiningInts(func(a, b int32) int32 { return a + b }),
	},
}

var subDefinition = definition{
	newest:  5,
	options: coded(schema.OptionsSub, readSub),
	variants: []variant{
		{output: Int8, least: 2, most: 2, prepare: func(c *checker) step { return prepareAdd(c, kernels.Minus) }},
		wideAdding(kernels.Minus),
		joiningKnown(func(a, b float32) float32 { return a - b }, kernels.Subtraction),
		joiningInts(func(a, b int32) int32 { return a - b }),
	},
}

// AddOptions belongs to Add.
type AddOptions struct {
	Activation Activation
	AnyScale16 bool // of int16: scales that are powers of two are treated as others
}

func readAdd(t flat.Table) (AddOptions, error) {
	return AddOptions{
		Activation: Activation(t.Uint8("activation", schema.AddActivation, 0)),
		AnyScale16: t.Uint8("pot_scale_int16", schema.AddPotScale16, 1) == 0,
	}, nil
}

func (p AddOptions) verify() error { return p.Activation.verify() }

func (p AddOptions) fused() Activation { return p.Activation }

func (p AddOptions) write(w *writer) flatbuffers.UOffsetT {
	w.b.StartObject(schema.AddFields)
	w.b.PrependInt8Slot(schema.AddActivation, int8(p.Activation), 0)
	w.b.PrependBoolSlot(schema.AddPotScale16, !p.AnyScale16, true)
	return w.b.EndObject()
}

// SubOptions belongs to Sub.
type SubOptions struct {
	Activation Activation
	AnyScale16 bool // as AddOptions'
}

func readSub(t flat.Table) (SubOptions, error) {
	return SubOptions{
		Activation: Activation(t.Uint8("activation", schema.SubActivation, 0)),
		AnyScale16: t.Uint8("pot_scale_int16", schema.SubPotScale16, 1) == 0,
	}, nil
}

func (p SubOptions) verify() error { return p.Activation.verify() }

func (p SubOptions) fused() Activation { return p.Activation }

func (p SubOptions) write(w *writer) flatbuffers.UOffsetT {
	w.b.StartObject(schema.SubFields)
	w.b.PrependInt8Slot(schema.SubActivation, int8(p.Activation), 0)
	w.b.PrependBoolSlot(schema.SubPotScale16, !p.AnyScale16, true)
	return w.b.EndObject()
}

func prepareAdd(c *checker, sign kernels.Sign) step {
	a, b, out := c.pair()
	lo, hi := c.codeRange(c.fused(), out)
	if c.err != nil {
		return step{}
	}
	arithmeticOf := kernels.NewAddArithmetic
	if c.reference() {
		arithmeticOf = kernels.NewReferenceAdd
	}
	arithmetic, ok := arithmeticOf(a.Code, b.Code, out.Code, sign)
	if !ok {
		c.fail("the scales %v and %v are not within 1/1024 to 256 times the output's %v", a.Scale, b.Scale, out.Scale)
	}
	if !c.afford(kernels.PairBytes) {
		return step{}
	}
	arithmetic.Min, arithmetic.Max = lo, hi
	return binaryStep(kernels.NewAdd(c.left.impl, arithmetic, a.shape, b.shape, out.shape), out, a, b)
}

// wideAdding gives the variant of ADD, or SUB, on int16.
func wideAdding(sign kernels.Sign) variant {
	return variant{output: Int16, least: 2, most: 2, prepare: func(c *checker) step {
		a, b, out := c.widePair()
		lo, hi := c.referenceRange(c.fused(), out)
		if c.err != nil {
			return step{}
		}
		if shifts, ok := c.wideShifts(a, b, out); ok || c.err != nil {
			shifts.Sign, shifts.Min, shifts.Max = sign, lo, hi
			return joinStep(c, shifts.Code, a, b, out)
		}
		sum, ok := kernels.NewWideSum(a.Scale, b.Scale, out.Scale, sign)
		if !ok {
			c.fail("the scales %v and %v are too far from the output's %v", a.Scale, b.Scale, out.Scale)
		}
		sum.Min, sum.Max = lo, hi
		if sum.Vectors() && a.n == out.n && b.n == out.n && !c.reference() {
			if !c.afford(0) {
				return step{}
			}
			return binaryStep(&kernels.WideAdd{WideSum: sum}, out, a, b)
		}
		return joinStep(c, sum.Code, a, b, out)
	}}
}

// wideShifts gives the arithmetic of scales that are powers of two, where the options do not say that they may be any.
func (c *checker) wideShifts(a, b, out tensor) (s kernels.WideShifts, ok bool) {
	switch p := c.o.Options.(type) {
	case AddOptions:
		ok = !p.AnyScale16
	case SubOptions:
		ok = !p.AnyScale16
	}
	first, okA := powerOfTwo(a.Scale)
	second, okB := powerOfTwo(b.Scale)
	to, okOut := powerOfTwo(out.Scale)
	if !ok || !okA || !okB || !okOut {
		return s, false
	}
	s.A, s.B = to-first, to-second
	if s.A < 0 || s.B < 0 || s.A > 0 && s.B > 0 || max(s.A, s.B) > 15 {
		c.fail("the scales %v and %v: one must be the output's %v, the other no larger", a.Scale, b.Scale, out.Scale)
	}
	return s, true
}
