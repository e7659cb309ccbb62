package kernels

// Stage turns an image into one that routines read without looking at its
// borders: with the padding written out, and with room behind it, since whole
// groups of inputs are read even where a segment ends within one. What is
// read there meets weights of zero.
type Stage[T int8 | float32] struct {
	in Image
	border
	repeat int // how often each channel stands beside itself
	fill   []T // one line of the padding's value
	slack  int
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

// staging is how an image is staged.
type staging[T int8 | float32] struct {
	border
	fill T // the padding's value
	// exact says that routines read no segment beyond its end.
	exact bool
	// repeat is how often each channel stands beside itself; 0 is once.
	repeat int
}

// newStage describes a staged image; nil where the image serves as it is.
func newStage[T int8 | float32](in Image, g staging[T]) *Stage[T] {
	b := border{max(g.top, 0), max(g.left, 0), max(g.bottom, 0), max(g.right, 0)}
	if b == (border{}) && g.exact && g.repeat <= 1 {
		return nil
	}
	s := &Stage[T]{in: in, border: b, repeat: max(g.repeat, 1)}
	if !g.exact {
		s.slack = stageSlack
	}
	s.fill = make([]T, max(s.pitch(), s.slack))
	set(s.fill, g.fill)
	return s
}

// stageElements gives the size of a staged image, saturating.
func stageElements(in Image, b border, repeat int) int64 {
	pitch := int64(max(b.left, 0)+in.W+max(b.right, 0)) * int64(in.C) * int64(repeat)
	lines := int64(max(b.top, 0) + in.H + max(b.bottom, 0))
	if pitch > 1<<31 {
		return 1 << 60
	}
	return pitch*(lines+1) + 2*stageSlack
}

// layout gives the length of a line and of the whole image that routines read: the staged one, or in where s is nil.
func (s *Stage[T]) layout(in Image) (pitch, size int) {
	if s == nil {
		return in.W * in.C, in.elements()
	}
	return s.pitch(), s.Elements()
}

// pitch gives the length of a line.
func (s *Stage[T]) pitch() int { return (s.left + s.in.W + s.right) * s.in.C * s.repeat }

// Elements gives how many elements Run fills; 0 for nil.
func (s *Stage[T]) Elements() int {
	if s == nil {
		return 0
	}
	return (s.top+s.in.H+s.bottom)*s.pitch() + s.slack
}

// Run copies one image to dst and gives what routines read: dst, or the image
// itself where s is nil.
func (s *Stage[T]) Run(dst, in []T) []T {
	if s == nil {
		return in
	}
	pitch, line := s.pitch(), s.in.W*s.in.C
	before, after := s.left*s.in.C*s.repeat, s.right*s.in.C*s.repeat
	at := 0
	for range s.top {
		at += copy(dst[at:], s.fill[:pitch])
	}
	if before+after == 0 && s.repeat == 1 {
		at += copy(dst[at:], in[:s.in.H*line])
	} else {
		for range s.in.H {
			at += copy(dst[at:at+before], s.fill)
			at += repeated(dst[at:], in[:line], s.repeat)
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

// repeated copies each element n times and gives the number of copies.
func repeated[T int8 | float32](dst, in []T, n int) int {
	switch n {
	case 1:
		return copy(dst, in)
	case 2:
		dst = dst[:2*len(in)]
		for i, v := range in {
			d := dst[2*i:][:2]
			d[0], d[1] = v, v
		}
	case 4:
		dst = dst[:4*len(in)]
		for i, v := range in {
			d := dst[4*i:][:4]
			d[0], d[1], d[2], d[3] = v, v, v, v
		}
	default:
		for _, v := range in {
			set(dst[:n], v)
			dst = dst[n:]
		}
	}
	return n * len(in)
}
