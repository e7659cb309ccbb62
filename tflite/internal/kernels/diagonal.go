package kernels

import "unsafe"

// diagonal multiplies each channel of a position's inputs with weights of its own: what Gemm is to a convolution, for a
// depthwise one.
type diagonal struct {
	Requant
	routine    *depthwiseRoutine
	channels   int     // of the output
	multiplier int     // outputs of each input channel
	taps       []int32 // offset of each kernel position; for routines an even number
	weights    []int8  // generic: [position, channel]; rowsOfInt8: [block][pair of positions][2][channel]
	pairs      []int16 // pairsOfInt16: [block][pair of positions][channel, see lanes][2]
	bias       []int32 // zero point folded, padded to whole blocks
	scale      []float32
	sums       []int32 // scratch of the generic routine
	last       []int8  // scratch: outputs of the last block where it is partial
	lastAt     []int32 // where in last each position's outputs go
	args       depthwiseArgs
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

// newDiagonal folds the zero point of the inputs into a layer's bias and sorts its weights, [len(taps), channels],
// for a routine.
func newDiagonal(r *depthwiseRoutine, inputs int, l Layer, taps []int32) *diagonal {
	channels := len(l.Bias)
	d := &diagonal{
		Requant: l.Requant, routine: r, channels: channels, multiplier: channels / inputs, taps: taps,
		bias: make([]int32, roundUp(channels, r.channels)),
	}
	copy(d.bias, l.Bias)
	for i, v := range l.Weights {
		d.bias[i%channels] -= int32(l.InputZero) * int32(v)
	}
	if r.run == nil {
		d.weights, d.sums = l.Weights, make([]int32, channels)
	} else {
		d.pack(l.Weights)
	}
	return d
}

// pack sorts the weights by block and pair of kernel positions. The routines for pairsOfInt16 widen a
// block's channels to int16 and interleave the two positions within each half
// (of 8 channels) of 128 bits, low quarters of all halves first; lanes says where
// each channel lands.
func (d *diagonal) pack(weights []int8) {
	r, n := d.routine, len(d.taps)
	if n%2 == 1 {
		d.taps = append(d.taps, d.taps[n-1]) // weights of zero
	}
	pairs := len(d.taps) / 2
	lane := r.lanes()
	if r.layout == rowsOfInt8 {
		d.weights = make([]int8, len(d.bias)*2*pairs)
	} else {
		d.pairs = make([]int16, len(d.bias)*2*pairs)
	}
	bias, scale := make([]int32, len(d.bias)), make([]float32, len(d.bias))
	for c := range d.channels {
		first, l := c/r.channels*r.channels, lane[c%r.channels]
		bias[first+l], scale[first+l] = d.bias[c], d.Scale[c]
		for t := range n {
			at, w := first*2*pairs+t/2*2*r.channels, weights[t*d.channels+c]
			if r.layout == rowsOfInt8 {
				d.weights[at+t%2*r.channels+l] = w
			} else {
				d.pairs[at+2*l+t%2] = int16(w)
			}
		}
	}
	d.bias, d.scale = bias, scale
	if d.channels < len(d.bias) {
		d.last = make([]int8, lastRows*r.channels)
		d.lastAt = make([]int32, lastRows)
		for i := range d.lastAt {
			d.lastAt[i] = int32(i * r.channels)
		}
	}
	d.args = depthwiseArgs{
		taps: unsafe.Pointer(&d.taps[0]), pairs: pairs,
		lo: float32(d.Min - d.ZeroPoint), hi: float32(d.Max - d.ZeroPoint), zp: d.ZeroPoint,
		min: d.Min, max: d.Max,
	}
}

// lanes gives the place of each of a block's channels among its sums.
func (r *depthwiseRoutine) lanes() []int {
	lane := make([]int, r.channels)
	for c := range lane {
		lane[c] = c
		if r.layout == pairsOfInt16 {
			half, i := c/8, c%8
			lane[c] = i/4*r.channels/2 + half*4 + i%4
		}
	}
	return lane
}

// clone gives another worker's view of the same weights.
func (d *diagonal) clone() *diagonal {
	c := *d
	c.sums, c.last = make([]int32, len(d.sums)), make([]int8, len(d.last))
	return &c
}

// run computes the positions of rows: from image at offset rows[i] to out at outs[i].
func (d *diagonal) run(out, image []int8, outs, rows []int32) {
	if d.routine.run == nil {
		d.generic(out, image, outs, rows)
	} else {
		d.blocks(out, image, outs, rows)
	}
}

// blocks computes all blocks, the last one first: where it is partial it writes into the next position's outputs, which
// come after it, except at the end, where it is computed aside.
func (d *diagonal) blocks(out, image []int8, outs, rows []int32) {
	n := d.routine.channels
	whole := d.channels / n
	if len(d.bias) > whole*n {
		first := whole * n
		inPlace := max(len(rows)-(n+d.channels-1)/d.channels, 0)
		if inPlace > 0 {
			d.block(whole, out[first:], image, outs[:inPlace], rows[:inPlace])
		}
		for at := inPlace; at < len(rows); at += lastRows {
			m := min(lastRows, len(rows)-at)
			d.block(whole, d.last, image, d.lastAt[:m], rows[at:at+m])
			for i, o := range outs[at : at+m] {
				copy(out[int(o)+first:][:d.channels-first], d.last[i*n:])
			}
		}
	}
	for b := range whole {
		d.block(b, out[b*n:], image, outs, rows)
	}
}

// block computes one block of channels of all rows to where outs says, from the block's first output on.
func (d *diagonal) block(b int, out, image []int8, outs, rows []int32) {
	a, n := &d.args, d.routine.channels
	size := 2 * n * a.pairs
	a.in, a.out, a.m = unsafe.Pointer(&image[b*n]), unsafe.Pointer(&out[0]), len(rows)
	a.rows, a.outs = unsafe.Pointer(&rows[0]), unsafe.Pointer(&outs[0])
	if d.pairs == nil {
		a.w = unsafe.Pointer(&d.weights[b*size])
	} else {
		a.w = unsafe.Pointer(&d.pairs[b*size])
	}
	a.bias, a.scale = unsafe.Pointer(&d.bias[b*n]), unsafe.Pointer(&d.scale[b*n])
	d.routine.run(a)
}

func (d *diagonal) generic(out, image []int8, outs, rows []int32) {
	inputs := d.channels / d.multiplier
	for i, row := range rows {
		copy(d.sums, d.bias)
		for t, tap := range d.taps {
			d.tap(image[int(row)+int(tap):][:inputs], d.weights[t*d.channels:][:d.channels])
		}
		dst := out[outs[i]:][:d.channels]
		for c, acc := range d.sums {
			dst[c] = d.code(c, acc)
		}
	}
}

// tap adds one kernel position's products to the sums.
func (d *diagonal) tap(x, w []int8) {
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
