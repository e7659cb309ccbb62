package tflitetest

import "github.com/auscult/auscult/tflite"

// same adds an operator whose output has its input's shape.
func (g *generator) same(op tflite.Op, version int, options any, q Code, x int) int {
	return g.Op(op, version, options, g.Activation(q, g.shape(x)...), x)
}

// logistic makes LOGISTIC, mostly to the quantisation that the reference kernel needs.
func (g *generator) logistic() {
	x := g.codes()
	q := Code{1.0 / 256, -128}
	if g.bool() {
		q = g.code()
		q.Scale = float32(g.logUniform(1e-3, 0.1))
	}
	g.Output(g.same(tflite.Logistic, 2, nil, q, x))
}

// relu makes RELU or RELU6.
func (g *generator) relu(op tflite.Op) {
	x := g.codes()
	g.Output(g.same(op, 2, nil, g.near(g.quant(x), 20), x))
}

// exp makes EXP of numbers whose exponentials are not all beyond the codes.
func (g *generator) exp() {
	x := g.codes()
	g.Model.Tensors[x].Quant.Scales[0] = float32(g.logUniform(1e-3, 0.1))
	g.Output(g.same(tflite.Exp, 2, nil, g.code(), x))
}

// softmax makes SOFTMAX.
func (g *generator) softmax() {
	x := g.codes()
	beta := float32(1)
	if g.IntN(4) == 0 {
		beta = float32(g.logUniform(0.1, 5))
	}
	g.Output(g.same(tflite.Softmax, 2, tflite.SoftmaxOptions{Beta: beta}, Code{1.0 / 256, -128}, x))
}

// quantize makes QUANTIZE of float32.
func (g *generator) quantize() {
	x := g.FloatInput(g.between(1, 4), g.between(1, 60))
	g.Output(g.same(tflite.Quantize, 1, nil, g.code(), x))
}

// requantize makes QUANTIZE of int8.
func (g *generator) requantize() {
	x := g.codes()
	g.Output(g.same(tflite.Quantize, 2, nil, g.near(g.quant(x), 120), x))
}

func (g *generator) dequantize(x int) int {
	y := g.Tensor(tflite.Tensor{Type: tflite.Float32, Shape: g.shape(x)})
	return g.Op(tflite.Dequantize, 2, nil, y, x)
}

// mul makes MUL of two inputs, of equal shape or broadcast, or of one by itself.
func (g *generator) mul() {
	x := g.codes()
	a := g.shape(x)
	q := g.quant(x)
	y := x
	if g.IntN(3) > 0 {
		b := append([]int(nil), a...)
		if g.bool() {
			b[g.IntN(len(b))] = 1
		}
		y = g.Input(g.code(), b...)
	}
	out := g.code()
	// Ratios that the delegate takes.
	out.Scale = q.Scale * g.quant(y).Scale / float32(g.logUniform(1.0/60000, 250))
	out.Scale = max(out.Scale, 1e-7) // RELU6's limit must fit an int32
	g.Output(g.Op(tflite.Mul, 2, tflite.MulOptions{Activation: g.activation()}, g.Activation(out, a...), x, y))
}

// add makes ADD or SUB of two inputs, of equal shape or broadcast, or with a constant.
func (g *generator) add(op tflite.Op, options any) {
	x := g.codes()
	a := append([]int(nil), g.shape(x)...)
	b := append([]int(nil), a...)
	if g.bool() {
		for i := range a {
			switch g.IntN(4) {
			case 0:
				a[i] = 1
			case 1:
				b[i] = 1
			}
		}
		if g.IntN(3) == 0 {
			b = b[g.IntN(len(b)):]
		}
	}
	g.Model.Tensors[x].Shape = a
	q := g.near(g.quant(x), 15)
	var y int
	if g.IntN(4) == 0 {
		n := 1
		for _, d := range b {
			n *= d
		}
		data := make([]byte, n)
		for i := range data {
			data[i] = byte(g.Uint32())
		}
		y = g.Activation(q, b...)
		g.Model.Tensors[y].Data = data
	} else {
		y = g.Input(q, b...)
	}
	out := append([]int(nil), a...)
	for i, d := range b {
		at := len(a) - len(b) + i
		out[at] = max(out[at], d)
	}
	z := g.Activation(g.near(g.quant(x), 15), out...)
	in := []int{x, y}
	if g.bool() {
		in = []int{y, x}
	}
	g.Output(g.Op(op, 2, options, z, in...))
}

// unary makes a function of each element, of numbers where it is neither constant nor beyond all codes.
func (g *generator) unary(op tflite.Op, version int, options any) {
	x := g.codes()
	g.Model.Tensors[x].Quant.Scales[0] = float32(g.logUniform(3e-3, 0.1))
	if op == tflite.Log || op == tflite.Sqrt || op == tflite.Rsqrt {
		g.Model.Tensors[x].Quant.ZeroPoints[0] = -128
	}
	g.Output(g.same(op, version, options, g.near(Code{Scale: 0.02}, 10), x))
}

// alpha gives a factor of what is below 0: mostly below 1, now and then 0 or negative.
func (g *generator) alpha() float32 {
	a := float32(g.logUniform(0.003, 1.5))
	switch g.IntN(10) {
	case 0:
		return 0
	case 1:
		return -a
	}
	return a
}

// extreme makes MAXIMUM or MINIMUM, of one quantisation.
func (g *generator) extreme(op tflite.Op) {
	g.add(op, nil)
	q := g.Model.Tensors[g.Model.Operators[0].Inputs[0]].Quant
	for i := range g.Model.Tensors {
		g.Model.Tensors[i].Quant = q
	}
}

// pow makes POW of squares, whose powers are numbers.
func (g *generator) pow() {
	x := g.codes()
	square := g.same(tflite.Square, 1, nil, g.code(), x)
	y := g.Input(g.code(), g.shape(x)...)
	power := g.same(tflite.Tanh, 1, nil, g.code(), y)
	g.Output(g.Op(tflite.Pow, 1, nil, g.Activation(g.code(), g.shape(x)...), square, power))
}

// prelu makes PRELU with a factor for each channel, or for each element.
func (g *generator) prelu() {
	x := g.image()
	s := g.shape(x)
	alpha := []int{1, 1, s[3]}
	if g.bool() {
		alpha = []int{s[1], s[2], s[3]}
	}
	values := make([]int8, alpha[0]*alpha[1]*alpha[2])
	for i := range values {
		values[i] = int8(g.between(-128, 127))
	}
	w := g.Weights(values, 0, []float32{float32(g.logUniform(1e-4, 1e-2))}, alpha...)
	if g.bool() {
		g.Model.Tensors[w].Quant.ZeroPoints[0] = int64(g.between(-128, 127))
	}
	g.Output(g.Op(tflite.Prelu, 1, nil, g.Activation(g.near(g.quant(x), 8), s...), x, w))
}
