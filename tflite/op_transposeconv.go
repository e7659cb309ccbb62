package tflite

import (
	"cmp"

	flatbuffers "github.com/google/flatbuffers/go"

	"github.com/auscult/auscult/tflite/internal/flat"
	"github.com/auscult/auscult/tflite/internal/kernels"
	"github.com/auscult/auscult/tflite/schema"
)

// TransposeConv spreads each position of an image over a window of a larger one. Its inputs are the output's shape,
// the weights, the image and the bias.
const TransposeConv Op = schema.OpTransposeConv

var transposeConvDefinition = definition{
	newest:  5,
	options: coded(schema.OptionsTransposeConv, readTransposeConv),
	cost:    func(c *checker) int64 { return count(c.inShape(2)) * count(c.inShape(1)[:3]) },
	variants: []variant{
		{output: Int8, least: 3, most: 4, prepare: prepareTransposeConv},
		{output: Int16, least: 3, most: 4, prepare: prepareWideTransposeConv},
		{output: Float32, least: 3, most: 4, prepare: prepareFloatTransposeConv},
	},
}

// TransposeConvOptions belongs to TransposeConv.
type TransposeConvOptions struct {
	Padding          Padding
	StrideH, StrideW int
	Activation       Activation
	BiasType         Type // of int16: that of the bias and of sums, Float32 where it is not said
}

func readTransposeConv(t flat.Table) (TransposeConvOptions, error) {
	return TransposeConvOptions{
		Padding:    Padding(t.Uint8("padding", schema.TransposeConvPadding, 0)),
		StrideH:    int(t.Int32("stride_h", schema.TransposeConvStrideH, 0)),
		StrideW:    int(t.Int32("stride_w", schema.TransposeConvStrideW, 0)),
		Activation: Activation(t.Uint8("activation", schema.TransposeConvActivation, 0)),
		BiasType:   Type(int8(t.Uint8("quantized_bias_type", schema.TransposeConvBiasType, 0))),
	}, nil
}

func (p TransposeConvOptions) verify() error {
	return cmp.Or(verifyExtents("stride", p.StrideH, p.StrideW), p.Padding.verify(), p.Activation.verify())
}

func (p TransposeConvOptions) write(w *writer) flatbuffers.UOffsetT {
	w.b.StartObject(schema.TransposeConvFields)
	w.b.PrependInt8Slot(schema.TransposeConvPadding, int8(p.Padding), 0)
	w.b.PrependInt32Slot(schema.TransposeConvStrideW, int32(p.StrideW), 0)
	w.b.PrependInt32Slot(schema.TransposeConvStrideH, int32(p.StrideH), 0)
	w.b.PrependInt8Slot(schema.TransposeConvBiasType, int8(p.BiasType), 0)
	w.b.PrependInt8Slot(schema.TransposeConvActivation, int8(p.Activation), 0)
	return w.b.EndObject()
}

var transposeConvWeights = weightInputs{weights: 1, bias: 3, dims: 4, axis: 0}

// transposeConvGeometry checks a transposed convolution's shapes.
func transposeConvGeometry(c *checker, in, out tensor, weights []int) kernels.Sliding {
	g := kernels.Sliding{In: c.image("input 2", in), Out: c.image("output 0", out)}
	want := c.constantInts(0)
	if c.err != nil {
		return g
	}
	if count(weights) == 0 || weights[3] != g.In.C {
		c.fail("input 2 has %d channels, the weights have shape %v", g.In.C, weights)
		return g
	}
	if len(want) != 4 {
		c.fail("input 0, the output shape, has %d values, needs 4", len(want))
		return g
	}
	c.wantShape(out.shape, want...)
	c.wantShape(out.shape, g.In.Batch, want[1], want[2], weights[0])
	if c.err != nil {
		return g
	}
	p := c.o.Options.(TransposeConvOptions)
	g.Window = kernels.Window{
		H: weights[1], W: weights[2], StrideH: p.StrideH, StrideW: p.StrideW, DilationH: 1, DilationW: 1,
	}
	if p.Padding == Same && (g.H < p.StrideH || g.W < p.StrideW) {
		c.fail("strides %dx%d exceed the kernel %dx%d with SAME padding", p.StrideH, p.StrideW, g.H, g.W)
		return g
	}
	// The input is what a convolution with these options would make of the output.
	h, w := c.place(&g.Window, p.Padding, g.Out)
	if h != g.In.H || w != g.In.W {
		c.fail("input 2 is %dx%d, an output of %dx%d needs %dx%d", g.In.H, g.In.W, g.Out.H, g.Out.W, h, w)
	}
	return g
}

func prepareTransposeConv(c *checker) step {
	in, out := c.codesIn(2), c.codesOut()
	weights, impl := transposeConvWeights, c.left.impl
	if c.left.folded[c.o.Inputs[0]] {
		// The delegate leaves those whose shape the model computes.
		weights.fixed = true
	}
	mx := c.matrix(weights, in, out, c.o.Options.(TransposeConvOptions).Activation)
	g := transposeConvGeometry(c, in, out, mx.shape)
	if c.err != nil {
		return step{}
	}
	bytes, copied := kernels.TransposeConvBytes(impl, g, mx.layer)
	if !c.affordStaged(int64(out.n), g.In.Batch, bytes, copied) {
		return step{}
	}
	return stagedStep(kernels.NewTransposeConv(impl, g, mx.layer), out, in)
}

func prepareFloatTransposeConv(c *checker) step {
	in, out := c.realsIn(2), c.realsOut()
	mx := c.floatMatrix(transposeConvWeights, c.o.Options.(TransposeConvOptions).Activation)
	g := transposeConvGeometry(c, in, out, mx.shape)
	if c.err != nil {
		return step{}
	}
	bytes, copied := kernels.FloatTransposeConvBytes(c.left.impl, g)
	if !c.affordStaged(int64(out.n), g.In.Batch, bytes, copied) {
		return step{}
	}
	return stagedStep(kernels.NewFloatTransposeConv(c.left.impl, g, mx.layer), out, in)
}

func prepareWideTransposeConv(c *checker) step {
	in, out := c.wideIn(2), c.wideOut()
	mx := c.wideMatrix(transposeConvWeights, in, out, c.o.Options.(TransposeConvOptions).Activation)
	g := transposeConvGeometry(c, in, out, mx.shape)
	if c.err != nil || !c.affordMore(int64(out.n), kernels.WideTransposeConvBytes(g)) {
		return step{}
	}
	return unaryStep(kernels.NewWideTransposeConv(g, mx.layer), out, in)
}
