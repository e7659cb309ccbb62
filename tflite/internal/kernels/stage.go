package kernels

// Stage turns an image into one that routines read without looking at its
// borders: with the padding written out, and with room behind it, since whole
// groups of inputs are read even where a segment ends within one. What is
// read there meets weights of zero.
type Stage struct {
	in                       Image
	top, left, bottom, right int
	fill                     []int8 // one line of the padding's value
	slack                    int
}

// stageSlack is the room behind a staged image: the largest group of inputs.
const stageSlack = 64

// NewStage describes an image with so many positions added at each side; nil where
// the image serves as it is. A segment of exact length is not read beyond.
func NewStage(in Image, top, left, bottom, right int, fill int8, exact bool) *Stage {
	top, left, bottom, right = max(top, 0), max(left, 0), max(bottom, 0), max(right, 0)
	if top+left+bottom+right == 0 && exact {
		return nil
	}
	s := &Stage{in: in, top: top, left: left, bottom: bottom, right: right, slack: stageSlack}
	s.fill = make([]int8, max(s.pitch(), s.slack))
	set(s.fill, fill)
	return s
}

// pitch gives the length of a line.
func (s *Stage) pitch() int { return (s.left + s.in.W + s.right) * s.in.C }

// Bytes gives the memory that Run fills; 0 for nil.
func (s *Stage) Bytes() int {
	if s == nil {
		return 0
	}
	return (s.top+s.in.H+s.bottom)*s.pitch() + s.slack
}

// Run copies one image to dst and gives what routines read: dst, or the image
// itself where s is nil.
func (s *Stage) Run(dst, in []int8) []int8 {
	if s == nil {
		return in
	}
	pitch, line := s.pitch(), s.in.W*s.in.C
	before, after := s.left*s.in.C, s.right*s.in.C
	at := 0
	for range s.top {
		at += copy(dst[at:], s.fill[:pitch])
	}
	if before+after == 0 {
		at += copy(dst[at:], in[:s.in.H*line])
	} else {
		for range s.in.H {
			at += copy(dst[at:at+before], s.fill)
			at += copy(dst[at:], in[:line])
			at += copy(dst[at:at+after], s.fill)
			in = in[line:]
		}
	}
	for range s.bottom {
		at += copy(dst[at:], s.fill[:pitch])
	}
	copy(dst[at:at+s.slack], s.fill)
	return dst
}
