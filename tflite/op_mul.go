package tflite

import (
	flatbuffers "github.com/google/flatbuffers/go"

	"github.com/auscult/auscult/tflite/internal/flat"
	"github.com/auscult/auscult/tflite/internal/kernels"
	"github.com/auscult/auscult/tflite/schema"
)

// Mul multiplies elements, with broadcasting.
const Mul Op = schema.OpMul

var mulDefinition = definition{
	newest:  5,
	options: coded(schema.OptionsMul, readMul),
	variants: []variant{
		{output: Int8, least: 2, most: 2, prepare: prepareMul},
		{output: Int16, least: 2, most: 2, prepare: prepareWideMul},
		joiningKnown(func(a, b float32) float32 { return a * b }, kernels.Multiplication),
		joiningInts(func(a, b int32) int32 { return a * b }),
	},
}

// MulOptions belongs to Mul.
type MulOptions struct {
	Activation Activation
}

func readMul(t flat.Table) (MulOptions, error) {
	return MulOptions{Activation: Activation(t.Uint8("activation", schema.MulActivation, 0))}, nil
}

func (p MulOptions) verify() error { return p.Activation.verify() }

func (p MulOptions) fused() Activation { return p.Activation }

func (p MulOptions) write(w *writer) flatbuffers.UOffsetT {
	return w.activation(schema.MulFields, schema.MulActivation, p.Activation)
}

func prepareMul(c *checker) step {
	a, b, out := c.pair()
	lo, hi := c.codeRange(c.fused(), out)
	if c.err != nil {
		return step{}
	}
	k, ok := kernels.NewMul(a.Code, b.Code, out.Code, c.reference())
	if !ok {
		c.fail("the product of the scales %v and %v is not within 1/65536 to 256 times the output's %v",
			a.Scale, b.Scale, out.Scale)
	}
	k.Min, k.Max = lo, hi
	if !c.afford(kernels.PairBytes) {
		return step{}
	}
	k.Walk(c.left.impl, a.shape, b.shape, out.shape)
	return binaryStep(k, out, a, b)
}

func prepareWideMul(c *checker) step {
	a, b, out := c.widePair()
	lo, hi := c.referenceRange(c.fused(), out)
	if c.err != nil {
		return step{}
	}
	m, ok := kernels.NewMultiplier(float64(float32(float32(a.Scale*b.Scale) / out.Scale)))
	if !ok {
		c.fail("the scales %v and %v are too large for the output's %v", a.Scale, b.Scale, out.Scale)
	}
	p := kernels.WideProduct{Factor: m, Min: lo, Max: hi}
	return joinStep(c, p.Code, a, b, out)
}
