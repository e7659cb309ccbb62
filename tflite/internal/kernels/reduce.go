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

// number is what is reduced.
type number interface {
	int8 | int32 | float32
}

// reduce joins all inputs of each output, in their order. row joins a run into one output, column a run of outputs with
// one input each.
func reduce[Sum, In number](
	dims []reducedDim, sums []Sum, in []In, row func(sum Sum, in []In) Sum, column func(sums []Sum, in []In),
) {
	d := dims[0]
	if len(dims) == 1 {
		if d.out == 0 {
			sums[0] = row(sums[0], in[:d.n])
		} else {
			column(sums[:d.n], in[:d.n])
		}
		return
	}
	for i := range d.n {
		reduce(dims[1:], sums[i*d.out:], in[i*d.in:], row, column)
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
	sums            []int32
}

// NewMean plans a mean, or a sum, over the dimensions that are reduced. Of m the arithmetic is given.
func NewMean(m Mean, shape []int, reduced []bool) *Mean {
	m.reducedWalk = newWalk(shape, reduced)
	m.sums = make([]int32, m.outputs)
	m.bias = float32(float32(m.ZeroOut) - float32(float32(m.ZeroIn*int32(m.inputs))*m.Factor))
	return &m
}

// Run reduces in to out.
func (m *Mean) Run(out, in []int8) {
	clear(m.sums)
	reduce(m.dims, m.sums, in, addRow, addColumn)
	for i, sum := range m.sums {
		out[i] = m.code(sum)
	}
}

func (m *Mean) code(sum int32) int8 {
	if m.Fixed != nil {
		return int8(min(max(m.Fixed.ApplySum(sum-m.ZeroIn*int32(m.inputs))+m.ZeroOut, -128), 127))
	}
	v := float32(float32(float32(sum)*m.Factor) + m.bias)
	return int8(math.RoundToEven(float64(min(max(v, -128), 127))))
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

// Reduce joins numbers by a function: MEAN, SUM and the like where they are not quantised, and the largest or smallest
// of codes.
type Reduce[T number] struct {
	reducedWalk
	join  func(a, b T) T
	first T
	mean  bool
}

// NewReduce plans joining all elements of the dimensions that are reduced, from first on; mean divides what comes out
// by their number.
func NewReduce[T number](join func(a, b T) T, first T, mean bool, shape []int, reduced []bool) *Reduce[T] {
	return &Reduce[T]{newWalk(shape, reduced), join, first, mean}
}

// Run reduces in to out.
func (r *Reduce[T]) Run(out, in []T) {
	for i := range out {
		out[i] = r.first
	}
	reduce(r.dims, out, in, func(sum T, in []T) T {
		for _, v := range in {
			sum = r.join(sum, v)
		}
		return sum
	}, func(sums, in []T) {
		for i, v := range in {
			sums[i] = r.join(sums[i], v)
		}
	})
	if r.mean {
		for i := range out {
			out[i] /= T(r.inputs)
		}
	}
}
