package kernels

import "math"

// FloatSoftmax is SOFTMAX of float32 over the last dimension. Sums are of float64.
type FloatSoftmax struct {
	depth int
	beta  float32
	exp   *Mapped
}

// NewFloatSoftmax makes the softmax of rows of depth numbers times beta.
func NewFloatSoftmax(im *Impl, beta float32, depth int) *FloatSoftmax {
	exp := func(x float32) float32 { return float32(math.Exp(float64(x))) }
	return &FloatSoftmax{depth, beta, NewMapped(im, Function{Of: exp, Known: Exponential})}
}

// Run computes rows of depth outputs from rows of inputs.
func (s *FloatSoftmax) Run(out, in []float32) {
	for i := 0; i < len(in); i += s.depth {
		row := in[i:][:s.depth]
		largest := row[0]
		for _, v := range row {
			largest = max(largest, v)
		}
		for j, v := range row {
			out[i+j] = float32(float32(v-largest) * s.beta)
		}
	}
	s.exp.Run(out[:len(in)], out[:len(in)])
	for ; len(out) > 0; out = out[s.depth:] {
		sum := float64(0)
		for _, e := range out[:s.depth] {
			sum += float64(e)
		}
		inverse := 1 / sum
		for j, e := range out[:s.depth] {
			out[j] = float32(float64(e) * inverse)
		}
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
