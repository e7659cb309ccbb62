package tflite

import (
	"math"

	"github.com/auscult/auscult/tflite/internal/kernels"
	"github.com/auscult/auscult/tflite/schema"
)

// Fill repeats a scalar in every place of a shape. Its inputs are the shape and the scalar.
const Fill Op = schema.OpFill

var fillDefinition = definition{newest: 4, variants: ofAll(variant{least: 2, most: 2, prepare: prepareFill})}

func prepareFill(c *checker) step {
	value, out := c.movedIn(1), c.movedOut(0)
	c.sameMeaning("input 1", value, out)
	dims := c.constantInts(0)
	if c.err != nil {
		return step{}
	}
	total := int64(1)
	for _, d := range dims {
		if total *= int64(d); d < 1 || total > math.MaxInt32 {
			c.fail("input 0 gives the shape %v", dims)
			return step{}
		}
	}
	if value.n != 1 {
		c.fail("input 1 has %d values, needs 1", value.n)
	}
	c.wantShape(out.shape, dims...)
	if !c.afford(0) {
		return step{}
	}
	k := kernels.NewStrided([]kernels.StridedDim{{N: out.n, Out: 1}}, 0, 0, c.out().Type.Size())
	return unaryStep(k, out, value)
}
