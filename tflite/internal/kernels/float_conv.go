package kernels

import "github.com/auscult/auscult/tflite/matrix"

// FloatConv is CONV_2D, TRANSPOSE_CONV or FULLY_CONNECTED of float32. Sums begin with the bias and run over kernel
// rows, kernel columns and channels; other runtimes add in other orders, and families of kernels differ in rounding.
type FloatConv struct {
	in, out Image
	im      *matrix.Impl
	stage   *Stage[float32]
	phases  []floatPhase
	empty   []float32 // what output positions hold that no phase reaches; nil where there are none
	work    matrix.Work
	halt
}

// floatPhase computes some of the output positions: all, or those of one phase of a transposed convolution.
type floatPhase struct{ product matrix.Product }

// NewFloatConv packs weights, [out.C, H, W, in.C], and plans where each position reads.
func NewFloatConv(im *Impl, g Sliding, l FloatLayer) *FloatConv {
	c := &FloatConv{in: g.In, out: g.Out, im: im.floatFor(g.Out.C)}
	c.stage = newStage(g.In, staging[float32]{border: g.border(), exact: true})
	pitch, size := c.stage.layout(g.In)
	segments, length := g.segments(g.In.C)
	var segs []matrix.Seg
	for ky := range g.H {
		for kx := range segments / g.H {
			segs = append(segs, matrix.Seg{
				A: int32(ky*g.DilationH*pitch + kx*g.DilationW*g.In.C), B: int32(len(segs) * length), N: int32(length),
			})
		}
	}
	rows, outs := g.positions(pitch)
	c.add(l, l.Weights, segs, rows, outs, size)
	return c
}

// NewFloatDense makes a dense layer; weights are [outputs, inputs].
func NewFloatDense(im *Impl, rows, inputs int, l FloatLayer) *FloatConv {
	return NewFloatConv(im, dense(rows, inputs, len(l.Bias)), l)
}

// NewFloatTransposeConv sorts weights, [out.C, H, W, in.C], by phase and plans where each position reads.
func NewFloatTransposeConv(im *Impl, g Sliding, l FloatLayer) *FloatConv {
	c := &FloatConv{in: g.In, out: g.Out, im: im.floatFor(g.Out.C)}
	ys, xs, allReached, b := g.phases()
	c.stage = newStage(g.In, staging[float32]{border: b, exact: true})
	pitch, size := c.stage.layout(g.In)
	for _, y := range ys {
		for _, x := range xs {
			var segs []matrix.Seg
			length := x.taps * g.In.C
			for ty := range y.taps {
				segs = append(segs, matrix.Seg{A: int32(ty * pitch), B: int32(ty * length), N: int32(length)})
			}
			rows, outs := g.phasePositions(y, x, b, pitch)
			c.add(l, phaseWeights(&g, y, x, l.Weights, 1), segs, rows, outs, size)
		}
	}
	if !allReached {
		c.empty = make([]float32, g.Out.C)
		for o, v := range l.Bias {
			c.empty[o] = min(max(v, l.Min), l.Max)
		}
	}
	return c
}

// add makes the phase with the given weights, [out.C, all segments].
func (c *FloatConv) add(l FloatLayer, weights []float32, segs []matrix.Seg, rows, outs []int32, size int) {
	last := segs[len(segs)-1]
	depth := int(last.B + last.N)
	for i := range rows {
		if rows[i] < 0 || int(rows[i])+int(last.A+last.N) > size || outs[i] < 0 || int(outs[i])+c.out.C > c.out.elements() {
			panic("kernels: a position leaves its image")
		}
	}
	p := matrix.Product{
		Rows: rows, Outs: outs, StepA: 1, Segs: segs, Depth: depth, To: c.out.C,
		B: make([]float32, c.im.PackedLen(depth, c.out.C)), Init: l.Bias, Clamp: true, Low: l.Min, High: l.Max,
	}
	c.im.Pack(p.B, depth, 0, &matrix.Matrix{V: weights, K: depth, N: c.out.C, StepK: 1, StepN: depth})
	c.phases = append(c.phases, floatPhase{p})
}

// FloatConvBytes gives the memory that NewFloatConv takes besides its arguments, and that a stage takes; each
// saturates at 2^62.
func FloatConvBytes(im *Impl, g Sliding) (prepared, staged int64) {
	segments, length := g.segments(g.In.C)
	packed := int64(segments) * int64(length) * int64(im.floatFor(g.Out.C).Padded(g.Out.C))
	return 4*packed + 12*int64(segments) + g.tableBytes(), 4 * stageElements(g.In, g.border(), 1)
}

// FloatDenseBytes is FloatConvBytes for NewFloatDense.
func FloatDenseBytes(im *Impl, rows, inputs, outputs int) (prepared, staged int64) {
	return FloatConvBytes(im, dense(rows, inputs, outputs))
}

// FloatTransposeConvBytes is FloatConvBytes for NewFloatTransposeConv.
func FloatTransposeConvBytes(im *Impl, g Sliding) (prepared, staged int64) {
	ys, xs, _, b := g.phases()
	padded := int64(im.floatFor(g.Out.C).Padded(g.Out.C))
	for _, y := range ys {
		for _, x := range xs {
			depth := int64(y.taps) * int64(x.taps) * int64(g.In.C)
			prepared += 4*depth*(padded+int64(g.Out.C)) + 12*int64(y.taps) + 8*int64(y.positions)*int64(x.positions)
		}
	}
	return prepared, 4 * stageElements(g.In, b, 1)
}

// ScratchBytes gives the size of Run's scratch memory.
func (c *FloatConv) ScratchBytes() int { return 4 * c.stage.Elements() }

// Run computes the output image from the input image.
func (c *FloatConv) Run(out, in, scratch []float32) {
	for range c.in.Batch {
		if c.halted() {
			return
		}
		if c.empty != nil {
			for at := 0; at < c.out.elements(); at += c.out.C {
				copy(out[at:], c.empty)
			}
		}
		image := c.stage.Run(scratch, in)
		for i := range c.phases {
			c.run(&c.phases[i].product, image, out)
		}
		out, in = out[c.out.elements():], in[c.in.elements():]
	}
}

// run computes all positions of a phase.
func (c *FloatConv) run(p *matrix.Product, image, out []float32) {
	p.A, p.C = image, out
	rows, outs, n := p.Rows, p.Outs, tile(p.Depth*p.To)
	for first := 0; first < len(rows) && !c.halted(); first += n {
		end := min(first+n, len(rows))
		p.Rows, p.Outs = rows[first:end], outs[first:end]
		c.im.Mul(&c.work, p)
	}
	p.Rows, p.Outs = rows, outs
}
