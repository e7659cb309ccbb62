package tflitetest

import (
	"math"

	"github.com/auscult/auscult/tflite"
)

// graph fills in the model.
func (g *generator) graph(kind string) {
	switch kind {
	case "CONV_2D":
		g.Output(g.conv(g.image(), g.padding(), g.activation()))
	case "DEPTHWISE_CONV_2D":
		g.Output(g.depthwise(g.image()))
	case "TRANSPOSE_CONV":
		g.Output(g.transposeConv(g.image()))
	case "FULLY_CONNECTED":
		x := g.Input(g.code(), g.between(1, 3), g.between(1, 70))
		if g.IntN(4) == 0 {
			x = g.Input(g.code(), g.between(1, 2), g.between(1, 3), g.between(1, 30))
			g.Model.Inputs = []int{x}
		}
		g.Output(g.dense(x))
	case "LOGISTIC":
		x := g.codes()
		q := Code{1.0 / 256, -128}
		if g.bool() {
			q = g.code()
			q.Scale = float32(g.logUniform(1e-3, 0.1))
		}
		g.Output(g.same(tflite.Logistic, 2, nil, q, x))
	case "RELU", "RELU6":
		op := tflite.Relu
		if kind == "RELU6" {
			op = tflite.Relu6
		}
		x := g.codes()
		g.Output(g.same(op, 2, nil, g.near(g.quant(x), 20), x))
	case "RESHAPE":
		g.Output(g.reshape(g.image()))
	case "TILE":
		g.Output(g.tile(g.codes()))
	case "ADD":
		g.add(tflite.Add, tflite.AddOptions{Activation: g.activation()})
	case "SUB":
		g.add(tflite.Sub, tflite.SubOptions{Activation: g.activation()})
	case "MUL":
		g.mul()
	case "EXP":
		x := g.codes()
		g.Model.Tensors[x].Quant.Scales[0] = float32(g.logUniform(1e-3, 0.1))
		g.Output(g.same(tflite.Exp, 2, nil, g.code(), x))
	case "AVERAGE_POOL_2D":
		g.Output(g.pool(g.image()))
	case "SOFTMAX":
		x := g.codes()
		beta := float32(1)
		if g.IntN(4) == 0 {
			beta = float32(g.logUniform(0.1, 5))
		}
		g.Output(g.same(tflite.Softmax, 2, tflite.SoftmaxOptions{Beta: beta}, Code{1.0 / 256, -128}, x))
	case "QUANTIZE":
		x := g.FloatInput(g.between(1, 4), g.between(1, 60))
		g.Output(g.same(tflite.Quantize, 1, nil, g.code(), x))
	case "REQUANTIZE":
		x := g.codes()
		g.Output(g.same(tflite.Quantize, 2, nil, g.near(g.quant(x), 120), x))
	case "DEQUANTIZE":
		g.Output(g.dequantize(g.codes()))
	case "PAD":
		g.Output(g.pad(g.codes(), 3))
	default:
		g.chain(kind)
	}
}

// chain makes graphs of several operators.
func (g *generator) chain(kind string) {
	switch kind {
	case "conv-pool-dense-softmax":
		x := g.pool(g.conv(g.image(), tflite.Same, tflite.ActRelu))
		s := g.shape(x)
		n := s[1] * s[2] * s[3]
		y := g.Activation(g.quant(x), s[0], n)
		x = g.Op(tflite.Reshape, 1, tflite.ReshapeOptions{NewShape: []int{s[0], n}}, y, x, g.Ints([]int32{-1, int32(n)}, 2))
		x = g.dense(x)
		g.Output(g.same(tflite.Softmax, 2, tflite.SoftmaxOptions{Beta: 1}, Code{1.0 / 256, -128}, x))
	case "quantize-pad-conv-dequantize":
		x := g.FloatInput(1, g.between(2, 6), g.between(2, 6), g.between(1, 8))
		x = g.pad(g.same(tflite.Quantize, 1, nil, g.code(), x), 2)
		g.Output(g.dequantize(g.conv(x, tflite.Valid, tflite.ActNone)))
	case "conv-relu-conv":
		x := g.conv(g.image(), tflite.Same, tflite.ActNone)
		op := tflite.Relu
		if g.bool() {
			op = tflite.Relu6
		}
		q := g.quant(x) // an unchanged quantisation invites fusing
		if g.bool() {
			q = g.near(q, 2)
		}
		g.Output(g.conv(g.same(op, 2, nil, q, x), tflite.Same, g.activation()))
	case "residual":
		x := g.image()
		y := g.conv1x1(x, g.shape(x)[3])
		// ADD bounds the ratio of scales, so the convolution's is made to suit.
		g.Model.Tensors[y].Quant.Scales[0] = g.near(g.quant(x), 20).Scale
		z := g.Activation(g.near(g.quant(y), 4), g.shape(x)...)
		g.Output(g.Op(tflite.Add, 2, tflite.AddOptions{Activation: g.activation()}, z, x, y))
		g.Output(y)
	case "latent":
		g.latent()
	case "separable-transpose":
		x := g.depthwise(g.image())
		x = g.conv1x1(x, g.channels())
		x = g.transposeConv(x)
		g.Output(g.same(tflite.Logistic, 2, nil, Code{1.0 / 256, -128}, x))
	case "upsample":
		x := g.image()
		s := g.shape(x)
		y := g.Activation(g.quant(x), s[0], s[1], 1, s[2], s[3])
		x = g.Op(tflite.Reshape, 1, tflite.ReshapeOptions{}, y, x, g.Ints([]int32{int32(s[0]), int32(s[1]), 1, int32(s[2]), int32(s[3])}, 5))
		y = g.Activation(g.quant(x), s[0], s[1], 2, s[2], s[3])
		x = g.Op(tflite.Tile, 2, nil, y, x, g.Ints([]int32{1, 1, 2, 1, 1}, 5))
		y = g.Activation(g.quant(x), s[0], 2*s[1], s[2], s[3])
		x = g.Op(tflite.Reshape, 1, tflite.ReshapeOptions{}, y, x, g.Ints([]int32{int32(s[0]), int32(2 * s[1]), int32(s[2]), int32(s[3])}, 4))
		g.Output(g.conv(x, tflite.Same, g.activation()))
	default:
		panic("tflitetest: unknown kind " + kind)
	}
}

// image adds an NHWC input.
func (g *generator) image() int {
	return g.Input(g.code(), g.between(1, 2), g.between(1, 7), g.between(1, 7), g.channels())
}

// codes adds an input of any shape.
func (g *generator) codes() int {
	shape := make([]int, g.between(1, 4))
	for i := range shape {
		shape[i] = g.between(1, 5)
	}
	shape[len(shape)-1] = g.between(1, 40)
	return g.Input(g.code(), shape...)
}

// same adds an operator whose output has its input's shape.
func (g *generator) same(op tflite.Op, version int, options any, q Code, x int) int {
	return g.Op(op, version, options, g.Activation(q, g.shape(x)...), x)
}

func (g *generator) dequantize(x int) int {
	y := g.Tensor(tflite.Tensor{Type: tflite.Float32, Shape: g.shape(x)})
	return g.Op(tflite.Dequantize, 2, nil, y, x)
}

// slid gives the output size of a window, or 0 where it does not fit.
func slid(padding tflite.Padding, size, kernel, stride, dilation int) int {
	if padding == tflite.Same {
		return (size + stride - 1) / stride
	}
	reach := (kernel-1)*dilation + 1
	if reach > size {
		return 0
	}
	return (size-reach)/stride + 1
}

// layer adds weights, bias and output of a convolution or dense layer.
func (g *generator) layer(op tflite.Op, version int, options any, x, axis, taps int, weightShape, outShape []int, before ...int) int {
	n := 1
	for _, d := range weightShape {
		n *= d
	}
	outputs := weightShape[axis]
	in := g.quant(x)
	values, scales, bias, out := g.weights(n, outputs, taps, in)
	w := g.Weights(values, axis, scales, weightShape...)
	inputs := []int{x, w}
	if op == tflite.TransposeConv {
		inputs = []int{before[0], w, x}
	}
	inputs = append(inputs, g.Bias(bias, in.Scale, scales))
	return g.Op(op, version, options, g.Activation(out, outShape...), inputs...)
}

func (g *generator) conv(x int, padding tflite.Padding, act tflite.Activation) int {
	s := g.shape(x)
	for {
		kh, kw := g.between(1, 5), g.between(1, 5)
		p := tflite.Conv2DOptions{Padding: padding, Activation: act, StrideH: g.between(1, 3), StrideW: g.between(1, 3), DilationH: 1, DilationW: 1}
		if g.IntN(3) == 0 {
			p.DilationH, p.DilationW = g.between(1, 3), g.between(1, 3)
		}
		if g.IntN(4) == 0 {
			kh, kw = 1, 1
		}
		h, w := slid(padding, s[1], kh, p.StrideH, p.DilationH), slid(padding, s[2], kw, p.StrideW, p.DilationW)
		if h > 0 && w > 0 {
			c := g.channels()
			return g.layer(tflite.Conv2D, 3, p, x, 0, kh*kw*s[3], []int{c, kh, kw, s[3]}, []int{s[0], h, w, c})
		}
	}
}

// conv1x1 adds a 1x1 convolution.
func (g *generator) conv1x1(x, channels int) int {
	s := g.shape(x)
	p := tflite.Conv2DOptions{StrideH: 1, StrideW: 1, DilationH: 1, DilationW: 1}
	return g.layer(tflite.Conv2D, 3, p, x, 0, s[3], []int{channels, 1, 1, s[3]}, []int{s[0], s[1], s[2], channels})
}

func (g *generator) depthwise(x int) int {
	s := g.shape(x)
	for {
		kh, kw := g.between(1, 5), g.between(1, 5)
		p := tflite.DepthwiseConv2DOptions{Padding: g.padding(), Activation: g.activation(), StrideH: g.between(1, 3), StrideW: g.between(1, 3), DepthMultiplier: 1, DilationH: 1, DilationW: 1}
		if g.IntN(3) == 0 {
			p.DilationH, p.DilationW = g.between(1, 3), g.between(1, 3)
		}
		if g.IntN(3) == 0 {
			p.DepthMultiplier = g.between(1, 4)
		}
		h, w := slid(p.Padding, s[1], kh, p.StrideH, p.DilationH), slid(p.Padding, s[2], kw, p.StrideW, p.DilationW)
		if h > 0 && w > 0 {
			c := s[3] * p.DepthMultiplier
			return g.layer(tflite.DepthwiseConv2D, 3, p, x, 3, kh*kw, []int{1, kh, kw, c}, []int{s[0], h, w, c})
		}
	}
}

func (g *generator) transposeConv(x int) int {
	s := g.shape(x)
	p := tflite.TransposeConvOptions{Padding: g.padding(), Activation: g.activation(), StrideH: g.between(1, 3), StrideW: g.between(1, 3)}
	kh, kw, c := g.between(1, 5), g.between(1, 5), g.channels()
	h, w := s[1]*p.StrideH, s[2]*p.StrideW
	if p.Padding == tflite.Same {
		kh, kw = max(kh, p.StrideH), max(kw, p.StrideW)
		h, w = h-g.IntN(p.StrideH), w-g.IntN(p.StrideW)
	} else {
		h, w = (s[1]-1)*p.StrideH+kh+g.IntN(p.StrideH), (s[2]-1)*p.StrideW+kw+g.IntN(p.StrideW)
	}
	shape := []int{s[0], h, w, c}
	size := g.Ints([]int32{int32(s[0]), int32(h), int32(w), int32(c)}, 4)
	taps := max(1, kh*kw*s[3]/(p.StrideH*p.StrideW))
	return g.layer(tflite.TransposeConv, 4, p, x, 0, taps, []int{c, kh, kw, s[3]}, shape, size)
}

func (g *generator) dense(x int) int {
	s := g.shape(x)
	inputs, outputs := s[len(s)-1], g.channels()
	p := tflite.FullyConnectedOptions{Activation: g.activation(), KeepNumDims: len(s) > 2 && g.bool()}
	shape := append([]int(nil), s...)
	shape[len(s)-1] = outputs
	if !p.KeepNumDims {
		rows := 1
		for _, d := range s[:len(s)-1] {
			rows *= d
		}
		shape = []int{rows, outputs}
	}
	return g.layer(tflite.FullyConnected, 5, p, x, 0, inputs, []int{outputs, inputs}, shape)
}

func (g *generator) reshape(x int) int {
	s := g.shape(x)
	shapes := [][]int{{s[0], s[1] * s[2] * s[3]}, {s[0] * s[1] * s[2] * s[3]}, {s[0], s[2], s[1], s[3]}, {s[0] * s[1], 1, s[2] * s[3], 1, 1}}
	shape := shapes[g.IntN(len(shapes))]
	var values []int32
	for _, d := range shape {
		values = append(values, int32(d))
	}
	return g.Op(tflite.Reshape, 1, tflite.ReshapeOptions{NewShape: shape}, g.Activation(g.quant(x), shape...), x, g.Ints(values, len(values)))
}

func (g *generator) tile(x int) int {
	var values []int32
	var shape []int
	for _, d := range g.shape(x) {
		f := g.between(1, 3)
		values, shape = append(values, int32(f)), append(shape, d*f)
	}
	return g.Op(tflite.Tile, 2, nil, g.Activation(g.quant(x), shape...), x, g.Ints(values, len(values)))
}

func (g *generator) pad(x, most int) int {
	var values []int32
	var shape []int
	for _, d := range g.shape(x) {
		before, after := g.IntN(most), g.IntN(most)
		if len(g.shape(x)) == 4 && len(shape) == 0 {
			before, after = 0, 0
		}
		values, shape = append(values, int32(before), int32(after)), append(shape, d+before+after)
	}
	return g.Op(tflite.Pad, 2, nil, g.Activation(g.quant(x), shape...), x, g.Ints(values, len(shape), 2))
}

func (g *generator) pool(x int) int {
	s := g.shape(x)
	p := tflite.Pool2DOptions{
		Padding: g.padding(), Activation: g.activation(), StrideH: g.between(1, 3), StrideW: g.between(1, 3),
		FilterH: g.between(1, s[1]), FilterW: g.between(1, s[2]),
	}
	h, w := slid(p.Padding, s[1], p.FilterH, p.StrideH, 1), slid(p.Padding, s[2], p.FilterW, p.StrideW, 1)
	return g.Op(tflite.AveragePool2D, 2, p, g.Activation(g.quant(x), s[0], h, w, s[3]), x)
}

// latent makes what a variational autoencoder exports beside its reconstruction: the
// square of means and the exponential of log variances, summed over all positions by
// a depthwise convolution as large as they are.
func (g *generator) latent() {
	x := g.image()
	s := g.shape(x)
	mean, logvar := g.conv1x1(x, s[3]), g.conv1x1(x, s[3])
	step := g.logUniform(0.01, 0.05)
	g.Model.Tensors[logvar].Quant.Scales[0] = float32(step)
	g.Model.Tensors[mean].Quant.Scales[0] = float32(math.Sqrt(step) * g.logUniform(0.1, 1))
	near := func() Code { return g.near(g.quant(logvar), 4) }
	squares := g.Op(tflite.Mul, 2, tflite.MulOptions{}, g.Activation(near(), s...), mean, mean)
	powers := g.same(tflite.Exp, 2, nil, near(), logvar)
	sum := g.Op(tflite.Add, 2, tflite.AddOptions{}, g.Activation(near(), s...), squares, powers)
	g.Output(mean)
	g.Output(g.Op(tflite.Sub, 2, tflite.SubOptions{}, g.Activation(near(), s...), sum, logvar))
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
	out.Scale = max(q.Scale*g.quant(y).Scale/float32(g.logUniform(1.0/60000, 250)), 1e-7) // RELU6's limit must fit an int32
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
