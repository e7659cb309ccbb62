package kernels

// Tile repeats its input along each dimension.
type Tile struct {
	dims []tiled // outermost first; neighbours that can be walked as one are merged
}

// tiled is a run of n elements, or of n inner runs, that stands times over.
type tiled struct{ n, times int }

// NewTile plans from the shape of the input and the repetitions of each dimension.
func NewTile(shape, times []int) *Tile {
	t := &Tile{dims: []tiled{{1, 1}}}
	for i, n := range shape {
		last := &t.dims[len(t.dims)-1]
		switch {
		case times[i] == 1: // what is repeated outside is repeated as a whole
			last.n *= n
		case last.times == 1 && last.n == 1:
			*last = tiled{n, times[i]}
		default:
			t.dims = append(t.dims, tiled{n, times[i]})
		}
	}
	return t
}

// Run fills out from in.
func (t *Tile) Run(out, in []int8) { t.run(out, in, 0) }

// run tiles the dimensions from d on and returns how much of out it filled and
// of in it read.
func (t *Tile) run(out, in []int8, d int) (written, read int) {
	n := t.dims[d].n
	switch {
	case d == len(t.dims)-1:
		written, read = copy(out[:n], in), n
	case d == len(t.dims)-2:
		written, read = t.dims[d+1].repeat(out, in, n)
	default:
		for range n {
			w, r := t.run(out[written:], in[read:], d+1)
			written += w
			read += r
		}
	}
	once := written
	for range t.dims[d].times - 1 {
		written += copy(out[written:written+once], out[:once])
	}
	return written, read
}

// repeat writes each of count runs times over. Short runs are copied in pieces of a
// fixed size, which needs no call.
func (d tiled) repeat(out, in []int8, count int) (written, read int) {
	const piece = 16
	for range count {
		src := in[read : read+d.n]
		for range d.times {
			dst := out[written : written+d.n]
			if d.n%piece != 0 || d.n > 8*piece {
				copy(dst, src)
			} else {
				for i := 0; i+piece <= len(src); i += piece {
					*(*[piece]int8)(dst[i:]) = *(*[piece]int8)(src[i:])
				}
			}
			written += d.n
		}
		read += d.n
	}
	return written, read
}

// Pad puts its input into a larger output that is filled elsewhere.
type Pad struct {
	in, out, before []int  // by dimension; neighbours that can be walked as one are merged
	fill            []byte // an element
}

// NewPad plans from the shapes and, for each dimension, how many positions come
// before the input.
func NewPad(in, out, before []int, fill []byte) *Pad {
	p := &Pad{fill: fill}
	for i, n := range in {
		if last := len(p.in) - 1; last >= 0 && n == out[i] { // not padded: goes with the one outside
			p.in[last] *= n
			p.out[last] *= n
			p.before[last] *= n
			continue
		}
		p.in, p.out, p.before = append(p.in, n), append(p.out, out[i]), append(p.before, before[i])
	}
	return p
}

// Run fills out from in.
func (p *Pad) Run(out, in []byte) {
	for n := copy(out, p.fill); n < len(out); n *= 2 {
		copy(out[n:], out[:n])
	}
	p.run(out, in, 0)
}

// run places the dimensions from d on; out and in start at their first element.
func (p *Pad) run(out, in []byte, d int) {
	if d == len(p.in) {
		out[0] = in[0]
		return
	}
	if d == len(p.in)-1 {
		copy(out[p.before[d]:], in[:p.in[d]])
		return
	}
	stepOut, stepIn := len(out)/p.out[d], len(in)/p.in[d]
	for i := range p.in[d] {
		at := (p.before[d] + i) * stepOut
		p.run(out[at:at+stepOut], in[i*stepIn:(i+1)*stepIn], d+1)
	}
}
