package tflite

import (
	"math"

	"github.com/auscult/auscult/tflite/schema"
)

// Logistic is 1 / (1 + exp(-x)).
const Logistic Op = schema.OpLogistic

var logisticDefinition = definition{newest: 3, variants: elementwise(logisticCodes, logistic)}

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
