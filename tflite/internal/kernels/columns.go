package kernels

import (
	"math"
	"unsafe"
)

// columns is a routine that joins elements that lie apart, channel by channel: the largest or the sum of those at each
// of several offsets from a position. It computes whole blocks of channels, and so reads and writes beyond the last
// one: callers keep it away from the ends of memory, and let positions follow each other upwards, so that each
// overwrites what the one before wrote too much.
type columns struct {
	block int // channels that are computed at once
	run   func(*columnsArgs)
}

// columnsArgs is what the assembly reads; its layout is part of the routines.
type columnsArgs struct {
	in      unsafe.Pointer // 0: of the first position
	out     unsafe.Pointer // 8
	n       int            // 16: positions, at least one
	step    int            // 24: bytes from a position to the next, in in
	outStep int            // 32: and in out
	taps    unsafe.Pointer // 40: int32 offsets, in bytes, at least one
	ntaps   int            // 48
	blocks  int            // 56
}

// elements are a family's routines for elements; nil fields, or no elements at all, stand for plain Go.
type elements struct {
	maxBytes, minBytes, sumBytes, maxFloats, minFloats, sumFloats *columns
	// Those on 16 elements at once: Add, Mul and the lesser and greater of int8, what turns one number into another, and
	// functions of two numbers and of one of float32.
	add, mul, minCodes, maxCodes func(*elementArgs)
	mappings
	floats    [arithmetics]func(*elementArgs)
	functions [functions]func(*elementArgs)
}

// mappings are routines of Quantize, Dequantize and Lookup, and of AveragePool's division.
type mappings struct{ quantize, dequantize, lookup, means func(*elementArgs) }

// elementwise gives the family's routines, of which those that it has not are nil.
func (im *Impl) elementwise() *elements {
	if im == nil || im.elements == nil {
		return &elements{}
	}
	return im.elements
}

// pooler leads a routine over the positions of a window that slides without dilation.
type pooler[Out, In number] struct {
	g               *Sliding
	routine         *columns // nil where position computes everything
	taps            []int32  // scratch: a window's
	tapsH, tapsW    int      // whose
	position        func(out []Out, in []In, oy, ox int)
	args            columnsArgs
	sizeIn, sizeOut int
}

func newPooler[Out, In number](
	g *Sliding, routine *columns, position func(out []Out, in []In, oy, ox int),
) *pooler[Out, In] {
	var in In
	var out Out
	p := &pooler[Out, In]{
		g: g, routine: routine, position: position, sizeIn: int(unsafe.Sizeof(in)), sizeOut: int(unsafe.Sizeof(out)),
	}
	if g.In.elements()*p.sizeIn > math.MaxInt32 {
		p.routine = nil // offsets are int32
	}
	if p.routine != nil {
		p.taps = make([]int32, 0, min(g.H, g.In.H)*min(g.W, g.In.W))
	}
	return p
}

// row computes a row of output positions.
func (p *pooler[Out, In]) row(out []Out, in []In, oy int) {
	g, c := p.g, p.g.In.C
	for ox := 0; ox < g.Out.W; {
		y0, y1, x0, x1 := g.inside(oy, ox)
		n := 1
		if x1-x0 == g.W { // and so are those that follow, as far as the window fits
			n = min((g.In.W-x0-g.W)/g.StrideW+1, g.Out.W-ox)
		}
		done := 0
		if p.routine != nil {
			p.window(y1-y0, x1-x0)
			done = p.run(out[ox*c:], in[(y0*g.In.W+x0)*c:], n)
		}
		for i := done; i < n; i++ {
			p.position(out[(ox+i)*c:][:c], in, oy, ox+i)
		}
		ox += n
	}
}

// window lists the taps of a window of h rows and w columns.
func (p *pooler[Out, In]) window(h, w int) {
	if h == p.tapsH && w == p.tapsW {
		return
	}
	p.tapsH, p.tapsW = h, w
	p.taps = p.taps[:0]
	for y := range h {
		for x := range w {
			p.taps = append(p.taps, int32((y*p.g.In.W+x)*p.g.In.C*p.sizeIn))
		}
	}
}

// run computes as many of n positions as lie so that the routine stays inside, and gives their number.
func (p *pooler[Out, In]) run(out []Out, in []In, n int) int {
	c := p.g.In.C
	wide := roundUp(c, p.routine.block)
	reach := int(p.taps[len(p.taps)-1])/p.sizeIn + wide
	if len(in) < reach || len(out) < wide {
		return 0
	}
	step := p.g.StrideW * c
	n = min(n, (len(in)-reach)/step+1, (len(out)-wide)/c+1)
	a := &p.args
	a.in, a.out, a.n = unsafe.Pointer(&in[0]), unsafe.Pointer(&out[0]), n
	a.step, a.outStep = step*p.sizeIn, c*p.sizeOut
	a.taps, a.ntaps, a.blocks = unsafe.Pointer(&p.taps[0]), len(p.taps), wide/p.routine.block
	p.routine.run(a)
	return n
}

// rowTaps is how many rows a rowJoiner joins at once.
const rowTaps = 32

// rowJoiner joins rows of neighbours, channel by channel, by a routine.
type rowJoiner[Out, In number] struct {
	routine *columns // nil where there is none
	taps    [rowTaps]int32
	part    []Out // scratch
	args    columnsArgs
}

// newRowJoiner makes one for rows of so many channels.
func newRowJoiner[Out, In number](routine *columns, channels int) *rowJoiner[Out, In] {
	j := &rowJoiner[Out, In]{}
	var in In
	if size := int(unsafe.Sizeof(in)); routine != nil && channels <= math.MaxInt32/rowTaps/size {
		j.routine, j.part = routine, make([]Out, roundUp(channels, routine.block))
		for i := range j.taps {
			j.taps[i] = int32(i * channels * size)
		}
	}
	return j
}

// join hands to take what 32 rows of c elements, or fewer, make together, as far as the routine stays inside in, and
// gives the rest of in.
func (j *rowJoiner[Out, In]) join(in []In, c int, take func(part []Out)) []In {
	if j.routine == nil || len(j.part) < c {
		return in
	}
	wide := roundUp(c, j.routine.block)
	for len(in) >= wide {
		n := min(rowTaps, (len(in)-wide)/c+1)
		a := &j.args
		a.in, a.out, a.n = unsafe.Pointer(&in[0]), unsafe.Pointer(&j.part[0]), 1
		a.taps, a.ntaps, a.blocks = unsafe.Pointer(&j.taps[0]), n, wide/j.routine.block
		j.routine.run(a)
		take(j.part[:c])
		in = in[n*c:]
	}
	return in
}
