package kernels

// Depthwise is DEPTHWISE_CONV_2D: output channel c*multiplier+m sees input channel
// c only.
type Depthwise struct {
	in, out    Image
	stage      *Stage
	diagonal   *diagonal
	rows, outs []int32 // where each position's inputs begin, and its outputs

	work    shared
	workers []*diagonal // of a team, which share the weights
}

// DepthwiseBytes gives the memory that NewDepthwise takes and that a stage takes;
// the latter saturates at 2^62.
func DepthwiseBytes(im *Impl, g Sliding, l Layer) (prepared, staged int64) {
	block := im.depthwise[len(im.depthwise)-1].channels // the largest
	padded := int64(roundUp(g.Out.C, block))
	prepared = padded*(4*int64(g.H*g.W*l.parts()+1)+12) + g.tableBytes() + int64(lastRows*(block+4))
	return prepared, stageBytes(g.In, g.border())
}

// NewDepthwise sorts weights, [H, W, out.C], and plans where each position reads.
func NewDepthwise(im *Impl, g Sliding, l Layer) *Depthwise {
	d := &Depthwise{in: g.In, out: g.Out}
	r := im.depthwiseFor(g.Out.C, g.Out.C/g.In.C)
	if r.layout == rowsOfInt8 && hasMin(l.Weights) {
		r = genericDepthwise
	}
	d.stage = newStage(g.In, g.border(), l.InputZero, g.In.C%r.channels == 0)
	pitch, size := d.stage.layout(g.In)
	var taps []int32
	for range l.parts() {
		for ky := range g.H {
			for kx := range g.W {
				taps = append(taps, int32(ky*g.DilationH*pitch+kx*g.DilationW*g.In.C))
			}
		}
	}
	d.rows, d.outs = g.positions(pitch)
	last := int(taps[len(taps)-1]) + roundUp(g.In.C, r.channels)
	for _, row := range d.rows {
		if row < 0 || int(row)+last > size {
			panic("kernels: a depthwise position leaves its image")
		}
	}
	d.diagonal = newDiagonal(r, g.In.C, l, taps)
	return d
}

// ScratchBytes gives the size of Run's scratch memory.
func (d *Depthwise) ScratchBytes() int { return d.stage.Bytes() }

// Share has a team compute large images together.
func (d *Depthwise) Share(team *Team) {
	d.workers = []*diagonal{d.diagonal}
	for len(d.workers) < team.Workers() {
		d.workers = append(d.workers, d.diagonal.clone())
	}
	// A step takes about as long as eight of a matrix product.
	d.work.divide(team, d, []int{len(d.rows)}, 8*len(d.rows)*len(d.diagonal.taps)*d.out.C)
}

// Run computes the output image from the input image.
func (d *Depthwise) Run(out, in, scratch []int8) {
	for range d.in.Batch {
		image := d.stage.Run(scratch, in)
		if d.work.divided() {
			d.work.run(out, image)
		} else {
			d.diagonal.run(out, image, d.outs, d.rows)
		}
		out, in = out[d.out.elements():], in[d.in.elements():]
	}
}

// compute is one worker's part of Run.
func (d *Depthwise) compute(worker int, p part, out, image []int8) {
	end := p.first + p.n
	d.workers[worker].run(out, image, d.outs[p.first:end], d.rows[p.first:end])
}
