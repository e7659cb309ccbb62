package tflite

import (
	flatbuffers "github.com/google/flatbuffers/go"

	"github.com/auscult/auscult/tflite/internal/flat"
	"github.com/auscult/auscult/tflite/internal/kernels"
	"github.com/auscult/auscult/tflite/schema"
)

// Cast changes the type of numbers that are not quantised.
const Cast Op = schema.OpCast

var castDefinition = definition{
	newest:  6,
	options: coded(schema.OptionsCast, readCast),
	variants: []variant{
		converting(Float32, Int32, casting(kernels.Cast[float32, int32]{})),
		converting(Int32, Float32, casting(kernels.Truncate{})),
		converting(Int64, Int32, casting(kernels.Cast[int64, int32]{})),
		converting(Int32, Int64, casting(kernels.Cast[int32, int64]{})),
		converting(Float32, Int64, casting(kernels.Cast[float32, int64]{})),
	},
}

// CastOptions belongs to Cast.
type CastOptions struct {
	In, Out Type // as the tensors say too
}

func readCast(t flat.Table) (CastOptions, error) {
	return CastOptions{
		In:  Type(int8(t.Uint8("in_data_type", schema.CastIn, 0))),
		Out: Type(int8(t.Uint8("out_data_type", schema.CastOut, 0))),
	}, nil
}

func (p CastOptions) verify() error { return nil }

func (p CastOptions) write(w *writer) flatbuffers.UOffsetT {
	w.b.StartObject(schema.CastFields)
	w.b.PrependInt8Slot(schema.CastIn, int8(p.In), 0)
	w.b.PrependInt8Slot(schema.CastOut, int8(p.Out), 0)
	return w.b.EndObject()
}

// casting prepares CAST between a kernel's types, which choose picked by the tensors'.
func casting[Out, In element](k interface{ Run(out []Out, in []In) }) func(c *checker) step {
	return func(c *checker) step {
		in, out := c.movedIn(0), c.movedOut(0)
		c.wantShape(out.shape, in.shape...)
		if !c.castable() || !c.afford(0) {
			return step{}
		}
		return unaryStep(k, out, in)
	}
}

// castable refuses the pairs of types that have no variant of their own.
func (c *checker) castable() bool {
	if c.err != nil {
		return false
	}
	from, to := c.in(0).Type, c.out().Type
	for _, v := range c.def.variants {
		if v.inputs[0] == from && v.output == to {
			return true
		}
	}
	c.fail("from %v to %v is not supported", from, to)
	return false
}
