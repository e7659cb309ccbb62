package kernels

// TransposeConv is TRANSPOSE_CONV: output position oy receives input position iy
// through kernel row oy + pad - iy*stride.
type TransposeConv struct {
	In, Out   Image
	Window           // strides and padding of the output; dilations are 1
	ZeroPoint int8   // of the input
	Scratch   []int8 // the largest phase's row; H * W * In.C is enough
	phases    []phase
	// empty is what output positions hold that no tap reaches; nil when
	// there are none, which is so unless a stride exceeds the kernel.
	empty []int8
}

// phase computes the output positions first, first+stride, ...
type phase struct {
	Dense
	axisY, axisX axisPhase
}

// axisPhase is a phase's geometry along one dimension. The taps see consecutive
// input positions, from start+i for the i-th output position of the phase.
type axisPhase struct {
	first int // first output position
	taps  int
	start int // input position of the first tap for output position first
	last  int // kernel index of the first tap; the next ones are stride less
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
			first: first,
			taps:  taps,
			start: (first+pad-k)/stride - (taps - 1),
			last:  k + (taps-1)*stride,
		})
	}
	return phases, allReached
}

// NewTransposeConv sorts weights, [Out.C, H, W, In.C], by phase and folds the
// zero point into bias, [Out.C].
func NewTransposeConv(in, out Image, window Window, zeroPoint int8, weights []int8, bias []int32, rq Requant) *TransposeConv {
	t := &TransposeConv{In: in, Out: out, Window: window, ZeroPoint: zeroPoint}
	ys, allY := axisPhases(out.H, window.H, window.StrideH, window.PadTop)
	xs, allX := axisPhases(out.W, window.W, window.StrideW, window.PadLeft)
	for _, y := range ys {
		for _, x := range xs {
			p := phase{Dense: Dense{Requant: rq}, axisY: y, axisX: x}
			for o := range out.C {
				for ty := range y.taps {
					for tx := range x.taps {
						ky, kx := y.last-ty*window.StrideH, x.last-tx*window.StrideW
						at := ((o*window.H+ky)*window.W + kx) * in.C
						p.Weights = append(p.Weights, weights[at:at+in.C]...)
					}
				}
			}
			p.Bias = FoldBias(bias, p.Weights, int32(zeroPoint))
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

// Run computes the output image from the input image.
func (t *TransposeConv) Run(out, in []int8) {
	for range t.In.Batch {
		if t.empty != nil {
			for at := 0; at < t.Out.elements(); at += t.Out.C {
				copy(out[at:], t.empty)
			}
		}
		for i := range t.phases {
			t.run(&t.phases[i], out, in)
		}
		out, in = out[t.Out.elements():], in[t.In.elements():]
	}
}

func (t *TransposeConv) run(p *phase, out, in []int8) {
	row := t.Scratch[:p.axisY.taps*p.axisX.taps*t.In.C]
	top := p.axisY.start
	for oy := p.axisY.first; oy < t.Out.H; oy += t.StrideH {
		left := p.axisX.start
		for ox := p.axisX.first; ox < t.Out.W; ox += t.StrideW {
			gather(row, in, t.In, top, left, p.axisY.taps, p.axisX.taps, 1, 1, t.ZeroPoint)
			p.Row(out[(oy*t.Out.W+ox)*t.Out.C:][:t.Out.C], row)
			left++
		}
		top++
	}
}
