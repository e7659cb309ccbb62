package tflite

import (
	"math"

	"github.com/auscult/auscult/tflite/internal/kernels"
	"github.com/auscult/auscult/tflite/schema"
)

// Activations that stand by themselves; most are fused into the operator before, see Activation.
const (
	Relu      Op = schema.OpRelu      // max(x, 0)
	Relu6     Op = schema.OpRelu6     // clamp to 0..6
	ReluN1To1 Op = schema.OpReluN1To1 // clamp to -1..1
)

var reluN1To1Definition = definition{newest: 3, variants: elementwise(reluCodes(-1, 1), func(x float32) float32 {
	return min(max(x, -1), 1)
})}

var reluDefinition = definition{newest: 3, variants: append(
	elementwise(reluCodes(0, math.Inf(1)), func(x float32) float32 { return max(x, 0) }),
	wideCodes(reluCodes(0, math.Inf(1))),
)}

var relu6Definition = definition{newest: 3, variants: append(
	elementwise(reluCodes(0, 6), func(x float32) float32 { return min(max(x, 0), 6) }), wideCodes(reluCodes(0, 6)),
)}

// reluCodes follows TFLite's own kernel, to which the delegate leaves these operators: a fixed-point multiplier, then
// the limits, which are rounded with halves away from zero, unlike those of fused activations.
func reluCodes(low, high float64) codeMap {
	return func(c *checker, in, out tensor) func(code int32) int32 {
		multiplier, ok := kernels.NewMultiplier(float64(float32(in.Scale / out.Scale)))
		if !ok {
			c.fail("input scale %v is too large for output scale %v", in.Scale, out.Scale)
		}
		least, most := c.codesOf(out)
		apply := multiplier.Apply
		if most > math.MaxInt8 {
			apply = multiplier.ApplySum
		}
		limit := func(x float64) float64 {
			at := float64(out.ZeroPoint) + math.Round(float64(float32(float32(x)/out.Scale)))
			return min(max(at, float64(least)), float64(most))
		}
		lo, hi := int32(limit(low)), int32(limit(high))
		return func(code int32) int32 {
			return min(max(out.ZeroPoint+apply(code-in.ZeroPoint), lo), hi)
		}
	}
}
