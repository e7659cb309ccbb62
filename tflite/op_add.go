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
		{output: Int8, least: 2, most: 2, prepare: func(c *checker) step {
			return prepareAdd(c, c.o.Options.(AddOptions).Activation, kernels.Plus)
		}},
		{output: Float32, least: 2, most: 2, prepare: func(c *checker) step {
			return joinReals(c, c.o.Options.(AddOptions).Activation, func(a, b float32) float32 { return a + b })
		}},
		joiningInts(func(c *checker) Activation { return c.o.Options.(AddOptions).Activation },
			func(a, b int32) int32 { return a + b }),
	},
}

var subDefinition = definition{
	newest:  5,
	options: coded(schema.OptionsSub, readSub),
	variants: []variant{
		{output: Int8, least: 2, most: 2, prepare: func(c *checker) step {
			return prepareAdd(c, c.o.Options.(SubOptions).Activation, kernels.Minus)
		}},
		{output: Float32, least: 2, most: 2, prepare: func(c *checker) step {
			return joinReals(c, c.o.Options.(SubOptions).Activation, func(a, b float32) float32 { return a - b })
		}},
		joiningInts(func(c *checker) Activation { return c.o.Options.(SubOptions).Activation },
			func(a, b int32) int32 { return a - b }),
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

func (p AddOptions) write(w *writer) flatbuffers.UOffsetT {
	w.b.StartObject(schema.AddFields)
	w.b.PrependInt8Slot(schema.AddActivation, int8(p.Activation), 0)
	return w.b.EndObject()
}

// SubOptions belongs to Sub.
type SubOptions struct {
	Activation Activation
}

func readSub(t flat.Table) (SubOptions, error) {
	return SubOptions{Activation: Activation(t.Uint8("activation", schema.SubActivation, 0))}, nil
}

func (p SubOptions) verify() error { return p.Activation.verify() }

func (p SubOptions) write(w *writer) flatbuffers.UOffsetT {
	w.b.StartObject(schema.SubFields)
	w.b.PrependInt8Slot(schema.SubActivation, int8(p.Activation), 0)
	return w.b.EndObject()
}

func prepareAdd(c *checker, act Activation, sign kernels.Sign) step {
	a, b, out := c.pair()
	lo, hi := c.codeRange(act, out)
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
	if !c.afford(0) {
		return step{}
	}
	arithmetic.Min, arithmetic.Max = lo, hi
	return binaryStep(kernels.NewAdd(arithmetic, a.shape, b.shape, out.shape), out, a, b)
}
