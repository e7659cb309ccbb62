package tflite

import (
	"math"

	"github.com/auscult/auscult/tflite/internal/kernels"
	"github.com/auscult/auscult/tflite/schema"
)

// Tile repeats a tensor along each dimension.
const Tile Op = schema.OpTile

var tileDefinition = definition{newest: 3, variants: moving(2, 2, prepareTile)}

func prepareTile(c *checker, in, out tensor, size int) step {
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
	if !c.afford(0) {
		return step{}
	}
	return unaryStep(kernels.NewTile(with(in.shape, size), with(times, 1)), out, in)
}
