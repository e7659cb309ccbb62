package tflite

import (
	"encoding/binary"
	"math"

	"github.com/auscult/auscult/tflite/internal/kernels"
)

// floats is a tensor of float32 that is computed.
type floats struct {
	index int
	shape []int
	n     int
}

func (c *checker) floats(what string, index int) floats {
	if c.err != nil {
		return floats{}
	}
	n := c.float(what, index)
	return floats{index, c.m.Tensors[index].Shape, n}
}

// constantFloats decodes weights or a bias.
func (c *checker) constantFloats(j int) []float32 {
	if c.err != nil {
		return nil
	}
	t := &c.m.Tensors[c.o.Inputs[j]]
	if t.Type != Float32 || t.Data == nil || len(t.Data) == 0 {
		c.fail("input %d (%.40q) is %v, needs constant float32", j, t.Name, t.Type)
		return nil
	}
	if !c.afford(0, int64(len(t.Data))) {
		return nil
	}
	values := make([]float32, len(t.Data)/4)
	for i := range values {
		values[i] = math.Float32frombits(binary.LittleEndian.Uint32(t.Data[4*i:]))
	}
	return values
}

// floatOperator checks an operator whose output is float32.
func (c *checker) floatOperator() step {
	switch c.o.Op {
	case FullyConnected:
		return c.floatDense()
	case Conv2D, DepthwiseConv2D:
		return c.floatConv()
	case TransposeConv:
		return c.floatTransposeConv()
	case Exp, Logistic, Relu, Relu6:
		return c.floatElements()
	case Add, Mul, Sub:
		return c.floatPairs()
	case AveragePool2D:
		return c.floatAveragePool2D()
	case Softmax:
		return c.floatSoftmax()
	case Reshape:
		return c.reshape()
	case Tile:
		return c.tile()
	case Pad:
		return c.pad()
	}
	c.fail("the operator is not supported for float32")
	return step{}
}

// floatRange gives the limits of a fused activation.
func (c *checker) floatRange(a Activation) (lo, hi float32) {
	inf := float32(math.Inf(1))
	switch a {
	case ActNone:
		return -inf, inf
	case ActRelu:
		return 0, inf
	case ActRelu6:
		return 0, 6
	case ActReluN1To1:
		return -1, 1
	}
	c.fail("the fused activation %v is not supported", a)
	return 0, 0
}

// floatMatrix gives weights of so many dimensions and the bias (zeros where left out)
// of the output channels along axis.
func (c *checker) floatMatrix(weights, bias, dims, axis int) (shape []int, w, b []float32) {
	w = c.constantFloats(weights)
	if c.err != nil {
		return nil, nil, nil
	}
	shape = c.m.Tensors[c.o.Inputs[weights]].Shape
	if len(shape) != dims {
		c.fail("input %d, the weights, has shape %v, needs %d dimensions", weights, shape, dims)
		return nil, nil, nil
	}
	if bias < len(c.o.Inputs) {
		b = c.constantFloats(bias)
	} else if c.afford(0, 4*int64(shape[axis])) {
		b = make([]float32, shape[axis])
	}
	if c.err == nil && len(b) != shape[axis] {
		c.fail("input %d, the bias, has %d values for %d output channels", bias, len(b), shape[axis])
	}
	return shape, w, b
}

// floatKernel computes one tensor from another.
type floatKernel interface{ Run(out, in []float32) }

func floatStep(macs int64, in, out floats, k floatKernel) step {
	return step{macs: macs, bind: func(mem *memory) func() {
		x, y := mem.floats(in.index), mem.floats(out.index)
		return func() { k.Run(y, x) }
	}}
}

func (c *checker) floatDense() step {
	if !c.arity(2, 3) {
		return step{}
	}
	opts := c.o.Options.(FullyConnectedOptions)
	in, out := c.floats("input 0", c.o.Inputs[0]), c.floats("output 0", c.o.Outputs[0])
	shape, w, b := c.floatMatrix(1, 2, 2, 0)
	lo, hi := c.floatRange(opts.Activation)
	if c.err != nil {
		return step{}
	}
	inputs, outputs := shape[1], shape[0]
	if in.n%inputs != 0 || len(out.shape) == 0 || out.n != in.n/inputs*outputs || out.shape[len(out.shape)-1] != outputs {
		c.fail("input 0 has shape %v, the weights %v, output 0 %v", in.shape, shape, out.shape)
		return step{}
	}
	macs := int64(out.n) * int64(inputs)
	if !c.afford(macs, 0) {
		return step{}
	}
	return floatStep(macs, in, out, kernels.NewFloatDense(in.n/inputs, inputs, w, b, lo, hi))
}

// floatImage is image for float32.
func (c *checker) floatImage(what string, t floats) kernels.Image {
	return c.image(what, codes{shape: t.shape})
}

// floatConv covers CONV_2D and DEPTHWISE_CONV_2D.
func (c *checker) floatConv() step {
	if !c.arity(2, 3) {
		return step{}
	}
	in, out := c.floats("input 0", c.o.Inputs[0]), c.floats("output 0", c.o.Outputs[0])
	src, dst := c.floatImage("input 0", in), c.floatImage("output 0", out)
	depthwise := c.o.Op == DepthwiseConv2D
	var (
		axis    int
		window  kernels.Window
		padding Padding
		act     Activation
	)
	if depthwise {
		o := c.o.Options.(DepthwiseConv2DOptions)
		axis, padding, act = 3, o.Padding, o.Activation
		window = kernels.Window{StrideH: o.StrideH, StrideW: o.StrideW, DilationH: o.DilationH, DilationW: o.DilationW}
	} else {
		o := c.o.Options.(Conv2DOptions)
		padding, act = o.Padding, o.Activation
		window = kernels.Window{StrideH: o.StrideH, StrideW: o.StrideW, DilationH: o.DilationH, DilationW: o.DilationW}
	}
	shape, w, b := c.floatMatrix(1, 2, 4, axis)
	lo, hi := c.floatRange(act)
	if c.err != nil {
		return step{}
	}
	if depthwise && (shape[0] != 1 || shape[3]%src.C != 0) || !depthwise && shape[3] != src.C {
		c.fail("input 0 has %d channels, the weights have shape %v", src.C, shape)
		return step{}
	}
	window.H, window.W = shape[1], shape[2]
	var h, wide int
	h, window.PadTop = c.slide(padding, src.H, window.H, window.StrideH, window.DilationH)
	wide, window.PadLeft = c.slide(padding, src.W, window.W, window.StrideW, window.DilationW)
	c.wantShape(out.shape, src.Batch, h, wide, shape[axis])
	macs := int64(out.n) * int64(len(w)/shape[axis])
	if !c.afford(macs, 0) {
		return step{}
	}
	if depthwise {
		return floatStep(macs, in, out, kernels.NewFloatDepthwise(src, dst, window, w, b, lo, hi))
	}
	return floatStep(macs, in, out, kernels.NewFloatConv(src, dst, window, w, b, lo, hi))
}

func (c *checker) floatTransposeConv() step {
	if !c.arity(3, 4) {
		return step{}
	}
	opts := c.o.Options.(TransposeConvOptions)
	in, out := c.floats("input 2", c.o.Inputs[2]), c.floats("output 0", c.o.Outputs[0])
	src, dst := c.floatImage("input 2", in), c.floatImage("output 0", out)
	shape, w, b := c.floatMatrix(1, 3, 4, 0)
	want := c.constantInts(0)
	lo, hi := c.floatRange(opts.Activation)
	if c.err != nil {
		return step{}
	}
	if len(want) != 4 || shape[3] != src.C || opts.Padding == Same && (shape[1] < opts.StrideH || shape[2] < opts.StrideW) {
		c.fail("input 0 says %v, input 2 has %d channels, the weights have shape %v for strides of %dx%d", want, src.C, shape, opts.StrideH, opts.StrideW)
		return step{}
	}
	c.wantShape(out.shape, want...)
	c.wantShape(out.shape, src.Batch, want[1], want[2], shape[0])
	if c.err != nil {
		return step{}
	}
	h, top := c.slide(opts.Padding, dst.H, shape[1], opts.StrideH, 1)
	wide, left := c.slide(opts.Padding, dst.W, shape[2], opts.StrideW, 1)
	if c.err == nil && (h != src.H || wide != src.W) {
		c.fail("input 2 is %dx%d, an output of %dx%d needs %dx%d", src.H, src.W, dst.H, dst.W, h, wide)
	}
	macs := int64(in.n) * int64(len(w)/src.C)
	if !c.afford(macs+int64(out.n), 4*int64(len(w))) {
		return step{}
	}
	window := kernels.Window{H: shape[1], W: shape[2], StrideH: opts.StrideH, StrideW: opts.StrideW, DilationH: 1, DilationW: 1, PadTop: top, PadLeft: left}
	return floatStep(macs, in, out, kernels.NewFloatTransposeConv(src, dst, window, w, b, lo, hi))
}
