package kernels

// A transposed convolution is cut into phases, one for each remainder of the output position by the stride: output
// position oy receives input position iy through kernel row oy + pad - iy*stride.

// axisPhase is a phase's geometry along one dimension. The taps see consecutive
// input positions, from start+i for the i-th output position of the phase.
type axisPhase struct {
	first     int // first output position
	positions int
	taps      int
	start     int // input position of the first tap for output position first
	last      int // kernel index of the first tap; the next ones are stride less
}

// axisPhases lists the phases of one dimension that have taps.
func axisPhases(outputs, kernel, stride, pad int) (phases []axisPhase, allReached bool) {
	// Phases are remainders: no more than outputs, and only those with a tap
	// count, of which there are at most kernel.
	allReached = true
	for first := range min(stride, outputs) {
		k := (first + pad) % stride // smallest kernel index that reaches first
		if k >= kernel {
			allReached = false
			continue
		}
		taps := (kernel-1-k)/stride + 1
		phases = append(phases, axisPhase{
			first:     first,
			positions: (outputs-1-first)/stride + 1,
			taps:      taps,
			start:     (first+pad-k)/stride - (taps - 1),
			last:      k + (taps-1)*stride,
		})
	}
	return phases, allReached
}

// around gives the padding before and after an input of the given size that the
// phases read.
func around(phases []axisPhase, size int) (before, after int) {
	for _, p := range phases {
		before = max(before, -p.start)
		after = max(after, p.start+p.positions-1+p.taps-size)
	}
	return before, after
}

// phases lists the phases of both dimensions of a transposed convolution, and the border that they read.
func (g *Sliding) phases() (ys, xs []axisPhase, allReached bool, b border) {
	ys, allY := axisPhases(g.Out.H, g.H, g.StrideH, g.PadTop)
	xs, allX := axisPhases(g.Out.W, g.W, g.StrideW, g.PadLeft)
	b.top, b.bottom = around(ys, g.In.H)
	b.left, b.right = around(xs, g.In.W)
	return ys, xs, allY && allX, b
}

// NewTransposeConv sorts weights, [out.C, H, W, in.C], by phase and plans where
// each position reads.
func NewTransposeConv(im *Impl, g Sliding, l Layer) *Conv {
	c := &Conv{in: g.In, out: g.Out}
	r := im.gemmFor(g.Out.C, g.In.H*g.In.W, &l.Requant)
	ys, xs, allReached, b := g.phases()
	c.stage = newStage(g.In, staging[int8]{border: b, fill: l.InputZero, exact: g.In.C%r.group == 0})
	pitch, size := c.stage.layout(g.In)
	for _, y := range ys {
		for _, x := range xs {
			p := phase{positions: y.positions * x.positions}
			taps := make([]int32, y.taps*l.parts())
			for ty := range taps {
				taps[ty] = int32(ty % y.taps * pitch)
			}
			p.rows, p.outs = g.phasePositions(y, x, b, pitch)
			p.rows, p.outs = padRows(p.rows), padRows(p.outs)
			part := l
			part.Weights = phaseWeights(&g, y, x, l.Weights, l.parts())
			p.gemm = newGemm(r, part, taps, x.taps*g.In.C)
			p.gemm.Check(p.rows, p.outs, size, g.Out.elements())
			c.phases = append(c.phases, p)
		}
	}
	if !allReached { // a stride exceeds the kernel
		c.empty = make([]int8, g.Out.C)
		for o := range c.empty {
			c.empty[o] = l.Requant.code(o, l.Bias[o])
		}
	}
	return c
}

// phasePositions is positions for the phase of a transposed convolution.
func (g *Sliding) phasePositions(y, x axisPhase, b border, pitch int) (rows, outs []int32) {
	for i := range y.positions {
		for j := range x.positions {
			rows = append(rows, int32((y.start+i+b.top)*pitch+(x.start+j+b.left)*g.In.C))
			outs = append(outs, int32(((y.first+i*g.StrideH)*g.Out.W+x.first+j*g.StrideW)*g.Out.C))
		}
	}
	return rows, outs
}

// phaseWeights gives the weights of a phase, [out.C, parts, y.taps, x.taps, in.C], of all, [out.C, parts, H, W, in.C].
func phaseWeights[T int8 | float32](g *Sliding, y, x axisPhase, weights []T, parts int) []T {
	var sorted []T
	for o := range g.Out.C * parts { // each part of an output as an output
		for ty := range y.taps {
			for tx := range x.taps {
				ky, kx := y.last-ty*g.StrideH, x.last-tx*g.StrideW
				sorted = append(sorted, weights[((o*g.H+ky)*g.W+kx)*g.In.C:][:g.In.C]...)
			}
		}
	}
	return sorted
}

// TransposeConvBytes gives the memory that NewTransposeConv takes besides its
// arguments, and that a stage takes; the latter saturates at 2^62.
func TransposeConvBytes(im *Impl, g Sliding, l Layer) (prepared, staged int64) {
	ys, xs, _, b := g.phases()
	bytes := im.gemmFor(g.Out.C, g.In.H*g.In.W, &l.Requant).bytesFor(l.Weights)
	for _, y := range ys {
		for _, x := range xs {
			prepared += bytes(g.Out.C, y.taps*l.parts(), x.taps*g.In.C) +
				8*(int64(y.positions)*int64(x.positions)+maxRows) +
				int64(y.taps*x.taps*l.parts())*int64(g.In.C)*int64(g.Out.C)
		}
	}
	return prepared, stageElements(g.In, b, 1)
}
