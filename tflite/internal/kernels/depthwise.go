package kernels

// Depthwise is DEPTHWISE_CONV_2D: output channel c*multiplier+m sees input channel
// c only.
type Depthwise struct {
	in, out    Image
	stage      *Stage[int8]
	diagonal   *diagonal
	rows, outs []int32 // where each position's inputs begin, and its outputs

	work    shared
	workers []*diagonal // of a team, which share the weights
	halt
}

// DepthwiseBytes gives the memory that NewDepthwise takes and that a stage takes;
// the latter saturates at 2^62.
func DepthwiseBytes(im *Impl, g Sliding, l Layer) (prepared, staged int64) {
	block := im.depthwise[len(im.depthwise)-1].channels // the largest
	padded := int64(roundUp(g.Out.C, block))
	prepared = padded*(4*int64(g.H*g.W*l.parts()+1)+12) + g.tableBytes() + int64(lastRows*(block+4))
	return prepared, stageElements(g.In, g.border(), g.Out.C/g.In.C)
}

// NewDepthwise sorts weights, [H, W, out.C], and plans where each position reads. Where channels have several
// outputs, the staged image has each channel as often, so that routines find as many inputs as outputs.
func NewDepthwise(im *Impl, g Sliding, l Layer) *Depthwise {
	d := &Depthwise{in: g.In, out: g.Out}
	r := im.depthwiseFor(g.Out.C)
	if r.layout == rowsOfInt8 && hasMin(l.Weights) {
		r = genericDepthwise
	}
	repeat := 1
	if r.run != nil {
		repeat = g.Out.C / g.In.C
	}
	d.stage = newStage(g.In, staging[int8]{
		border: g.border(), fill: l.InputZero, exact: g.In.C*repeat%r.channels == 0, repeat: repeat,
	})
	pitch, size := d.stage.layout(g.In)
	g.In.C *= repeat
	taps := g.taps(pitch, l.parts())
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

// taps lists, as often as there are parts, where each position of the window is from its start.
func (g *Sliding) taps(pitch, parts int) (taps []int32) {
	for range parts {
		for ky := range g.H {
			for kx := range g.W {
				taps = append(taps, int32(ky*g.DilationH*pitch+kx*g.DilationW*g.In.C))
			}
		}
	}
	return taps
}

// AcrossOne sorts the weights of a depthwise convolution of one channel, [H, W, out.C], as those of the convolution
// that it is, [out.C, H, W, 1].
func (l Layer) AcrossOne() Layer {
	l.Weights = acrossOne(l.Weights, len(l.Bias))
	return l
}

func acrossOne[T int8 | float32](weights []T, outputs int) []T {
	size := len(weights) / outputs
	sorted := make([]T, len(weights))
	for i, w := range weights {
		sorted[i%outputs*size+i/outputs] = w
	}
	return sorted
}

// ScratchBytes gives the size of Run's scratch memory.
func (d *Depthwise) ScratchBytes() int { return d.stage.Elements() }

// Share has a team compute large images together.
func (d *Depthwise) Share(team *Team) {
	d.workers = []*diagonal{d.diagonal}
	for len(d.workers) < team.Workers() {
		d.workers = append(d.workers, d.diagonal.clone())
	}
	d.work.divide(team, d, []int{len(d.rows)}, d.macs(len(d.rows)))
}

// macs gives the work of so many positions in steps of a matrix product: one here takes about as long as eight of them.
func (d *Depthwise) macs(positions int) int { return 8 * positions * len(d.diagonal.taps) * d.out.C }

// Run computes the output image from the input image.
func (d *Depthwise) Run(out, in, scratch []int8) {
	n := tile(d.macs(1))
	for range d.in.Batch {
		if d.halted() {
			return
		}
		image := d.stage.Run(scratch, in)
		if d.work.divided() {
			d.work.run(out, image)
		} else {
			for first := 0; first < len(d.rows) && !d.halted(); first += n {
				end := min(first+n, len(d.rows))
				d.diagonal.run(out, image, d.outs[first:end], d.rows[first:end])
			}
		}
		out, in = out[d.out.elements():], in[d.in.elements():]
	}
}

// compute is one worker's part of Run.
func (d *Depthwise) compute(worker int, p part, out, image []int8) {
	if d.halted() {
		return
	}
	end := p.first + p.n
	d.workers[worker].run(out, image, d.outs[p.first:end], d.rows[p.first:end])
}
