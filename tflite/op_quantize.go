package tflite

import (
	"math"

	"github.com/auscult/auscult/tflite/internal/kernels"
	"github.com/auscult/auscult/tflite/schema"
)

// Changes between numbers and codes.
const (
	Quantize   Op = schema.OpQuantize // from float32, or from one quantisation to another
	Dequantize Op = schema.OpDequantize
)

var quantizeDefinition = definition{newest: 3, variants: []variant{
	{output: Int8, inputs: []Type{Int8}, least: 1, most: 1, prepare: mapCodes(requantized)},
	{output: Int8, inputs: []Type{Float32}, least: 1, most: 1, prepare: prepareQuantize},
}}

var dequantizeDefinition = definition{newest: 6, variants: []variant{
	{output: Float32, inputs: []Type{Int8}, least: 1, most: 1, prepare: prepareDequantize},
}}

func prepareQuantize(c *checker) step {
	in, out := c.realsIn(0), c.codesOut()
	c.wantShape(out.shape, in.shape...)
	if !c.afford(0) {
		return step{}
	}
	return unaryStep(kernels.NewQuantize(out.Code, c.reference()), out, in)
}

// requantized gives the function from one int8 quantisation to another.
func requantized(c *checker, in, out tensor) func(code int32) int32 {
	if c.reference() {
		m, ok := kernels.NewMultiplier(float64(in.Scale) / float64(out.Scale))
		if !ok {
			c.fail("input scale %v is too large for output scale %v", in.Scale, out.Scale)
		}
		return func(code int32) int32 {
			return min(max(m.ApplySum(code-in.ZeroPoint)+out.ZeroPoint, -128), 127)
		}
	}
	ratio := float32(in.Scale / out.Scale)
	// Outside of this range TFLite's own kernel runs, whose rounding depends on an
	// element's place in its vector blocks.
	if ratio < 1.0/256 || ratio > 128 {
		c.fail("input scale %v is %v times the output's, needs 1/256 to 128", in.Scale, ratio)
	}
	// The delegate rounds the ratio to 1/256.
	multiplier := int32(math.RoundToEven(float64(float32(256 * ratio))))
	bias := out.ZeroPoint<<8 - multiplier*in.ZeroPoint + 0x80
	return func(code int32) int32 {
		return min(max((bias+code*multiplier)>>8, -128), 127)
	}
}

func prepareDequantize(c *checker) step {
	in, out := c.codesIn(0), c.realsOut()
	c.wantShape(out.shape, in.shape...)
	if !c.afford(1024) {
		return step{}
	}
	return unaryStep(kernels.NewDequantize(in.Code), out, in)
}
