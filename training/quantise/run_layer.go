package quantise

import (
	"context"

	"github.com/auscult/auscult/tflite"
	"github.com/auscult/auscult/training/export"
	"github.com/auscult/auscult/training/network"
)

// layer is an operator with weights that package network has, too: a network of one layer, and
// of a ReLU where there is one.
type layer struct {
	net        *network.Network
	from       int
	rows       int               // of one sample that the layer multiplies one by one
	activation tflite.Activation // that nn lacks
}

// newLayer returns an operator as a layer, nil where package network has no such one.
func (g *graph) newLayer(op int, k kernel, threads int) step {
	s, ok := g.specOf(op, k)
	if !ok {
		return nil
	}
	specs, activation := []network.Spec{s}, k.activation
	if activation == tflite.ActRelu {
		specs, activation = append(specs, network.Spec{Kind: network.ReLU, In: s.Out, Out: s.Out}), tflite.ActNone
	}
	net, err := network.New(specs, 0)
	if err != nil {
		return nil // beyond nn's limits
	}
	net.SetThreads(threads)
	w := net.Weights(0)
	copy(w.W, export.Matrix(s, k.weights))
	copy(w.Bias, k.offsets)
	return &layer{net: net, from: k.from, rows: g.size(k.from) / s.In.Size(), activation: activation}
}

// specOf returns an operator with weights as package network describes it.
func (g *graph) specOf(op int, k kernel) (network.Spec, bool) {
	s := network.Spec{Bias: true, Stride: 1}
	square := false // and padded as nn pads
	var dilation int
	switch o := g.Operators[op].Options.(type) {
	case tflite.FullyConnectedOptions:
		s.Kind, s.Stride = network.Dense, 0
		s.In, s.Out = network.Shape{H: 1, W: 1, C: k.inputs()}, network.Shape{H: 1, W: 1, C: k.outputs()}
		return s, true
	case tflite.Conv2DOptions:
		s.Kind, s.Stride, dilation = network.Conv2D, o.StrideH, max(o.DilationH, o.DilationW)
		square = o.StrideH == o.StrideW && o.Padding == tflite.Same
	case tflite.DepthwiseConv2DOptions:
		s.Kind, s.Stride, dilation = network.DepthwiseConv2D, o.StrideH, max(o.DilationH, o.DilationW)
		square = o.StrideH == o.StrideW && o.Padding == tflite.Same && k.outputs() == g.channels(k.from)
	case tflite.TransposeConvOptions:
		s.Kind, s.Stride, dilation = network.ConvTranspose2D, o.StrideH, 1
		square = o.StrideH == o.StrideW && o.Padding == tflite.Same
	}
	if s.Kernel = k.shape[1]; !square || k.shape[2] != s.Kernel || dilation != 1 {
		return s, false
	}
	in, out := g.Tensors[k.from].Shape, g.Tensors[g.out(op)].Shape
	s.In, s.Out = network.Shape{H: in[1], W: in[2], C: in[3]}, network.Shape{H: out[1], W: out[2], C: out[3]}
	return s, true
}

func (l *layer) run(_ context.Context, n int, values []value) value {
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
