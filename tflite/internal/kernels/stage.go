package kernels

// Stage turns an image into one that routines read without looking at its
// borders: with the padding written out, and with room behind it, since whole
// groups of inputs are read even where a segment ends within one. What is
// read there meets weights of zero.
type Stage struct {
	in Image
	border
	fill  []int8 // one line of the padding's value
	slack int
}

// border is how many positions are added at each side of an image.
type border struct{ top, left, bottom, right int }

// border gives the padding that the window reads. Where it does not reach a side, the number is not positive.
func (g *Sliding) border() border {
	return border{
		top: g.PadTop, bottom: below(g.Out.H, g.In.H, g.H, g.StrideH, g.DilationH, g.PadTop),
		left: g.PadLeft, right: below(g.Out.W, g.In.W, g.W, g.StrideW, g.DilationW, g.PadLeft),
	}
}

// below gives the padding needed after the last element of one dimension.
func below(positions, size, kernel, stride, dilation, before int) int {
	return (positions-1)*stride + (kernel-1)*dilation + 1 - before - size
}

// stageSlack is the room behind a staged image: the largest group of inputs.
const stageSlack = 64

// newStage describes an image with a border; nil where the image serves as it is. A segment of exact length is not
// read beyond.
func newStage(in Image, b border, fill int8, exact bool) *Stage {
	b = border{max(b.top, 0), max(b.left, 0), max(b.bottom, 0), max(b.right, 0)}
	if b == (border{}) && exact {
		return nil
	}
	s := &Stage{in: in, border: b, slack: stageSlack}
	s.fill = make([]int8, max(s.pitch(), s.slack))
	set(s.fill, fill)
	return s
}

// stageBytes gives the size of a staged image, saturating.
func stageBytes(in Image, b border) int64 {
	pitch := int64(max(b.left, 0)+in.W+max(b.right, 0)) * int64(in.C)
	lines := int64(max(b.top, 0) + in.H + max(b.bottom, 0))
	if pitch > 1<<31 {
		return 1 << 62
	}
	return pitch*(lines+1) + 2*stageSlack
}

// layout gives the length of a line and of the whole image that routines read: the staged one, or in where s is nil.
func (s *Stage) layout(in Image) (pitch, size int) {
	if s == nil {
		return in.W * in.C, in.elements()
	}
	return s.pitch(), s.Bytes()
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
