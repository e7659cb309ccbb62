package kernels

import "math"

// reducedWalk leads through a tensor whose dimensions are reduced, or kept: neighbours of a kind are merged.
type reducedWalk struct {
	dims    []reducedDim // outermost first
	Outputs int          // elements of the output
	Inputs  int          // that go into each
}

// reducedDim is n steps, each of in elements of the input; the output stands still where it is reduced, or goes out
// elements on.
type reducedDim struct{ n, in, out int }

// newWalk plans how to walk a tensor of the given shape.
func newWalk(shape []int, reduced []bool) reducedWalk {
	w := reducedWalk{Outputs: 1, Inputs: 1}
	in := 1
	for i := len(shape) - 1; i >= 0; i-- { // innermost first
		d := reducedDim{n: shape[i], in: in}
		in *= shape[i]
		if reduced[i] {
			w.Inputs *= shape[i]
		} else {
			d.out = w.Outputs
			w.Outputs *= shape[i]
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
	for i, j := 0, len(w.dims)-1; i < j; i, j = i+1, j-1 {
		w.dims[i], w.dims[j] = w.dims[j], w.dims[i]
	}
	return w
}

// number is what is reduced.
type number interface {
	int8 | uint8 | int16 | int32 | float32
}

// reduce joins all inputs of each output, in their order. row joins a run into one output, column a run of outputs with
// one input each.
func reduce[Sum, In number](
	w *reducedWalk, sums []Sum, in []In, row func(sum Sum, in []In) Sum, column func(sums []Sum, in []In),
) {
	if len(w.dims) == 0 {
		sums[0] = row(sums[0], in)
		return
	}
	reduceFrom(w.dims, sums, in, row, column)
}

func reduceFrom[Sum, In number](
	dims []reducedDim, sums []Sum, in []In, row func(Sum, []In) Sum, column func([]Sum, []In),
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
		reduceFrom(dims[1:], sums[i*d.out:], in[i*d.in:], row, column)
	}
}

// Mean is MEAN or SUM of codes: their sum, scaled.
type Mean[T int8 | uint8 | int16] struct {
	reducedWalk
	// The delegate's arithmetic: clamp(roundeven(float32(sum) * Factor + Bias)), where Bias holds both zero points.
	Factor, Bias float32
	// Fixed outranks it: the arithmetic of TFLite's reference kernel.
	Fixed           *Multiplier
	ZeroIn, ZeroOut int32
	Min, Max        int32
	sums            []int32
}

// NewMean plans a mean, or a sum, over the dimensions that are reduced. Of m the arithmetic is given.
func NewMean[T int8 | uint8 | int16](m Mean[T], shape []int, reduced []bool) *Mean[T] {
	m.reducedWalk = newWalk(shape, reduced)
	m.sums = make([]int32, m.Outputs)
	m.Bias = float32(float32(m.ZeroOut) - float32(float32(m.ZeroIn*int32(m.Inputs))*m.Factor))
	return &m
}

// Run reduces in to out.
func (m *Mean[T]) Run(out, in []T) {
	clear(m.sums)
	reduce(&m.reducedWalk, m.sums, in, addRow[T], addColumn[T])
	for i, sum := range m.sums {
		out[i] = T(m.code(sum))
	}
}

func (m *Mean[T]) code(sum int32) int32 {
	if m.Fixed != nil {
		return min(max(m.Fixed.ApplySum(sum-m.ZeroIn*int32(m.Inputs))+m.ZeroOut, m.Min), m.Max)
	}
	v := float32(float32(float32(sum)*m.Factor) + m.Bias)
	return int32(math.RoundToEven(float64(min(max(v, float32(m.Min)), float32(m.Max)))))
}

func addRow[T int8 | uint8 | int16](sum int32, in []T) int32 {
	for _, v := range in {
		sum += int32(v)
	}
	return sum
}

func addColumn[T int8 | uint8 | int16](sums []int32, in []T) {
	in = in[:len(sums)]
	for i, v := range in {
		sums[i] += int32(v)
	}
}

// Reduce joins numbers that are not quantised: MEAN, SUM, REDUCE_MAX and the like.
type Reduce[T int32 | float32] struct {
	reducedWalk
	join  func(a, b T) T
	first T
	mean  bool
}

// NewReduce plans joining all elements of the dimensions that are reduced, from first on; mean divides what comes out
// by their number.
func NewReduce[T int32 | float32](join func(a, b T) T, first T, mean bool, shape []int, reduced []bool) *Reduce[T] {
	return &Reduce[T]{newWalk(shape, reduced), join, first, mean}
}

// Run reduces in to out.
func (r *Reduce[T]) Run(out, in []T) {
	for i := range out {
		out[i] = r.first
	}
	reduce(&r.reducedWalk, out, in, func(sum T, in []T) T {
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
			out[i] /= T(r.Inputs)
		}
	}
}

// Extreme is REDUCE_MAX or REDUCE_MIN of codes.
type Extreme[T int8 | uint8 | int16] struct {
	reducedWalk
	largest bool
}

// NewExtreme plans the largest, or smallest, of all elements of the dimensions that are reduced.
func NewExtreme[T int8 | uint8 | int16](largest bool, shape []int, reduced []bool) *Extreme[T] {
	return &Extreme[T]{newWalk(shape, reduced), largest}
}

// Run reduces in to out.
func (e *Extreme[T]) Run(out, in []T) {
	var zero T
	lowest, highest := extremes(zero)
	for i := range out {
		out[i] = highest
		if e.largest {
			out[i] = lowest
		}
	}
	if e.largest {
		reduce(&e.reducedWalk, out, in, maxRow[T], maxColumn[T])
	} else {
		reduce(&e.reducedWalk, out, in, minRow[T], minColumn[T])
	}
}

// extremes gives the smallest and the largest value of a type.
func extremes[T int8 | uint8 | int16](zero T) (lowest, highest T) {
	switch any(zero).(type) {
	case int8:
		return T(any(int8(math.MinInt8)).(int8)), T(any(int8(math.MaxInt8)).(int8))
	case uint8:
		return 0, T(any(uint8(math.MaxUint8)).(uint8))
	}
	low, high := int16(math.MinInt16), int16(math.MaxInt16)
	return T(low), T(high)
}

func maxRow[T int8 | uint8 | int16](largest T, in []T) T {
	for _, v := range in {
		largest = max(largest, v)
	}
	return largest
}

func maxColumn[T int8 | uint8 | int16](largest, in []T) {
	for i, v := range in {
		largest[i] = max(largest[i], v)
	}
}

func minRow[T int8 | uint8 | int16](least T, in []T) T {
	for _, v := range in {
		least = min(least, v)
	}
	return least
}

func minColumn[T int8 | uint8 | int16](least, in []T) {
	for i, v := range in {
		least[i] = min(least[i], v)
	}
}
