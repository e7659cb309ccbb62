package tflite

import (
	"math"

	"github.com/auscult/auscult/tflite/internal/kernels"
	"github.com/auscult/auscult/tflite/schema"
)

// Logistic is 1 / (1 + exp(-x)).
const Logistic Op = schema.OpLogistic

var logisticDefinition = definition{
	newest: 3, variants: append(elementwise(logisticCodes, logistic), wideSigmoid(false)),
}

func logistic(x float32) float32 { return float32(1 / (1 + math.Exp(-float64(x)))) }

// logisticCodes computes in float64, rounds to float32, and scales and rounds to the nearest code in float32.
func logisticCodes(c *checker, in, out tensor) func(code int32) int32 {
	if c.reference() && (out.Scale != 1.0/256 || out.ZeroPoint != -128) {
		c.fail("output 0 has scale %v and zero point %d, the reference kernel needs 1/256 and -128", out.Scale, out.ZeroPoint)
	}
	inverse := float32(1 / out.Scale)
	return func(code int32) int32 {
		x := float32(float32(code-in.ZeroPoint) * in.Scale)
		var y float32
		switch {
		case x > 100:
			y = 1
		case x < -100:
			y = 0
		default:
			e := math.Exp(float64(x))
			y = float32(e / (1 + e))
		}
		v := float32(float32(y*inverse) + float32(out.ZeroPoint))
		return int32(math.RoundToEven(float64(min(max(v, -128), 127))))
	}
}

// wideSigmoid gives the variant of LOGISTIC, or TANH, on int16.
func wideSigmoid(tanh bool) variant {
	return wideCodes(func(c *checker, in, out tensor) func(code int32) int32 {
		if exponent, ok := powerOfTwo(out.Scale); !ok || exponent != -15 || !tanh && out.Scale != 1.0/32768 {
			c.fail("output 0 has scale %v, needs 1/32768", out.Scale)
		}
		exponent, exact := powerOfTwo(in.Scale)
		left := exponent + 12 // of codes with 3 integer bits
		exact = exact && (left == 0 || tanh && left == 1)
		if exact && !c.reference() {
			return func(code int32) int32 {
				x := int16(min(max(code<<left, math.MinInt16), math.MaxInt16))
				if tanh {
					return int32(kernels.TanhQ(x, 3))
				}
				return int32(kernels.LogisticQ(x, 3))
			}
		}
		if in.Scale > 5 {
			c.fail("input 0 has scale %v, needs 5 or less", in.Scale) // sums of 32 bits would turn over
		}
		return kernels.NewWideSigmoid(in.Scale, max(left, 0), exact, tanh).Code
	})
}
