package tflite

import (
	"math"

	"github.com/auscult/auscult/tflite/internal/kernels"
	"github.com/auscult/auscult/tflite/schema"
)

// Range counts from a number to a limit, which it does not reach, by steps. All three are constant.
const Range Op = schema.OpRange

var rangeDefinition = definition{newest: 2, variants: []variant{
	{output: Int32, least: 3, most: 3, prepare: prepareRange[int32]},
	{output: Int64, least: 3, most: 3, prepare: prepareRange[int64]},
	{output: Float32, least: 3, most: 3, prepare: prepareRange[float32]},
}}

func prepareRange[T int32 | int64 | float32](c *checker) step {
	var given [3]T
	out := c.movedOut(0)
	for j := range given {
		in := c.movedIn(j)
		c.sameMeaning("an input", in, out)
		if c.err != nil {
			return step{}
		}
		if in.n != 1 || c.in(j).Data == nil {
			c.fail("input %d (%.40q) is not one constant number", j, c.in(j).Name)
			return step{}
		}
		given[j] = view[T](c.in(j).Data)[0]
	}
	from, to, by := float64(given[0]), float64(given[1]), float64(given[2])
	n := math.Ceil((to - from) / by)
	if !(n >= 1 && n <= math.MaxInt32) { // none, or no number
		c.fail("no numbers, or too many, from %v to %v by %v", given[0], given[1], given[2])
		return step{}
	}
	c.wantShape(out.shape, int(n))
	if !c.afford(0) {
		return step{}
	}
	y, start, by1 := out.index, c.o.Inputs[0], c.o.Inputs[2]
	return step{bind: func(mem *memory) func() {
		return func() {
			kernels.Range[T]{}.Run(view[T](mem.tensors[y]), view[T](mem.tensors[start]), view[T](mem.tensors[by1]))
		}
	}}
}
