package tflite

import (
	"cmp"
	"unsafe"

	flatbuffers "github.com/google/flatbuffers/go"

	"github.com/auscult/auscult/tflite/internal/flat"
	"github.com/auscult/auscult/tflite/internal/kernels"
	"github.com/auscult/auscult/tflite/schema"
)

// Conv2D slides a window over an image and multiplies what it sees with a matrix of weights.
const Conv2D Op = schema.OpConv2D

var conv2DDefinition = definition{
	newest:  8,
	options: coded(schema.OptionsConv2D, readConv2D),
	cost: func(c *checker) int64 {
		w, x := c.inShape(1), c.inShape(0)
		return count(c.outShape()) * count(w[1:3]) * int64(max(w[3], x[len(x)-1])) // in groups too, see ungrouped
	},
	variants: []variant{
		{output: Int8, least: 3, most: 3, prepare: prepareConv}, // the delegate leaves those without a bias
		{output: Int16, least: 3, most: 3, prepare: prepareWideConv},
		{output: Float32, least: 2, most: 3, prepare: prepareFloatConv},
	},
}

// Conv2DOptions belongs to Conv2D. Strides and dilations are 1 or more.
type Conv2DOptions struct {
	Padding              Padding
	StrideH, StrideW     int
	DilationH, DilationW int
	Activation           Activation
	BiasType             Type // of int16: that of the bias and of sums, Float32 where it is not said
}

func readConv2D(t flat.Table) (Conv2DOptions, error) {
	return Conv2DOptions{
		Padding:    Padding(t.Uint8("padding", schema.Conv2DPadding, 0)),
		StrideH:    int(t.Int32("stride_h", schema.Conv2DStrideH, 0)),
		StrideW:    int(t.Int32("stride_w", schema.Conv2DStrideW, 0)),
		DilationH:  int(t.Int32("dilation_h_factor", schema.Conv2DDilationH, 1)),
		DilationW:  int(t.Int32("dilation_w_factor", schema.Conv2DDilationW, 1)),
		Activation: Activation(t.Uint8("activation", schema.Conv2DActivation, 0)),
		BiasType:   Type(int8(t.Uint8("quantized_bias_type", schema.Conv2DBiasType, 0))),
	}, nil
}

func (p Conv2DOptions) verify() error {
	return cmp.Or(
		verifyExtents("stride", p.StrideH, p.StrideW), verifyExtents("dilation", p.DilationH, p.DilationW),
		p.Padding.verify(), p.Activation.verify())
}

func (p Conv2DOptions) write(w *writer) flatbuffers.UOffsetT {
	w.b.StartObject(schema.Conv2DFields)
	w.b.PrependInt8Slot(schema.Conv2DPadding, int8(p.Padding), 0)
	w.b.PrependInt32Slot(schema.Conv2DStrideW, int32(p.StrideW), 0)
	w.b.PrependInt32Slot(schema.Conv2DStrideH, int32(p.StrideH), 0)
	w.b.PrependInt8Slot(schema.Conv2DActivation, int8(p.Activation), 0)
	w.b.PrependInt32Slot(schema.Conv2DDilationW, int32(p.DilationW), 1)
	w.b.PrependInt32Slot(schema.Conv2DDilationH, int32(p.DilationH), 1)
	w.b.PrependInt8Slot(schema.Conv2DBiasType, int8(p.BiasType), 0)
	return w.b.EndObject()
}

var convWeights = weightInputs{weights: 1, bias: 2, dims: 4, axis: 0}

// convGeometry checks a convolution's shapes.
func convGeometry(c *checker, in, out tensor, weights []int) kernels.Sliding {
	g := kernels.Sliding{In: c.image("input 0", in), Out: c.image("output 0", out)}
	if c.err != nil {
		return g
	}
	if count(weights) == 0 || g.In.C == 0 || g.In.C%weights[3] != 0 || weights[0]%(g.In.C/weights[3]) != 0 {
		c.fail("input 0 has %d channels, the weights have shape %v", g.In.C, weights)
		return g
	}
	p := c.o.Options.(Conv2DOptions)
	g.Window = kernels.Window{
		H: weights[1], W: weights[2],
		StrideH: p.StrideH, StrideW: p.StrideW, DilationH: p.DilationH, DilationW: p.DilationW,
	}
	h, w := c.place(&g.Window, p.Padding, g.In)
	c.wantShape(out.shape, g.In.Batch, h, w, weights[0])
	return g
}

// ungrouped gives a convolution whose outputs each see a group of the channels weights for all of them: 0 for those of
// other groups. That adds nothing to any sum, and takes as long as a convolution without groups.
func ungrouped[T int8 | float32](c *checker, weights []T, shape []int, channels int) []T {
	if c.err != nil || shape[3] == channels {
		return weights
	}
	var element T
	each := shape[0] / (channels / shape[3]) // outputs of a group
	size := count(shape[:3]) * int64(channels)
	if !c.spend(0, size*int64(unsafe.Sizeof(element))) {
		return nil
	}
	all := make([]T, size)
	for row := range len(weights) / shape[3] {
		group := row / (shape[1] * shape[2]) / each
		copy(all[row*channels+group*shape[3]:], weights[row*shape[3]:(row+1)*shape[3]])
	}
	return all
}

func prepareConv(c *checker) step {
	in, out := c.codesIn(0), c.codesOut()
	mx := c.matrix(convWeights, in, out, c.o.Options.(Conv2DOptions).Activation)
	g := convGeometry(c, in, out, mx.shape)
	if c.err == nil && mx.layer.Parts > 0 && mx.shape[3] < g.In.C {
		c.fail("weights of uint8 are for %d of %d channels: groups need weights of int8", mx.shape[3], g.In.C)
	}
	mx.layer.Weights = ungrouped(c, mx.layer.Weights, mx.shape, g.In.C)
	return convStep(c, g, mx.layer, in, out)
}

// convStep makes the step of a convolution whose geometry was checked.
func convStep(c *checker, g kernels.Sliding, l kernels.Layer, in, out tensor) step {
	if c.err != nil {
		return step{}
	}
	bytes, copied := kernels.ConvBytes(c.left.impl, g, l)
	if !c.affordStaged(0, g.In.Batch, bytes, copied) {
		return step{}
	}
	return stagedStep(kernels.NewConv(c.left.impl, g, l), out, in)
}

func prepareFloatConv(c *checker) step {
	in, out := c.realsIn(0), c.realsOut()
	mx := c.floatMatrix(convWeights, c.o.Options.(Conv2DOptions).Activation)
	g := convGeometry(c, in, out, mx.shape)
	mx.layer.Weights = ungrouped(c, mx.layer.Weights, mx.shape, g.In.C)
	return floatConvStep(c, g, mx.layer, in, out)
}

// floatConvStep is convStep for float32.
func floatConvStep(c *checker, g kernels.Sliding, l kernels.FloatLayer, in, out tensor) step {
	if c.err != nil {
		return step{}
	}
	bytes, copied := kernels.FloatConvBytes(c.left.impl, g)
	if !c.affordStaged(0, g.In.Batch, bytes, copied) {
		return step{}
	}
	return stagedStep(kernels.NewFloatConv(c.left.impl, g, l), out, in)
}

func prepareWideConv(c *checker) step {
	in, out := c.wideIn(0), c.wideOut()
	mx := c.wideMatrix(convWeights, in, out, c.o.Options.(Conv2DOptions).Activation)
	g := convGeometry(c, in, out, mx.shape)
	if c.err == nil && mx.shape[3] < g.In.C {
		mx.layer.Requant.Upward = 0 // LiteRT leaves groups to the reference kernel
	}
	mx.layer.Weights = ungrouped(c, mx.layer.Weights, mx.shape, g.In.C)
	if c.err != nil || !c.afford(24*int64(kernels.WideSegments(g))) {
		return step{}
	}
	return unaryStep(kernels.NewWideConv(g, mx.layer), out, in)
}
