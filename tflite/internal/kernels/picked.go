package kernels

// Picked fills an output with runs of its input, each from a place of its own, or with one value: what strides alone do
// not describe.
type Picked struct {
	from []int32 // byte in the input of each run; -1 for the fill
	run  int
	fill []byte // a run
}

// NewPicked plans runs of n elements of size bytes, from the given runs of the input; -1 stands for the element fill,
// of size bytes, which may be nil where none does.
func NewPicked(from []int32, n, size int, fill []byte) *Picked {
	p := &Picked{from: from, run: n * size}
	for i := range from {
		if from[i] >= 0 {
			from[i] *= int32(p.run)
		}
	}
	for range n {
		p.fill = append(p.fill, fill...)
	}
	return p
}

// Run fills out from in.
func (p *Picked) Run(out, in []byte) {
	if p.run == 1 {
		for i, at := range p.from {
			if at < 0 {
				out[i] = p.fill[0]
			} else {
				out[i] = in[at]
			}
		}
		return
	}
	for i, at := range p.from {
		dst := out[i*p.run:][:p.run]
		if at < 0 {
			copy(dst, p.fill)
		} else {
			copy(dst, in[at:])
		}
	}
}
