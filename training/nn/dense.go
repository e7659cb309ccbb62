package nn

// layer is one step of a network. Buffers that it returns are its own and stay
// valid until its next call.
type layer interface {
	// reserve makes the buffers for batches of up to n samples.
	reserve(n int)
	// forward computes the outputs of the n samples in x. It keeps x for
	// backward when train is set.
	forward(p pool, x []float32, n int, train bool) []float32
	// backward takes the loss's gradient by the outputs, writes the gradients
	// by the parameters, and returns that by the inputs, or nil unless
	// needInput is set. It may overwrite dy.
	backward(p pool, dy []float32, n int, needInput bool) []float32
	// params returns what is trained.
	params() []*param
}

// param is one trained array.
type param struct {
	value, grad []float32
	m, v        []float32 // Adam's moments
}

func newParam(n int) *param {
	return &param{value: make([]float32, n), grad: make([]float32, n)}
}

// grow returns s with length n, made anew if it is too small.
func grow(s []float32, n int) []float32 {
	if cap(s) < n {
		return make([]float32, n)
	}
	return s[:n]
}

// dense computes y = x*W + b.
type dense struct {
	in, out int
	w, b    *param // b is nil without bias
	wt      []float32
	x       []float32
	y, dx   []float32
	acc     []float64
	block   []float32
}

func newDense(s Spec) *dense {
	d := &dense{in: s.In.C, out: s.Out.C, w: newParam(s.weights())}
	if s.Bias {
		d.b = newParam(s.Out.C)
		d.acc, d.block = make([]float64, d.out), make([]float32, d.out)
	}
	return d
}

func (d *dense) params() []*param { return withBias(d.w, d.b) }

func withBias(w, b *param) []*param {
	if b == nil {
		return []*param{w}
	}
	return []*param{w, b}
}

func (d *dense) reserve(n int) {
	d.y = grow(d.y, n*d.out)
}

// rowTile is the number of samples that one task of a dense layer computes.
const rowTile = 32

func (d *dense) forward(p pool, x []float32, n int, train bool) []float32 {
	d.x = nil
	if train {
		d.x = x
	}
	y := d.y[:n*d.out]
	p.run((n+rowTile-1)/rowTile, func(t int) {
		lo, hi := t*rowTile, min((t+1)*rowTile, n)
		part := y[lo*d.out : hi*d.out]
		clear(part)
		if d.b != nil {
			addRow(part, d.b.value)
		}
		mulAdd(hi-lo, d.out, d.in, x[lo*d.in:], d.in, d.w.value, d.out, part, d.out)
	})
	return y
}

func (d *dense) backward(p pool, dy []float32, n int, needInput bool) []float32 {
	if d.b != nil {
		sumRows(d.b.grad, dy, d.acc, d.block)
	}
	// Each task owns some rows of the gradient and takes the batch in order.
	p.run((d.in+tileM-1)/tileM, func(t int) {
		lo, hi := t*tileM, min((t+1)*tileM, d.in)
		part := d.w.grad[lo*d.out : hi*d.out]
		clear(part)
		mulTransAdd(hi-lo, d.out, n, d.x[lo:], d.in, dy, d.out, part, d.out)
	})
	if !needInput {
		return nil
	}
	d.wt = grow(d.wt, d.in*d.out)
	transpose(d.wt, d.w.value, d.in, d.out)
	d.dx = grow(d.dx, cap(d.y)/d.out*d.in)
	dx := d.dx[:n*d.in]
	p.run((n+rowTile-1)/rowTile, func(t int) {
		lo, hi := t*rowTile, min((t+1)*rowTile, n)
		part := dx[lo*d.in : hi*d.in]
		clear(part)
		mulAdd(hi-lo, d.in, d.out, dy[lo*d.out:], d.out, d.wt, d.in, part, d.in)
	})
	return dx
}
