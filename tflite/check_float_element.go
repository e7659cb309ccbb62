package tflite

import (
	"fmt"
	"math"

	"github.com/auscult/auscult/tflite/internal/kernels"
)

// floatElements covers the operators of one number each.
func (c *checker) floatElements() step {
	if !c.arity(1, 1) {
		return step{}
	}
	in, out := c.floats("input 0", c.o.Inputs[0]), c.floats("output 0", c.o.Outputs[0])
	c.wantShape(out.shape, in.shape...)
	if !c.afford(int64(in.n), 0) {
		return step{}
	}
	f := logistic
	switch c.o.Op {
	case Exp:
		f = func(x float32) float32 { return float32(math.Exp(float64(x))) }
	case Relu:
		f = func(x float32) float32 { return max(x, 0) }
	case Relu6:
		f = func(x float32) float32 { return min(max(x, 0), 6) }
	}
	return step{macs: int64(in.n), bind: func(mem *memory) func() {
		x, y := mem.floats(in.index), mem.floats(out.index)
		return func() {
			for i, v := range x {
				y[i] = f(v)
			}
		}
	}}
}

func logistic(x float32) float32 { return float32(1 / (1 + math.Exp(-float64(x)))) }

// operand is an input of ADD, SUB or MUL: computed, or constant with its values.
func (c *checker) operand(j int) (t floats, values []float32) {
	if c.err != nil {
		return floats{}, nil
	}
	index := c.o.Inputs[j]
	if c.m.Tensors[index].Data == nil {
		return c.floats(fmt.Sprintf("input %d", j), index), nil
	}
	// Decoded, since constants in a file need not be aligned.
	values = c.constantFloats(j)
	return floats{index, c.m.Tensors[index].Shape, len(values)}, values
}

// joined are the operators on two float32 tensors.
var joined = map[Op]func(a, b float32) float32{
	Add: func(a, b float32) float32 { return a + b },
	Mul: func(a, b float32) float32 { return a * b },
	Sub: func(a, b float32) float32 { return a - b },
}

func (c *checker) floatPairs() step {
	if !c.arity(2, 2) {
		return step{}
	}
	a, constantA := c.operand(0)
	b, constantB := c.operand(1)
	out := c.floats("output 0", c.o.Outputs[0])
	lo, hi := c.floatRange(c.pairActivation())
	if c.err != nil {
		return step{}
	}
	want, ok := broadcast(a.shape, b.shape)
	if !ok {
		c.fail("shapes %v and %v do not broadcast", a.shape, b.shape)
	}
	c.wantShape(out.shape, want...)
	if !c.afford(int64(out.n), 0) {
		return step{}
	}
	k := kernels.NewFloatPairs(joined[c.o.Op], a.shape, b.shape, out.shape, lo, hi)
	return step{macs: int64(out.n), bind: func(mem *memory) func() {
		x1, x2, y := constantA, constantB, mem.floats(out.index)
		if x1 == nil {
			x1 = mem.floats(a.index)
		}
		if x2 == nil {
			x2 = mem.floats(b.index)
		}
		return func() { k.Run(y, x1, x2) }
	}}
}

func (c *checker) floatAveragePool2D() step {
	if !c.arity(1, 1) {
		return step{}
	}
	opts := c.o.Options.(Pool2DOptions)
	in, out := c.floats("input 0", c.o.Inputs[0]), c.floats("output 0", c.o.Outputs[0])
	src, dst := c.floatImage("input 0", in), c.floatImage("output 0", out)
	if c.err != nil {
		return step{}
	}
	h, top := c.slide(opts.Padding, src.H, opts.FilterH, opts.StrideH, 1)
	w, left := c.slide(opts.Padding, src.W, opts.FilterW, opts.StrideW, 1)
	c.wantShape(out.shape, src.Batch, h, w, src.C)
	lo, hi := c.floatRange(opts.Activation)
	// A window reaches at most the whole input.
	macs := int64(out.n) * int64(min(opts.FilterH, src.H)) * int64(min(opts.FilterW, src.W))
	if !c.afford(macs, 0) {
		return step{}
	}
	return floatStep(macs, in, out, &kernels.FloatAveragePool{
		Window: kernels.Window{H: opts.FilterH, W: opts.FilterW, StrideH: opts.StrideH, StrideW: opts.StrideW, DilationH: 1, DilationW: 1, PadTop: top, PadLeft: left},
		In:     src, Out: dst, Min: lo, Max: hi,
	})
}

func (c *checker) floatSoftmax() step {
	if !c.arity(1, 1) {
		return step{}
	}
	in, out := c.floats("input 0", c.o.Inputs[0]), c.floats("output 0", c.o.Outputs[0])
	c.wantShape(out.shape, in.shape...)
	if c.err == nil && len(in.shape) == 0 {
		c.fail("input 0 has no dimensions")
	}
	if beta := c.o.Options.(SoftmaxOptions).Beta; c.err == nil && !(beta > 0 && beta <= math.MaxFloat32) {
		c.fail("beta is %v", beta)
	}
	if !c.afford(int64(in.n), 0) {
		return step{}
	}
	k := kernels.NewFloatSoftmax(c.o.Options.(SoftmaxOptions).Beta, in.shape[len(in.shape)-1])
	return floatStep(int64(in.n), in, out, k)
}
