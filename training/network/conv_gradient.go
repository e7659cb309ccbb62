package network

import "github.com/auscult/auscult/tflite/matrix"

// gradientPlan says how the gradient by the weights is multiplied. A convolution
// has patches' transpose times dy, a transposed one x's transpose times the
// patches of dy. Patches are multiplied where they lie, tap by tap, or copied
// together first where the long side is too narrow for that.
type gradientPlan struct {
	copied bool
	group  int            // samples multiplied together
	taps   [][]matrix.Seg // for each tap, of all samples of a group
	rows   []int32        // of A
	outs   []int32        // of the gradient
	blocks int            // tasks that A's rows are split into
}

// rowBlock is how many rows of a weight gradient one task computes.
const rowBlock = 48

func newGradientPlan(c *conv) gradientPlan {
	g := gradientPlan{group: c.down.group}
	g.copied = c.long.C < fewChannels || c.transposed && c.long.C%c.e.im.NR != 0
	rows, width := c.long.C, c.short.C
	switch {
	case c.transposed:
		rows, width = c.short.C, c.patch
	case g.copied:
		rows = c.patch
	}
	g.rows, g.outs = multiples(rows, 1), multiples(rows, width)
	g.blocks = (rows + rowBlock - 1) / rowBlock
	if g.copied {
		return g
	}
	// B's offsets count positions if the short side is B and is packed.
	unit := c.short.C
	if !c.transposed && c.short.C%c.e.im.NR != 0 {
		unit = 1
	}
	for ky := range c.kernel {
		for kx := range c.kernel {
			g.taps = append(g.taps, c.tapSegments(ky, kx, g.group, unit))
		}
	}
	return g
}

// tapSegments lists the positions that meet tap (ky,kx), as offsets on both
// sides: a segment for each row of them. Those of the short side are multiples
// of unit.
func (c *conv) tapSegments(ky, kx, group, unit int) []matrix.Seg {
	var segs []matrix.Seg
	ys, xs := c.meets()
	rows, columns := atTap(ys, ky), atTap(xs, kx)
	step := matrix.Seg{A: int32(c.stride * c.long.C), B: int32(unit)}
	for s := range group {
		var ofSample []matrix.Seg // upTo cuts between samples
		for _, y := range rows {
			for _, x := range columns {
				long := s*c.longN + (y.long*c.long.W+x.long)*c.long.C
				short := (s*c.positions + y.short*c.short.W + x.short) * unit
				ofSample = addStep(ofSample, matrix.Seg{A: int32(long), B: int32(short), N: 1}, step)
			}
		}
		segs = append(segs, ofSample...)
	}
	for i, s := range segs {
		if c.transposed {
			segs[i].A, segs[i].B = s.B, s.A
		}
	}
	return segs
}

// addStep adds the segment s of one step to segs. It makes the last one longer if s
// lies one step behind its end.
func addStep(segs []matrix.Seg, s, step matrix.Seg) []matrix.Seg {
	if n := len(segs); n > 0 {
		last := &segs[n-1]
		if last.A+last.N*step.A == s.A && last.B+last.N*step.B == s.B {
			last.N++
			return segs
		}
	}
	return append(segs, s)
}

// meeting is a place on the short side's axis and the one on the long side that it
// meets by some tap.
type meeting struct{ short, long int }

// atTap returns the places that meet by kernel element k.
func atTap(axis [][]tap, k int) (all []meeting) {
	for short, taps := range axis {
		for _, t := range taps {
			if t.k == k {
				all = append(all, meeting{short, t.at})
			}
		}
	}
	return all
}

// upTo returns the segments of the first k samples of a group.
func upTo(segs []matrix.Seg, k, group int) []matrix.Seg { return segs[:len(segs)/group*k] }

// convGradient computes a convolution's gradients by weights and offsets: parts of
// the batch side by side, then their sums.
type convGradient struct {
	c    *conv
	plan gradientPlan
	sums [shards][]float64 // of dy

	// What the tasks in progress share.
	n       int
	dy      []float32
	inPlace bool // dy is multiplied where it lies

	partTask, totalTask func(worker, task int)
}

func newConvGradient(c *conv) *convGradient {
	g := &convGradient{c: c}
	g.partTask, g.totalTask = g.part, g.total
	for s := range g.sums {
		if c.b != nil {
			g.sums[s] = make([]float64, len(c.b.value))
		}
	}
	return g
}

// find sets the gradients for a batch of n whose loss has the gradient dy by the
// outputs.
func (g *convGradient) find(dy []float32, n int) {
	g.dy, g.n = dy, n
	e, w, b := g.c.e, g.c.w, g.c.b
	g.inPlace = g.c.short.C%e.im.NR == 0
	for s := range e.partial {
		if s > 0 { // the first part uses the gradient itself
			e.partial[s] = grow(e.partial[s], len(w.grad))
		}
	}
	e.run(shards*g.plan.blocks, g.partTask)
	e.run((len(w.grad)+elementSpan-1)/elementSpan, g.totalTask)
	if b == nil {
		return
	}
	for i := range b.grad {
		sum := 0.0
		for s := range g.sums {
			sum += g.sums[s][i]
		}
		b.grad[i] = float32(sum)
	}
}

// total adds the parts up in their order.
func (g *convGradient) total(_, t int) {
	e, grad := g.c.e, g.c.w.grad
	lo, hi := t*elementSpan, min((t+1)*elementSpan, len(grad))
	for s := 1; s < shards; s++ {
		if from, to := shard(s, g.n); from < to {
			e.im.Add(grad[lo:hi], e.partial[s][lo:hi])
		}
	}
}

// part computes some rows of the gradient over a part of the batch.
func (g *convGradient) part(worker, t int) {
	s, block := t/g.plan.blocks, t%g.plan.blocks
	lo, hi := shard(s, g.n)
	to := g.c.e.partial[s]
	if s == 0 {
		to = g.c.w.grad
	}
	w := &g.c.e.workers[worker]
	if b := g.c.b; block == 0 && b != nil {
		clear(g.sums[s])
		out := len(g.dy) / g.n
		w.panels = grow(w.panels, len(b.value))
		sumRows(g.c.e.im, g.sums[s], g.dy[lo*out:hi*out], w.panels)
	}
	if lo == hi && s == 0 {
		clear(to)
	}
	from := block * rowBlock
	rows := g.plan.rows[from:min(from+rowBlock, len(g.plan.rows))]
	for first := lo; lo < hi; lo += g.plan.group {
		k := min(g.plan.group, hi-lo)
		p := &w.product
		p.Rows, p.Outs, p.Init, p.Add, p.From = rows, g.plan.outs[from:from+len(rows)], nil, lo > first, 0
		if g.c.transposed {
			g.transposedGroup(w, to, lo, k)
		} else {
			g.plainGroup(w, to, lo, k)
		}
	}
}

// plainGroup adds k samples' part of a convolution's gradient.
func (g *convGradient) plainGroup(w *worker, to []float32, lo, k int) {
	c, p := g.c, &w.product
	im := c.e.im
	dy := g.dy[lo*c.shortN : (lo+k)*c.shortN]
	p.B, p.Depth, p.StepB, p.To = dy, 0, c.short.C, c.short.C
	if !g.inPlace {
		p.Depth = k * c.positions
		w.panels = grow(w.panels, im.PackedLen(p.Depth, c.short.C))
		im.Pack(w.panels, p.Depth, 0, &matrix.Matrix{V: dy, K: p.Depth, N: c.short.C, StepK: c.short.C, StepN: 1})
		p.B = w.panels
	}
	x := c.x[lo*c.longN : (lo+k)*c.longN]
	if g.plan.copied {
		p.A, p.StepA, p.Segs, p.C = c.patchesOf(w, x, k, c.patch), c.patch, w.one(k*c.positions), to
		im.Mul(&w.Work, p)
		return
	}
	p.A, p.StepA = x, c.stride*c.long.C
	for i, segs := range g.plan.taps {
		p.Segs, p.C = upTo(segs, k, g.plan.group), to[i*c.long.C*c.short.C:]
		im.Mul(&w.Work, p)
	}
}

// transposedGroup adds k samples' part of a transposed convolution's gradient.
func (g *convGradient) transposedGroup(w *worker, to []float32, lo, k int) {
	c, p := g.c, &w.product
	im := c.e.im
	p.A, p.StepA, p.Depth = c.x[lo*c.shortN:(lo+k)*c.shortN], c.short.C, 0
	dy := g.dy[lo*c.longN : (lo+k)*c.longN]
	if g.plan.copied {
		p.StepB, p.To = im.Padded(c.patch), c.patch
		p.B, p.Segs, p.C = c.patchesOf(w, dy, k, p.StepB), w.one(k*c.positions), to
		im.Mul(&w.Work, p)
		return
	}
	p.B, p.StepB, p.To = dy, c.stride*c.long.C, c.long.C
	for i, segs := range g.plan.taps {
		p.Segs, p.C = upTo(segs, k, g.plan.group), to[i*c.long.C:]
		im.Mul(&w.Work, p)
	}
}

// patchesOf copies the patches of k samples' long sides together.
func (c *conv) patchesOf(w *worker, long []float32, k, width int) []float32 {
	w.patches = grow(w.patches, k*c.positions*width)
	for i := range k {
		c.copyPatches(w.patches[i*c.positions*width:], long[i*c.longN:], width)
	}
	return w.patches[:k*c.positions*width]
}
