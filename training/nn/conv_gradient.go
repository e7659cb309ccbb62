package nn

import "github.com/auscult/auscult/training/nn/internal/kernels"

// gradientPlan says how the gradient by the weights is multiplied. A convolution
// has patches' transpose times dy, a transposed one x's transpose times the
// patches of dy. Patches are multiplied where they lie, tap by tap, or copied
// together first where the long side is too narrow for that.
type gradientPlan struct {
	copied bool
	group  int             // samples multiplied together
	taps   [][]kernels.Seg // for each tap, of all samples of a group
	rows   []int32         // of A
	outs   []int32         // of the gradient
	blocks int             // tasks that A's rows are split into
}

// rowBlock is how many rows of a weight gradient one task computes.
const rowBlock = 48

func newGradientPlan(c *conv, ys, xs [][]tap) gradientPlan {
	g := gradientPlan{group: c.down.group, copied: c.long.C < fewChannels || c.transposed && c.long.C%c.e.im.NR != 0}
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
			g.taps = append(g.taps, c.tapSegments(ys, xs, ky, kx, g.group, unit))
		}
	}
	return g
}

// tapSegments lists the positions that meet tap (ky,kx), as offsets on both
// sides: a segment for each row of them. Those of the short side are multiples
// of unit.
func (c *conv) tapSegments(ys, xs [][]tap, ky, kx, group, unit int) []kernels.Seg {
	var segs []kernels.Seg
	stepLong := int32(c.stride * c.long.C)
	for s := range group {
		first := len(segs)
		for oy, ty := range ys {
			y := atTap(ty, ky)
			if y < 0 {
				continue
			}
			for ox, tx := range xs {
				x := atTap(tx, kx)
				if x < 0 {
					continue
				}
				long := int32(s*c.longN + (y*c.long.W+x)*c.long.C)
				short := int32((s*c.positions + oy*c.short.W + ox) * unit)
				seg := kernels.Seg{A: long, B: short, N: 1}
				joins := false
				if n := len(segs); n > first { // upTo cuts between samples
					last := segs[n-1]
					if c.transposed {
						last.A, last.B = last.B, last.A
					}
					joins = last.A+last.N*stepLong == long && last.B+last.N*int32(unit) == short
				}
				if joins {
					segs[len(segs)-1].N++
					continue
				}
				if c.transposed {
					seg.A, seg.B = seg.B, seg.A
				}
				segs = append(segs, seg)
			}
		}
	}
	return segs
}

// atTap returns where kernel element k lies, -1 for outside.
func atTap(taps []tap, k int) int {
	for _, t := range taps {
		if t.k == k {
			return t.at
		}
	}
	return -1
}

// upTo returns the segments of the first k samples of a group.
func upTo(segs []kernels.Seg, k, group int) []kernels.Seg { return segs[:len(segs)/group*k] }

// weightGradients computes the gradients by weights and offsets: parts of the
// batch side by side, then their sums.
func (c *conv) weightGradients(dy []float32, n int) {
	c.dy, c.n = dy, n
	c.inPlace = c.short.C%c.e.im.NR == 0
	for s := range c.e.partial {
		if s > 0 { // the first part uses the gradient itself
			c.e.partial[s] = grow(c.e.partial[s], len(c.w.grad))
		}
		if c.b != nil && c.scaled[s] == nil {
			c.scaled[s] = make([]float64, len(c.b.value))
		}
	}
	c.e.run(shards*c.gradients.blocks, c.gradTask)
	c.e.run((len(c.w.grad)+elementSpan-1)/elementSpan, c.totalTask)
	if c.b != nil {
		for i := range c.b.grad {
			sum := 0.0
			for s := range c.scaled {
				sum += c.scaled[s][i]
			}
			c.b.grad[i] = float32(sum)
		}
	}
}

// gradientTotal adds the parts up in their order.
func (c *conv) gradientTotal(_, t int) {
	lo, hi := t*elementSpan, min((t+1)*elementSpan, len(c.w.grad))
	for s := 1; s < shards; s++ {
		if from, to := shard(s, c.n); from < to {
			c.e.im.Add(c.w.grad[lo:hi], c.e.partial[s][lo:hi])
		}
	}
}

// gradientPart computes some rows of the gradient over a part of the batch.
func (c *conv) gradientPart(worker, t int) {
	s, block := t/c.gradients.blocks, t%c.gradients.blocks
	lo, hi := shard(s, c.n)
	to := c.e.partial[s]
	if s == 0 {
		to = c.w.grad
	}
	w := &c.e.workers[worker]
	if block == 0 && c.b != nil {
		clear(c.scaled[s])
		out := len(c.dy) / c.n
		w.panels = grow(w.panels, len(c.b.value))
		sumRows(c.e.im, c.scaled[s], c.dy[lo*out:hi*out], w.panels)
	}
	if lo == hi && s == 0 {
		clear(to)
	}
	from := block * rowBlock
	rows := c.gradients.rows[from:min(from+rowBlock, len(c.gradients.rows))]
	for first := lo; lo < hi; lo += c.gradients.group {
		k := min(c.gradients.group, hi-lo)
		p := &w.product
		p.Rows, p.Outs, p.Init, p.Add, p.From = rows, c.gradients.outs[from:from+len(rows)], nil, lo > first, 0
		switch {
		case c.transposed:
			c.transposedGroup(w, p, to, lo, k)
		default:
			c.plainGroup(w, p, to, lo, k)
		}
	}
}

// plainGroup adds k samples' part of a convolution's gradient.
func (c *conv) plainGroup(w *worker, p *kernels.Product, to []float32, lo, k int) {
	im := c.e.im
	dy := c.dy[lo*c.shortN : (lo+k)*c.shortN]
	p.B, p.Depth, p.StepB, p.To = dy, 0, c.short.C, c.short.C
	if !c.inPlace {
		p.Depth = k * c.positions
		w.panels = grow(w.panels, im.PackedLen(p.Depth, c.short.C))
		im.Pack(w.panels, p.Depth, 0, p.Depth, c.short.C, dy, c.short.C, 1)
		p.B = w.panels
	}
	x := c.x[lo*c.longN : (lo+k)*c.longN]
	if c.gradients.copied {
		p.A, p.StepA, p.Segs, p.C = c.patchesOf(w, x, k, c.patch), c.patch, w.one(k*c.positions), to
		im.Mul(&w.Work, p)
		return
	}
	p.A, p.StepA = x, c.stride*c.long.C
	for i, segs := range c.gradients.taps {
		p.Segs, p.C = upTo(segs, k, c.gradients.group), to[i*c.long.C*c.short.C:]
		im.Mul(&w.Work, p)
	}
}

// transposedGroup adds k samples' part of a transposed convolution's gradient.
func (c *conv) transposedGroup(w *worker, p *kernels.Product, to []float32, lo, k int) {
	im := c.e.im
	p.A, p.StepA, p.Depth = c.x[lo*c.shortN:(lo+k)*c.shortN], c.short.C, 0
	dy := c.dy[lo*c.longN : (lo+k)*c.longN]
	if c.gradients.copied {
		p.StepB, p.To = im.Padded(c.patch), c.patch
		p.B, p.Segs, p.C = c.patchesOf(w, dy, k, p.StepB), w.one(k*c.positions), to
		im.Mul(&w.Work, p)
		return
	}
	p.B, p.StepB, p.To = dy, c.stride*c.long.C, c.long.C
	for i, segs := range c.gradients.taps {
		p.Segs, p.C = upTo(segs, k, c.gradients.group), to[i*c.long.C:]
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
