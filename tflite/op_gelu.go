package tflite

import (
	"math"

	flatbuffers "github.com/google/flatbuffers/go"

	"github.com/auscult/auscult/tflite/internal/flat"
	"github.com/auscult/auscult/tflite/schema"
)

// Gelu is x times the normal distribution's share below x, or an approximation by tanh.
const Gelu Op = schema.OpGelu

var geluDefinition = definition{
	newest:  2,
	options: coded(schema.OptionsGelu, readGelu),
	variants: []variant{
		{output: Int8, least: 1, most: 1, prepare: mapCodes(func(c *checker, in, out tensor) func(int32) int32 {
			return tabled(c.o.Options.(GeluOptions).function())(c, in, out)
		})},
		{output: Int16, least: 1, most: 1, prepare: func(c *checker) step {
			f := c.o.Options.(GeluOptions).function()
			return wideCurve(func(_ tensor, x float32) float32 { return float32(f(float64(x))) }).prepare(c)
		}},
		{output: Float32, least: 1, most: 1, prepare: func(c *checker) step {
			return mapReals(float(c.o.Options.(GeluOptions).function()))(c)
		}},
	},
}

// GeluOptions belongs to Gelu.
type GeluOptions struct {
	Approximate bool // by tanh
}

func readGelu(t flat.Table) (GeluOptions, error) {
	return GeluOptions{Approximate: t.Bool("approximate", schema.GeluApproximate)}, nil
}

func (p GeluOptions) verify() error { return nil }

func (p GeluOptions) write(w *writer) flatbuffers.UOffsetT {
	w.b.StartObject(schema.GeluFields)
	w.b.PrependBoolSlot(schema.GeluApproximate, p.Approximate, false)
	return w.b.EndObject()
}

func (p GeluOptions) function() func(x float64) float64 {
	if p.Approximate {
		return func(x float64) float64 {
			return x / 2 * (1 + math.Tanh(math.Sqrt(2/math.Pi)*(x+0.044715*x*x*x)))
		}
	}
	return func(x float64) float64 { return x / 2 * (1 + math.Erf(x/math.Sqrt2)) }
}
