package tflite

import (
	"cmp"

	flatbuffers "github.com/google/flatbuffers/go"

	"github.com/auscult/auscult/tflite/internal/flat"
	"github.com/auscult/auscult/tflite/internal/kernels"
	"github.com/auscult/auscult/tflite/schema"
)

// Pooling: one element for the positions that a window sees, in each channel.
const (
	AveragePool2D Op = schema.OpAveragePool2D // their mean
	MaxPool2D     Op = schema.OpMaxPool2D     // the largest
)

var maxPool2DDefinition = definition{
	newest:  3,
	options: coded(schema.OptionsPool2D, readPool2D),
	cost:    poolCost,
	variants: []variant{
		{output: Int8, least: 1, most: 1, prepare: prepareMaxPool},
		{output: Int16, least: 1, most: 1, prepare: func(c *checker) step { return prepareWidePool(c, true) }},
		{output: Float32, least: 1, most: 1, prepare: prepareFloatMaxPool},
	},
}

var averagePool2DDefinition = definition{
	newest:  3,
	options: coded(schema.OptionsPool2D, readPool2D),
	cost:    poolCost,
	variants: []variant{
		{output: Int8, least: 1, most: 1, prepare: prepareAveragePool},
		{output: Int16, least: 1, most: 1, prepare: func(c *checker) step { return prepareWidePool(c, false) }},
		{output: Float32, least: 1, most: 1, prepare: prepareFloatAveragePool},
	},
}

// Pool2DOptions belongs to AveragePool2D and MaxPool2D.
type Pool2DOptions struct {
	Padding          Padding
	StrideH, StrideW int
	FilterH, FilterW int
	Activation       Activation
}

func readPool2D(t flat.Table) (Pool2DOptions, error) {
	return Pool2DOptions{
		Padding:    Padding(t.Uint8("padding", schema.Pool2DPadding, 0)),
		StrideH:    int(t.Int32("stride_h", schema.Pool2DStrideH, 0)),
		StrideW:    int(t.Int32("stride_w", schema.Pool2DStrideW, 0)),
		FilterH:    int(t.Int32("filter_height", schema.Pool2DFilterHeight, 0)),
		FilterW:    int(t.Int32("filter_width", schema.Pool2DFilterWidth, 0)),
		Activation: Activation(t.Uint8("activation", schema.Pool2DActivation, 0)),
	}, nil
}

func (p Pool2DOptions) verify() error {
	return cmp.Or(
		verifyExtents("stride", p.StrideH, p.StrideW), verifyExtents("window", p.FilterH, p.FilterW),
		p.Padding.verify(), p.Activation.verify())
}

func (p Pool2DOptions) write(w *writer) flatbuffers.UOffsetT {
	w.b.StartObject(schema.Pool2DFields)
	w.b.PrependInt8Slot(schema.Pool2DPadding, int8(p.Padding), 0)
	w.b.PrependInt32Slot(schema.Pool2DStrideW, int32(p.StrideW), 0)
	w.b.PrependInt32Slot(schema.Pool2DStrideH, int32(p.StrideH), 0)
	w.b.PrependInt32Slot(schema.Pool2DFilterWidth, int32(p.FilterW), 0)
	w.b.PrependInt32Slot(schema.Pool2DFilterHeight, int32(p.FilterH), 0)
	w.b.PrependInt8Slot(schema.Pool2DActivation, int8(p.Activation), 0)
	return w.b.EndObject()
}

// poolCost counts additions. A window reaches at most the whole input.
func poolCost(c *checker) int64 {
	p, in := c.o.Options.(Pool2DOptions), c.inShape(0)
	return count(c.outShape()) * int64(min(p.FilterH, in[1])) * int64(min(p.FilterW, in[2]))
}

// poolGeometry checks a pooling's shapes.
func poolGeometry(c *checker, in, out tensor) kernels.Sliding {
	g := kernels.Sliding{In: c.image("input 0", in), Out: c.image("output 0", out)}
	if c.err != nil {
		return g
	}
	p := c.o.Options.(Pool2DOptions)
	g.Window = kernels.Window{
		H: p.FilterH, W: p.FilterW, StrideH: p.StrideH, StrideW: p.StrideW, DilationH: 1, DilationW: 1,
	}
	h, w := c.place(&g.Window, p.Padding, g.In)
	c.wantShape(out.shape, g.In.Batch, h, w, g.In.C)
	return g
}

func prepareAveragePool(c *checker) step {
	in, out := c.codesIn(0), c.codesOut()
	c.sameMeaning("input 0", in, out)
	g := poolGeometry(c, in, out)
	lo, hi := c.referenceRange(c.o.Options.(Pool2DOptions).Activation, out)
	if c.err != nil || !c.afford(kernels.PoolBytes(g)) {
		return step{}
	}
	limits := kernels.PoolLimits{Min: lo, Max: hi}
	return unaryStep(kernels.NewAveragePool(c.left.impl, g, limits, c.left.flipped[in.index]), out, in)
}

func prepareFloatAveragePool(c *checker) step {
	in, out := c.realsIn(0), c.realsOut()
	g := poolGeometry(c, in, out)
	lo, hi := c.floatRange(c.o.Options.(Pool2DOptions).Activation)
	if c.err != nil || !c.afford(kernels.PoolBytes(g)) {
		return step{}
	}
	return unaryStep(kernels.NewFloatAveragePool(c.left.impl, g, lo, hi), out, in)
}

func prepareMaxPool(c *checker) step {
	in, out := c.codesIn(0), c.codesOut()
	c.sameMeaning("input 0", in, out)
	g := poolGeometry(c, in, out)
	lo, hi := c.codeRange(c.o.Options.(Pool2DOptions).Activation, out)
	if c.err != nil || !c.afford(kernels.PoolBytes(g)) {
		return step{}
	}
	return unaryStep(kernels.NewMaxPool(c.left.impl, g, kernels.PoolLimits{Min: lo, Max: hi}), out, in)
}

func prepareFloatMaxPool(c *checker) step {
	in, out := c.realsIn(0), c.realsOut()
	g := poolGeometry(c, in, out)
	lo, hi := c.floatRange(c.o.Options.(Pool2DOptions).Activation)
	if c.err != nil || !c.afford(kernels.PoolBytes(g)) {
		return step{}
	}
	return unaryStep(kernels.NewFloatMaxPool(c.left.impl, g, lo, hi), out, in)
}

func prepareWidePool(c *checker, largest bool) step {
	in, out := c.wideIn(0), c.wideOut()
	c.sameMeaning("input 0", in, out)
	g := poolGeometry(c, in, out)
	lo, hi := c.referenceRange(c.o.Options.(Pool2DOptions).Activation, out)
	if c.err != nil || !c.afford(4*int64(g.Out.C)) {
		return step{}
	}
	return unaryStep(kernels.NewWidePool(g, kernels.PoolLimits{Min: lo, Max: hi}, largest), out, in)
}
