package tflite

import (
	"math/bits"

	"github.com/auscult/auscult/tflite/internal/kernels"
	"github.com/auscult/auscult/tflite/schema"
)

// TopKV2 gives the largest elements along the last dimension, and their places. Its inputs are the tensor and how many.
const TopKV2 Op = schema.OpTopKV2

var topKV2Definition = definition{
	newest: 3,
	cost:   func(c *checker) int64 { n := c.inShape(0); return satMul(count(n), int64(bits.Len(uint(n[len(n)-1])))) },
	variants: []variant{
		{output: Float32, least: 2, most: 2, outputs: 2, prepare: prepareTopK[float32]},
		{output: Int8, least: 2, most: 2, outputs: 2, prepare: prepareTopK[int8]},
		{output: Int16, least: 2, most: 2, outputs: 2, prepare: prepareTopK[int16]},
		{output: Int32, least: 2, most: 2, outputs: 2, prepare: prepareTopK[int32]},
		{output: Int64, least: 2, most: 2, outputs: 2, prepare: prepareTopK[int64]},
	},
}

func prepareTopK[T element](c *checker) step {
	if len(c.o.Outputs) != 2 {
		c.fail("%d outputs, needs 2", len(c.o.Outputs))
	}
	in, values, places := c.movedIn(0), c.movedOut(0), c.movedOut(1)
	c.sameMeaning("input 0", in, values)
	wanted := c.constantInts(1)
	if c.err != nil {
		return step{}
	}
	rank := len(in.shape)
	if len(wanted) != 1 || rank == 0 || wanted[0] < 1 || wanted[0] > in.shape[rank-1] {
		c.fail("input 1 asks for %v of shape %v", wanted, in.shape)
		return step{}
	}
	if t := &c.m.Tensors[places.index]; t.Type != Int32 {
		c.fail("output 1 (%.40q) is %v, needs int32", t.Name, t.Type)
		return step{}
	}
	n, k := in.shape[rank-1], wanted[0]
	c.wantShapeOf(0, values.shape, with(in.shape[:rank-1], k))
	c.wantShapeOf(1, places.shape, with(in.shape[:rank-1], k))
	if !c.afford(4 * int64(n)) {
		return step{}
	}
	top := &kernels.TopK[T]{N: n, K: k, Order: make([]int32, n)}
	return step{bind: func(mem *memory) func() {
		mem.interrupts(top)
		y, at := view[T](mem.tensors[values.index]), view[int32](mem.tensors[places.index])
		x := view[T](mem.tensors[in.index])
		return func() { top.Run(y, at, x) }
	}}
}
