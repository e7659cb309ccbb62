package tflite

import (
	"math"

	"github.com/auscult/auscult/tflite/schema"
)

// Exp is the exponential.
const Exp Op = schema.OpExp

var expDefinition = definition{newest: 2, variants: append(elementwise(expCodes, exp), wideCurve(wideExp))}

func wideExp(_ tensor, x float32) float32 { return exp(x) }

func exp(x float32) float32 { return float32(math.Exp(float64(x))) }

// expCodes computes in float32, as TFLite's own kernel does, to which the delegate leaves EXP.
func expCodes(_ *checker, in, out tensor) func(code int32) int32 {
	inverse := float32(1 / out.Scale)
	return func(code int32) int32 {
		y := exp(float32(in.Scale * float32(code-in.ZeroPoint)))
		v := math.Round(float64(float32(y * inverse)))
		return int32(min(max(v+float64(out.ZeroPoint), -128), 127))
	}
}
