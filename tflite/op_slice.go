package tflite

import (
	"github.com/auscult/auscult/tflite/internal/kernels"
	"github.com/auscult/auscult/tflite/schema"
)

// Slice takes a box out of a tensor. Its inputs are the tensor, where the box begins and its sizes, of which -1 is all
// that follows.
const Slice Op = schema.OpSlice

var sliceDefinition = definition{newest: 6, variants: moving(3, 3, prepareSlice)}

func prepareSlice(c *checker, in, out tensor, size int) step {
	begin, sizes := c.constantInts(1), c.constantInts(2)
	if c.err != nil {
		return step{}
	}
	if len(begin) != len(in.shape) || len(sizes) != len(in.shape) {
		c.fail("inputs 1 and 2 have %d and %d values for shape %v", len(begin), len(sizes), in.shape)
		return step{}
	}
	cuts := make([]cut, len(in.shape))
	for i, n := range in.shape {
		take := sizes[i]
		if take == -1 {
			take = n - begin[i]
		}
		if begin[i] < 0 || take < 1 || begin[i] > n || take > n-begin[i] {
			c.fail("%d elements from %d of dimension %d of shape %v", sizes[i], begin[i], i, in.shape)
			return step{}
		}
		cuts[i] = cut{first: begin[i], n: take, step: 1}
	}
	return c.cutStep(in, out, cuts, sizesOf(cuts), size)
}

// cut is what is taken along one dimension: n elements from first, each step behind the one before.
type cut struct{ first, n, step int }

func sizesOf(cuts []cut) []int {
	sizes := make([]int, len(cuts))
	for i, d := range cuts {
		sizes[i] = d.n
	}
	return sizes
}

// cutStep makes the step that takes elements of all dimensions of the input, to an output of the given shape.
func (c *checker) cutStep(in, out tensor, cuts []cut, want []int, size int) step {
	c.wantShape(out.shape, want...)
	if !c.afford(0) {
		return step{}
	}
	dims, from := make([]kernels.StridedDim, len(cuts)), 0
	strides, compact := rowStrides(in.shape), rowStrides(sizesOf(cuts))
	for i, d := range cuts {
		dims[i] = kernels.StridedDim{N: d.n, In: d.step * strides[i], Out: compact[i]}
		from += d.first * strides[i]
	}
	return unaryStep(kernels.NewStrided(dims, from, 0, size), out, in)
}
