package quantise

import "math"

// codes says what the int8 codes of a tensor stand for.
type codes struct {
	scale float32
	zero  int // zero point
}

// input is what the input tensors' codes stand for, pinned to the front end's.
var input = codes{scale: 1.0 / 255, zero: -128}

// logisticOutput is TFLite's rule for LOGISTIC and SOFTMAX.
var logisticOutput = codes{scale: 1.0 / 256, zero: -128}

// tanhOutput is TFLite's rule for TANH.
var tanhOutput = codes{scale: 1.0 / 128}

// minScale stands in for activations that are always 0.
const minScale = 1e-6

// fit returns the codes that cover low to high, 0 being one of them.
func fit(low, high float64) codes {
	low, high = min(low, 0), max(high, 0)
	scale := float32((high - low) / 255)
	if !(scale >= minScale) {
		return codes{scale: minScale, zero: -128}
	}
	zero := math.RoundToEven(-128 - low/float64(scale))
	return codes{scale: scale, zero: int(max(-128, min(zero, 127)))}
}

// notFinerThan returns codes with steps of at least so much.
func (c codes) notFinerThan(scale float32) codes {
	return codes{scale: max(c.scale, scale), zero: c.zero}
}

func (c codes) quantise(x float64) float64 {
	q := math.RoundToEven(x/float64(c.scale)) + float64(c.zero)
	return max(-128, min(q, 127))
}

func (c codes) value(q float64) float64 { return (q - float64(c.zero)) * float64(c.scale) }
