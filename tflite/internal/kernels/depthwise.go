package kernels

import "unsafe"

// Depthwise is DEPTHWISE_CONV_2D: output channel c*multiplier+m sees input channel
// c only.
type Depthwise struct {
	Requant
	impl       *Impl
	in, out    Image
	multiplier int
	stage      *Stage
	taps       []int32 // offset of each kernel position; an even number
	rows, outs []int32
	weights    []int8  // generic: [position, out.C]
	sums       []int32 // generic: scratch, out.C
	pairs      []int16 // others: [block][pair of positions][channel, see pack][2]
	bytes      []int8  // or, where the routine takes int8: [block][pair][2][channel]
	bias       []int32 // zero point folded, padded to whole blocks
	scale      []float32
	last       []int8  // scratch: outputs of the last block where it is partial
	lastAt     []int32 // where in last each position's outputs go
	args       depthwiseArgs

	share
	workers      []*Depthwise
	image, codes []int8 // of the batch entry that is being computed
}

// Share has a team compute large images together.
func (d *Depthwise) Share(team *Team) {
	// A step takes about as long as eight of a matrix product.
	d.divide(team, []int{len(d.rows)}, 8*len(d.rows)*len(d.taps)*d.out.C)
	for range team.Workers() {
		w := *d
		w.sums, w.last = make([]int32, len(d.sums)), make([]int8, len(d.last))
		w.share = share{}
		d.workers = append(d.workers, &w)
	}
	d.job = func(worker, i int) {
		p, w := d.parts[i], d.workers[worker]
		w.rows, w.outs = d.rows[p.first:p.first+p.n], d.outs[p.first:p.first+p.n]
		w.compute(d.codes, d.image)
	}
}

// depthwiseArgs is what the assembly reads; its layout is part of the routines.
type depthwiseArgs struct {
	in    unsafe.Pointer // 0: image, at the block's first channel
	rows  unsafe.Pointer // 8: int32 offset of each position in the image
	outs  unsafe.Pointer // 16: int32 offset of each position in out
	out   unsafe.Pointer // 24: first output of the block
	m     int            // 32: positions
	taps  unsafe.Pointer // 40: int32 offset of each kernel position
	pairs int            // 48: pairs of kernel positions
	_     int            // 56
	w     unsafe.Pointer // 64: block
	bias  unsafe.Pointer // 72: int32, in the order of the accumulators
	scale unsafe.Pointer // 80: float32, likewise
	lo    float32        // 88: limits before the zero point is added
	hi    float32        // 92
	zp    int32          // 96
	_     int32
	_     int   // 104
	min   int32 // 112: limits of the codes
	max   int32 // 116
}

// forDepthwise gives the family that serves so many channels.
func (im *Impl) forDepthwise(channels, multiplier int) *Impl {
	if multiplier != 1 || im.depthwise == nil {
		return Generic
	}
	if im.narrow != nil && im.narrow.depthwise != nil && channels <= im.narrow.channels {
		return im.narrow
	}
	return im
}

// DepthwiseBytes gives the memory that NewDepthwise takes and that a stage takes;
// the latter saturates at 2^62.
func DepthwiseBytes(im *Impl, in, out Image, w Window) (prepared, staged int64) {
	block := max(im.channels, 1)
	padded := int64(roundUp(out.C, block))
	prepared = padded*(4*int64(w.H*w.W+1)+12) + 8*(int64(out.H)*int64(out.W)+maxRows) + int64(lastRows*(block+4))
	bottom := below(out.H, in.H, w.H, w.StrideH, w.DilationH, w.PadTop)
	right := below(out.W, in.W, w.W, w.StrideW, w.DilationW, w.PadLeft)
	return prepared, stageBytes(in, w.PadTop, w.PadLeft, bottom, right)
}

// NewDepthwise sorts weights, [H, W, out.C], and plans where each position reads.
func NewDepthwise(im *Impl, in, out Image, w Window, zeroPoint int8, weights []int8, bias []int32, rq Requant) *Depthwise {
	d := &Depthwise{Requant: rq, in: in, out: out, multiplier: out.C / in.C}
	im = im.forDepthwise(out.C, d.multiplier)
	if im.narrowWeights && hasMin(weights) {
		im = Generic
	}
	d.impl = im
	block := max(im.channels, 1)
	d.stage = NewStage(in, w.PadTop, w.PadLeft,
		below(out.H, in.H, w.H, w.StrideH, w.DilationH, w.PadTop),
		below(out.W, in.W, w.W, w.StrideW, w.DilationW, w.PadLeft),
		zeroPoint, in.C%block == 0)
	pitch := in.W * in.C
	if d.stage != nil {
		pitch = d.stage.pitch()
	}
	for ky := range w.H {
		for kx := range w.W {
			d.taps = append(d.taps, int32(ky*w.DilationH*pitch+kx*w.DilationW*in.C))
		}
	}
	for oy := range out.H {
		for ox := range out.W {
			d.rows = append(d.rows, int32(oy*w.StrideH*pitch+ox*w.StrideW*in.C))
			d.outs = append(d.outs, int32((oy*out.W+ox)*out.C))
		}
	}
	d.bias = make([]int32, roundUp(out.C, block))
	copy(d.bias, bias)
	for i, v := range weights {
		d.bias[i%out.C] -= int32(zeroPoint) * int32(v)
	}
	d.check(stagedSize(d.stage, in))
	if im == Generic {
		d.weights, d.sums = weights, make([]int32, out.C)
		return d
	}
	d.pack(weights)
	return d
}

// check panics unless all that is read lies in an image of the given size.
func (d *Depthwise) check(size int) {
	last := int(d.taps[len(d.taps)-1]) + roundUp(d.in.C, max(d.impl.channels, 1))
	for _, r := range d.rows {
		if r < 0 || int(r)+last > size {
			panic("kernels: a depthwise position leaves its image")
		}
	}
}

// pack sorts the weights by block and pair of kernel positions. The routines widen a
// block's channels to int16 and interleave the two positions within each half
// (of 8 channels) of 128 bits, low quarters of all halves first; lanes says where
// each channel lands.
func (d *Depthwise) pack(weights []int8) {
	im, n := d.impl, len(d.taps)
	if n%2 == 1 {
		d.taps = append(d.taps, d.taps[n-1]) // weights of zero
	}
	pairs := len(d.taps) / 2
	lane := im.lanes()
	if im.narrowWeights {
		d.bytes = make([]int8, len(d.bias)*2*pairs)
	} else {
		d.pairs = make([]int16, len(d.bias)*2*pairs)
	}
	bias, scale := make([]int32, len(d.bias)), make([]float32, len(d.bias))
	for c := range d.out.C {
		first, l := c/im.channels*im.channels, lane[c%im.channels]
		bias[first+l], scale[first+l] = d.bias[c], d.Scale[c]
		for t := range n {
			at, w := first*2*pairs+t/2*2*im.channels, weights[t*d.out.C+c]
			if im.narrowWeights {
				d.bytes[at+t%2*im.channels+l] = w
			} else {
				d.pairs[at+2*l+t%2] = int16(w)
			}
		}
	}
	d.bias, d.scale = bias, scale
	if d.out.C < len(d.bias) {
		d.last = make([]int8, lastRows*im.channels)
		d.lastAt = make([]int32, lastRows)
		for i := range d.lastAt {
			d.lastAt[i] = int32(i * im.channels)
		}
	}
	d.args = depthwiseArgs{
		taps: unsafe.Pointer(&d.taps[0]), pairs: pairs,
		lo: float32(d.Min - d.ZeroPoint), hi: float32(d.Max - d.ZeroPoint), zp: d.ZeroPoint,
		min: d.Min, max: d.Max,
	}
}

// lanes gives the place of each of a block's channels among its sums.
func (im *Impl) lanes() []int {
	lane := make([]int, im.channels)
	for c := range lane {
		lane[c] = c
		if im.interleaved {
			half, i := c/8, c%8
			lane[c] = i/4*im.channels/2 + half*4 + i%4
		}
	}
	return lane
}

// ScratchBytes gives the size of Run's scratch memory.
func (d *Depthwise) ScratchBytes() int { return d.stage.Bytes() }

// Run computes the output image from the input image.
func (d *Depthwise) Run(out, in, scratch []int8) {
	for range d.in.Batch {
		image := d.stage.Run(scratch, in)
		if d.team != nil {
			d.image, d.codes = image, out
			d.run()
		} else {
			d.compute(out, image)
		}
		out, in = out[d.out.elements():], in[d.in.elements():]
	}
}

// compute computes the positions of rows.
func (d *Depthwise) compute(out, image []int8) {
	if d.impl == Generic {
		d.generic(out, image)
	} else {
		d.blocks(out, image)
	}
}

// blocks computes all whole blocks in place and a partial one aside.
func (d *Depthwise) blocks(out, image []int8) {
	a, n := &d.args, d.impl.channels
	size := 2 * n * a.pairs
	whole := d.out.C / n
	for b := range len(d.bias) / n {
		a.in = unsafe.Pointer(&image[b*n])
		if d.impl.narrowWeights {
			a.w = unsafe.Pointer(&d.bytes[b*size])
		} else {
			a.w = unsafe.Pointer(&d.pairs[b*size])
		}
		a.bias, a.scale = unsafe.Pointer(&d.bias[b*n]), unsafe.Pointer(&d.scale[b*n])
		if b < whole {
			a.rows, a.outs, a.m = unsafe.Pointer(&d.rows[0]), unsafe.Pointer(&d.outs[0]), len(d.rows)
			a.out = unsafe.Pointer(&out[b*n])
			d.impl.depthwise(a)
			continue
		}
		for at := 0; at < len(d.rows); at += lastRows {
			a.m = min(lastRows, len(d.rows)-at)
			a.rows, a.outs = unsafe.Pointer(&d.rows[at]), unsafe.Pointer(&d.lastAt[0])
			a.out = unsafe.Pointer(&d.last[0])
			outs := d.outs[at : at+a.m]
			d.impl.depthwise(a)
			for i, o := range outs {
				copy(out[int(o)+b*n:][:d.out.C-b*n], d.last[i*n:])
			}
		}
	}
}

func (d *Depthwise) generic(out, image []int8) {
	for i, row := range d.rows {
		copy(d.sums, d.bias)
		for t, tap := range d.taps {
			d.tap(image[int(row)+int(tap):][:d.in.C], d.weights[t*d.out.C:][:d.out.C])
		}
		dst := out[d.outs[i]:][:d.out.C]
		for c, acc := range d.sums {
			dst[c] = d.code(c, acc)
		}
	}
}

// tap adds one kernel position's products to the sums.
func (d *Depthwise) tap(x, w []int8) {
	if d.multiplier == 1 {
		sums := d.sums[:len(x)]
		w = w[:len(x)]
		for c, v := range x {
			sums[c] += int32(v) * int32(w[c])
		}
		return
	}
	for c, v := range x {
		sums := d.sums[c*d.multiplier:][:d.multiplier]
		row := w[c*d.multiplier:][:d.multiplier]
		for m := range sums {
			sums[m] += int32(v) * int32(row[m])
		}
	}
}
