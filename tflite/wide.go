package tflite

import (
	"encoding/binary"
	"fmt"
	"math"

	"github.com/auscult/auscult/tflite/internal/kernels"
)

// Activations of int16 with weights of int8 (16x8), as converters make where 8 bits are too few. LiteRT computes them
// by its own kernels in either profile; all zero points are 0.

// wide gives an activation tensor of int16.
func (c *checker) wide(what string, index int) tensor {
	t := c.codesAs(Int16, what, index)
	if c.err == nil && t.ZeroPoint != 0 {
		c.fail("%s (%.40q) has zero point %d: int16 needs 0", what, c.m.Tensors[index].Name, t.ZeroPoint)
	}
	return t
}

// wideIn gives input j, of int16.
func (c *checker) wideIn(j int) tensor {
	if c.err != nil {
		return tensor{}
	}
	return c.wide(fmt.Sprintf("input %d", j), c.o.Inputs[j])
}

// wideOut gives the output, of int16.
func (c *checker) wideOut() tensor {
	if c.err != nil {
		return tensor{}
	}
	return c.wide("output 0", c.o.Outputs[0])
}

// widePair is pair for int16.
func (c *checker) widePair() (a, b, out tensor) {
	a, b, out = c.wideIn(0), c.wideIn(1), c.wideOut()
	c.wantBroadcast(out, a, b)
	return a, b, out
}

// wideCodes gives the variant of an operator that maps each code of int16.
func wideCodes(codes codeMap) variant {
	return variant{output: Int16, least: 1, most: 1, prepare: func(c *checker) step {
		in, out := c.wideIn(0), c.wideOut()
		c.wantShape(out.shape, in.shape...)
		if c.err != nil {
			return step{}
		}
		f := codes(c, in, out)
		if !c.afford(0) {
			return step{}
		}
		return unaryStep(kernels.WideMap(f), out, in)
	}}
}

// wideCurve gives the variant of an operator that TFLite's own kernel tabulates for int16.
func wideCurve(f func(out tensor, x float32) float32) variant {
	return wideCodes(func(c *checker, in, out tensor) func(code int32) int32 {
		if !c.spend(0, curveBytes) {
			return nil
		}
		lowest, highest := float32(in.Scale*math.MinInt16), float32(in.Scale*math.MaxInt16)
		curve := kernels.NewCurve(lowest, highest, out.Scale, func(x float32) float32 { return f(out, x) })
		return func(code int32) int32 { return int32(curve.Code(int16(code))) }
	})
}

// curveBytes is the memory of a kernels.Curve.
const curveBytes = 1026

// wideMatrix is the weights and the bias of a layer of int16.
type wideMatrix struct {
	shape []int // of the weights
	layer kernels.WideLayer
}

// wideMatrix checks the weights and the bias of a layer of int16.
func (c *checker) wideMatrix(at weightInputs, in, out tensor, act Activation) wideMatrix {
	t := c.layerWeights(at)
	if t == nil {
		return wideMatrix{}
	}
	mx := wideMatrix{shape: t.Shape, layer: kernels.WideLayer{Weights: view[int8](t.Data)}}
	for i, zp := range t.Quant.ZeroPoints {
		if zp != 0 {
			c.fail("input %d (%.40q), the weights, has zero point %d at %d, needs 0", at.weights, t.Name, zp, i)
		}
	}
	channels := t.Shape[at.axis]
	if !c.spend(0, 16*int64(channels)) { // bias and factor of each
		return wideMatrix{}
	}
	mx.layer.Bias = make([]int64, channels)
	rq := &mx.layer.Requant
	rq.Min, rq.Max = c.referenceRange(act, out)
	hasBias := c.has(at.bias)
	if hasBias {
		c.biasShape(at.bias, channels, Int32, Int64)
	}
	if c.err != nil {
		return wideMatrix{}
	}
	if hasBias {
		c.biasScales(at.bias, t.Quant.Scales, in, out)
		wideInts(mx.layer.Bias, c.in(at.bias))
	}
	rq.Narrow = c.narrowSums(at, hasBias)
	switch {
	case !rq.Narrow || c.reference():
	case c.o.Op == TransposeConv:
		rq.Upward = channels / vectorChannels * vectorChannels
	default:
		rq.Upward = channels
	}
	c.wideFactors(rq, at.exact && rq.Upward == 0, t.Quant.Scales, channels, in, out)
	return mx
}

// narrowSums reports whether sums have 32 bits: where the options say so, or for a dense layer without a bias of int64.
// LiteRT takes a bias of int32 for one of int64 where options do not say what it is; here it is what its type says.
func (c *checker) narrowSums(at weightInputs, hasBias bool) bool {
	var says Type
	switch p := c.o.Options.(type) {
	case Conv2DOptions:
		says = p.BiasType
	case TransposeConvOptions:
		says = p.BiasType
	case FullyConnectedOptions:
		if says = p.BiasType; says == Float32 && (!hasBias || c.in(at.bias).Type == Int32) {
			return true
		}
	}
	if says != Float32 && (says != Int32 && says != Int64 || hasBias && c.in(at.bias).Type != says) {
		c.fail("the options call the bias %v", says)
	}
	return says == Int32
}

// wideFactors computes the factor of each output channel.
func (c *checker) wideFactors(rq *kernels.WideRequant, exact bool, scales []float32, channels int, in, out tensor) {
	for i := range channels {
		weight := scales[min(i, len(scales)-1)]
		factor := float64(float64(in.Scale)*float64(weight)) / float64(out.Scale)
		if exact {
			rq.Double = append(rq.Double, factor)
			continue
		}
		m, ok := kernels.NewMultiplier(factor)
		if !ok || !rq.Narrow && !m.Narrow() {
			c.fail("output channel %d: the scales %v * %v / %v are not within range", i, in.Scale, weight, out.Scale)
			return
		}
		rq.Fixed = append(rq.Fixed, m)
	}
}

// wideInts decodes a bias of int32 or int64.
func wideInts(dst []int64, t *Tensor) {
	for i := range dst {
		if t.Type == Int32 {
			dst[i] = int64(int32(binary.LittleEndian.Uint32(t.Data[4*i:])))
		} else {
			dst[i] = int64(binary.LittleEndian.Uint64(t.Data[8*i:]))
		}
	}
}

// powerOfTwo gives the exponent of a scale that TFLite takes for a power of two.
func powerOfTwo(scale float32) (exponent int, ok bool) {
	log := float64(float32(float32(math.Log(float64(scale))) * float32(1/math.Ln2)))
	nearest := math.Round(log)
	return int(nearest), math.Abs(float64(float32(log-nearest))) < 1e-3
}
