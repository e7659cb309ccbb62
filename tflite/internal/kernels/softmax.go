package kernels

import "math"

// Softmax is SOFTMAX over the last dimension, in float32 with a table of
// exponentials. On arm64 TFLite itself uses a coarser table of 16-bit integers; this
// is what it computes elsewhere.
type Softmax struct {
	Code  // of the output
	depth int
	exps  [256]float32 // exp(-scale * beta * distance from the largest)
	// Of long rows: what a row's codes become, by their bits, and who looks that up. Nil of others.
	codes   []int8 // scratch
	routine func(*elementArgs)
	args    elementArgs
	runs    *rowJoiner[int8, int8] // of rowLanes codes
}

// longRow is from how many codes on it pays to compute first what each code becomes.
const longRow = 384

// NewSoftmax tabulates the exponentials of an input of the given scale.
func NewSoftmax(im *Impl, inScale, beta float32, out Code, depth int) *Softmax {
	s := &Softmax{depth: depth, Code: out}
	if depth >= longRow {
		s.codes, s.routine = make([]int8, 256), im.elementwise().lookup
		s.runs = newRowJoiner[int8, int8](im.elementwise().maxBytes, rowLanes)
	}
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
	largest := s.largest(in)
	sum := float32(0)
	rest := in
	for ; len(rest) >= 4; rest = rest[4:] {
		sum = float32(sum + s.exps[uint8(largest-rest[0])])
		sum = float32(sum + s.exps[uint8(largest-rest[1])])
		sum = float32(sum + s.exps[uint8(largest-rest[2])])
		sum = float32(sum + s.exps[uint8(largest-rest[3])])
	}
	for _, v := range rest {
		sum = float32(sum + s.exps[uint8(largest-v)])
	}
	inverse := float32(1 / float32(sum*s.Scale))
	if s.codes != nil {
		for v := -128; v <= int(largest); v++ {
			s.codes[uint8(v)] = s.code(float32(s.exps[int(largest)-v] * inverse))
		}
		for i := units(&s.args, s.routine, out, in, s.codes); i < len(out); i++ {
			out[i] = s.codes[uint8(in[i])]
		}
		return
	}
	for i, v := range in {
		out[i] = s.code(float32(s.exps[uint8(largest-v)] * inverse))
	}
}

func (s *Softmax) largest(in []int8) int8 {
	largest := int8(-128)
	if s.runs != nil {
		in = s.runs.join(in, rowLanes, func(part []int8) {
			for _, v := range part {
				largest = max(largest, v)
			}
		})
	}
	for _, v := range in {
		largest = max(largest, v)
	}
	return largest
}

// code gives the code of a share in steps of the output: at most 1/scale, about 256. Halves go away from zero.
func (s *Softmax) code(share float32) int8 {
	return int8(min(max(int32(float64(share)+0.5)+s.ZeroPoint, -128), 127))
}
