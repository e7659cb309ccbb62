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

// stateTensor adds a variable tensor of codes.
func (g *generator) stateTensor(kind tflite.Type, q Code, shape ...int) int {
	return g.Tensor(tflite.Tensor{Type: kind, Shape: shape, Variable: true, Quant: perTensor(q)})
}

// codeWeights adds weights of int8 with one scale.
func (g *generator) codeWeights(scale float64, shape ...int) int {
	values := make([]int8, elements(shape))
	for i := range values {
		values[i] = int8(g.between(-127, 127))
	}
	return g.Weights(values, 0, []float32{float32(scale)}, shape...)
}

// shorts adds constants of int16.
func (g *generator) shorts(scale float64, shape ...int) int {
	data := make([]byte, 2*elements(shape))
	for i := range data {
		data[i] = byte(g.Uint32())
	}
	q := perTensor(Code{Scale: float32(scale)})
	return g.Tensor(tflite.Tensor{Type: tflite.Int16, Shape: shape, Data: data, Quant: q})
}

// sums adds a bias of int32 within a range.
func (g *generator) sums(reach float64, scale float32, n int) int {
	values := make([]int32, n)
	for i := range values {
		values[i] = int32((g.Float64()*2 - 1) * reach)
	}
	return g.Bias(values, scale, []float32{1})
}

// lstmCodes makes UNIDIRECTIONAL_SEQUENCE_LSTM of int8 with some of what is optional.
func (g *generator) lstmCodes() {
	batch, steps, inputs, cells := g.between(1, 3), g.between(1, 6), g.between(1, 20), g.between(1, 20)
	outputs := cells
	p := tflite.SequenceLSTMOptions{Activation: tflite.ActTanh, TimeMajor: g.bool()}
	if g.IntN(4) == 0 {
		p.CellClip = 0.5
	}
	shape := []int{batch, steps, inputs}
	if p.TimeMajor {
		shape = []int{steps, batch, inputs}
	}
	in, out := g.code(), g.code()
	in.Scale, out.Scale = float32(g.logUniform(0.005, 0.05)), float32(g.logUniform(0.004, 0.02))
	hidden := out
	x := g.Input(in, shape...)
	coupled, projected, peephole := g.IntN(4) == 0, g.IntN(3) == 0, g.IntN(3) == 0
	if projected {
		if !peephole { // with both, LiteRT counts peepholes by the outputs
			outputs = g.between(1, 20)
		}
		hidden = g.code()
		hidden.Scale = float32(g.logUniform(0.004, 0.02))
		if g.bool() {
			p.ProjectionClip = out.Scale * 50
		}
	}
	ins := []int{x}
	each := func(n int, is func(k int) bool, add func() int) {
		for k := range n {
			if coupled && k == 0 || !is(k) {
				ins = append(ins, -1)
			} else {
				ins = append(ins, add())
			}
		}
	}
	always := func(int) bool { return true }
	each(4, always, func() int { return g.codeWeights(g.logUniform(0.002, 0.02), cells, inputs) })
	each(4, always, func() int { return g.codeWeights(g.logUniform(0.002, 0.02), cells, outputs) })
	each(3, func(int) bool { return peephole }, func() int { return g.shorts(g.logUniform(1e-5, 1e-4), cells) })
	each(4, always, func() int { return g.sums(5000, in.Scale, cells) })
	if projected {
		ins = append(ins, g.codeWeights(g.logUniform(0.002, 0.01), outputs, cells), g.sums(5000, hidden.Scale, outputs))
	} else {
		ins = append(ins, -1, -1)
	}
	cell := Code{Scale: 1 / float32(int(1)<<g.between(9, 15))}
	ins = append(ins, g.stateTensor(tflite.Int8, out, batch, outputs), g.stateTensor(tflite.Int16, cell, batch, cells))
	ins = append(ins, -1, -1, -1, -1)
	var between []int
	for range 4 {
		between = append(between, g.Tensor(tflite.Tensor{Type: tflite.Int16, Quant: perTensor(Code{Scale: 1.0 / 4096})}))
	}
	between = append(between, g.Tensor(tflite.Tensor{Type: tflite.Int8, Quant: perTensor(hidden)}))
	y := g.Op(tflite.UnidirectionalSequenceLSTM, 1, p, g.Activation(out, append(shape[:2:2], outputs)...), ins...)
	g.Model.Operators[len(g.Model.Operators)-1].Intermediates = between
	g.Output(y)
}

// svdfCodes makes SVDF of int8.
func (g *generator) svdfCodes() {
	batch, inputs, units, memory := g.between(1, 3), g.between(1, 30), g.between(1, 20), g.between(1, 9)
	p := tflite.SVDFOptions{Rank: g.between(1, 3), Activation: tflite.ActRelu}
	in, out := g.code(), g.code()
	in.Scale, out.Scale = float32(g.logUniform(0.005, 0.05)), float32(g.logUniform(0.05, 1))
	x := g.Input(in, batch, inputs)
	feature := g.codeWeights(g.logUniform(0.002, 0.02), units*p.Rank, inputs)
	scale := g.logUniform(2e-4, 2e-3)
	time := g.shorts(g.logUniform(1e-5, 1e-4), units*p.Rank, memory)
	bias := -1
	if g.bool() {
		bias = g.sums(1e7, float32(scale), units)
	}
	state := g.stateTensor(tflite.Int16, Code{Scale: float32(scale)}, batch, memory*units*p.Rank)
	g.Output(g.Op(tflite.SVDF, 3, p, g.Activation(out, batch, units), x, feature, time, bias, state))
}
