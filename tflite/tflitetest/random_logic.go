package tflitetest

import (
	"slices"

	"github.com/auscult/auscult/tflite"
)

// bools adds a tensor of bool.
func (g *generator) bools(shape ...int) int {
	return g.Tensor(tflite.Tensor{Type: tflite.Bool, Shape: shape})
}

// places adds a tensor of int32 that is computed.
func (g *generator) places(shape ...int) int {
	return g.Tensor(tflite.Tensor{Type: tflite.Int32, Shape: shape})
}

// beside adds an input of another's quantisation, and of its shape or one that broadcasts to it.
func (g *generator) beside(x int) int {
	shape := slices.Clone(g.shape(x))
	for i := range shape {
		if g.IntN(4) == 0 {
			shape[i] = 1
		}
	}
	if len(shape) > 1 && g.IntN(4) == 0 {
		shape = shape[1:]
	}
	return g.Input(g.quant(x), shape...)
}

// comparable adds an input whose scale is below 1: LiteRT takes that for granted where it compares codes.
func (g *generator) comparable() int {
	x := g.codes()
	g.Model.Tensors[x].Quant.Scales[0] = float32(g.logUniform(1e-4, 0.9))
	return x
}

// compare makes a comparison of two inputs.
func (g *generator) compare(op tflite.Op) {
	x := g.comparable()
	g.Output(g.Op(op, 2, nil, g.bools(g.shape(x)...), x, g.beside(x)))
}

// logic makes an operator on one or two results of comparisons.
func (g *generator) logic(op tflite.Op, inputs int) {
	x := g.comparable()
	y := g.beside(x)
	ins := []int{g.Op(tflite.Less, 2, nil, g.bools(g.shape(x)...), x, y)}
	if inputs == 2 {
		ins = append(ins, g.Op(tflite.Greater, 2, nil, g.bools(g.shape(x)...), x, g.beside(x)))
	}
	g.Output(g.Op(op, 1, nil, g.bools(g.shape(x)...), ins...))
}

// selected makes SELECT or SELECT_V2 by a comparison.
func (g *generator) selected(op tflite.Op) {
	x := g.comparable()
	shape := g.shape(x)
	y := g.Input(g.quant(x), shape...)
	if op == tflite.SelectV2 {
		y = g.beside(x)
	}
	which := g.Op(tflite.Less, 2, nil, g.bools(shape...), x, y)
	g.Output(g.Op(op, 1, nil, g.like(x, shape...), which, x, y))
}

// argument makes ARG_MAX or ARG_MIN.
func (g *generator) argument(op tflite.Op) {
	x := g.codes()
	axis := g.IntN(len(g.shape(x)))
	g.Output(g.argumentOf(op, x, axis))
}

func (g *generator) argumentOf(op tflite.Op, x, axis int) int {
	shape := g.shape(x)
	y := g.places(without(shape, axis)...)
	return g.Op(op, 2, tflite.ArgOptions{OutType: tflite.Int32}, y, x, g.scalar(g.negated(axis, len(shape))))
}

// gatherComputed makes GATHER by places that ARG_MAX finds.
func (g *generator) gatherComputed() {
	x := g.codes()
	shape := g.shape(x)
	axis := g.IntN(len(shape))
	at := g.argumentOf(tflite.ArgMax, x, axis)
	want := slices.Concat(shape[:axis], g.shape(at), shape[axis+1:])
	if len(want) > 4 {
		at = g.Op(tflite.Reshape, 1, tflite.ReshapeOptions{}, g.places(elements(g.shape(at))), at, g.ints(-1))
		want = slices.Concat(shape[:axis], g.shape(at), shape[axis+1:])
	}
	g.Output(g.Op(tflite.Gather, 2, tflite.GatherOptions{Axis: axis}, g.like(x, want...), x, at))
}

func elements(shape []int) int {
	n := 1
	for _, d := range shape {
		n *= d
	}
	return n
}

// gatherND makes GATHER_ND by constant indices.
func (g *generator) gatherND() {
	x := g.codes()
	shape := g.shape(x)
	depth, rows := g.between(1, len(shape)), g.between(1, 5)
	var indices []int32
	for range rows {
		for _, n := range shape[:depth] {
			indices = append(indices, int32(g.IntN(n)))
		}
	}
	want := slices.Concat([]int{rows}, shape[depth:])
	g.Output(g.Op(tflite.GatherND, 2, nil, g.like(x, want...), x, g.Ints(indices, rows, depth)))
}

// matMul makes BATCH_MATMUL.
func (g *generator) matMul() {
	m, k, n := g.between(1, 6), g.between(1, 20), g.between(1, 9)
	p := tflite.BatchMatMulOptions{TransposeA: g.IntN(4) == 0, TransposeB: g.bool()}
	var batch []int
	for range g.between(0, 2) {
		batch = append(batch, g.between(1, 3))
	}
	a, b := []int{m, k}, []int{k, n}
	if p.TransposeA {
		a = []int{k, m}
	}
	if p.TransposeB {
		b = []int{n, k}
	}
	inB := slices.Clone(batch)
	if len(inB) > 0 && g.bool() {
		inB[g.IntN(len(inB))] = 1
	}
	x := g.Input(g.code(), slices.Concat(batch, a)...)
	y := g.Input(g.code(), slices.Concat(inB, b)...)
	q := g.code()
	q.Scale = float32(float64(g.quant(x).Scale) * float64(g.quant(y).Scale) * 100 * g.logUniform(0.3, 30))
	g.Output(g.Op(tflite.BatchMatMul, 2, p, g.Activation(q, slices.Concat(batch, []int{m, n})...), x, y))
}

// cumulated makes CUMSUM.
func (g *generator) cumulated() {
	x := g.codes()
	s := g.shape(x)
	axis := g.scalar(g.negated(g.IntN(len(s)), len(s)))
	p := tflite.CumsumOptions{Exclusive: g.bool(), Reverse: g.bool()}
	g.Output(g.Op(tflite.Cumsum, 1, p, g.like(x, s...), x, axis))
}

// reversed makes REVERSE_V2.
func (g *generator) reversed() {
	x := g.codes()
	s := g.shape(x)
	g.Output(g.Op(tflite.ReverseV2, 3, nil, g.like(x, s...), x, g.ints(g.negated(g.IntN(len(s)), len(s)))))
}

// broadcastTo makes BROADCAST_TO.
func (g *generator) broadcastTo() {
	x := g.codes()
	want := slices.Clone(g.shape(x))
	for i := range want {
		if g.bool() {
			g.Model.Tensors[x].Shape[i] = 1
		}
	}
	g.Output(g.Op(tflite.BroadcastTo, 3, nil, g.like(x, want...), x, g.ints(want...)))
}

// depthToSpace makes DEPTH_TO_SPACE or SPACE_TO_DEPTH.
func (g *generator) depthToSpace(op tflite.Op) {
	b := g.between(1, 3)
	n, h, w, c := g.between(1, 2), g.between(1, 4), g.between(1, 4), g.between(1, 9)
	in, out := []int{n, h, w, c * b * b}, []int{n, h * b, w * b, c}
	if op == tflite.SpaceToDepth {
		in, out = out, in
	}
	x := g.Input(g.code(), in...)
	g.Output(g.Op(op, 1, tflite.BlockOptions{Size: b}, g.like(x, out...), x))
}

// l2Norm makes L2_NORMALIZATION.
func (g *generator) l2Norm() { g.unary(tflite.L2Normalization, 1, tflite.L2NormOptions{}) }

// sub makes a further subgraph, and gives its number.
func (g *generator) sub(name string, build func(s *generator)) int {
	s := &generator{Rand: g.Rand}
	s.Model.Name = name
	build(s)
	g.Model.Subgraphs = append(g.Model.Subgraphs, &s.Model)
	return len(g.Model.Subgraphs)
}

// adding makes a subgraph that adds a constant to a tensor like x.
func (g *generator) adding(name string, x int) int {
	q, shape := g.quant(x), g.shape(x)
	return g.sub(name, func(s *generator) {
		in := s.Input(q, shape...)
		s.Output(s.plus(in))
	})
}

// plus adds a constant to a tensor, which stays in its quantisation.
func (g *generator) plus(x int) int {
	last := g.shape(x)[len(g.shape(x))-1]
	values := make([]int8, last)
	for i := range values {
		values[i] = int8(g.between(-128, 127))
	}
	c := g.Weights(values, 0, []float32{g.quant(x).Scale}, last)
	return g.Op(tflite.Add, 2, tflite.AddOptions{}, g.like(x, g.shape(x)...), x, c)
}

// branch makes IF by whether the largest element exceeds a number.
func (g *generator) branch() {
	x := g.comparable()
	dims := make([]int, len(g.shape(x)))
	for i := range dims {
		dims[i] = i
	}
	largest := g.Op(tflite.ReduceMax, 2, tflite.ReducerOptions{}, g.like(x), x, g.ints(dims...))
	smallest := g.Op(tflite.ReduceMin, 2, tflite.ReducerOptions{}, g.like(x), x, g.ints(dims...))
	op := []tflite.Op{tflite.Less, tflite.Greater}[g.IntN(2)]
	which := g.Op(op, 2, nil, g.bools(), smallest, largest)
	p := tflite.IfOptions{Then: g.adding("then", x), Else: g.adding("else", x)}
	g.Output(g.Op(tflite.If, 1, p, g.like(x, g.shape(x)...), which, x))
}

// noAttributes is a FlexBuffer with an empty map.
const noAttributes = "\x00\x01\x00\x00\x24\x01"

// composite makes STABLEHLO_COMPOSITE.
func (g *generator) composite() {
	x := g.codes()
	p := tflite.CompositeOptions{Name: "odml.plus", Subgraph: g.adding("decomposition", x), Attributes: noAttributes}
	g.Output(g.Op(tflite.Composite, 1, p, g.like(x, g.shape(x)...), x))
}

// loop makes WHILE of so many rounds.
func (g *generator) loop() {
	x := g.codes()
	q, shape := g.quant(x), g.shape(x)
	rounds := g.between(0, 5)
	count := func(s *generator) (i, state int) {
		i = s.places()
		s.Model.Inputs = append(s.Model.Inputs, i)
		return i, s.Input(q, shape...)
	}
	p := tflite.WhileOptions{
		Condition: g.sub("cond", func(s *generator) {
			i, _ := count(s)
			s.Output(s.Op(tflite.Less, 1, nil, s.bools(), i, s.scalar(rounds)))
		}),
		Body: g.sub("body", func(s *generator) {
			i, state := count(s)
			s.Output(s.Op(tflite.Add, 1, tflite.AddOptions{}, s.places(), i, s.scalar(1)))
			s.Output(s.plus(state))
		}),
	}
	i, y := g.places(), g.like(x, shape...)
	g.Model.Operators = append(g.Model.Operators, tflite.Operator{
		Op: tflite.While, Version: 1, Options: p, Inputs: []int{g.scalar(0), x}, Outputs: []int{i, y},
	})
	g.Output(i)
	g.Output(y)
}

// atan2 makes ATAN2.
func (g *generator) atan2() {
	x := g.codes()
	g.Output(g.Op(tflite.Atan2, 1, nil, g.like(x, g.shape(x)...), x, g.Input(g.quant(x), g.shape(x)...)))
}
