package tflitetest

import (
	"slices"

	"github.com/auscult/auscult/tflite"
)

// ints adds a constant vector of int32.
func (g *generator) ints(values ...int) int { return g.Ints(narrow(values), len(values)) }

// margins adds a constant of what comes before and after each dimension.
func (g *generator) margins(values ...int) int { return g.Ints(narrow(values), len(values)/2, 2) }

func narrow(values []int) []int32 {
	list := make([]int32, len(values))
	for i, v := range values {
		list[i] = int32(v)
	}
	return list
}

// scalar adds a constant scalar of int32.
func (g *generator) scalar(v int) int { return g.Ints([]int32{int32(v)}) }

// negated gives a dimension as it is, or counted from the end.
func (g *generator) negated(axis, rank int) int {
	if g.bool() {
		return axis - rank
	}
	return axis
}

// like adds a tensor of the quantisation of another and of the given shape.
func (g *generator) like(x int, shape ...int) int { return g.Activation(g.quant(x), shape...) }

// without gives a shape less one dimension.
func without(shape []int, axis int) []int { return slices.Delete(slices.Clone(shape), axis, axis+1) }

// concatenation makes CONCATENATION of two to four inputs.
func (g *generator) concatenation() {
	x := g.codes()
	s := g.shape(x)
	axis := g.IntN(len(s))
	ins, want := []int{x}, slices.Clone(s)
	for range g.between(1, 3) {
		part := slices.Clone(s)
		part[axis] = g.between(1, 9)
		want[axis] += part[axis]
		ins = append(ins, g.Input(g.quant(x), part...))
	}
	p := tflite.ConcatenationOptions{Axis: g.negated(axis, len(s))}
	g.Output(g.Op(tflite.Concatenation, 2, p, g.like(x, want...), ins...))
}

// pack makes PACK of one to four inputs.
func (g *generator) pack() {
	x := g.codes()
	s := g.shape(x)
	ins := []int{x}
	for range g.between(0, 3) {
		ins = append(ins, g.Input(g.quant(x), s...))
	}
	axis := g.IntN(len(s) + 1)
	want := slices.Insert(slices.Clone(s), axis, len(ins))
	p := tflite.PackOptions{Values: len(ins), Axis: g.negated(axis, len(s)+1)}
	g.Output(g.Op(tflite.Pack, 2, p, g.like(x, want...), ins...))
}

// several adds an operator with several outputs of the quantisation of x, all outputs of the model.
func (g *generator) several(op tflite.Op, version int, options any, x int, shapes [][]int, inputs ...int) {
	var outs []int
	for _, s := range shapes {
		outs = append(outs, g.like(x, s...))
	}
	g.Model.Operators = append(g.Model.Operators, tflite.Operator{
		Op: op, Version: version, Options: options, Inputs: inputs, Outputs: outs,
	})
	g.Model.Outputs = append(g.Model.Outputs, outs...)
}

// unpack makes UNPACK.
func (g *generator) unpack() {
	x := g.codes()
	s := g.shape(x)
	axis := g.IntN(len(s))
	g.Model.Tensors[x].Shape[axis] = g.between(1, 4)
	n := s[axis]
	p := tflite.UnpackOptions{Number: n, Axis: g.negated(axis, len(s))}
	g.several(tflite.Unpack, 2, p, x, slices.Repeat([][]int{without(s, axis)}, n), x)
}

// split makes SPLIT.
func (g *generator) split() {
	x := g.codes()
	s := g.shape(x)
	axis, n := g.IntN(len(s)), g.between(1, 4)
	part := g.between(1, 8)
	s[axis] = n * part
	each := slices.Clone(s)
	each[axis] = part
	at := g.scalar(g.negated(axis, len(s)))
	g.several(tflite.Split, 2, tflite.SplitOptions{Number: n}, x, slices.Repeat([][]int{each}, n), at, x)
}

// splitV makes SPLIT_V, whose lengths may leave one open.
func (g *generator) splitV() {
	x := g.codes()
	s := g.shape(x)
	axis, n := g.IntN(len(s)), g.between(1, 4)
	lengths, shapes := make([]int, n), make([][]int, n)
	s[axis] = 0
	for k := range n {
		lengths[k] = g.between(1, 6)
		s[axis] += lengths[k]
		shapes[k] = slices.Clone(s)
		shapes[k][axis] = lengths[k]
	}
	if g.bool() {
		lengths[g.IntN(n)] = -1
	}
	at := g.scalar(g.negated(axis, len(s)))
	g.several(tflite.SplitV, 2, tflite.SplitVOptions{Number: n}, x, shapes, x, g.ints(lengths...), at)
}

// transpose makes TRANSPOSE.
func (g *generator) transpose() {
	x := g.codes()
	s := g.shape(x)
	order, want := g.Perm(len(s)), make([]int, len(s))
	for i, d := range order {
		want[i] = s[d]
	}
	g.Output(g.Op(tflite.Transpose, 2, nil, g.like(x, want...), x, g.ints(order...)))
}

// expandDims makes EXPAND_DIMS.
func (g *generator) expandDims() {
	x := g.codes()
	s := g.shape(x)
	axis := g.IntN(len(s) + 1)
	want := slices.Insert(slices.Clone(s), axis, 1)
	g.Output(g.Op(tflite.ExpandDims, 1, nil, g.like(x, want...), x, g.scalar(g.negated(axis, len(s)+1))))
}

// squeeze makes SQUEEZE of some dimensions, or of all that it can.
func (g *generator) squeeze() {
	x := g.codes()
	s := g.shape(x)
	axis := g.IntN(len(s))
	s[axis] = 1
	var p tflite.SqueezeOptions
	want := without(s, axis)
	if g.bool() {
		p.Dims = []int{g.negated(axis, len(s))}
	} else {
		want = slices.DeleteFunc(want, func(n int) bool { return n == 1 })
	}
	g.Output(g.Op(tflite.Squeeze, 1, p, g.like(x, want...), x))
}

// slice makes SLICE.
func (g *generator) slice() {
	x := g.codes()
	s := g.shape(x)
	begin, sizes, want := make([]int, len(s)), make([]int, len(s)), make([]int, len(s))
	for i, n := range s {
		begin[i] = g.IntN(n)
		want[i] = g.between(1, n-begin[i])
		sizes[i] = want[i]
		if g.IntN(3) == 0 {
			want[i], sizes[i] = n-begin[i], -1
		}
	}
	g.Output(g.Op(tflite.Slice, 3, nil, g.like(x, want...), x, g.ints(begin...), g.ints(sizes...)))
}

// stridedSlice makes STRIDED_SLICE with strides of both signs, bounds that count from the end or lie beyond it, and
// masks.
func (g *generator) stridedSlice() {
	x := g.codes()
	s := g.shape(x)
	var p tflite.StridedSliceOptions
	var begin, end, stride, want []int
	for i, n := range s {
		first, step := g.IntN(n), g.between(1, 3)
		take := g.between(1, (n-1-first)/step+1)
		last := first + (take-1)*step + 1
		if g.IntN(4) == 0 && n > 1 { // backwards
			first, last, step = last-1, first-1, -step
			if last < 0 {
				last = -n - 1
			}
		} else if g.bool() {
			last = min(last, n) - n
			if last == 0 {
				last = n + g.IntN(3)
			}
		}
		switch bit := 1 << i; {
		case g.IntN(6) == 0 && step == 1:
			p.ShrinkMask |= bit
			take = 0
			last = first + 1
		case g.IntN(5) == 0 && step > 0:
			p.BeginMask |= bit
			p.EndMask |= bit
			take = (n-1)/step + 1
		}
		if first > 0 && p.BeginMask == 0 && step > 0 && g.bool() {
			first -= n
			if p.ShrinkMask&(1<<i) != 0 {
				last = first + 1
			}
		}
		begin, end, stride = append(begin, first), append(end, last), append(stride, step)
		if take > 0 {
			want = append(want, take)
		}
	}
	g.Output(g.Op(tflite.StridedSlice, 2, p, g.like(x, want...), x, g.ints(begin...), g.ints(end...), g.ints(stride...)))
}

// open adds an int32 tensor that operators on shapes compute.
func (g *generator) open(shape ...int) int {
	return g.Tensor(tflite.Tensor{Type: tflite.Int32, Shape: shape})
}

// batch adds the batch of x as Keras computes it while a model runs: SHAPE and STRIDED_SLICE.
func (g *generator) batch(x int) int {
	shape := g.Op(tflite.Shape, 1, tflite.ShapeOptions{OutType: tflite.Int32}, g.open(len(g.shape(x))), x)
	p := tflite.StridedSliceOptions{ShrinkMask: 1}
	return g.Op(tflite.StridedSlice, 1, p, g.open(), shape, g.ints(0), g.ints(1), g.ints(1))
}

// openBatch makes a reshape and a transposed convolution to shapes that the model computes from its input's, as Keras
// does where the batch is left open.
func (g *generator) openBatch() {
	x := g.image()
	s := slices.Clone(g.shape(x))
	g.Model.Tensors[x].Signature = []int{-1, s[1], s[2], s[3]}
	var dims []int
	for _, n := range []int{s[1] * s[2], 1, s[3]} {
		dims = append(dims, g.scalar(n))
	}
	size := g.Op(tflite.Pack, 1, tflite.PackOptions{Values: 4}, g.open(4), append([]int{g.batch(x)}, dims...)...)
	y := g.like(x, 1, s[1]*s[2], 1, s[3])
	g.Model.Tensors[y].Signature = []int{-1, s[1] * s[2], 1, s[3]}
	y = g.Op(tflite.Reshape, 1, tflite.ReshapeOptions{}, y, x, size)
	g.Model.Tensors[y].Shape = []int{s[0], s[1] * s[2], 1, s[3]}
	z := g.transposeConv(y)
	full := g.shape(z)
	g.Model.Tensors[z].Shape, g.Model.Tensors[z].Signature = []int{1, 1, 1, 1}, []int{-1, -1, -1, -1}
	g.Model.Tensors[y].Shape = []int{1, s[1] * s[2], 1, s[3]}
	dims = nil
	for _, n := range full[1:] {
		dims = append(dims, g.scalar(n))
	}
	last := &g.Model.Operators[len(g.Model.Operators)-1]
	conv := *last
	g.Model.Operators = g.Model.Operators[:len(g.Model.Operators)-1]
	conv.Inputs[0] = g.Op(tflite.Pack, 1, tflite.PackOptions{Values: 4}, g.open(4), append([]int{g.batch(y)}, dims...)...)
	g.Model.Operators = append(g.Model.Operators, conv)
	g.Output(z)
}

// fill makes FILL, whose scalar the model computes.
func (g *generator) fill() {
	x := g.Input(g.code())
	g.Model.Tensors[x].Shape = nil
	shape := make([]int, g.between(1, 4))
	for i := range shape {
		shape[i] = g.between(1, 6)
	}
	g.Output(g.Op(tflite.Fill, 3, nil, g.like(x, shape...), g.ints(shape...), x))
}

// gather makes GATHER by constant indices, a vector or a matrix.
func (g *generator) gather() {
	x := g.codes()
	s := g.shape(x)
	axis := g.IntN(len(s))
	list := make([]int, g.between(1, 6))
	for i := range list {
		list[i] = g.IntN(s[axis])
	}
	indices, names := g.ints(list...), []int{len(list)}
	if len(list)%2 == 0 && g.bool() {
		names = []int{2, len(list) / 2}
		g.Model.Tensors[indices].Shape = names
	}
	want := slices.Concat(s[:axis], names, s[axis+1:])
	p := tflite.GatherOptions{Axis: g.negated(axis, len(s))}
	g.Output(g.Op(tflite.Gather, 2, p, g.like(x, want...), x, indices))
}

// cast makes CAST of float32 to int32 and back.
func (g *generator) cast() {
	x := g.FloatInput(g.between(1, 4), g.between(1, 40))
	s := g.shape(x)
	y := g.Op(tflite.Relu6, 1, nil, g.Tensor(tflite.Tensor{Type: tflite.Float32, Shape: s}), x)
	y = g.Op(tflite.Cast, 1, tflite.CastOptions{In: tflite.Float32, Out: tflite.Int32}, g.open(s...), y)
	z := g.Tensor(tflite.Tensor{Type: tflite.Float32, Shape: s})
	g.Output(g.Op(tflite.Cast, 1, tflite.CastOptions{In: tflite.Int32, Out: tflite.Float32}, z, y))
}
