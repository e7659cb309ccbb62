package tflite

import (
	"math"

	flatbuffers "github.com/google/flatbuffers/go"

	"github.com/auscult/auscult/tflite/internal/flat"
	"github.com/auscult/auscult/tflite/internal/kernels"
	"github.com/auscult/auscult/tflite/schema"
)

// LeakyRelu is x, or a fraction of it below 0.
const LeakyRelu Op = schema.OpLeakyRelu

var leakyReluDefinition = definition{
	newest:  2,
	options: coded(schema.OptionsLeakyRelu, readLeakyRelu),
	variants: []variant{
		{output: Int8, least: 1, most: 1, prepare: mapCodes(leakyReluCodes)},
		wideCodes(func(c *checker, in, out tensor) func(code int32) int32 {
			return leakyReluFixed(c, in, out, c.o.Options.(LeakyReluOptions).Alpha)
		}),
		{output: Float32, least: 1, most: 1, prepare: func(c *checker) step {
			alpha := c.o.Options.(LeakyReluOptions).Alpha
			return mapKnown(c, kernels.Function{
				Of: func(x float32) float32 { return prelu(x, alpha) }, Known: kernels.Leaking, Factor: alpha,
			})
		}},
	},
}

// LeakyReluOptions belongs to LeakyRelu.
type LeakyReluOptions struct {
	Alpha float32 // factor of what is below 0
}

func readLeakyRelu(t flat.Table) (LeakyReluOptions, error) {
	return LeakyReluOptions{Alpha: t.Float32("alpha", schema.LeakyReluAlpha)}, nil
}

func (p LeakyReluOptions) verify() error { return nil }

func (p LeakyReluOptions) write(w *writer) flatbuffers.UOffsetT {
	w.b.StartObject(schema.LeakyReluFields)
	w.b.PrependFloat32Slot(schema.LeakyReluAlpha, p.Alpha, 0)
	return w.b.EndObject()
}

// leakyReluCodes gives the delegate's function, or that of TFLite's own kernel, to which the delegate leaves factors
// that are not within 1/256 to 128.
func leakyReluCodes(c *checker, in, out tensor) func(code int32) int32 {
	alpha := c.o.Options.(LeakyReluOptions).Alpha
	ratio := float32(in.Scale / out.Scale)
	below := float32(ratio * alpha)
	if size := float32(math.Abs(float64(below))); c.reference() || !within256th(ratio) || !within256th(size) {
		return leakyReluFixed(c, in, out, alpha)
	}
	scaled := delegated(in.Code, out.Code, ratio, -128, 127)
	scaledBelow := delegated(in.Code, out.Code, below, -128, 127)
	return func(code int32) int32 {
		if code < in.ZeroPoint {
			return scaledBelow(code)
		}
		return scaled(code)
	}
}

// within256th reports whether the delegate takes a factor of codes.
func within256th(ratio float32) bool { return ratio >= 1.0/256 && ratio <= 128 }

// of256 rounds a factor to 1/256.
func of256(factor float32) int32 { return int32(math.RoundToEven(float64(float32(256 * factor)))) }

func leakyReluFixed(c *checker, in, out tensor, alpha float32) func(code int32) int32 {
	above, ok := kernels.NewMultiplier(float64(float32(in.Scale / out.Scale)))
	size := float32(math.Abs(float64(alpha)))
	below, okBelow := kernels.NewMultiplier(float64(float32(float32(in.Scale*size) / out.Scale)))
	if !ok || !okBelow && alpha != 0 {
		c.fail("input scale %v with alpha %v is not within range of output scale %v", in.Scale, alpha, out.Scale)
	}
	least, most := c.codesOf(out)
	return func(code int32) int32 {
		x := code - in.ZeroPoint
		y := above.ApplySum(x)
		switch {
		case x >= 0:
		case alpha == 0:
			y = 0
		case alpha < 0:
			y = below.ApplySum(-x)
		default:
			y = below.ApplySum(x)
		}
		return min(max(y+out.ZeroPoint, least), most)
	}
}
