package tflite

import "github.com/auscult/auscult/tflite/internal/kernels"

// pair checks an operator on two int8 tensors whose shapes broadcast.
func (c *checker) pair() (a, b, out tensor) {
	a, b, out = c.codesIn(0), c.codesIn(1), c.codesOut()
	c.wantBroadcast(out, a, b)
	return a, b, out
}

// wantBroadcast checks that the shapes of a and b broadcast to the output's.
func (c *checker) wantBroadcast(out, a, b tensor) {
	if c.err != nil {
		return
	}
	want, ok := broadcast(a.shape, b.shape)
	if !ok {
		c.fail("shapes %v and %v do not broadcast", a.shape, b.shape)
	}
	c.wantShape(out.shape, want...)
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

// operand is an input of an operator on two float32 tensors: computed, or constant with its values. These are decoded,
// since constants in a file need not be aligned.
func (c *checker) operand(j int) (t tensor, values []float32) {
	if c.err != nil {
		return tensor{}, nil
	}
	if c.in(j).Data == nil {
		return c.realsIn(j), nil
	}
	values = c.constantReals(j)
	return tensor{index: c.o.Inputs[j], shape: c.inShape(j), n: len(values)}, values
}

// joiningReals gives the variant of an operator on two float32 tensors that is a function of two numbers.
func joiningReals(join func(a, b float32) float32) variant {
	return joiningKnown(join, kernels.OtherArithmetic)
}

// joiningKnown is joiningReals for a function that kernels have routines for.
func joiningKnown(join func(a, b float32) float32, known kernels.Arithmetic) variant {
	return variant{output: Float32, least: 2, most: 2, prepare: func(c *checker) step {
		return joinReals(c, kernels.RealJoin{Join: join, Known: known})
	}}
}

func joinReals(c *checker, how kernels.RealJoin) step {
	a, constantA := c.operand(0)
	b, constantB := c.operand(1)
	out := c.realsOut()
	how.Min, how.Max = c.floatRange(c.fused())
	c.wantBroadcast(out, a, b)
	if !c.afford(kernels.PairBytes) {
		return step{}
	}
	k := kernels.NewJoinedReals(c.left.impl, how, a.shape, b.shape, out.shape)
	return step{bind: func(mem *memory) func() {
		x1, x2, y := constantA, constantB, view[float32](mem.tensors[out.index])
		if x1 == nil {
			x1 = view[float32](mem.tensors[a.index])
		}
		if x2 == nil {
			x2 = view[float32](mem.tensors[b.index])
		}
		return func() { k.Run(y, x1, x2) }
	}}
}
