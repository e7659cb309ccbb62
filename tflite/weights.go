package tflite

import (
	"math"
	"slices"

	"github.com/auscult/auscult/tflite/internal/kernels"
)

// weightInputs says where a layer has its weights and its bias, and how the weights lie.
type weightInputs struct {
	weights, bias int // inputs; the bias may be left out where the operator allows it
	dims          int // of the weights
	axis          int // dimension of the output channels
	// exact is set where TFLite's reference kernel scales sums in float64 rather than in fixed point.
	exact bool
	// fixed is set where TFLite's own kernel computes in either profile.
	fixed bool
}

// maxRequantScale bounds si*sw/so; the XNNPACK delegate leaves larger ones to
// kernels with another arithmetic.
const maxRequantScale = 256

// matrix is the weights and the bias of an int8 layer.
type matrix struct {
	shape []int // of the weights
	layer kernels.Layer
}

// matrix checks an int8 layer's weights and bias.
func (c *checker) matrix(at weightInputs, in, out tensor, act Activation) matrix {
	t := c.layerWeights(at)
	if t == nil {
		return matrix{}
	}
	mx := matrix{t.Shape, kernels.Layer{Weights: view[int8](t.Data), InputZero: int8(in.ZeroPoint)}}
	channels := t.Shape[at.axis]
	// Scale, bias and folded bias of each channel.
	if !c.spend(0, 12*int64(channels)) {
		return matrix{}
	}
	mx.layer.Requant = c.requant(t.Quant.Scales, channels, in, out, act)
	if c.reference() || at.fixed {
		mx.layer.Requant.Min, mx.layer.Requant.Max = c.referenceRange(act, out)
		c.referenceRequant(&mx.layer.Requant, at.exact, t.Quant.Scales, in, out)
	}
	if c.left.flipped[c.o.Inputs[at.weights]] && c.err == nil {
		size := len(t.Data) / max(channels, 1)
		if at.axis != 0 {
			size = len(t.Data) // the channels lie within
		}
		mx.layer.Weights, mx.layer.Parts = c.widened(mx.layer.Weights, int32(t.Quant.ZeroPoints[0]), size)
	}
	for i, zp := range t.Quant.ZeroPoints {
		if zp != 0 && mx.layer.Parts == 0 {
			c.fail("input %d (%.40q), the weights, has zero point %d at %d, needs 0", at.weights, t.Name, zp, i)
		}
	}
	if c.err != nil {
		return matrix{}
	}
	mx.layer.Bias = make([]int32, channels)
	if at.bias < len(c.o.Inputs) {
		c.biases(mx.layer.Bias, at.bias, t.Quant.Scales, in, out)
	}
	return mx
}

// layerWeights gives a layer's weights of int8, or nil where they are none.
func (c *checker) layerWeights(at weightInputs) *Tensor {
	if c.err != nil {
		return nil
	}
	t := c.in(at.weights)
	switch {
	case t.Type != Int8:
		c.fail("input %d (%.40q), the weights, is %v, needs int8", at.weights, t.Name, t.Type)
	case t.Data == nil:
		c.fail("input %d (%.40q), the weights, is not constant", at.weights, t.Name)
	case len(t.Shape) != at.dims:
		c.fail("input %d (%.40q), the weights, has shape %v, needs %d dimensions", at.weights, t.Name, t.Shape, at.dims)
	case t.Quant == nil:
		c.fail("input %d (%.40q), the weights, has no quantisation", at.weights, t.Name)
	case len(t.Quant.Scales) > 1 && t.Quant.Axis != at.axis:
		c.fail("input %d (%.40q), the weights, is quantised along dimension %d, needs %d",
			at.weights, t.Name, t.Quant.Axis, at.axis)
	}
	if c.err != nil {
		return nil
	}
	return t
}

// requant computes the factor of each output channel, and the limits of the codes.
func (c *checker) requant(scales []float32, channels int, in, out tensor, act Activation) kernels.Requant {
	rq := kernels.Requant{Scale: make([]float32, channels), ZeroPoint: out.ZeroPoint}
	rq.Min, rq.Max = c.codeRange(act, out)
	for i := range channels {
		weight := scales[min(i, len(scales)-1)]
		s := float32(float32(in.Scale*weight) / out.Scale)
		if !(s < maxRequantScale) {
			c.fail("output channel %d: the scales %v * %v / %v give %v, needs less than %d",
				i, in.Scale, weight, out.Scale, s, maxRequantScale)
			break
		}
		rq.Scale[i] = s
	}
	return rq
}

// vectorChannels is how many channels TFLite's own kernels compute at once on x86-64; the rest are computed singly.
const vectorChannels = 8

// referenceRequant adds the factors of TFLite's reference kernels.
func (c *checker) referenceRequant(rq *kernels.Requant, exact bool, scales []float32, in, out tensor) {
	if !c.spend(0, 8*int64(len(rq.Scale))) {
		return
	}
	switch {
	case c.reference():
	case c.left.flipped[out.index]:
		rq.Upward = len(rq.Scale) // codes of uint8 are computed in one go, but for 15 or fewer at the image's end
	default:
		rq.Upward = len(rq.Scale) / vectorChannels * vectorChannels
	}
	for i := range rq.Scale {
		weight := scales[min(i, len(scales)-1)]
		factor := float64(float64(in.Scale)*float64(weight)) / float64(out.Scale)
		if exact {
			rq.Double = append(rq.Double, factor)
			continue
		}
		m, ok := kernels.NewMultiplier(factor)
		if !ok {
			c.fail("output channel %d: the scales %v * %v / %v are not within range", i, in.Scale, weight, out.Scale)
			return
		}
		rq.Fixed = append(rq.Fixed, m)
	}
}

// biases fills in the bias. Its scale is by definition input times weight scale;
// one that differs so much that it would show in the output is an error.
func (c *checker) biases(dst []int32, j int, weightScales []float32, in, out tensor) {
	c.biasShape(j, len(dst), Int32)
	c.biasScales(j, weightScales, in, out)
	if c.err == nil {
		copy(dst, int32s(c.in(j).Data))
	}
}

// biasShape checks the bias's shape, for so many output channels, and its type.
func (c *checker) biasShape(j, channels int, types ...Type) {
	t := c.in(j)
	switch n, _ := elements(t.Shape); {
	case !slices.Contains(types, t.Type) && len(types) == 1:
		c.fail("input %d (%.40q), the bias, is %v: this program runs int8 models with int32 biases only", j, t.Name, t.Type)
	case !slices.Contains(types, t.Type):
		c.fail("input %d (%.40q), the bias, is %v, needs %v", j, t.Name, t.Type, types)
	case t.Data == nil:
		c.fail("input %d (%.40q), the bias, is not constant", j, t.Name)
	case len(t.Shape) != 1 || n != channels:
		c.fail("input %d (%.40q), the bias, has shape %v for %d output channels", j, t.Name, t.Shape, channels)
	case t.Quant == nil:
		c.fail("input %d (%.40q), the bias, has no quantisation", j, t.Name)
	}
}

// biasScales checks the bias's quantisation.
func (c *checker) biasScales(j int, weightScales []float32, in, out tensor) {
	if c.err != nil {
		return
	}
	t := c.in(j)
	for i, s := range t.Quant.Scales {
		if c.out().Type == Int16 && c.o.Op != FullyConnected {
			break // LiteRT does not look at it
		}
		want := float64(in.Scale) * float64(weightScales[min(i, len(weightScales)-1)])
		if math.Abs(want-float64(s)) > maxBiasScaleError*float64(out.Scale) {
			c.fail("input %d (%.40q), the bias, has scale %v at %d, input times weight scale is %v", j, t.Name, s, i, want)
			return
		}
		if zp := t.Quant.ZeroPoints[i]; zp != 0 {
			c.fail("input %d (%.40q), the bias, has zero point %d at %d, needs 0", j, t.Name, zp, i)
			return
		}
	}
}

// maxBiasScaleError is the error of a bias's scale, in output codes a step, from
// which TFLite refuses a dense layer.
const maxBiasScaleError = 0.02

// floatMatrix is the weights and the bias of a float32 layer, and its fused activation's limits.
type floatMatrix struct {
	shape []int
	layer kernels.FloatLayer
}

// floatMatrix checks a float32 layer's weights and bias; the bias is zeros where it is left out.
func (c *checker) floatMatrix(at weightInputs, act Activation) floatMatrix {
	mx := floatMatrix{layer: kernels.FloatLayer{Weights: c.floatWeights(at.weights)}}
	if c.err != nil {
		return floatMatrix{}
	}
	mx.shape = c.inShape(at.weights)
	if len(mx.shape) != at.dims {
		c.fail("input %d, the weights, has shape %v, needs %d dimensions", at.weights, mx.shape, at.dims)
		return floatMatrix{}
	}
	channels := mx.shape[at.axis]
	if at.bias < len(c.o.Inputs) {
		mx.layer.Bias = c.constantReals(at.bias)
	} else if c.spend(0, 4*int64(channels)) {
		mx.layer.Bias = make([]float32, channels)
	}
	if c.err == nil && len(mx.layer.Bias) != channels {
		c.fail("input %d, the bias, has %d values for %d output channels", at.bias, len(mx.layer.Bias), channels)
	}
	mx.layer.Min, mx.layer.Max = c.floatRange(act)
	return mx
}

// floatWeights decodes weights of float32, or those that the converter quantised to int8 while activations stayed
// float32 (dynamic range quantisation). LiteRT quantises activations too, anew in each inference, and is the less
// exact for it.
func (c *checker) floatWeights(j int) []float32 {
	if c.err != nil {
		return nil
	}
	t := c.in(j)
	if t.Type != Int8 {
		return c.constantReals(j)
	}
	switch {
	case len(t.Data) == 0:
		c.fail("input %d (%.40q), the weights, is not constant", j, t.Name)
	case t.Quant == nil:
		c.fail("input %d (%.40q), the weights, has no quantisation", j, t.Name)
	}
	if !c.spend(0, 4*int64(len(t.Data))) {
		return nil
	}
	q, inner := t.Quant, 1
	if len(q.Scales) > 1 {
		inner = int(count(t.Shape[q.Axis+1:]))
	}
	values := make([]float32, len(t.Data))
	for i, code := range t.Data {
		channel := i / inner % len(q.Scales)
		values[i] = float32(q.Scales[channel] * float32(int64(int8(code))-q.ZeroPoints[channel]))
	}
	return values
}
