package tflite

import (
	"cmp"
	"fmt"
	"math"

	flatbuffers "github.com/google/flatbuffers/go"

	"github.com/auscult/auscult/tflite/internal/flat"
	"github.com/auscult/auscult/tflite/internal/kernels"
	"github.com/auscult/auscult/tflite/schema"
)

// DepthwiseConv2D is a convolution of each channel by itself.
const DepthwiseConv2D Op = schema.OpDepthwiseConv2D

var depthwiseConv2DDefinition = definition{
	newest:  7,
	options: coded(schema.OptionsDepthwiseConv2D, readDepthwise),
	cost:    func(c *checker) int64 { return count(c.outShape()) * count(c.inShape(1)[1:3]) },
	variants: []variant{
		{output: Int8, least: 3, most: 3, prepare: prepareDepthwise}, // the delegate leaves those without a bias
		{output: Int16, least: 3, most: 3, prepare: prepareWideDepthwise},
		{output: Float32, least: 2, most: 3, prepare: prepareFloatDepthwise},
	},
}

// DepthwiseConv2DOptions belongs to DepthwiseConv2D.
type DepthwiseConv2DOptions struct {
	Padding          Padding
	StrideH, StrideW int
	// DepthMultiplier is output channels per input channel. The file format
	// calls it redundant: where it is 0 the shapes decide.
	DepthMultiplier      int
	DilationH, DilationW int
	Activation           Activation
}

func readDepthwise(t flat.Table) (DepthwiseConv2DOptions, error) {
	return DepthwiseConv2DOptions{
		Padding:         Padding(t.Uint8("padding", schema.DepthwiseConv2DPadding, 0)),
		StrideH:         int(t.Int32("stride_h", schema.DepthwiseConv2DStrideH, 0)),
		StrideW:         int(t.Int32("stride_w", schema.DepthwiseConv2DStrideW, 0)),
		DepthMultiplier: int(t.Int32("depth_multiplier", schema.DepthwiseConv2DDepthMultiplier, 0)),
		DilationH:       int(t.Int32("dilation_h_factor", schema.DepthwiseConv2DDilationH, 1)),
		DilationW:       int(t.Int32("dilation_w_factor", schema.DepthwiseConv2DDilationW, 1)),
		Activation:      Activation(t.Uint8("activation", schema.DepthwiseConv2DActivation, 0)),
	}, nil
}

func (p DepthwiseConv2DOptions) verify() error {
	if p.DepthMultiplier < 0 || int64(p.DepthMultiplier) > math.MaxInt32 {
		return fmt.Errorf("depth multiplier %d", p.DepthMultiplier)
	}
	return cmp.Or(
		verifyExtents("stride", p.StrideH, p.StrideW), verifyExtents("dilation", p.DilationH, p.DilationW),
		p.Padding.verify(), p.Activation.verify())
}

func (p DepthwiseConv2DOptions) write(w *writer) flatbuffers.UOffsetT {
	w.b.StartObject(schema.DepthwiseConv2DFields)
	w.b.PrependInt8Slot(schema.DepthwiseConv2DPadding, int8(p.Padding), 0)
	w.b.PrependInt32Slot(schema.DepthwiseConv2DStrideW, int32(p.StrideW), 0)
	w.b.PrependInt32Slot(schema.DepthwiseConv2DStrideH, int32(p.StrideH), 0)
	w.b.PrependInt32Slot(schema.DepthwiseConv2DDepthMultiplier, int32(p.DepthMultiplier), 0)
	w.b.PrependInt8Slot(schema.DepthwiseConv2DActivation, int8(p.Activation), 0)
	w.b.PrependInt32Slot(schema.DepthwiseConv2DDilationW, int32(p.DilationW), 1)
	w.b.PrependInt32Slot(schema.DepthwiseConv2DDilationH, int32(p.DilationH), 1)
	return w.b.EndObject()
}

var depthwiseWeights = weightInputs{weights: 1, bias: 2, dims: 4, axis: 3}

// depthwiseGeometry checks a depthwise convolution's shapes.
func depthwiseGeometry(c *checker, in, out tensor, weights []int) kernels.Sliding {
	g := kernels.Sliding{In: c.image("input 0", in), Out: c.image("output 0", out)}
	if c.err != nil {
		return g
	}
	channels := weights[3]
	if count(weights) == 0 || weights[0] != 1 || channels%g.In.C != 0 {
		c.fail("input 0 has %d channels, the weights have shape %v", g.In.C, weights)
		return g
	}
	p := c.o.Options.(DepthwiseConv2DOptions)
	if multiplier := channels / g.In.C; p.DepthMultiplier != 0 && p.DepthMultiplier != multiplier {
		c.fail("depth multiplier %d, the shapes say %d", p.DepthMultiplier, multiplier)
		return g
	}
	g.Window = kernels.Window{
		H: weights[1], W: weights[2],
		StrideH: p.StrideH, StrideW: p.StrideW, DilationH: p.DilationH, DilationW: p.DilationW,
	}
	h, w := c.place(&g.Window, p.Padding, g.In)
	c.wantShape(out.shape, g.In.Batch, h, w, channels)
	return g
}

func prepareDepthwise(c *checker) step {
	in, out := c.codesIn(0), c.codesOut()
	mx := c.matrix(depthwiseWeights, in, out, c.o.Options.(DepthwiseConv2DOptions).Activation)
	g := depthwiseGeometry(c, in, out, mx.shape)
	if c.err != nil {
		return step{}
	}
	if g.In.C == 1 {
		if !c.spend(0, int64(len(mx.layer.Weights))) {
			return step{}
		}
		return convStep(c, g, mx.layer.AcrossOne(), in, out)
	}
	bytes, copied := kernels.DepthwiseBytes(c.left.impl, g, mx.layer)
	if !c.affordStaged(0, g.In.Batch, bytes, copied) {
		return step{}
	}
	return stagedStep(kernels.NewDepthwise(c.left.impl, g, mx.layer), out, in)
}

func prepareFloatDepthwise(c *checker) step {
	in, out := c.realsIn(0), c.realsOut()
	mx := c.floatMatrix(depthwiseWeights, c.o.Options.(DepthwiseConv2DOptions).Activation)
	g := depthwiseGeometry(c, in, out, mx.shape)
	if c.err != nil {
		return step{}
	}
	if g.In.C == 1 {
		if !c.spend(0, 4*int64(len(mx.layer.Weights))) {
			return step{}
		}
		return floatConvStep(c, g, mx.layer.AcrossOne(), in, out)
	}
	bytes, copied := kernels.FloatDepthwiseBytes(g)
	if !c.affordStaged(0, g.In.Batch, bytes, copied) {
		return step{}
	}
	return stagedStep(kernels.NewFloatDepthwise(c.left.impl, g, mx.layer), out, in)
}

func prepareWideDepthwise(c *checker) step {
	in, out := c.wideIn(0), c.wideOut()
	mx := c.wideMatrix(depthwiseWeights, in, out, c.o.Options.(DepthwiseConv2DOptions).Activation)
	g := depthwiseGeometry(c, in, out, mx.shape)
	if c.err == nil && c.in(depthwiseWeights.bias).Type != Int64 {
		c.fail("input 2, the bias, is int32: a depthwise layer of int16 needs one of int64")
	}
	if c.err != nil || !c.afford(8*int64(g.Out.C)) {
		return step{}
	}
	return unaryStep(kernels.NewWideDepthwise(g, mx.layer), out, in)
}
