package network

import (
	"github.com/auscult/auscult/tflite/matrix"
	"github.com/auscult/auscult/training/network/internal/kernels"
)

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
	y       []float32
	offsets offsetSums
	rows    denseRows
	batch   denseBatch
	panels  []float32 // a packed copy of dy

	forwardTask, backwardTask func(worker, task int)
}

// denseRows are the offsets of rowTile rows of x and y, and of the weights'
// gradient, whose rows are x's columns.
type denseRows struct {
	in, out, columns []int32
}

// denseBatch is what the tasks in progress share.
type denseBatch struct {
	n         int
	x, dy, dx []float32
	weights   factor
	gradient  factor // dy, to multiply by
}

func newDense(e *engine, s Spec) *dense {
	d := &dense{e: e, in: s.In.C, out: s.Out.C, w: newParam(s.weights())}
	if s.Bias {
		d.b = newParam(s.Out.C)
		d.offsets = newOffsetSums(s.Out.C)
	}
	d.rows = denseRows{in: multiples(rowTile, d.in), out: multiples(rowTile, d.out), columns: multiples(rowTile, 1)}
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
	b := &d.batch
	b.x, b.n = x, n
	b.weights = d.e.pack(matrix.Matrix{V: d.w.value, K: d.in, N: d.out, StepK: d.out, StepN: 1})
	d.e.run(rowTasks(n), d.forwardTask)
	if !train {
		b.x = nil
	}
	return d.y[:n*d.out]
}

func (d *dense) backward(dy, dx []float32, n int) []float32 {
	b := &d.batch
	b.n, b.dy, b.dx = n, dy, dx
	b.gradient = factor{values: dy}
	if im := d.e.im; d.out%im.NR != 0 {
		d.panels = grow(d.panels, im.PackedLen(n, d.out))
		im.Pack(d.panels, n, 0, &matrix.Matrix{V: dy, K: n, N: d.out, StepK: d.out, StepN: 1})
		b.gradient = factor{d.panels, n}
	}
	tasks := rowTasks(d.in) + 1
	if dx != nil {
		b.weights = d.e.pack(matrix.Matrix{V: d.w.value, K: d.out, N: d.in, StepK: 1, StepN: d.out})
		tasks += rowTasks(n)
	}
	d.e.run(tasks, d.backwardTask)
	return dx
}

func (d *dense) forwardRows(worker, t int) {
	b := &d.batch
	lo, hi := t*rowTile, min((t+1)*rowTile, b.n)
	w := &d.e.workers[worker]
	p := &w.product
	p.A, p.Rows, p.StepA, p.Segs = b.x[lo*d.in:], d.rows.in[:hi-lo], 1, w.one(d.in)
	p.B, p.Depth = b.weights.values, b.weights.depth
	p.C, p.Outs, p.From, p.To = d.y[lo*d.out:], d.rows.out[:hi-lo], 0, d.out
	p.Init, p.Add = offset(d.b), false
	d.e.im.Mul(&w.Work, p)
}

// backwardPart computes the gradient by the offsets, or by some weights, or by
// some inputs.
func (d *dense) backwardPart(worker, t int) {
	weights := rowTasks(d.in)
	switch {
	case t == 0:
		if d.b != nil {
			d.offsets.gradient(d.e.im, d.b, d.batch.dy[:d.batch.n*d.out])
		}
	case t <= weights:
		d.weightRows(worker, t-1)
	default:
		d.inputRows(worker, t-1-weights)
	}
}

// weightRows computes some rows of the weights' gradient, each sum in the order
// of the batch.
func (d *dense) weightRows(worker, t int) {
	b := &d.batch
	lo, hi := t*rowTile, min((t+1)*rowTile, d.in)
	w := &d.e.workers[worker]
	p := &w.product
	p.A, p.Rows, p.StepA, p.Segs = b.x[lo:], d.rows.columns[:hi-lo], d.in, w.one(b.n)
	p.B, p.Depth, p.StepB = b.gradient.values, b.gradient.depth, d.out
	p.C, p.Outs, p.From, p.To = d.w.grad[lo*d.out:], d.rows.out[:hi-lo], 0, d.out
	p.Init, p.Add = nil, false
	d.e.im.Mul(&w.Work, p)
}

func (d *dense) inputRows(worker, t int) {
	b := &d.batch
	lo, hi := t*rowTile, min((t+1)*rowTile, b.n)
	w := &d.e.workers[worker]
	p := &w.product
	p.A, p.Rows, p.StepA, p.Segs = b.dy[lo*d.out:], d.rows.out[:hi-lo], 1, w.one(d.out)
	p.B, p.Depth = b.weights.values, b.weights.depth
	p.C, p.Outs, p.From, p.To = b.dx[lo*d.in:], d.rows.in[:hi-lo], 0, d.in
	p.Init, p.Add = nil, false
	d.e.im.Mul(&w.Work, p)
}

// offsetSums is scratch for the gradient by a layer's offsets.
type offsetSums struct {
	sums  []float64
	block []float32
}

func newOffsetSums(n int) offsetSums { return offsetSums{make([]float64, n), make([]float32, n)} }

// gradient sets the gradient by b to the sums of the columns of dy.
func (o *offsetSums) gradient(im *kernels.Impl, b *param, dy []float32) {
	clear(o.sums)
	sumRows(im, o.sums, dy, o.block)
	for i, v := range o.sums {
		b.grad[i] = float32(v)
	}
}
