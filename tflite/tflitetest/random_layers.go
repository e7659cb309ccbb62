package tflitetest

import "github.com/auscult/auscult/tflite"

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

// layer is a convolution or a dense layer to be made.
type layer struct {
	op           tflite.Op
	version      int
	options      any
	axis, taps   int   // of the output channels in weights; products in a sum
	weights, out []int // shapes
	// size is the input that says the output's shape, and stands where others have their data; 0 is none.
	size int
}

// layer adds weights, bias and output of a layer on x.
func (g *generator) layer(x int, l layer) int {
	n := 1
	for _, d := range l.weights {
		n *= d
	}
	in := g.quant(x)
	values, scales, bias, out := g.weights(n, l.weights[l.axis], l.taps, in)
	w := g.Weights(values, l.axis, scales, l.weights...)
	inputs := []int{x, w}
	if l.size > 0 {
		inputs = []int{l.size, w, x}
	}
	inputs = append(inputs, g.Bias(bias, in.Scale, scales))
	return g.Op(l.op, l.version, l.options, g.Activation(out, l.out...), inputs...)
}

func (g *generator) conv(x int, padding tflite.Padding, act tflite.Activation) int {
	return g.convGroups(x, padding, act, 1)
}

// groupedConv adds an image and a convolution that takes its channels in groups.
func (g *generator) groupedConv() {
	groups := g.between(2, 5)
	x := g.Input(g.code(), g.between(1, 2), g.between(1, 7), g.between(1, 7), groups*g.between(1, 9))
	g.Output(g.convGroups(x, g.padding(), g.activation(), groups))
}

func (g *generator) convGroups(x int, padding tflite.Padding, act tflite.Activation, groups int) int {
	s := g.shape(x)
	for {
		kh, kw := g.between(1, 5), g.between(1, 5)
		p := tflite.Conv2DOptions{
			Padding: padding, Activation: act,
			StrideH: g.between(1, 3), StrideW: g.between(1, 3), DilationH: 1, DilationW: 1,
		}
		if g.IntN(3) == 0 {
			p.DilationH, p.DilationW = g.between(1, 3), g.between(1, 3)
		}
		if g.IntN(4) == 0 {
			kh, kw = 1, 1
		}
		h, w := slid(padding, s[1], kh, p.StrideH, p.DilationH), slid(padding, s[2], kw, p.StrideW, p.DilationW)
		if h > 0 && w > 0 {
			c, seen := g.channels()*groups, s[3]/groups
			return g.layer(x, layer{
				op: tflite.Conv2D, version: 3, options: p,
				taps: kh * kw * seen, weights: []int{c, kh, kw, seen}, out: []int{s[0], h, w, c},
			})
		}
	}
}

// conv1x1 adds a 1x1 convolution.
func (g *generator) conv1x1(x, channels int) int {
	s := g.shape(x)
	p := tflite.Conv2DOptions{StrideH: 1, StrideW: 1, DilationH: 1, DilationW: 1}
	return g.layer(x, layer{
		op: tflite.Conv2D, version: 3, options: p,
		taps: s[3], weights: []int{channels, 1, 1, s[3]}, out: []int{s[0], s[1], s[2], channels},
	})
}

func (g *generator) depthwise(x int) int {
	s := g.shape(x)
	for {
		kh, kw := g.between(1, 5), g.between(1, 5)
		p := tflite.DepthwiseConv2DOptions{
			Padding: g.padding(), Activation: g.activation(), DepthMultiplier: 1,
			StrideH: g.between(1, 3), StrideW: g.between(1, 3), DilationH: 1, DilationW: 1,
		}
		if g.IntN(3) == 0 {
			p.DilationH, p.DilationW = g.between(1, 3), g.between(1, 3)
		}
		if g.IntN(3) == 0 {
			p.DepthMultiplier = g.between(1, 4)
		}
		h, w := slid(p.Padding, s[1], kh, p.StrideH, p.DilationH), slid(p.Padding, s[2], kw, p.StrideW, p.DilationW)
		if h > 0 && w > 0 {
			c := s[3] * p.DepthMultiplier
			return g.layer(x, layer{
				op: tflite.DepthwiseConv2D, version: 3, options: p,
				axis: 3, taps: kh * kw, weights: []int{1, kh, kw, c}, out: []int{s[0], h, w, c},
			})
		}
	}
}

func (g *generator) transposeConv(x int) int {
	s := g.shape(x)
	p := tflite.TransposeConvOptions{
		Padding: g.padding(), Activation: g.activation(), StrideH: g.between(1, 3), StrideW: g.between(1, 3),
	}
	kh, kw, c := g.between(1, 5), g.between(1, 5), g.channels()
	h, w := s[1]*p.StrideH, s[2]*p.StrideW
	if p.Padding == tflite.Same {
		kh, kw = max(kh, p.StrideH), max(kw, p.StrideW)
		h, w = h-g.IntN(p.StrideH), w-g.IntN(p.StrideW)
	} else {
		h, w = (s[1]-1)*p.StrideH+kh+g.IntN(p.StrideH), (s[2]-1)*p.StrideW+kw+g.IntN(p.StrideW)
	}
	shape := []int{s[0], h, w, c}
	size := g.ints(s[0], h, w, c)
	taps := max(1, kh*kw*s[3]/(p.StrideH*p.StrideW))
	return g.layer(x, layer{
		op: tflite.TransposeConv, version: 4, options: p,
		taps: taps, weights: []int{c, kh, kw, s[3]}, out: shape, size: size,
	})
}

// denseAlone makes a dense layer on rows, or on more dimensions.
func (g *generator) denseAlone() {
	x := g.Input(g.code(), g.between(1, 3), g.between(1, 70))
	if g.IntN(4) == 0 {
		x = g.Input(g.code(), g.between(1, 2), g.between(1, 3), g.between(1, 30))
		g.Model.Inputs = []int{x}
	}
	g.Output(g.dense(x))
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
	return g.layer(x, layer{
		op: tflite.FullyConnected, version: 5, options: p, taps: inputs, weights: []int{outputs, inputs}, out: shape,
	})
}

func (g *generator) pool(x int) int { return g.pooled(tflite.AveragePool2D, x) }

// pooled adds a pooling.
func (g *generator) pooled(op tflite.Op, x int) int {
	s := g.shape(x)
	p := tflite.Pool2DOptions{
		Padding: g.padding(), Activation: g.activation(), StrideH: g.between(1, 3), StrideW: g.between(1, 3),
		FilterH: g.between(1, s[1]), FilterW: g.between(1, s[2]),
	}
	h, w := slid(p.Padding, s[1], p.FilterH, p.StrideH, 1), slid(p.Padding, s[2], p.FilterW, p.StrideW, 1)
	return g.Op(op, 2, p, g.Activation(g.quant(x), s[0], h, w, s[3]), x)
}
