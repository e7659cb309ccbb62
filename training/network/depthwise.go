package network

// depthwise is a convolution of each channel by itself. There is no product of
// matrices in it: rows of channels are multiplied element by element.
type depthwise struct {
	e *engine
	geometry
	w, b *param
	x, y []float32

	ys, xs  [][]tap // for each row and column of outputs
	partial [shards][]float32
	sums    [shards][]float64
	n       int
	dy, dx  []float32

	forwardTask, backwardTask func(worker, task int)
}

func newDepthwise(e *engine, s Spec) *depthwise {
	d := &depthwise{e: e, w: newParam(s.weights()), geometry: newGeometry(s.In, s.Out, s.Kernel, s.Stride)}
	if s.Bias {
		d.b = newParam(s.Out.C)
	}
	d.ys, d.xs = d.meets()
	for i := range d.partial {
		d.partial[i] = make([]float32, len(d.w.value))
		if s.Bias {
			d.sums[i] = make([]float64, s.Out.C)
		}
	}
	d.forwardTask, d.backwardTask = d.forwardSample, d.backwardPart
	return d
}

func (d *depthwise) params() []*param { return withBias(d.w, d.b) }

func (d *depthwise) reserve(n int) { d.y = grow(d.y, n*d.shortN) }

func (d *depthwise) forward(x []float32, n int, train bool) []float32 {
	d.x = x
	d.e.run(n, d.forwardTask)
	if !train {
		d.x = nil
	}
	return d.y[:n*d.shortN]
}

func (d *depthwise) forwardSample(_, t int) {
	c := d.long.C
	x, y := d.x[t*d.longN:(t+1)*d.longN], d.y[t*d.shortN:(t+1)*d.shortN]
	at := 0
	for _, ty := range d.ys {
		for _, tx := range d.xs {
			row := y[at : at+c]
			at += c
			clear(row)
			copy(row, offset(d.b))
			for _, v := range ty {
				for _, h := range tx {
					from, w := (v.at*d.long.W+h.at)*c, (v.k*d.kernel+h.k)*c
					d.e.im.MulAdd(row, x[from:from+c], d.w.value[w:w+c])
				}
			}
		}
	}
}

func (d *depthwise) backward(dy, dx []float32, n int) []float32 {
	d.dy, d.dx, d.n = dy, dx, n
	d.e.run(shards, d.backwardTask)
	clear(d.w.grad)
	for s := range shards {
		d.e.im.Add(d.w.grad, d.partial[s])
	}
	if d.b != nil {
		for i := range d.b.grad {
			sum := 0.0
			for s := range shards {
				sum += d.sums[s][i]
			}
			d.b.grad[i] = float32(sum)
		}
	}
	return dx
}

// backwardPart computes the gradients of some samples.
func (d *depthwise) backwardPart(worker, s int) {
	lo, hi := shard(s, d.n)
	clear(d.partial[s])
	if d.b != nil {
		w := &d.e.workers[worker]
		w.panels = grow(w.panels, d.short.C)
		clear(d.sums[s])
		sumRows(d.e.im, d.sums[s], d.dy[lo*d.shortN:hi*d.shortN], w.panels)
	}
	for ; lo < hi; lo++ {
		d.backwardSample(d.partial[s], lo)
	}
}

func (d *depthwise) backwardSample(grad []float32, i int) {
	c := d.long.C
	x, dy := d.x[i*d.longN:(i+1)*d.longN], d.dy[i*d.shortN:(i+1)*d.shortN]
	var dx []float32
	if d.dx != nil {
		dx = d.dx[i*d.longN : (i+1)*d.longN]
		clear(dx)
	}
	at := 0
	for _, ty := range d.ys {
		for _, tx := range d.xs {
			row := dy[at : at+c]
			at += c
			for _, v := range ty {
				for _, h := range tx {
					from, w := (v.at*d.long.W+h.at)*c, (v.k*d.kernel+h.k)*c
					d.e.im.MulAdd(grad[w:w+c], row, x[from:from+c])
					if dx != nil {
						d.e.im.MulAdd(dx[from:from+c], row, d.w.value[w:w+c])
					}
				}
			}
		}
	}
}
