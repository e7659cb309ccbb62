package kernels

import "math"

// Map maps every element by a function.
type Map[T element] func(x T) T

// Run maps in to out, which may be the same memory.
func (f Map[T]) Run(out, in []T) {
	for i, v := range in {
		out[i] = f(v)
	}
}

// FloatSoftmax is SOFTMAX of float32 over the last dimension. Exponentials and their
// sum are of float64.
type FloatSoftmax struct {
	depth int
	beta  float64
}

// NewFloatSoftmax makes the softmax of rows of depth numbers times beta.
func NewFloatSoftmax(beta float32, depth int) *FloatSoftmax {
	return &FloatSoftmax{depth, float64(beta)}
}

// Run computes rows of depth outputs from rows of inputs.
func (s *FloatSoftmax) Run(out, in []float32) {
	for len(in) > 0 {
		s.row(out[:s.depth], in[:s.depth])
		out, in = out[s.depth:], in[s.depth:]
	}
}

func (s *FloatSoftmax) row(out, in []float32) {
	largest := in[0]
	for _, v := range in {
		largest = max(largest, v)
	}
	sum := float64(0)
	for i, v := range in {
		e := float32(math.Exp(float64(float64(v-largest) * s.beta)))
		out[i] = e
		sum += float64(e)
	}
	for i, e := range out {
		out[i] = float32(float64(e) / sum)
	}
}

// Rows computes rows of N numbers one by one.
type Rows struct {
	N   int
	Row func(out, in []float32)
}

// Run computes all rows.
func (r Rows) Run(out, in []float32) {
	for ; len(in) > 0; out, in = out[r.N:], in[r.N:] {
		r.Row(out[:r.N], in[:r.N])
	}
}
