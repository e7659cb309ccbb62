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

// FloatAveragePool is AVERAGE_POOL_2D of float32: the mean over the part of the window
// that lies inside the input, row by row.
type FloatAveragePool struct {
	Sliding
	Min, Max float32 // of the fused activation
}

// Run computes the output image from the input image.
func (p *FloatAveragePool) Run(out, in []float32) {
	for range p.In.Batch {
		for oy := range p.Out.H {
			for ox := range p.Out.W {
				p.position(out[(oy*p.Out.W+ox)*p.Out.C:][:p.Out.C], in, oy, ox)
			}
		}
		out, in = out[p.Out.elements():], in[p.In.elements():]
	}
}

func (p *FloatAveragePool) position(dst, in []float32, oy, ox int) {
	y0, y1, x0, x1 := p.inside(oy, ox)
	clear(dst)
	for y := y0; y < y1; y++ {
		for x := x0; x < x1; x++ {
			for c, v := range in[(y*p.In.W+x)*p.In.C:][:p.In.C] {
				dst[c] += v
			}
		}
	}
	n := float32((y1 - y0) * (x1 - x0))
	for c, sum := range dst {
		dst[c] = min(max(sum/n, p.Min), p.Max)
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
