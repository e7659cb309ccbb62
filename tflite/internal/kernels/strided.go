package kernels

// Strided copies elements from one tensor to another, along dimensions that each walks with a stride of its own: what
// slices, joins, splits and transposes.
type Strided struct {
	dims     []StridedDim // outermost first, without the innermost run
	from, to int          // bytes before the first element
	run      int          // bytes of what lies together in both
}

// StridedDim is one dimension of what is copied: how many steps, and how far a step goes in each tensor, in elements.
// A step may go back, or nowhere.
type StridedDim struct{ N, In, Out int }

// NewStrided plans copying elements of size bytes, from the element from of one tensor to the element to of the other.
func NewStrided(dims []StridedDim, from, to, size int) *Strided {
	s := &Strided{from: from * size, to: to * size, run: size}
	for _, d := range dims {
		if d.N == 1 {
			continue
		}
		d.In, d.Out = d.In*size, d.Out*size
		if last := len(s.dims) - 1; last >= 0 && s.dims[last].In == d.N*d.In && s.dims[last].Out == d.N*d.Out {
			s.dims[last] = StridedDim{s.dims[last].N * d.N, d.In, d.Out}
			continue
		}
		s.dims = append(s.dims, d)
	}
	if last := len(s.dims) - 1; last >= 0 && s.dims[last].In == size && s.dims[last].Out == size {
		s.run *= s.dims[last].N
		s.dims = s.dims[:last]
	}
	return s
}

// Run copies to out from in.
func (s *Strided) Run(out, in []byte) { s.copy(out, in, s.to, s.from, 0) }

func (s *Strided) copy(out, in []byte, to, from, d int) {
	switch {
	case d == len(s.dims):
		copy(out[to:to+s.run], in[from:from+s.run])
	case d == len(s.dims)-1:
		s.line(out, in, to, from)
	default:
		for range s.dims[d].N {
			s.copy(out, in, to, from, d+1)
			to += s.dims[d].Out
			from += s.dims[d].In
		}
	}
}

// line copies the innermost dimension but for the runs.
func (s *Strided) line(out, in []byte, to, from int) {
	d := s.dims[len(s.dims)-1]
	switch s.run {
	case 1:
		for range d.N {
			out[to] = in[from]
			to += d.Out
			from += d.In
		}
	case 4:
		for range d.N {
			*(*[4]byte)(out[to:]) = *(*[4]byte)(in[from:])
			to += d.Out
			from += d.In
		}
	default:
		for range d.N {
			copy(out[to:to+s.run], in[from:from+s.run])
			to += d.Out
			from += d.In
		}
	}
}
