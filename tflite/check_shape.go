package tflite

import (
	"math"

	"github.com/auscult/auscult/tflite/internal/kernels"
)

// sameQuantisation demands that an operator that only moves codes does not change
// their meaning.
func (c *checker) sameQuantisation(in, out codes) {
	if c.err == nil && (in.scale != out.scale || in.zeroPoint != out.zeroPoint) {
		c.fail("input 0 has scale %v and zero point %d, output 0 %v and %d: they must be equal", in.scale, in.zeroPoint, out.scale, out.zeroPoint)
	}
}

// moved gives the input and the output of an operator that only moves elements, and
// how many bytes one has: int8 of one quantisation, or float32.
func (c *checker) moved() (in, out codes, size int) {
	if c.m.Tensors[c.o.Outputs[0]].Type != Float32 {
		in, out = c.input(0), c.output()
		c.sameQuantisation(in, out)
		return in, out, 1
	}
	x, y := c.floats("input 0", c.o.Inputs[0]), c.floats("output 0", c.o.Outputs[0])
	return codes{index: x.index, shape: x.shape, n: x.n}, codes{index: y.index, shape: y.shape, n: y.n}, 4
}

// with appends a number to a copy.
func with(s []int, n int) []int { return append(s[:len(s):len(s)], n) }

func (c *checker) reshape() step {
	if !c.arity(1, 2) {
		return step{}
	}
	in, out, _ := c.moved()
	if c.err != nil {
		return step{}
	}
	// The constant second input outranks the option.
	want := c.o.Options.(ReshapeOptions).NewShape
	if len(c.o.Inputs) == 2 {
		want = c.constantInts(1)
	} else if want == nil {
		c.fail("neither a second input nor an option says the shape")
	}
	if in.n != out.n {
		c.fail("input 0 has shape %v, output 0 %v", in.shape, out.shape)
	}
	if c.err == nil {
		c.wantReshape(want, out)
	}
	if !c.afford(int64(in.n), 0) {
		return step{}
	}
	return step{
		macs:  int64(in.n),
		alias: in.index + 1,
		bind: func(mem *memory) func() {
			x, y := mem.int8s(in.index), mem.int8s(out.index)
			if &x[0] == &y[0] {
				return func() {}
			}
			return func() { copy(y, x) }
		},
	}
}

// wantReshape compares the output's shape with the one asked for, in which one
// -1 stands for what is left.
func (c *checker) wantReshape(want []int, out codes) {
	open := 0
	same := len(want) == len(out.shape)
	for i := 0; same && i < len(want); i++ {
		if want[i] == -1 {
			open++
		} else {
			same = want[i] == out.shape[i]
		}
	}
	if !same || open > 1 {
		c.fail("output 0 has shape %v, the operator asks for %v", out.shape, want)
	}
}

func (c *checker) tile() step {
	if !c.arity(2, 2) {
		return step{}
	}
	in, out, size := c.moved()
	times := c.constantInts(1)
	if c.err != nil {
		return step{}
	}
	if len(times) != len(in.shape) {
		c.fail("input 1 has %d factors for shape %v", len(times), in.shape)
		return step{}
	}
	want := make([]int, len(times))
	for i, f := range times {
		if f < 1 || int64(f)*int64(in.shape[i]) > math.MaxInt32 {
			c.fail("input 1 repeats dimension %d %d times", i, f)
			return step{}
		}
		want[i] = f * in.shape[i]
	}
	c.wantShape(out.shape, want...)
	if !c.afford(int64(out.n), 0) {
		return step{}
	}
	k := kernels.NewTile(with(in.shape, size), with(times, 1))
	return step{
		macs: int64(out.n),
		bind: func(mem *memory) func() {
			x, y := mem.int8s(in.index), mem.int8s(out.index)
			return func() { k.Run(y, x) }
		},
	}
}

func (c *checker) pad() step {
	if !c.arity(2, 2) {
		return step{}
	}
	in, out, size := c.moved()
	amounts := c.constantInts(1)
	if c.err != nil {
		return step{}
	}
	if shape := c.m.Tensors[c.o.Inputs[1]].Shape; len(shape) != 2 || shape[0] != len(in.shape) || shape[1] != 2 {
		c.fail("input 1 has shape %v, needs [%d 2]", shape, len(in.shape))
		return step{}
	}
	want := make([]int, len(in.shape))
	before := make([]int, len(in.shape))
	for i, size := range in.shape {
		pre, post := amounts[2*i], amounts[2*i+1]
		if pre < 0 || post < 0 || int64(size)+int64(pre)+int64(post) > math.MaxInt32 {
			c.fail("input 1 pads dimension %d by %d and %d", i, pre, post)
			return step{}
		}
		before[i], want[i] = pre, size+pre+post
	}
	c.wantShape(out.shape, want...)
	if !c.afford(int64(out.n), 0) {
		return step{}
	}
	k := kernels.NewPad(with(in.shape, size), with(out.shape, size), with(before, 0), int8(out.zeroPoint)) // 0 has no bits set in float32
	return step{
		macs: int64(out.n),
		bind: func(mem *memory) func() {
			x, y := mem.int8s(in.index), mem.int8s(out.index)
			return func() { k.Run(y, x) }
		},
	}
}

func (c *checker) averagePool2D() step {
	if !c.arity(1, 1) {
		return step{}
	}
	opts := c.o.Options.(Pool2DOptions)
	in, out := c.input(0), c.output()
	c.sameQuantisation(in, out)
	src, dst := c.image("input 0", in), c.image("output 0", out)
	if c.err != nil {
		return step{}
	}
	h, top := c.slide(opts.Padding, src.H, opts.FilterH, opts.StrideH, 1)
	w, left := c.slide(opts.Padding, src.W, opts.FilterW, opts.StrideW, 1)
	c.wantShape(out.shape, src.Batch, h, w, src.C)
	lo, hi := c.poolingRange(opts.Activation, out)
	// A window reaches at most the whole input.
	macs := int64(out.n) * int64(min(opts.FilterH, src.H)) * int64(min(opts.FilterW, src.W))
	if !c.afford(macs, 4*int64(src.C)) {
		return step{}
	}
	k := &kernels.AveragePool{
		Window: kernels.Window{H: opts.FilterH, W: opts.FilterW, StrideH: opts.StrideH, StrideW: opts.StrideW, DilationH: 1, DilationW: 1, PadTop: top, PadLeft: left},
		In:     src, Out: dst, Min: lo, Max: hi, Sums: make([]int32, src.C),
	}
	return step{
		macs: macs,
		bind: func(mem *memory) func() {
			x, y := mem.int8s(in.index), mem.int8s(out.index)
			return func() { k.Run(y, x) }
		},
	}
}

// poolingRange gives the limits of TFLite's own kernels, which round halves away
// from zero.
func (c *checker) poolingRange(a Activation, out codes) (lo, hi int32) {
	if a == ActNone || c.err != nil {
		return -128, 127
	}
	code := func(x float32) int32 {
		v := math.Round(float64(float32(x/out.scale))) + float64(out.zeroPoint)
		return int32(min(max(v, -128), 127))
	}
	switch a {
	case ActRelu:
		return code(0), 127
	case ActRelu6:
		return code(0), code(6)
	case ActReluN1To1:
		return code(-1), code(1)
	}
	c.fail("the fused activation %v is not supported", a)
	return 0, 0
}

// pairActivation returns the fused activation of an operator on two tensors.
func (c *checker) pairActivation() Activation {
	switch o := c.o.Options.(type) {
	case AddOptions:
		return o.Activation
	case MulOptions:
		return o.Activation
	case SubOptions:
		return o.Activation
	}
	return ActNone
}

// pair checks an operator on two int8 tensors whose shapes broadcast, and returns the
// limits of its output's codes.
func (c *checker) pair() (a, b, out codes, lo, hi int32) {
	if !c.arity(2, 2) {
		return a, b, out, 0, 0
	}
	a, b, out = c.input(0), c.input(1), c.output()
	lo, hi = c.activationRange(c.pairActivation(), out)
	if c.err != nil {
		return a, b, out, 0, 0
	}
	want, ok := broadcast(a.shape, b.shape)
	if !ok {
		c.fail("shapes %v and %v do not broadcast", a.shape, b.shape)
	}
	c.wantShape(out.shape, want...)
	return a, b, out, lo, hi
}

// mul is MUL.
func (c *checker) mul() step {
	a, b, out, lo, hi := c.pair()
	if c.err != nil {
		return step{}
	}
	k, ok := kernels.NewMul(a.scale, b.scale, out.scale, a.zeroPoint, b.zeroPoint, out.zeroPoint, c.left.limits.Profile == Reference)
	if !ok {
		c.fail("the product of the scales %v and %v is not within 1/65536 to 256 times the output's %v", a.scale, b.scale, out.scale)
		return step{}
	}
	if !c.afford(int64(out.n), 0) {
		return step{}
	}
	k.Min, k.Max = lo, hi
	k.Walk(a.shape, b.shape, out.shape)
	return step{
		macs: int64(out.n),
		bind: func(mem *memory) func() {
			x1, x2, y := mem.int8s(a.index), mem.int8s(b.index), mem.int8s(out.index)
			return func() { k.Run(y, x1, x2) }
		},
	}
}

// add is ADD and SUB.
func (c *checker) add() step {
	a, b, out, lo, hi := c.pair()
	if c.err != nil {
		return step{}
	}
	arithmeticOf := kernels.NewAddArithmetic
	if c.left.limits.Profile == Reference {
		arithmeticOf = kernels.NewReferenceAdd
	}
	arithmetic, ok := arithmeticOf(a.scale, b.scale, out.scale, a.zeroPoint, b.zeroPoint, out.zeroPoint)
	if !ok {
		c.fail("the scales %v and %v are not within 1/1024 to 256 times the output's %v", a.scale, b.scale, out.scale)
		return step{}
	}
	if !c.afford(int64(out.n), 0) {
		return step{}
	}
	if c.o.Op == Sub {
		arithmetic = arithmetic.Less(a.zeroPoint, b.zeroPoint)
	}
	arithmetic.Min, arithmetic.Max = lo, hi
	k := kernels.NewAdd(arithmetic, a.shape, b.shape, out.shape)
	return step{
		macs: int64(out.n),
		bind: func(mem *memory) func() {
			x1, x2, y := mem.int8s(a.index), mem.int8s(b.index), mem.int8s(out.index)
			return func() { k.Run(y, x1, x2) }
		},
	}
}

// broadcast gives the shape that two shapes share: aligned at the last dimension,
// a dimension of 1 stretches.
func broadcast(a, b []int) ([]int, bool) {
	if len(a) < len(b) {
		a, b = b, a
	}
	shape := append([]int(nil), a...)
	for i, dim := range b {
		at := len(a) - len(b) + i
		switch {
		case dim == shape[at] || dim == 1:
		case shape[at] == 1:
			shape[at] = dim
		default:
			return nil, false
		}
	}
	return shape, true
}
