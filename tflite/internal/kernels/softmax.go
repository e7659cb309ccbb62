package kernels

import "math"

// Softmax is SOFTMAX over the last dimension, in float32 with a table of
// exponentials. On arm64 TFLite itself uses a coarser table of 16-bit integers; this
// is what it computes elsewhere.
type Softmax struct {
	Code  // of the output
	depth int
	exps  [256]float32 // exp(-scale * beta * distance from the largest)
}

// NewSoftmax tabulates the exponentials of an input of the given scale.
func NewSoftmax(inScale, beta float32, out Code, depth int) *Softmax {
	s := &Softmax{depth: depth, Code: out}
	factor := float32(-inScale * beta)
	for i := range s.exps {
		s.exps[i] = float32(math.Exp(float64(float32(factor * float32(i)))))
	}
	return s
}

// Run computes rows of depth outputs from rows of inputs.
func (s *Softmax) Run(out, in []int8) {
	for len(in) > 0 {
		s.row(out[:s.depth], in[:s.depth])
		out, in = out[s.depth:], in[s.depth:]
	}
}

func (s *Softmax) row(out, in []int8) {
	largest := int8(-128)
	for _, v := range in {
		largest = max(largest, v)
	}
	sum := float32(0)
	for _, v := range in {
		sum = float32(sum + s.exps[int(largest)-int(v)])
	}
	inverse := float32(1 / float32(sum*s.Scale))
	for i, v := range in {
		p := float32(s.exps[int(largest)-int(v)] * inverse)
		// p is at most 1/scale, about 256; halves go away from zero.
		code := int32(float64(p)+0.5) + s.ZeroPoint
		out[i] = int8(min(max(code, -128), 127))
	}
}
