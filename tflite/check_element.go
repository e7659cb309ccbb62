package tflite

import (
	"math"

	"github.com/auscult/auscult/tflite/internal/kernels"
)

// lookup makes a step that maps codes through a table.
func lookup(in, out codes, f func(code int) int8) step {
	k := kernels.NewLookup(f)
	return step{
		macs: int64(in.n),
		bind: func(mem *memory) func() {
			x, y := mem.int8s(in.index), mem.int8s(out.index)
			return func() { k.Run(y, x) }
		},
	}
}

func (c *checker) unary() step {
	if !c.arity(1, 1) {
		return step{}
	}
	in, out := c.input(0), c.output()
	c.wantShape(out.shape, in.shape...)
	if c.err != nil {
		return step{}
	}
	return lookup(in, out, func(code int) int8 {
		x := float32(in.scale * float32(code-int(in.zeroPoint)))
		var y float64
		switch c.o.Op {
		case Logistic:
			y = 1 / (1 + math.Exp(-float64(x)))
		case Relu:
			y = max(float64(x), 0)
		case Relu6:
			y = min(max(float64(x), 0), 6)
		}
		q := math.Floor(y/float64(out.scale)+0.5) + float64(out.zeroPoint)
		return int8(min(max(q, -128), 127))
	})
}

func (c *checker) reshape() step {
	if !c.arity(1, 2) {
		return step{}
	}
	in, out := c.input(0), c.output()
	if c.err != nil {
		return step{}
	}
	if in.n != out.n {
		c.fail("input 0 has shape %v, output 0 %v", in.shape, out.shape)
		return step{}
	}
	return step{
		macs: int64(in.n),
		bind: func(mem *memory) func() {
			x, y := mem.int8s(in.index), mem.int8s(out.index)
			return func() { copy(y, x) }
		},
	}
}
