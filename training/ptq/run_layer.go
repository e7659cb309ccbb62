package ptq

import (
	"github.com/auscult/auscult/tflite"
	"github.com/auscult/auscult/training/lower"
	"github.com/auscult/auscult/training/nn"
)

// layer is an operator with weights that package nn has, too: a network of one layer.
type layer struct {
	net        *nn.Network
	from       int
	rows       int // of one sample that the layer multiplies one by one
	activation tflite.Activation
}

// newLayer returns an operator as a layer, nil where package nn has no such one.
func (g *graph) newLayer(op int, k kernel, threads int) step {
	s, ok := g.specOf(op, k)
	if !ok {
		return nil
	}
	net, err := nn.New([]nn.Spec{s}, 0)
	if err != nil {
		return nil // beyond nn's limits
	}
	net.SetThreads(threads)
	w := net.Weights(0)
	copy(w.W, lower.Matrix(s, k.weights))
	copy(w.Bias, k.offsets)
	return &layer{net: net, from: k.from, rows: g.size(k.from) / s.In.Size(), activation: k.activation}
}

// specOf returns an operator with weights as package nn describes it.
func (g *graph) specOf(op int, k kernel) (nn.Spec, bool) {
	s := nn.Spec{Bias: true, Stride: 1}
	square := false // and padded as nn pads
	var dilation int
	switch o := g.Operators[op].Options.(type) {
	case tflite.FullyConnectedOptions:
		return nn.Spec{Kind: nn.Dense, Bias: true, In: nn.Shape{H: 1, W: 1, C: k.inputs()}, Out: nn.Shape{H: 1, W: 1, C: k.outputs()}}, true
	case tflite.Conv2DOptions:
		s.Kind, s.Stride, dilation = nn.Conv2D, o.StrideH, max(o.DilationH, o.DilationW)
		square = o.StrideH == o.StrideW && o.Padding == tflite.Same
	case tflite.DepthwiseConv2DOptions:
		s.Kind, s.Stride, dilation = nn.DepthwiseConv2D, o.StrideH, max(o.DilationH, o.DilationW)
		square = o.StrideH == o.StrideW && o.Padding == tflite.Same && k.outputs() == g.channels(k.from)
	case tflite.TransposeConvOptions:
		s.Kind, s.Stride, dilation = nn.ConvTranspose2D, o.StrideH, 1
		square = o.StrideH == o.StrideW && o.Padding == tflite.Same
	}
	if s.Kernel = k.shape[1]; !square || k.shape[2] != s.Kernel || dilation != 1 {
		return s, false
	}
	in, out := g.Tensors[k.from].Shape, g.Tensors[g.out(op)].Shape
	s.In, s.Out = nn.Shape{H: in[1], W: in[2], C: in[3]}, nn.Shape{H: out[1], W: out[2], C: out[3]}
	return s, true
}

func (l *layer) run(n int, values []value) value {
	y := l.net.Forward(values[l.from].rounded, n*l.rows)
	activate(y, l.activation)
	return value{rounded: y}
}

// activate applies a fused activation.
func activate(y []float32, a tflite.Activation) {
	switch a {
	case tflite.ActRelu:
		for i, v := range y {
			y[i] = max(v, 0) // keeps NaN
		}
	case tflite.ActRelu6:
		for i, v := range y {
			y[i] = min(max(v, 0), 6)
		}
	case tflite.ActReluN1To1:
		for i, v := range y {
			y[i] = min(max(v, -1), 1)
		}
	}
}

// sum is a depthwise convolution of one number that is as large as its input. Offsets are
// dealt to the positions, so that what they cancel is gone before anything is rounded.
type sum struct {
	from, channels int
	factor         float32
	shares         []float64 // of each channel's offset
	y              []float32
}

func newSum(g *graph, k kernel) *sum {
	s := &sum{from: k.from, channels: k.outputs(), factor: k.weights[0], shares: make([]float64, k.outputs())}
	for c, offset := range k.offsets {
		s.shares[c] = float64(offset) / (float64(s.factor) * float64(k.rows()))
	}
	return s
}

func (s *sum) run(n int, values []value) value {
	x := &values[s.from]
	size := len(x.rounded) / n
	s.y = append(s.y[:0], make([]float32, n*s.channels)...)
	for i := range x.rounded {
		c := i % s.channels
		s.y[i/size*s.channels+c] += float32(x.at(i) + s.shares[c])
	}
	for i := range s.y {
		s.y[i] *= s.factor
	}
	return value{rounded: s.y}
}

// conditioned adds what operating conditions make of each value, one condition after the
// other as in training, instead of their sum.
type conditioned struct {
	from, conditions int
	matrix           []float32 // [condition, value]
	activation       tflite.Activation
	y                []float32
}

// newConditioned recognises the ADD of something and a matrix product of the conditions.
func (g *graph) newConditioned(op int) (*conditioned, bool) {
	o := &g.Operators[op]
	options, ok := o.Options.(tflite.AddOptions)
	if !ok || g.isConstant(o.Inputs[0]) || g.size(o.Inputs[0]) != g.size(o.Inputs[1]) || g.size(o.Inputs[0]) != g.size(g.out(op)) {
		return nil, false
	}
	by := g.producer[o.Inputs[1]]
	if by != none && g.Operators[by].Op == tflite.Reshape {
		by = g.producer[g.Operators[by].Inputs[0]]
	}
	if by == none || !g.driven(by) {
		return nil, false
	}
	k, _ := g.kernelOf(by)
	if k.activation != tflite.ActNone || k.inputs() == 1 {
		return nil, false // of one condition there is one order only
	}
	for _, v := range k.offsets {
		if v != 0 {
			return nil, false
		}
	}
	s, _ := g.specOf(by, k)
	return &conditioned{from: o.Inputs[0], conditions: g.Inputs[1], matrix: lower.Matrix(s, k.weights), activation: options.Activation}, true
}

// driven reports whether an operator multiplies the operating conditions, and nothing
// else, by weights.
func (g *graph) driven(op int) bool {
	k, ok := g.kernelOf(op)
	return ok && k.op == tflite.FullyConnected && len(g.Inputs) > 1 && k.from == g.Inputs[1]
}

func (s *conditioned) run(n int, values []value) value {
	s.y = append(s.y[:0], values[s.from].rounded...)
	size := len(s.y) / n
	given := values[s.conditions].rounded
	count := len(given) / n
	for i := range n {
		y := s.y[i*size : (i+1)*size]
		for k, c := range given[i*count : (i+1)*count] {
			for j, w := range s.matrix[k*size : (k+1)*size] {
				y[j] += c * w
			}
		}
	}
	activate(s.y, s.activation)
	return value{rounded: s.y}
}
