package tflite

import (
	"math"
	"slices"

	"github.com/auscult/auscult/tflite/internal/kernels"
	"github.com/auscult/auscult/tflite/schema"
)

// Pad puts zeros round a tensor.
const Pad Op = schema.OpPad

var padDefinition = definition{newest: 4, variants: moving(2, 2, preparePad)}

func preparePad(c *checker, in, out tensor, size int) step {
	amounts := c.constantInts(1)
	if c.err != nil {
		return step{}
	}
	if shape := c.inShape(1); !slices.Equal(shape, []int{len(in.shape), 2}) {
		c.fail("input 1 has shape %v, needs [%d 2]", shape, len(in.shape))
		return step{}
	}
	want := make([]int, len(in.shape))
	before := make([]int, len(in.shape))
	for i, n := range in.shape {
		pre, post := amounts[2*i], amounts[2*i+1]
		if pre < 0 || post < 0 || int64(n)+int64(pre)+int64(post) > math.MaxInt32 {
			c.fail("input 1 pads dimension %d by %d and %d", i, pre, post)
			return step{}
		}
		before[i], want[i] = pre, n+pre+post
	}
	c.wantShape(out.shape, want...)
	if !c.afford(0) {
		return step{}
	}
	// The zero of float32 has no bits set, as the zero point 0.
	k := kernels.NewPad(with(in.shape, size), with(out.shape, size), with(before, 0), int8(out.ZeroPoint))
	return unaryStep(k, out, in)
}
