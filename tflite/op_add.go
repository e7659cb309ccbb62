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
		joiningKnown(func(a, b float32) float32 { return a + b }, kernels.Addition),
		joiningInts(func(a, b int32) int32 { return a + b }),
	},
}

var subDefinition = definition{
	newest:  5,
	options: coded(schema.OptionsSub, readSub),
	variants: []variant{
		{output: Int8, least: 2, most: 2, prepare: func(c *checker) step { return prepareAdd(c, kernels.Minus) }},
		joiningKnown(func(a, b float32) float32 { return a - b }, kernels.Subtraction),
		joiningInts(func(a, b int32) int32 { return a - b }),
	},
}

// AddOptions belongs to Add.
type AddOptions struct {
	Activation Activation
}

func readAdd(t flat.Table) (AddOptions, error) {
	return AddOptions{Activation: Activation(t.Uint8("activation", schema.AddActivation, 0))}, nil
}

func (p AddOptions) verify() error { return p.Activation.verify() }

func (p AddOptions) fused() Activation { return p.Activation }

func (p AddOptions) write(w *writer) flatbuffers.UOffsetT {
	return w.activation(schema.AddFields, schema.AddActivation, p.Activation)
}

// SubOptions belongs to Sub.
type SubOptions struct {
	Activation Activation
}

func readSub(t flat.Table) (SubOptions, error) {
	return SubOptions{Activation: Activation(t.Uint8("activation", schema.SubActivation, 0))}, nil
}

func (p SubOptions) verify() error { return p.Activation.verify() }

func (p SubOptions) fused() Activation { return p.Activation }

func (p SubOptions) write(w *writer) flatbuffers.UOffsetT {
	return w.activation(schema.SubFields, schema.SubActivation, p.Activation)
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
