package tflitetest

import "github.com/auscult/auscult/tflite"

// constants adds weights of the given shape, which RandomFloat makes normally distributed.
func (g *generator) constants(shape ...int) int {
	return g.Weights(make([]int8, elements(shape)), 0, []float32{1}, shape...)
}

// variable adds a tensor that keeps state.
func (g *generator) variable(shape ...int) int {
	return g.Tensor(tflite.Tensor{Type: tflite.Float32, Shape: shape, Variable: true})
}

// lstm makes UNIDIRECTIONAL_SEQUENCE_LSTM with some of what is optional.
func (g *generator) lstm() {
	batch, steps, inputs, cells := g.between(1, 3), g.between(1, 5), g.between(1, 9), g.between(1, 9)
	outputs := cells
	p := tflite.SequenceLSTMOptions{Activation: tflite.ActTanh, TimeMajor: g.bool()}
	if g.IntN(4) == 0 {
		p.CellClip = 0.5
	}
	shape := []int{batch, steps, inputs}
	if p.TimeMajor {
		shape = []int{steps, batch, inputs}
	}
	x := g.Input(g.code(), shape...)
	coupled, projected := g.IntN(4) == 0, g.IntN(3) == 0
	if projected {
		outputs = g.between(1, 9)
	}
	ins := []int{x}
	absent := func(is bool, shape ...int) {
		if is {
			ins = append(ins, -1)
			return
		}
		ins = append(ins, g.constants(shape...))
	}
	for k := range 4 {
		absent(k == 0 && coupled, cells, inputs)
	}
	for k := range 4 {
		absent(k == 0 && coupled, cells, outputs)
	}
	peephole := g.IntN(3) == 0
	for k := range 3 {
		absent(!peephole || k == 0 && coupled, cells)
	}
	for k := range 4 {
		absent(k == 0 && coupled, cells)
	}
	absent(!projected, outputs, cells)
	absent(!projected || g.bool(), outputs)
	ins = append(ins, g.variable(batch, outputs), g.variable(batch, cells), -1, -1, -1, -1)
	y := g.Activation(g.code(), append(shape[:2:2], outputs)...)
	g.Output(g.Op(tflite.UnidirectionalSequenceLSTM, 1, p, y, ins...))
}

// svdf makes SVDF.
func (g *generator) svdf() {
	batch, inputs, units, memory := g.between(1, 3), g.between(1, 9), g.between(1, 6), g.between(1, 5)
	p := tflite.SVDFOptions{Rank: g.between(1, 3)}
	if g.bool() {
		p.Activation = tflite.ActRelu
	}
	x := g.Input(g.code(), batch, inputs)
	bias := -1
	if g.bool() {
		bias = g.constants(units)
	}
	feature, time := g.constants(units*p.Rank, inputs), g.constants(units*p.Rank, memory)
	state := g.variable(batch, memory*units*p.Rank)
	g.Output(g.Op(tflite.SVDF, 1, p, g.Activation(g.code(), batch, units), x, feature, time, bias, state))
}
