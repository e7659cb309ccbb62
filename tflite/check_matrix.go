package tflite

import (
	"encoding/binary"
	"math"

	"github.com/auscult/auscult/tflite/internal/kernels"
)

// int32s decodes constant data.
func int32s(data []byte) []int32 {
	out := make([]int32, len(data)/4)
	for i := range out {
		out[i] = int32(binary.LittleEndian.Uint32(data[4*i:]))
	}
	return out
}

// matrix is what convolutions and dense layers have in common.
type matrix struct {
	shape   []int
	weights []int8
	bias    []int32
	rq      kernels.Requant
}

// maxRequantScale bounds si*sw/so; the XNNPACK delegate leaves larger ones to
// kernels with another arithmetic.
const maxRequantScale = 256

// matrix checks weights (input j) and bias (input j+1 where present) of an
// operator with the given number of dimensions and output channels along axis.
func (c *checker) matrix(in, out codes, weights, bias, dims, axis int, act Activation) matrix {
	if c.err != nil {
		return matrix{}
	}
	t := &c.m.Tensors[c.o.Inputs[weights]]
	switch {
	case t.Type != Int8:
		c.fail("input %d (%.40q), the weights, is %v, needs int8", weights, t.Name, t.Type)
	case t.Data == nil:
		c.fail("input %d (%.40q), the weights, is not constant", weights, t.Name)
	case len(t.Shape) != dims:
		c.fail("input %d (%.40q), the weights, has shape %v, needs %d dimensions", weights, t.Name, t.Shape, dims)
	case t.Quant == nil:
		c.fail("input %d (%.40q), the weights, has no quantisation", weights, t.Name)
	case len(t.Quant.Scales) > 1 && t.Quant.Axis != axis:
		c.fail("input %d (%.40q), the weights, is quantised along dimension %d, needs %d", weights, t.Name, t.Quant.Axis, axis)
	}
	if c.err != nil {
		return matrix{}
	}
	mx := matrix{shape: t.Shape, weights: asInt8(t.Data)}
	channels := t.Shape[axis]
	// Scale, bias and folded bias of each channel.
	if !c.afford(0, 12*int64(channels)) {
		return matrix{}
	}
	mx.rq = kernels.Requant{Scale: make([]float32, channels), ZeroPoint: out.zeroPoint}
	mx.rq.Min, mx.rq.Max = c.activationRange(act, out)
	for i := range channels {
		k := min(i, len(t.Quant.Scales)-1)
		s := float32(float32(in.scale*t.Quant.Scales[k]) / out.scale)
		if !(s < maxRequantScale) {
			c.fail("output channel %d: the scales %v * %v / %v give %v, needs less than %d", i, in.scale, t.Quant.Scales[k], out.scale, s, maxRequantScale)
			return matrix{}
		}
		mx.rq.Scale[i] = s
	}
	if c.left.limits.Profile == Reference {
		c.reference(&mx, in, out, t.Quant.Scales)
	}
	for i, zp := range t.Quant.ZeroPoints {
		if zp != 0 {
			c.fail("input %d (%.40q), the weights, has zero point %d at %d, needs 0", weights, t.Name, zp, i)
			return matrix{}
		}
	}
	mx.bias = make([]int32, channels)
	if bias < len(c.o.Inputs) {
		c.biases(mx.bias, bias, t.Quant.Scales, in, out)
	}
	return mx
}

// reference adds the factors of TFLite's reference kernels: fixed point for
// convolutions, float64 for dense layers.
func (c *checker) reference(mx *matrix, in, out codes, scales []float32) {
	if !c.afford(0, 8*int64(len(mx.rq.Scale))) {
		return
	}
	for i := range mx.rq.Scale {
		weight := scales[min(i, len(scales)-1)]
		if c.o.Op == FullyConnected {
			mx.rq.Double = append(mx.rq.Double, float64(float64(in.scale)*float64(weight))/float64(out.scale))
			continue
		}
		m, ok := kernels.NewMultiplier(float64(float64(in.scale)*float64(weight)) / float64(out.scale))
		if !ok {
			c.fail("output channel %d: the scales %v * %v / %v are not within range", i, in.scale, weight, out.scale)
			return
		}
		mx.rq.Fixed = append(mx.rq.Fixed, m)
	}
}

// biases fills in the bias. Its scale is by definition input times weight scale;
// one that differs so much that it would show in the output is an error.
func (c *checker) biases(dst []int32, j int, weightScales []float32, in, out codes) {
	t := &c.m.Tensors[c.o.Inputs[j]]
	switch n, _ := elements(t.Shape); {
	case t.Type != Int32:
		c.fail("input %d (%.40q), the bias, is %v: this program runs int8 models with int32 biases only", j, t.Name, t.Type)
	case t.Data == nil:
		c.fail("input %d (%.40q), the bias, is not constant", j, t.Name)
	case len(t.Shape) != 1 || n != len(dst):
		c.fail("input %d (%.40q), the bias, has shape %v for %d output channels", j, t.Name, t.Shape, len(dst))
	case t.Quant == nil:
		c.fail("input %d (%.40q), the bias, has no quantisation", j, t.Name)
	}
	if c.err != nil {
		return
	}
	for i, s := range t.Quant.Scales {
		want := float64(in.scale) * float64(weightScales[min(i, len(weightScales)-1)])
		if math.Abs(want-float64(s)) > maxBiasScaleError*float64(out.scale) {
			c.fail("input %d (%.40q), the bias, has scale %v at %d, input times weight scale is %v", j, t.Name, s, i, want)
			return
		}
		if zp := t.Quant.ZeroPoints[i]; zp != 0 {
			c.fail("input %d (%.40q), the bias, has zero point %d at %d, needs 0", j, t.Name, zp, i)
			return
		}
	}
	copy(dst, int32s(t.Data))
}

// maxBiasScaleError is the error of a bias's scale, in output codes a step, from
// which TFLite refuses a dense layer.
const maxBiasScaleError = 0.02

func (c *checker) fullyConnected() step {
	if !c.arity(2, 3) {
		return step{}
	}
	opts := c.o.Options.(FullyConnectedOptions)
	in, out := c.input(0), c.output()
	mx := c.matrix(in, out, 1, 2, 2, 0, opts.Activation)
	if c.err != nil {
		return step{}
	}
	outputs, inputs := mx.shape[0], mx.shape[1]
	if inputs == 0 || outputs == 0 || in.n%inputs != 0 {
		c.fail("input 0 has shape %v, the weights %v", in.shape, mx.shape)
		return step{}
	}
	rows := in.n / inputs
	if opts.KeepNumDims {
		if in.shape[len(in.shape)-1] != inputs {
			c.fail("input 0 has shape %v, the weights %v", in.shape, mx.shape)
			return step{}
		}
		want := append([]int(nil), in.shape...)
		want[len(want)-1] = outputs
		c.wantShape(out.shape, want...)
	} else {
		c.wantShape(out.shape, rows, outputs)
	}
	macs := int64(rows) * int64(inputs) * int64(outputs)
	if !c.affordStaged(macs, 1)(kernels.DenseBytes(c.left.impl, rows, inputs, outputs)) {
		return step{}
	}
	k := kernels.NewDense(c.left.impl, rows, inputs, int8(in.zeroPoint), mx.weights, mx.bias, mx.rq)
	return staged(macs, in, out, k)
}

// stagedKernel is a kernel that may copy its input to scratch memory first.
type stagedKernel interface {
	ScratchBytes() int
	Run(out, in, scratch []int8)
	Share(team *kernels.Team)
}

func staged(macs int64, in, out codes, k stagedKernel) step {
	return step{
		macs:    macs,
		scratch: k.ScratchBytes(),
		bind: func(mem *memory) func() {
			x, y, scratch := mem.int8s(in.index), mem.int8s(out.index), asInt8(mem.scratch)
			if mem.team != nil {
				k.Share(mem.team)
			}
			return func() { k.Run(y, x, scratch) }
		},
	}
}

// affordStaged is afford for a kernel that takes so much prepared memory and copies
// an image of so many bytes at each of batch runs.
func (c *checker) affordStaged(macs int64, batch int) func(prepared, copied int64) bool {
	return func(prepared, copied int64) bool {
		if c.err == nil && copied > min(int64(c.left.limits.ArenaLimitBytes), math.MaxInt32) {
			c.fail("the input with its padding needs more than the limit of %d bytes", c.left.limits.ArenaLimitBytes)
			return false
		}
		return c.afford(macs+int64(batch)*copied, prepared)
	}
}

// image checks that a tensor has NHWC shape.
func (c *checker) image(what string, t codes) kernels.Image {
	c.rank(what, t, 4)
	if c.err != nil {
		return kernels.Image{}
	}
	return kernels.Image{Batch: t.shape[0], H: t.shape[1], W: t.shape[2], C: t.shape[3]}
}

// maxReach bounds a dilated window so that positions fit 32-bit integers.
const maxReach = 1 << 30

// slide gives the number of positions of a window along one dimension and the
// padding before the first element.
func (c *checker) slide(padding Padding, size, kernel, stride, dilation int) (positions, before int) {
	reach := int64(kernel-1)*int64(dilation) + 1
	if reach > maxReach {
		c.fail("a window of %d is too large", reach)
		return 0, 0
	}
	if padding == Valid {
		if reach > int64(size) {
			c.fail("a window of %d does not fit %d positions", reach, size)
			return 0, 0
		}
		return int((int64(size)-reach)/int64(stride)) + 1, 0
	}
	positions = int((int64(size) + int64(stride) - 1) / int64(stride))
	total := max(int64(positions-1)*int64(stride)+reach-int64(size), 0)
	return positions, int(total / 2)
}

func (c *checker) conv2D() step {
	if !c.arity(3, 3) { // the delegate leaves those without a bias
		return step{}
	}
	opts := c.o.Options.(Conv2DOptions)
	in, out := c.input(0), c.output()
	src, dst := c.image("input 0", in), c.image("output 0", out)
	mx := c.matrix(in, out, 1, 2, 4, 0, opts.Activation)
	if c.err != nil {
		return step{}
	}
	kh, kw := mx.shape[1], mx.shape[2]
	if len(mx.weights) == 0 || mx.shape[3] != src.C {
		c.fail("input 0 has %d channels, the weights have shape %v", src.C, mx.shape)
		return step{}
	}
	h, top := c.slide(opts.Padding, src.H, kh, opts.StrideH, opts.DilationH)
	w, left := c.slide(opts.Padding, src.W, kw, opts.StrideW, opts.DilationW)
	c.wantShape(out.shape, src.Batch, h, w, mx.shape[0])
	window := kernels.Window{H: kh, W: kw, StrideH: opts.StrideH, StrideW: opts.StrideW, DilationH: opts.DilationH, DilationW: opts.DilationW, PadTop: top, PadLeft: left}
	macs := int64(out.n) * int64(kh*kw*src.C)
	if c.err != nil || !c.affordStaged(macs, src.Batch)(kernels.ConvBytes(c.left.impl, src, dst, window)) {
		return step{}
	}
	k := kernels.NewConv(c.left.impl, src, dst, window, int8(in.zeroPoint), mx.weights, mx.bias, mx.rq)
	return staged(macs, in, out, k)
}

func (c *checker) depthwiseConv2D() step {
	if !c.arity(3, 3) { // the delegate leaves those without a bias
		return step{}
	}
	opts := c.o.Options.(DepthwiseConv2DOptions)
	in, out := c.input(0), c.output()
	src, dst := c.image("input 0", in), c.image("output 0", out)
	mx := c.matrix(in, out, 1, 2, 4, 3, opts.Activation)
	if c.err != nil {
		return step{}
	}
	kh, kw, channels := mx.shape[1], mx.shape[2], mx.shape[3]
	if len(mx.weights) == 0 || mx.shape[0] != 1 || channels%src.C != 0 {
		c.fail("input 0 has %d channels, the weights have shape %v", src.C, mx.shape)
		return step{}
	}
	multiplier := channels / src.C
	if opts.DepthMultiplier != 0 && opts.DepthMultiplier != multiplier {
		c.fail("depth multiplier %d, the shapes say %d", opts.DepthMultiplier, multiplier)
		return step{}
	}
	h, top := c.slide(opts.Padding, src.H, kh, opts.StrideH, opts.DilationH)
	w, left := c.slide(opts.Padding, src.W, kw, opts.StrideW, opts.DilationW)
	c.wantShape(out.shape, src.Batch, h, w, channels)
	macs := int64(out.n) * int64(kh) * int64(kw)
	window := kernels.Window{H: kh, W: kw, StrideH: opts.StrideH, StrideW: opts.StrideW, DilationH: opts.DilationH, DilationW: opts.DilationW, PadTop: top, PadLeft: left}
	if c.err != nil || !c.affordStaged(macs, src.Batch)(kernels.DepthwiseBytes(c.left.impl, src, dst, window)) {
		return step{}
	}
	k := kernels.NewDepthwise(c.left.impl, src, dst, window, int8(in.zeroPoint), mx.weights, mx.bias, mx.rq)
	return staged(macs, in, out, k)
}

func (c *checker) transposeConv() step {
	if !c.arity(3, 4) {
		return step{}
	}
	opts := c.o.Options.(TransposeConvOptions)
	in, out := c.input(2), c.output()
	src, dst := c.image("input 2", in), c.image("output 0", out)
	mx := c.matrix(in, out, 1, 3, 4, 0, opts.Activation)
	want := c.constantInts(0)
	if c.err != nil {
		return step{}
	}
	kh, kw := mx.shape[1], mx.shape[2]
	if len(mx.weights) == 0 || mx.shape[3] != src.C {
		c.fail("input 2 has %d channels, the weights have shape %v", src.C, mx.shape)
		return step{}
	}
	if len(want) != 4 {
		c.fail("input 0, the output shape, has %d values, needs 4", len(want))
		return step{}
	}
	c.wantShape(out.shape, want...)
	c.wantShape(out.shape, src.Batch, want[1], want[2], mx.shape[0])
	if c.err != nil {
		return step{}
	}
	if opts.Padding == Same && (kh < opts.StrideH || kw < opts.StrideW) {
		c.fail("strides %dx%d exceed the kernel %dx%d with SAME padding", opts.StrideH, opts.StrideW, kh, kw)
		return step{}
	}
	// The input is what a convolution with these options would make of the output.
	h, top := c.slide(opts.Padding, dst.H, kh, opts.StrideH, 1)
	w, left := c.slide(opts.Padding, dst.W, kw, opts.StrideW, 1)
	if c.err == nil && (h != src.H || w != src.W) {
		c.fail("input 2 is %dx%d, an output of %dx%d needs %dx%d", src.H, src.W, dst.H, dst.W, h, w)
	}
	if c.err != nil {
		return step{}
	}
	window := kernels.Window{H: kh, W: kw, StrideH: opts.StrideH, StrideW: opts.StrideW, DilationH: 1, DilationW: 1, PadTop: top, PadLeft: left}
	macs := int64(in.n) * int64(kh*kw) * int64(dst.C)
	if !c.affordStaged(macs+int64(out.n), src.Batch)(kernels.TransposeConvBytes(c.left.impl, src, dst, window)) {
		return step{}
	}
	k := kernels.NewTransposeConv(c.left.impl, src, dst, window, int8(in.zeroPoint), mx.weights, mx.bias, mx.rq)
	return staged(macs, in, out, k)
}
