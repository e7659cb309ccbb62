package nn

// layer is one step of a network. Buffers that it returns are its own and stay
// valid until its next call.
type layer interface {
	// reserve makes the buffers for batches of up to n samples.
	reserve(n int)
	// forward computes the outputs of the n samples in x. It keeps x for
	// backward when train is set.
	forward(x []float32, n int, train bool) []float32
	// backward takes the loss's gradient by the outputs, writes the gradients
	// by the parameters, and returns that by the inputs: in dx, or in dy, which it
	// may overwrite. Without dx there is nothing to return.
	backward(dy, dx []float32, n int) []float32
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

// dense computes y = x*W + b.
type dense struct {
	e       *engine
	in, out int
	w, b    *param // b is nil without bias
	x, y    []float32
	acc     []float64
	block   []float32

	// Offsets of rowTile rows of x, y, and of the gradient's rows.
	rowsIn, rowsOut, columns []int32

	// What the tasks in progress share.
	n              int
	dy, dx, packed []float32
	depth          int
	inPlace        bool      // dy is multiplied where it lies
	panels         []float32 // else a packed copy

	forwardTask, backwardTask func(worker, task int)
}

func newDense(e *engine, s Spec) *dense {
	d := &dense{e: e, in: s.In.C, out: s.Out.C, w: newParam(s.weights())}
	if s.Bias {
		d.b = newParam(s.Out.C)
		d.acc, d.block = make([]float64, d.out), make([]float32, d.out)
	}
	d.rowsIn, d.rowsOut, d.columns = multiples(rowTile, d.in), multiples(rowTile, d.out), multiples(rowTile, 1)
	d.forwardTask, d.backwardTask = d.forwardRows, d.backwardPart
	return d
}

func (d *dense) params() []*param { return withBias(d.w, d.b) }

func withBias(w, b *param) []*param {
	if b == nil {
		return []*param{w}
	}
	return []*param{w, b}
}

// offset returns the values of b, nil for none.
func offset(b *param) []float32 {
	if b == nil {
		return nil
	}
	return b.value
}

func (d *dense) reserve(n int) { d.y = grow(d.y, n*d.out) }

// rowTile is the number of rows that one task of a dense layer computes: whole
// tiles of every family of kernels.
const rowTile = 24

func rowTasks(n int) int { return (n + rowTile - 1) / rowTile }

func (d *dense) forward(x []float32, n int, train bool) []float32 {
	d.x, d.n = x, n
	d.packed, d.depth = d.e.pack(d.w.value, 1, d.in, d.out, 0, d.out, 1)
	d.e.run(rowTasks(n), d.forwardTask)
	if !train {
		d.x = nil
	}
	return d.y[:n*d.out]
}

func (d *dense) backward(dy, dx []float32, n int) []float32 {
	d.n, d.dy, d.dx = n, dy, dx
	d.inPlace = d.out%d.e.im.NR == 0
	if !d.inPlace {
		d.panels = grow(d.panels, d.e.im.PackedLen(n, d.out))
		d.e.im.Pack(d.panels, n, 0, n, d.out, dy, d.out, 1)
	}
	tasks := rowTasks(d.in) + 1
	if dx != nil {
		d.packed, d.depth = d.e.pack(d.w.value, 1, d.out, d.in, 0, 1, d.out)
		tasks += rowTasks(n)
	}
	d.e.run(tasks, d.backwardTask)
	return dx
}

func (d *dense) forwardRows(worker, t int) {
	lo, hi := t*rowTile, min((t+1)*rowTile, d.n)
	w := &d.e.workers[worker]
	p := &w.product
	p.A, p.Rows, p.StepA, p.Segs = d.x[lo*d.in:], d.rowsIn[:hi-lo], 1, w.one(d.in)
	p.B, p.Depth = d.packed, d.depth
	p.C, p.Outs, p.From, p.To = d.y[lo*d.out:], d.rowsOut[:hi-lo], 0, d.out
	p.Init, p.Add = offset(d.b), false
	d.e.im.Mul(&w.Work, p)
}

// backwardPart computes the gradient by the offsets, or by some weights, or by
// some inputs.
func (d *dense) backwardPart(worker, t int) {
	weights := rowTasks(d.in)
	switch {
	case t == 0:
		d.offsets()
	case t <= weights:
		d.weightRows(worker, t-1)
	default:
		d.inputRows(worker, t-1-weights)
	}
}

func (d *dense) offsets() {
	if d.b == nil {
		return
	}
	clear(d.acc)
	sumRows(d.e.im, d.acc, d.dy[:d.n*d.out], d.block)
	for i, v := range d.acc {
		d.b.grad[i] = float32(v)
	}
}

// weightRows computes some rows of the weights' gradient, each sum in the order
// of the batch.
func (d *dense) weightRows(worker, t int) {
	lo, hi := t*rowTile, min((t+1)*rowTile, d.in)
	w := &d.e.workers[worker]
	p := &w.product
	p.A, p.Rows, p.StepA, p.Segs = d.x[lo:], d.columns[:hi-lo], d.in, w.one(d.n)
	p.B, p.Depth, p.StepB = d.panels, d.n, d.out
	if d.inPlace {
		p.B, p.Depth = d.dy, 0
	}
	p.C, p.Outs, p.From, p.To = d.w.grad[lo*d.out:], d.rowsOut[:hi-lo], 0, d.out
	p.Init, p.Add = nil, false
	d.e.im.Mul(&w.Work, p)
}

func (d *dense) inputRows(worker, t int) {
	lo, hi := t*rowTile, min((t+1)*rowTile, d.n)
	w := &d.e.workers[worker]
	p := &w.product
	p.A, p.Rows, p.StepA, p.Segs = d.dy[lo*d.out:], d.rowsOut[:hi-lo], 1, w.one(d.out)
	p.B, p.Depth = d.packed, d.depth
	p.C, p.Outs, p.From, p.To = d.dx[lo*d.in:], d.rowsIn[:hi-lo], 0, d.in
	p.Init, p.Add = nil, false
	d.e.im.Mul(&w.Work, p)
}
