package kernels

// Tile repeats its input along each dimension.
type Tile struct {
	shape, times []int
}

// NewTile keeps the shape of the input and the repetitions of each dimension.
func NewTile(shape, times []int) *Tile {
	return &Tile{shape: shape, times: times}
}

// Run fills out from in.
func (t *Tile) Run(out, in []int8) { t.run(out, in, 0) }

// run tiles the dimensions from d on and returns how much of out it filled and
// of in it read.
func (t *Tile) run(out, in []int8, d int) (written, read int) {
	if d == len(t.shape) {
		out[0] = in[0]
		return 1, 1
	}
	if d == len(t.shape)-1 {
		written, read = copy(out[:t.shape[d]], in), t.shape[d]
	} else {
		for range t.shape[d] {
			w, r := t.run(out[written:], in[read:], d+1)
			written += w
			read += r
		}
	}
	once := written
	for range t.times[d] - 1 {
		written += copy(out[written:written+once], out[:once])
	}
	return written, read
}

// Pad puts its input into a larger output that is filled elsewhere.
type Pad struct {
	in, out, before []int // by dimension
	fill            int8
}

// NewPad keeps the shapes and, for each dimension, how many positions come before
// the input.
func NewPad(in, out, before []int, fill int8) *Pad {
	return &Pad{in: in, out: out, before: before, fill: fill}
}

// Run fills out from in.
func (p *Pad) Run(out, in []int8) {
	set(out, p.fill)
	p.run(out, in, 0)
}

// run places the dimensions from d on; out and in start at their first element.
func (p *Pad) run(out, in []int8, d int) {
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
