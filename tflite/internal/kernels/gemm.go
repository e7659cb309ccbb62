package kernels

import (
	"fmt"
	"slices"
	"unsafe"
)

// Gemm multiplies rows of inputs with a packed matrix of weights. A row is a
// sequence of segments: one for each kernel row of a convolution, one in all for
// a dense layer. Its start and each segment's distance from there are offsets
// into an image, so that no row is ever copied together.
type Gemm struct {
	Requant
	routine *gemmRoutine
	outputs int
	taps    []int32 // offset of each segment from a row's start
	count   int     // groups in a segment
	lanes   []lanes // generic on 64 bits: what weights hold, which is nil then
	weights []int8  // [panel][segment][group of inputs][output of the panel][input of the group]
	bias    []int32 // padded to whole panels
	scale   []float32
	last    []int8  // scratch: outputs of the last panel where it is partial
	lastAt  []int32 // where in last each row's outputs go
	sums    []int32 // scratch where the arithmetic is plain Go's: of maxRows rows
	sumsAt  []int32 // where in sums each row's go
	dense   bool    // whether rows' outputs follow each other without a gap
	args    args    // kept here, since arguments of assembly called through a variable escape
}

// lastRows bounds how many rows of a partial panel are computed at once.
const lastRows = 3 * maxRows

// bytes gives the memory that newGemm will take for outputs x segments x length
// weights, as a product that cannot overflow below 2^31 weights.
func (r *gemmRoutine) bytes(outputs, segments, length int) int64 {
	padded := int64(roundUp(outputs, r.width))
	if r == genericGemm && inPairs {
		length *= 5 // bytes first, then lanes
	}
	weights := padded * int64(segments) * int64(roundUp(length, r.group)) * int64(r.weightBytes)
	return weights + 8*padded + int64(lastRows*(r.width+4)) + maxRows*(4*padded+4)
}

// bytesFor is bytes for parts of the given weights, which the generic routine may have to take.
func (r *gemmRoutine) bytesFor(weights []int8) func(outputs, segments, length int) int64 {
	fallback := r.serving(weights)
	return func(outputs, segments, length int) int64 {
		return max(r.bytes(outputs, segments, length), fallback.bytes(outputs, segments, length))
	}
}

// serving gives the routine that can multiply with these weights: this or the generic one.
func (r *gemmRoutine) serving(weights []int8) *gemmRoutine {
	if r.noMin && hasMin(weights) {
		return genericGemm
	}
	return r
}

// maxSingle is the number of outputs up to which routines for one output pay.
const maxSingle = 2

func roundUp(n, unit int) int { return (n + unit - 1) / unit * unit }

// newGemm packs a layer's weights, [outputs, len(taps), length], and folds the zero point of
// the inputs into its bias.
func newGemm(r *gemmRoutine, l Layer, taps []int32, length int) *Gemm {
	r = r.serving(l.Weights)
	rq, outputs := l.Requant, len(l.Bias)
	padded, count := roundUp(outputs, r.width), (length+r.group-1)/r.group
	g := &Gemm{
		Requant: rq, routine: r, outputs: outputs, taps: taps, count: count,
		weights: make([]int8, padded*len(taps)*count*r.group*r.weightBytes),
		bias:    make([]int32, padded),
		scale:   make([]float32, padded),
	}
	copy(g.scale, rq.Scale)
	for o := range outputs {
		g.bias[o] = l.Bias[o] - (int32(l.InputZero)+r.offset)*g.pack(o, l.Weights, length)
	}
	if r == genericGemm {
		if inPairs {
			g.lanes, g.weights = packLanes(g.weights), nil
		}
		return g
	}
	if rq.exact() {
		g.sums, g.sumsAt = make([]int32, maxRows*padded), make([]int32, maxRows)
		for i := range g.sumsAt {
			g.sumsAt[i] = int32(i * padded)
		}
	} else if outputs < padded {
		g.last = make([]int8, lastRows*r.width)
		g.lastAt = make([]int32, lastRows)
		for i := range g.lastAt {
			g.lastAt[i] = int32(i * r.width)
		}
	}
	g.args = args{
		taps: unsafe.Pointer(unsafe.SliceData(taps)), ntaps: len(taps), count: count,
		lo: float32(rq.Min - rq.ZeroPoint), hi: float32(rq.Max - rq.ZeroPoint), zp: rq.ZeroPoint,
		min: rq.Min, max: rq.Max,
	}
	return g
}

// pack lays out the weights of one output and gives their sum.
func (g *Gemm) pack(output int, weights []int8, length int) (sum int32) {
	r := g.routine
	row, segment := len(g.taps)*length, g.count*r.group*r.width
	panel := g.weights[output/r.width*len(g.taps)*segment*r.weightBytes:]
	lane := output % r.width
	for t := range g.taps {
		for i, w := range weights[output*row+t*length:][:length] {
			sum += int32(w)
			at := t*segment + (i/r.group*r.width+lane)*r.group + i%r.group
			if r.weightBytes == 2 { // little-endian int16
				panel[2*at], panel[2*at+1] = w, w>>7
			} else {
				panel[at] = w
			}
		}
	}
	return sum
}

func hasMin(weights []int8) bool {
	for _, w := range weights {
		if w == -128 {
			return true
		}
	}
	return false
}

// padRows pads a table of offsets to what Gemm.Run wants, by repeating its last entry.
func padRows(table []int32) []int32 {
	for n := len(table); len(table) < roundUp(n, maxRows); {
		table = append(table, table[n-1])
	}
	return table
}

// maxRows is a multiple of every routine's rows.
const maxRows = 24

// Check panics unless all that Run will read and write lies within images of the
// given sizes: an error in the caller's geometry must not become one in memory.
func (g *Gemm) Check(rows, outs []int32, in, out int) {
	reach := 0
	for _, t := range g.taps {
		reach = max(reach, int(t)+g.count*g.routine.group)
		if t < 0 {
			panic("kernels: a segment begins before its row")
		}
	}
	for i := range rows {
		if rows[i] < 0 || int(rows[i])+reach > in || outs[i] < 0 || int(outs[i])+g.outputs > out {
			panic(fmt.Sprintf("kernels: row %d at %d and %d leaves images of %d and %d", i, rows[i], outs[i], in, out))
		}
	}
}

// Run computes m rows: from in at offset rows[i] to out at outs[i]. Both tables
// come from padRows.
func (g *Gemm) Run(out, in []int8, outs, rows []int32, m int) {
	r := g.routine
	if r.tile == nil {
		g.generic(out, in, outs[:m], rows[:m])
		return
	}
	a := &g.args
	a.in = unsafe.Pointer(unsafe.SliceData(in))
	if g.sums != nil {
		g.exact(out, outs, rows, m)
		return
	}
	// The last panel first: where it is partial it may write into the next row's outputs, which come after it.
	if g.last != nil {
		g.partial(out, outs, rows, m)
	}
	whole := g.outputs / r.width
	if 2*m > r.rows || r.row == nil {
		for p := range whole {
			g.at(p, out, p*r.width)
			g.tiles(rows, outs, m)
		}
	} else if whole > 0 {
		g.at(0, out, 0)
		a.panel = whole
		for i := range m {
			a.rows, a.outs, a.done = unsafe.Pointer(&rows[i]), unsafe.Pointer(&outs[i]), 0
			r.row(a)
		}
	}
}

// exact computes rows whose sums plain Go maps to codes.
func (g *Gemm) exact(out []int8, outs, rows []int32, m int) {
	a, width, padded := &g.args, g.routine.width, len(g.bias)
	a.sums = 1
	for done := 0; done < m; done += maxRows {
		n := min(maxRows, m-done)
		for p := range padded / width {
			g.at(p, out, 0)
			a.out = unsafe.Pointer(&g.sums[p*width])
			g.tiles(rows[done:], g.sumsAt, n)
		}
		for i, o := range outs[done : done+n] {
			dst := out[o:][:g.outputs]
			for c, sum := range g.sums[i*padded:][:g.outputs] {
				dst[c] = g.code(c, sum)
			}
		}
	}
}

// at points the arguments to a panel, and to where its outputs begin in out.
func (g *Gemm) at(panel int, out []int8, first int) {
	a, width := &g.args, g.routine.width
	size := len(g.weights) / (len(g.bias) / width)
	a.w = unsafe.Pointer(&g.weights[panel*size])
	a.bias, a.scale = unsafe.Pointer(&g.bias[panel*width]), unsafe.Pointer(&g.scale[panel*width])
	a.out = unsafe.Pointer(&out[first])
}

// tiles computes m rows of the panel that the arguments point to.
func (g *Gemm) tiles(rows, outs []int32, m int) {
	a := &g.args
	a.rows, a.outs = unsafe.Pointer(&rows[0]), unsafe.Pointer(&outs[0])
	a.m, a.done = roundUp(m, g.routine.rows), 0
	g.routine.tile(a)
}

// partial computes the last panel: in place as far as it stays within the outputs of these rows, the rest aside, of
// which it copies the outputs that there are.
func (g *Gemm) partial(out []int8, outs, rows []int32, m int) {
	width := g.routine.width
	first := g.outputs / width * width
	inPlace := 0
	if g.dense {
		inPlace = max(m-(width+g.outputs-1)/g.outputs, 0) / g.routine.rows * g.routine.rows
	}
	if inPlace > 0 {
		g.at(first/width, out, first)
		g.tiles(rows, outs, inPlace)
	}
	g.at(first/width, g.last, 0)
	for done := inPlace; done < m; done += lastRows {
		n := min(m-done, lastRows)
		if n == 1 && g.routine.row != nil {
			a := &g.args
			a.rows, a.outs, a.panel, a.done = unsafe.Pointer(&rows[done]), unsafe.Pointer(&g.lastAt[0]), 1, 0
			g.routine.row(a)
		} else {
			g.tiles(rows[done:], g.lastAt, n)
		}
		for i, o := range outs[done : done+n] {
			copy(out[int(o)+first:][:g.outputs-first], g.last[i*width:])
		}
	}
}

// clone gives another worker's view of the same matrix.
func (g *Gemm) clone() *Gemm {
	c := *g
	c.last, c.sums = slices.Clone(g.last), slices.Clone(g.sums)
	return &c
}

// clones gives the views of all of a team's workers.
func (g *Gemm) clones(team *Team) []*Gemm {
	all := []*Gemm{g}
	for len(all) < team.Workers() {
		all = append(all, g.clone())
	}
	return all
}

// macs gives the multiply-accumulate steps of so many rows; routines for one output
// do half as many in the same time.
func (g *Gemm) macs(rows int) int {
	if g.routine.width == 1 {
		rows *= 2
	}
	return rows * len(g.bias) * len(g.taps) * g.count * g.routine.group
}
