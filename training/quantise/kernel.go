package quantise

import (
	"encoding/binary"
	"math"

	"github.com/auscult/auscult/tflite"
)

// kernel is what an operator with weights multiplies by, in TFLite's order.
type kernel struct {
	op         tflite.Op
	from       int // tensor that is multiplied
	tensor     int // of the weights
	bias       int // tensor, none where left out
	shape      []int
	weights    []float32
	offsets    []float32 // zeros where left out
	activation tflite.Activation
	strides    int // product of a transposed convolution's strides, else 1
}

// kernelOf returns the weights of an operator, false where it has none or computes them.
func (g *graph) kernelOf(op int) (kernel, bool) {
	o := &g.Operators[op]
	k := kernel{op: o.Op, bias: none, strides: 1}
	at := 0 // of the inputs, what is multiplied
	switch options := o.Options.(type) {
	case tflite.FullyConnectedOptions:
		k.activation = options.Activation
	case tflite.Conv2DOptions:
		k.activation = options.Activation
	case tflite.DepthwiseConv2DOptions:
		k.activation = options.Activation
	case tflite.TransposeConvOptions:
		k.activation, k.strides, at = options.Activation, options.StrideH*options.StrideW, 2
	default:
		return k, false
	}
	k.from, k.tensor = o.Inputs[at], o.Inputs[1]
	if !g.isConstant(k.tensor) {
		return k, false
	}
	k.shape, k.weights = g.Tensors[k.tensor].Shape, floats(g.Tensors[k.tensor].Data)
	if at = max(at, 1) + 1; at < len(o.Inputs) && o.Inputs[at] >= 0 {
		k.bias = o.Inputs[at]
		k.offsets = floats(g.Tensors[k.bias].Data)
	} else {
		k.offsets = make([]float32, k.outputs())
	}
	return k, true
}

// outputs returns the number of output channels.
func (k *kernel) outputs() int { return k.shape[k.axis()] }

// inputs returns the number of input channels of one weight tensor's last dimension.
func (k *kernel) inputs() int { return k.shape[len(k.shape)-1] }

// axis returns the dimension of the weights that output channels lie along.
func (k *kernel) axis() int {
	if k.op == tflite.DepthwiseConv2D {
		return len(k.shape) - 1
	}
	return 0
}

// rows returns how many values one output channel multiplies by.
func (k *kernel) rows() int { return len(k.weights) / k.outputs() }

// index returns where weight r of output channel c lies. A transposed convolution's
// weights count input channel by input channel.
func (k *kernel) index(r, c int) int {
	switch k.op {
	case tflite.DepthwiseConv2D:
		return r*k.outputs() + c
	case tflite.TransposeConv:
		area := k.shape[1] * k.shape[2]
		r = r%area*k.inputs() + r/area
	}
	return c*k.rows() + r
}

// output returns the output channel of weight i.
func (k *kernel) output(i int) int {
	if k.op == tflite.DepthwiseConv2D {
		return i % k.outputs()
	}
	return i / k.rows()
}

// input returns the channel, of so many, that weight i multiplies.
func (k *kernel) input(i, channels int) int {
	if k.op == tflite.DepthwiseConv2D {
		return i % k.outputs() / max(k.outputs()/channels, 1)
	}
	return i % k.inputs() % channels
}

// uniform reports whether all weights are the same number: their codes are exact.
func (k *kernel) uniform() bool {
	for _, w := range k.weights {
		if w != k.weights[0] {
			return false
		}
	}
	return k.weights[0] != 0
}

// overall reports whether an operator gives, of each channel, a factor times the sum
// over all positions, and an offset: a depthwise convolution of one number that is as
// large as its input.
func (g *graph) overall(op int) (kernel, bool) {
	options, ok := g.Operators[op].Options.(tflite.DepthwiseConv2DOptions)
	if !ok || options.Padding != tflite.Valid || options.Activation != tflite.ActNone {
		return kernel{}, false
	}
	k, ok := g.kernelOf(op)
	if !ok {
		return k, false
	}
	in := g.Tensors[k.from].Shape
	return k, k.shape[1] == in[1] && k.shape[2] == in[2] && k.shape[3] == in[3] && k.uniform()
}

// floats returns a constant's values.
func floats(data []byte) []float32 {
	values := make([]float32, len(data)/4)
	for i := range values {
		values[i] = math.Float32frombits(binary.LittleEndian.Uint32(data[4*i:]))
	}
	return values
}

// floatBytes is the other way round.
func floatBytes(values []float32) []byte {
	data := make([]byte, 0, 4*len(values))
	for _, v := range values {
		data = binary.LittleEndian.AppendUint32(data, math.Float32bits(v))
	}
	return data
}
