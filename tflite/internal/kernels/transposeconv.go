package kernels

// TransposeConv is TRANSPOSE_CONV: output position oy receives input position iy
// through kernel row oy + pad - iy*stride.
type TransposeConv struct {
	in, out Image
	stage   *Stage
	phases  []phase
	// empty is what output positions hold that no tap reaches; nil when
	// there are none, which is so unless a stride exceeds the kernel.
	empty []int8

	share
	workers      [][]*Gemm // by phase
	image, codes []int8    // of the batch entry that is being computed
}

// Share has a team compute large images together.
func (t *TransposeConv) Share(team *Team) {
	var positions []int
	macs := 0
	for _, p := range t.phases {
		positions = append(positions, p.positions)
		macs += p.gemm.macs(p.positions)
		t.workers = append(t.workers, p.gemm.clones(team))
	}
	t.divide(team, positions, macs)
	t.job = func(worker, i int) {
		part := t.parts[i]
		p := &t.phases[part.phase]
		t.workers[part.phase][worker].Run(t.codes, t.image, p.outs[part.first:], p.rows[part.first:], part.n)
	}
}

// phase computes the output positions first, first+stride, ...
type phase struct {
	gemm       *Gemm
	rows, outs []int32
	positions  int
}

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

// NewTransposeConv sorts weights, [out.C, H, W, in.C], by phase and plans where
// each position reads.
func NewTransposeConv(im *Impl, in, out Image, w Window, zeroPoint int8, weights []int8, bias []int32, rq Requant) *TransposeConv {
	t := &TransposeConv{in: in, out: out}
	im = im.forOutputs(out.C)
	ys, allY := axisPhases(out.H, w.H, w.StrideH, w.PadTop)
	xs, allX := axisPhases(out.W, w.W, w.StrideW, w.PadLeft)
	top, bottom := around(ys, in.H)
	left, right := around(xs, in.W)
	exact := in.C%im.group == 0
	t.stage = NewStage(in, top, left, bottom, right, zeroPoint, exact)
	pitch := in.W * in.C
	if t.stage != nil {
		pitch = t.stage.pitch()
	}
	for _, y := range ys {
		for _, x := range xs {
			var sorted []int8
			for o := range out.C {
				for ty := range y.taps {
					for tx := range x.taps {
						ky, kx := y.last-ty*w.StrideH, x.last-tx*w.StrideW
						at := ((o*w.H+ky)*w.W + kx) * in.C
						sorted = append(sorted, weights[at:at+in.C]...)
					}
				}
			}
			p := phase{positions: y.positions * x.positions}
			taps := make([]int32, y.taps)
			for ty := range taps {
				taps[ty] = int32(ty * pitch)
			}
			for i := range y.positions {
				for j := range x.positions {
					p.rows = append(p.rows, int32((y.start+i+top)*pitch+(x.start+j+left)*in.C))
					p.outs = append(p.outs, int32(((y.first+i*w.StrideH)*out.W+x.first+j*w.StrideW)*out.C))
				}
			}
			p.rows, p.outs = im.Rows(p.rows), im.Rows(p.outs)
			p.gemm = NewGemm(im, sorted, bias, taps, x.taps*in.C, int32(zeroPoint), rq)
			p.gemm.Check(p.rows, p.outs, stagedSize(t.stage, in), out.elements())
			t.phases = append(t.phases, p)
		}
	}
	if !allY || !allX {
		t.empty = make([]int8, out.C)
		for o := range t.empty {
			t.empty[o] = rq.code(o, bias[o])
		}
	}
	return t
}

// TransposeConvBytes gives the memory that NewTransposeConv takes besides its
// argument, and that a stage takes; the latter saturates at 2^62.
func TransposeConvBytes(im *Impl, in, out Image, w Window) (prepared, staged int64) {
	ys, _ := axisPhases(out.H, w.H, w.StrideH, w.PadTop)
	xs, _ := axisPhases(out.W, w.W, w.StrideW, w.PadLeft)
	for _, y := range ys {
		for _, x := range xs {
			prepared += im.GemmBytes(out.C, y.taps, x.taps*in.C) +
				8*(int64(y.positions)*int64(x.positions)+maxRows) + int64(y.taps*x.taps)*int64(in.C)*int64(out.C)
		}
	}
	top, bottom := around(ys, in.H)
	left, right := around(xs, in.W)
	return prepared, stageBytes(in, top, left, bottom, right)
}

// ScratchBytes gives the size of Run's scratch memory.
func (t *TransposeConv) ScratchBytes() int { return t.stage.Bytes() }

// Run computes the output image from the input image.
func (t *TransposeConv) Run(out, in, scratch []int8) {
	for range t.in.Batch {
		if t.empty != nil {
			for at := 0; at < t.out.elements(); at += t.out.C {
				copy(out[at:], t.empty)
			}
		}
		image := t.stage.Run(scratch, in)
		if t.team != nil {
			t.image, t.codes = image, out
			t.run()
		} else {
			for i := range t.phases {
				p := &t.phases[i]
				p.gemm.Run(out, image, p.outs, p.rows, p.positions)
			}
		}
		out, in = out[t.out.elements():], in[t.in.elements():]
	}
}
