package export

import (
	"fmt"

	"github.com/auscult/auscult/tflite"
	"github.com/auscult/auscult/training/network"
)

// Versions of the operators that are written: the oldest definitions with what
// int8 needs (per-channel weights, fused ReLU and bias).
const (
	versionFullyConnected = 5
	versionConv2D         = 3
	versionTransposeConv  = 4
	versionDepthwise      = 3
	versionLogistic       = 2
	versionAdd            = 2
	versionReshape        = 1
	versionMul            = 2
	versionSub            = 2
	versionExp            = 2
)

// fused returns the activation that an operator does at its end.
func fused(relu bool) tflite.Activation {
	if relu {
		return tflite.ActRelu
	}
	return tflite.ActNone
}

// linear writes a layer with weights, and the ReLU behind it if there is one. It returns
// how many layers behind it that were.
func (b *builder) linear(layer int, relu bool) (behind int) {
	last := layer
	if relu {
		last++
	}
	shape := tensorShape(b.specs[layer], b.specs[layer].Out)
	op := b.multiply(part{layer: layer}, fmt.Sprintf("layer_%d", layer), b.at, shape, fused(relu))
	b.then(b.name(last), op, shape)
	return last - layer
}

// multiply returns the operator of a layer with weights, or of some of its channels, and
// adds its constants.
func (b *builder) multiply(p part, name string, from int, shape []int, activation tflite.Activation) tflite.Operator {
	s := p.spec(b.specs[p.layer])
	w := b.net.Weights(p.layer)
	matrix, bias := w.W, w.Bias
	if p.to > 0 {
		matrix = columns(matrix, b.specs[p.layer].Out.C, p.from, p.to)
	}
	switch {
	case bias == nil:
		bias = make([]float32, s.Out.C)
	case p.to > 0:
		bias = bias[p.from:p.to]
	}
	p.kernel, p.bias = b.weights(name, KernelShape(s), Kernel(s, matrix), bias)
	b.parts = append(b.parts, p)
	op := tflite.Operator{Op: tflite.FullyConnected, Version: versionFullyConnected,
		Inputs: []int{from, p.kernel, p.bias}, Options: tflite.FullyConnectedOptions{Activation: activation}}
	switch s.Kind {
	case network.Conv2D:
		op.Op, op.Version = tflite.Conv2D, versionConv2D
		op.Options = tflite.Conv2DOptions{
			Padding: tflite.Same, StrideH: s.Stride, StrideW: s.Stride, DilationH: 1, DilationW: 1,
			Activation: activation,
		}
	case network.DepthwiseConv2D:
		op.Op, op.Version = tflite.DepthwiseConv2D, versionDepthwise
		op.Options = tflite.DepthwiseConv2DOptions{
			Padding: tflite.Same, StrideH: s.Stride, StrideW: s.Stride, DepthMultiplier: 1, DilationH: 1, DilationW: 1,
			Activation: activation,
		}
	case network.ConvTranspose2D:
		op.Op, op.Version = tflite.TransposeConv, versionTransposeConv
		op.Inputs = []int{b.shape(name+"_output_shape", shape), p.kernel, from, p.bias}
		op.Options = tflite.TransposeConvOptions{
			Padding: tflite.Same, StrideH: s.Stride, StrideW: s.Stride, Activation: activation,
		}
	}
	return op
}

// condition writes what the operating conditions add: a layer of its own, in the shape of
// what it is added to. It returns how many layers behind it were written with it.
func (b *builder) condition(layer int, relu bool) (behind int) {
	s, last := b.specs[layer], layer
	if relu {
		last++
	}
	name := fmt.Sprintf("layer_%d_drive", layer)
	flat := []int{1, s.Out.Size()}
	added := b.append(name, b.multiply(part{layer: layer}, name, b.conditions, flat, tflite.ActNone), flat)
	if s.Out.H > 1 || s.Out.W > 1 {
		added = b.reshaped(name+"_shaped", name+"_shape", added, []int{1, s.Out.H, s.Out.W, s.Out.C})
	}
	b.then(b.name(last), tflite.Operator{Op: tflite.Add, Version: versionAdd, Inputs: []int{b.at, added},
		Options: tflite.AddOptions{Activation: fused(relu)}}, tensorShape(s, s.Out))
	return last - layer
}

func (b *builder) reshape(layer int) {
	name := b.name(layer)
	b.at = b.reshaped(name, name+"_shape", b.at, tensorShape(b.specs[layer], b.specs[layer].Out))
}

// reshaped writes the same values in another shape.
func (b *builder) reshaped(name, shapeName string, from int, shape []int) int {
	return b.append(name, tflite.Operator{Op: tflite.Reshape, Version: versionReshape,
		Inputs: []int{from, b.shape(shapeName, shape)}, Options: tflite.ReshapeOptions{NewShape: shape}}, shape)
}

func (b *builder) meanPool(layer int) {
	in := b.specs[layer].In
	name := b.name(layer)
	b.then(name, b.overall(name, in, b.at, 1/float64(in.H*in.W), 0), []int{1, 1, 1, in.C})
}
