package kernels

import "unsafe"

// FloatDepthwise is DEPTHWISE_CONV_2D of float32.
type FloatDepthwise struct {
	in, out          Image
	multiplier       int
	stage            *Stage[float32]
	FloatLayer               // weights and bias padded to whole blocks of channels for the routine: [block][tap][channel]
	rows, outs, taps []int32 // as Depthwise has them
	run              func(*floatDepthwiseArgs)
	args             floatDepthwiseArgs
	halt
}

// floatDepthwiseArgs is what the assembly reads; its layout is part of the routines.
type floatDepthwiseArgs struct {
	in    unsafe.Pointer // 0: image, at the block's first channel
	rows  unsafe.Pointer // 8: int32 offset of each position in the image
	outs  unsafe.Pointer // 16: int32 offset of each position in out
	out   unsafe.Pointer // 24: likewise at the block's first channel
	m     int            // 32: positions
	taps  unsafe.Pointer // 40: int32 offset of each kernel position
	ntaps int            // 48
	w     unsafe.Pointer // 56: of the block
	bias  unsafe.Pointer // 64
	mask  unsafe.Pointer // 72: int32 for each channel of the block: -1 where there is one
	lo    float32        // 80
	hi    float32        // 84
}

// floatBlock is how many channels the routine computes at once.
const floatBlock = 16

// blockMasks has ones, then zeros: from floatBlock-n on it is the mask of a block of n channels.
var blockMasks = func() (m [2 * floatBlock]int32) {
	for i := range floatBlock {
		m[i] = -1
	}
	return m
}()

// FloatDepthwiseBytes gives the memory that NewFloatDepthwise takes besides its arguments, and that a stage takes; each
// saturates at 2^62.
func FloatDepthwiseBytes(g Sliding) (prepared, staged int64) {
	padded, taps := int64(roundUp(g.Out.C, floatBlock)), int64(g.H)*int64(g.W)
	return 4*padded*(taps+1) + 4*taps + g.tableBytes(), 4 * stageElements(g.In, g.border(), g.Out.C/g.In.C)
}

// NewFloatDepthwise sorts weights, [H, W, out.C], and plans where each position reads.
func NewFloatDepthwise(im *Impl, g Sliding, l FloatLayer) *FloatDepthwise {
	d := &FloatDepthwise{
		in: g.In, out: g.Out, multiplier: g.Out.C / g.In.C, FloatLayer: l, run: im.floatDepthwise,
	}
	repeat := 1
	if d.run != nil {
		repeat = d.multiplier
	}
	d.stage = newStage(g.In, staging[float32]{border: g.border(), exact: true, repeat: repeat})
	pitch, size := d.stage.layout(g.In)
	g.In.C *= repeat
	d.taps = g.taps(pitch, 1)
	d.rows, d.outs = g.positions(pitch)
	last := int(d.taps[len(d.taps)-1]) + g.In.C
	for _, row := range d.rows {
		if row < 0 || int(row)+last > size {
			panic("kernels: a depthwise position leaves its image")
		}
	}
	if d.run != nil {
		d.pack()
	}
	return d
}

// pack sorts the weights by blocks of channels.
func (d *FloatDepthwise) pack() {
	n := len(d.taps)
	padded := roundUp(d.out.C, floatBlock)
	weights, bias := make([]float32, padded*n), make([]float32, padded)
	copy(bias, d.Bias)
	for t := range n {
		for c := range d.out.C {
			weights[(c/floatBlock*n+t)*floatBlock+c%floatBlock] = d.Weights[t*d.out.C+c]
		}
	}
	d.Weights, d.Bias = weights, bias
	d.args = floatDepthwiseArgs{taps: unsafe.Pointer(&d.taps[0]), ntaps: n, lo: d.Min, hi: d.Max}
}

// ScratchBytes gives the size of Run's scratch memory.
func (d *FloatDepthwise) ScratchBytes() int { return 4 * d.stage.Elements() }

// Run computes the output image from the input image.
func (d *FloatDepthwise) Run(out, in, scratch []float32) {
	n := tile(8 * len(d.taps) * d.out.C)
	for range d.in.Batch {
		if d.halted() {
			return
		}
		image := d.stage.Run(scratch, in)
		for first := 0; first < len(d.rows) && !d.halted(); first += n {
			end := min(first+n, len(d.rows))
			if d.run != nil {
				d.blocks(out, image, first, end)
				continue
			}
			for i, row := range d.rows[first:end] {
				d.position(out[d.outs[first+i]:][:d.out.C], image[row:])
			}
		}
		out, in = out[d.out.elements():], in[d.in.elements():]
	}
}

// blocks computes blocks of channels of some positions by the routine, which touches only those that there are.
func (d *FloatDepthwise) blocks(out, image []float32, first, end int) {
	a := &d.args
	for c := 0; c < d.out.C; c += floatBlock {
		a.in, a.out = unsafe.Pointer(&image[c]), unsafe.Pointer(&out[c])
		a.w, a.bias = unsafe.Pointer(&d.Weights[c*len(d.taps)]), unsafe.Pointer(&d.Bias[c])
		a.mask = unsafe.Pointer(&blockMasks[floatBlock-min(floatBlock, d.out.C-c)])
		a.rows, a.outs, a.m = unsafe.Pointer(&d.rows[first]), unsafe.Pointer(&d.outs[first]), end-first
		d.run(a)
	}
	a.in, a.out = nil, nil // keep nothing alive
}

// position computes one position from the image there. Each float32() rounds, so that no architecture fuses the steps.
func (d *FloatDepthwise) position(dst, image []float32) {
	copy(dst, d.Bias)
	for t, tap := range d.taps {
		row, x := d.Weights[t*d.out.C:][:d.out.C], image[tap:][:d.in.C]
		if d.multiplier == 1 {
			for c, v := range x {
				dst[c] += float32(v * row[c])
			}
			continue
		}
		for c, v := range x {
			for m := c * d.multiplier; m < (c+1)*d.multiplier; m++ {
				dst[m] += float32(v * row[m])
			}
		}
	}
	for c, v := range dst {
		dst[c] = min(max(v, d.Min), d.Max)
	}
}

// AcrossOne is Layer.AcrossOne.
func (l FloatLayer) AcrossOne() FloatLayer {
	l.Weights = acrossOne(l.Weights, len(l.Bias))
	return l
}
