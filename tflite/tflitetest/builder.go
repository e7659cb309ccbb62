package tflitetest

import (
	"encoding/binary"
	"fmt"
	"math"

	"github.com/auscult/auscult/tflite"
)

// Builder adds tensors and operators to Model in execution order. Each operator
// method returns the index of its output tensor, whose shape it computes.
type Builder struct {
	Model tflite.Model
}

// Code is the quantisation of an activation tensor.
type Code struct {
	Scale     float32
	ZeroPoint int
}

// Tensor adds a tensor and returns its index.
func (b *Builder) Tensor(t tflite.Tensor) int {
	if t.Name == "" {
		t.Name = fmt.Sprintf("t%d", len(b.Model.Tensors))
	}
	b.Model.Tensors = append(b.Model.Tensors, t)
	return len(b.Model.Tensors) - 1
}

// Activation adds an int8 tensor that an operator computes.
func (b *Builder) Activation(q Code, shape ...int) int {
	return b.Tensor(tflite.Tensor{Type: tflite.Int8, Shape: shape, Quant: perTensor(q)})
}

// Input adds an int8 model input.
func (b *Builder) Input(q Code, shape ...int) int {
	t := b.Activation(q, shape...)
	b.Model.Inputs = append(b.Model.Inputs, t)
	return t
}

// FloatInput adds a float32 model input.
func (b *Builder) FloatInput(shape ...int) int {
	t := b.Tensor(tflite.Tensor{Type: tflite.Float32, Shape: shape})
	b.Model.Inputs = append(b.Model.Inputs, t)
	return t
}

// Output declares a tensor as model output.
func (b *Builder) Output(tensor int) { b.Model.Outputs = append(b.Model.Outputs, tensor) }

// Op adds an operator with one output, the tensor out.
func (b *Builder) Op(op tflite.Op, version int, options any, out int, inputs ...int) int {
	b.Model.Operators = append(b.Model.Operators, tflite.Operator{
		Op: op, Version: version, Options: options, Inputs: inputs, Outputs: []int{out},
	})
	return out
}

// Weights adds constant int8 weights with a scale for each index of axis, or one
// for all.
func (b *Builder) Weights(values []int8, axis int, scales []float32, shape ...int) int {
	data := make([]byte, len(values))
	for i, v := range values {
		data[i] = byte(v)
	}
	if len(scales) == 1 {
		axis = 0
	}
	return b.Tensor(tflite.Tensor{Type: tflite.Int8, Shape: shape, Data: data, Quant: &tflite.Quantisation{
		Scales: scales, ZeroPoints: make([]int64, len(scales)), Axis: axis,
	}})
}

// Bias adds a constant int32 bias for an input of the given scale and weights of
// the given scales.
func (b *Builder) Bias(values []int32, inputScale float32, weightScales []float32) int {
	scales := make([]float32, len(weightScales))
	for i, s := range weightScales {
		scales[i] = max(inputScale*s, math.SmallestNonzeroFloat32)
	}
	return b.Tensor(tflite.Tensor{
		Type: tflite.Int32, Shape: []int{len(values)}, Data: int32Bytes(values),
		Quant: &tflite.Quantisation{Scales: scales, ZeroPoints: make([]int64, len(scales))},
	})
}

// Ints adds a constant int32 tensor without quantisation.
func (b *Builder) Ints(values []int32, shape ...int) int {
	return b.Tensor(tflite.Tensor{Type: tflite.Int32, Shape: shape, Data: int32Bytes(values)})
}

func int32Bytes(values []int32) []byte {
	var data []byte
	for _, v := range values {
		data = binary.LittleEndian.AppendUint32(data, uint32(v))
	}
	return data
}

func perTensor(q Code) *tflite.Quantisation {
	return &tflite.Quantisation{Scales: []float32{q.Scale}, ZeroPoints: []int64{int64(q.ZeroPoint)}}
}

// Dense builds a small autoencoder of fully connected layers with ReLU between them:
// sizes[0] inputs, sizes[len-1] outputs. Weights follow a fixed pattern, so that
// equal arguments give equal models. Input and output have the same
// quantisation.
func Dense(q Code, sizes ...int) *tflite.Model {
	b := new(Builder)
	b.Model.Description = "tflitetest dense autoencoder"
	x, in := b.Input(q, 1, sizes[0]), q
	for layer, outputs := range sizes[1:] {
		inputs := sizes[layer]
		values := make([]int8, inputs*outputs)
		state := uint32(layer + 1)
		for i := range values {
			state = state*1664525 + 1013904223
			values[i] = int8(state >> 24)
		}
		scale := []float32{1 / (64 * float32(math.Sqrt(float64(inputs))))}
		out, act := Code{in.Scale, -128}, tflite.ActRelu
		if layer == len(sizes)-2 {
			out, act = q, tflite.ActNone
		}
		w := b.Weights(values, 0, scale, outputs, inputs)
		bias := b.Bias(make([]int32, outputs), in.Scale, scale)
		y := b.Activation(out, 1, outputs)
		x = b.Op(tflite.FullyConnected, 4, tflite.FullyConnectedOptions{Activation: act}, y, x, w, bias)
		in = out
	}
	b.Output(x)
	return &b.Model
}
