package tflite

import (
	"github.com/auscult/auscult/tflite/internal/kernels"
	"github.com/auscult/auscult/tflite/schema"
)

// Transpose changes the order of the dimensions. Its second input says which of the first comes where.
const Transpose Op = schema.OpTranspose

var transposeDefinition = definition{newest: 7, variants: moving(2, 2, prepareTranspose)}

func prepareTranspose(c *checker, in, out tensor, size int) step {
	order := c.constantInts(1)
	if c.err != nil {
		return step{}
	}
	rank := len(in.shape)
	strides := rowStrides(in.shape)
	want, taken := make([]int, rank), make([]bool, rank)
	dims := make([]kernels.StridedDim, rank)
	bad := len(order) != rank
	for i := 0; i < rank && !bad; i++ {
		d := order[i]
		if d < 0 {
			d += rank
		}
		if bad = d < 0 || d >= rank || taken[d]; bad {
			break
		}
		taken[d] = true
		want[i] = in.shape[d]
		dims[i] = kernels.StridedDim{N: in.shape[d], In: strides[d]}
	}
	if bad {
		c.fail("input 1 gives the order %v for shape %v", order, in.shape)
		return step{}
	}
	c.wantShape(out.shape, want...)
	if !c.afford(0) {
		return step{}
	}
	for i, stride := range rowStrides(want) {
		dims[i].Out = stride
	}
	return unaryStep(kernels.NewStrided(dims, 0, 0, size), out, in)
}

// rowStrides gives how many elements apart neighbours along each dimension are.
func rowStrides(shape []int) []int {
	strides, n := make([]int, len(shape)), 1
	for i := len(shape) - 1; i >= 0; i-- {
		strides[i] = n
		n *= shape[i]
	}
	return strides
}
