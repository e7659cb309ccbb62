package kernels

// Conv is CONV_2D, TRANSPOSE_CONV or FULLY_CONNECTED.
type Conv struct {
	in, out Image
	stage   *Stage[int8]
	// phases compute the output positions: one all of them, except for a transposed convolution.
	phases []phase
	// empty is what output positions hold that no phase reaches; nil where there are none.
	empty []int8
	work  shared
	halt
}

// phase computes some of the output positions.
type phase struct {
	gemm       *Gemm
	rows, outs []int32 // where each position's inputs begin, and its outputs; from padRows
	positions  int
	workers    []*Gemm // of a team, which share the weights
}

// NewConv packs weights, [out.C, H, W, in.C], and plans where each position reads.
func NewConv(im *Impl, g Sliding, l Layer) *Conv {
	c := &Conv{in: g.In, out: g.Out}
	r := im.gemmFor(g.Out.C, g.Out.H*g.Out.W, &l.Requant)
	segments, length := g.segments(g.In.C)
	c.stage = newStage(g.In, staging[int8]{border: g.border(), fill: l.InputZero, exact: length%r.group == 0})
	pitch, size := c.stage.layout(g.In)
	taps := make([]int32, 0, segments*l.parts())
	for range l.parts() {
		for ky := range g.H {
			for kx := range segments / g.H {
				taps = append(taps, int32(ky*g.DilationH*pitch+kx*g.DilationW*g.In.C))
			}
		}
	}
	p := phase{positions: g.Out.H * g.Out.W}
	p.rows, p.outs = g.positions(pitch)
	p.rows, p.outs = padRows(p.rows), padRows(p.outs)
	p.gemm = newGemm(r, l, taps, length)
	p.gemm.Check(p.rows, p.outs, size, g.Out.elements())
	p.gemm.dense = true
	c.phases = []phase{p}
	return c
}

// positions lists, for each place of the window, where its first input is in an image with lines of the given pitch,
// and where its first output is.
func (g *Sliding) positions(pitch int) (rows, outs []int32) {
	for oy := range g.Out.H {
		for ox := range g.Out.W {
			rows = append(rows, int32(oy*g.StrideH*pitch+ox*g.StrideW*g.In.C))
			outs = append(outs, int32((oy*g.Out.W+ox)*g.Out.C))
		}
	}
	return rows, outs
}

// segments gives how many segments a window has, and of how many inputs. Kernel
// columns that lie side by side in the image are one segment.
func (w *Window) segments(channels int) (segments, length int) {
	if w.DilationW == 1 || w.W == 1 {
		return w.H, w.W * channels
	}
	return w.H * w.W, channels
}

// ConvBytes gives the memory that NewConv takes besides its arguments, and that a
// stage takes; each saturates at 2^62.
func ConvBytes(im *Impl, g Sliding, l Layer) (prepared, staged int64) {
	segments, length := g.segments(g.In.C)
	segments *= l.parts()
	r := im.gemmFor(g.Out.C, g.Out.H*g.Out.W, &l.Requant)
	prepared = r.bytesFor(l.Weights)(g.Out.C, segments, length) + g.tableBytes() + 4*int64(segments)
	return prepared, stageElements(g.In, g.border(), 1)
}

// tableBytes gives the memory of the tables of positions.
func (g *Sliding) tableBytes() int64 { return 8 * (int64(g.Out.H)*int64(g.Out.W) + maxRows) }

// NewDense makes FULLY_CONNECTED of rows of inputs, with weights [outputs,
// inputs]: a convolution over an image of one column.
func NewDense(im *Impl, rows, inputs int, l Layer) *Conv {
	return NewConv(im, dense(rows, inputs, len(l.Bias)), l)
}

// DenseBytes is ConvBytes for NewDense.
func DenseBytes(im *Impl, rows, inputs int, l Layer) (prepared, staged int64) {
	return ConvBytes(im, dense(rows, inputs, len(l.Bias)), l)
}

func dense(rows, inputs, outputs int) Sliding {
	return Sliding{
		In: Image{1, rows, 1, inputs}, Out: Image{1, rows, 1, outputs},
		Window: Window{H: 1, W: 1, StrideH: 1, StrideW: 1, DilationH: 1, DilationW: 1},
	}
}

// ScratchBytes gives the size of Run's scratch memory.
func (c *Conv) ScratchBytes() int { return c.stage.Elements() }

// Share has a team compute large images together.
func (c *Conv) Share(team *Team) {
	var positions []int
	macs := 0
	for i := range c.phases {
		p := &c.phases[i]
		positions = append(positions, p.positions)
		macs += p.gemm.macs(p.positions)
		p.workers = p.gemm.clones(team)
	}
	c.work.divide(team, c, positions, macs)
}

// Run computes the output image from the input image.
func (c *Conv) Run(out, in, scratch []int8) {
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
		if c.work.divided() {
			c.work.run(out, image)
		} else {
			for i := range c.phases {
				c.phases[i].run(&c.halt, out, image)
			}
		}
		out, in = out[c.out.elements():], in[c.in.elements():]
	}
}

// run computes all positions of a phase.
func (p *phase) run(h *halt, out, image []int8) {
	n := tile(p.gemm.macs(1))
	for first := 0; first < p.positions && !h.halted(); first += n {
		p.gemm.Run(out, image, p.outs[first:], p.rows[first:], min(n, p.positions-first))
	}
}

// compute is one worker's part of Run.
func (c *Conv) compute(worker int, part part, out, image []int8) {
	if c.halted() {
		return
	}
	p := &c.phases[part.phase]
	p.workers[worker].Run(out, image, p.outs[part.first:], p.rows[part.first:], part.n)
}
