package kernels

import (
	"math"
	"slices"
)

// reducedWalk leads through a tensor whose dimensions are reduced, or kept: neighbours of a kind are merged.
type reducedWalk struct {
	dims    []reducedDim // outermost first; at least one
	outputs int          // elements of the output
	inputs  int          // that go into each
}

// reducedDim is n steps, each of in elements of the input; the output stands still where it is reduced, or goes out
// elements on.
type reducedDim struct{ n, in, out int }

// newWalk plans how to walk a tensor of the given shape.
func newWalk(shape []int, reduced []bool) reducedWalk {
	w := reducedWalk{outputs: 1, inputs: 1}
	in := 1
	for i := len(shape) - 1; i >= 0; i-- { // innermost first
		d := reducedDim{n: shape[i], in: in}
		in *= shape[i]
		if reduced[i] {
			w.inputs *= shape[i]
		} else {
			d.out = w.outputs
			w.outputs *= shape[i]
		}
		if d.n == 1 {
			continue
		}
		if last := len(w.dims) - 1; last >= 0 && (w.dims[last].out == 0) == (d.out == 0) {
			w.dims[last].n *= d.n
			continue
		}
		w.dims = append(w.dims, d)
	}
	if len(w.dims) == 0 {
		w.dims = []reducedDim{{n: 1}}
	}
	slices.Reverse(w.dims)
	return w
}

// channels gives the length of the innermost run that is kept, or 0 where there is none with something to join before.
func (w *reducedWalk) channels() int {
	if n := len(w.dims); n > 1 && w.dims[n-1].out != 0 {
		return w.dims[n-1].n
	}
	return 0
}

// number is what is reduced.
type number interface {
	int8 | int16 | int32 | float32
}

// joining is how elements are joined: a run into one output, a run of outputs with one input each, and rows of as many
// inputs as there are outputs, of which rows gives back those that it leaves to column.
type joining[Sum, In number] struct {
	row    func(sum Sum, in []In) Sum
	column func(sums []Sum, in []In)
	rows   func(sums []Sum, in []In) []In
}

// reduce joins all inputs of each output, in their order.
func (j *joining[Sum, In]) reduce(dims []reducedDim, sums []Sum, in []In) {
	d := dims[0]
	switch {
	case len(dims) == 1 && d.out == 0:
		sums[0] = j.row(sums[0], in[:d.n])
	case len(dims) == 1:
		j.column(sums[:d.n], in[:d.n])
	case len(dims) == 2 && d.out == 0:
		inner := dims[1].n
		for in = j.rows(sums[:inner], in[:d.n*inner]); len(in) > 0; in = in[inner:] {
			j.column(sums[:inner], in[:inner])
		}
	default:
		for i := range d.n {
			j.reduce(dims[1:], sums[i*d.out:], in[i*d.in:])
		}
	}
}

// Mean is MEAN or SUM of codes: their sum, scaled.
type Mean struct {
	reducedWalk
	// The delegate's arithmetic: clamp(roundeven(float32(sum) * Factor + bias)), where bias holds both zero points.
	Factor, bias float32
	// Fixed outranks it: the arithmetic of TFLite's reference kernel.
	Fixed           *Multiplier
	ZeroIn, ZeroOut int32
	// Flip is 128 where codes are of uint8 in the file: the delegate sums them as they are there, which rounds otherwise.
	Flip    int32
	sums    []int32
	joining joining[int32, int8]
}

// NewMean plans a mean, or a sum, over the dimensions that are reduced. Of m the arithmetic is given.
func NewMean(im *Impl, m Mean, shape []int, reduced []bool) *Mean {
	m.reducedWalk = newWalk(shape, reduced)
	m.sums = make([]int32, m.outputs)
	zeros := (m.ZeroIn + m.Flip) * int32(m.inputs)
	m.bias = float32(float32(m.ZeroOut+m.Flip) - float32(float32(zeros)*m.Factor))
	routine := im.elementwise().sumBytes
	wide := newRowJoiner[int32, int8](routine, m.channels())
	var lanes [rowLanes]int32
	across := newRowJoiner[int32, int8](routine, rowLanes)
	m.joining = joining[int32, int8]{
		row: func(sum int32, in []int8) int32 {
			if len(in) < 4*rowLanes {
				return addRow(sum, in)
			}
			clear(lanes[:])
			in = across.join(in, rowLanes, func(part []int32) { addSums(lanes[:], part) })
			for _, v := range lanes {
				sum += v
			}
			return addRow(sum, in)
		},
		column: addColumn,
		rows: func(sums []int32, in []int8) []int8 {
			return wide.join(in, len(sums), func(part []int32) { addSums(sums, part) })
		},
	}
	return &m
}

// rowLanes is how many neighbours of one sum are added side by side.
const rowLanes = 16

// Run reduces in to out.
func (m *Mean) Run(out, in []int8) {
	clear(m.sums)
	m.joining.reduce(m.dims, m.sums, in)
	for i, sum := range m.sums {
		out[i] = m.code(sum)
	}
}

func (m *Mean) code(sum int32) int8 {
	if m.Fixed != nil {
		return int8(min(max(m.Fixed.ApplySum(sum-m.ZeroIn*int32(m.inputs))+m.ZeroOut, -128), 127))
	}
	sum += m.Flip * int32(m.inputs)
	v := float64(float32(float32(float32(sum)*m.Factor) + m.bias))
	return int8(min(max(math.RoundToEven(v)-float64(m.Flip), -128), 127))
}

func addRow(sum int32, in []int8) int32 {
	for _, v := range in {
		sum += int32(v)
	}
	return sum
}

func addColumn(sums []int32, in []int8) {
	in = in[:len(sums)]
	for i, v := range in {
		sums[i] += int32(v)
	}
}

func addSums(sums, part []int32) {
	part = part[:len(sums)]
	for i, v := range part {
		sums[i] += v
	}
}

// Known names functions that joining numbers has routines for.
type Known int

// Functions with routines, and others.
const (
	Other Known = iota
	Largest
	Smallest
	Total
)

// Reduction is a function that joins numbers: MEAN, SUM and the like where they are not quantised, and the largest or
// smallest of codes.
type Reduction[T number] struct {
	Join  func(a, b T) T
	First T
	Mean  bool // divide what comes out by how many they were
	Known Known
}

// Reduce joins all elements of some dimensions.
type Reduce[T number] struct {
	reducedWalk
	how     Reduction[T]
	joining joining[T, T]
}

// NewReduce plans joining all elements of the dimensions that are reduced.
func NewReduce[T number](im *Impl, how Reduction[T], shape []int, reduced []bool) *Reduce[T] {
	r := &Reduce[T]{reducedWalk: newWalk(shape, reduced), how: how}
	join := how.Join
	wide := newRowJoiner[T, T](routineFor(im.elementwise(), how), r.channels())
	column := func(sums, in []T) {
		in = in[:len(sums)]
		for i, v := range in {
			sums[i] = join(sums[i], v)
		}
	}
	r.joining = joining[T, T]{
		row: func(sum T, in []T) T {
			switch how.Known {
			case Largest:
				for _, v := range in {
					sum = max(sum, v)
				}
			case Smallest:
				for _, v := range in {
					sum = min(sum, v)
				}
			case Total:
				for _, v := range in {
					sum += v
				}
			default:
				for _, v := range in {
					sum = join(sum, v)
				}
			}
			return sum
		},
		column: column,
		rows: func(sums, in []T) []T {
			return wide.join(in, len(sums), func(part []T) { column(sums, part) })
		},
	}
	return r
}

// routineFor gives the routine for a reduction, or nil where there is none.
func routineFor[T number](e *elements, how Reduction[T]) *columns {
	switch any(how.First).(type) {
	case int8:
		switch how.Known {
		case Largest:
			return e.maxBytes
		case Smallest:
			return e.minBytes
		}
	case float32:
		switch how.Known {
		case Largest:
			return e.maxFloats
		case Smallest:
			return e.minFloats
		case Total:
			return e.sumFloats
		}
	}
	return nil
}

// Run reduces in to out.
func (r *Reduce[T]) Run(out, in []T) {
	for i := range out {
		out[i] = r.how.First
	}
	r.joining.reduce(r.dims, out, in)
	if r.how.Mean {
		for i := range out {
			out[i] /= T(r.inputs)
		}
	}
}
