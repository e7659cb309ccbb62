package tflite

import (
	"fmt"
	"slices"

	flatbuffers "github.com/google/flatbuffers/go"

	"github.com/auscult/auscult/tflite/internal/flat"
	"github.com/auscult/auscult/tflite/internal/kernels"
	"github.com/auscult/auscult/tflite/schema"
)

// FullyConnected multiplies rows of inputs with a matrix of weights: a dense layer.
const FullyConnected Op = schema.OpFullyConnected

var fullyConnectedDefinition = definition{
	newest:  12,
	options: coded(schema.OptionsFullyConnected, readFullyConnected),
	cost:    func(c *checker) int64 { return count(c.outShape()) * int64(c.inShape(1)[1]) },
	variants: []variant{
		{output: Int8, least: 2, most: 3, prepare: prepareDense},
		{output: Int16, least: 2, most: 3, prepare: prepareWideDense},
		{output: Float32, least: 2, most: 3, prepare: prepareFloatDense},
	},
}

// FullyConnectedOptions belongs to FullyConnected.
type FullyConnectedOptions struct {
	Activation Activation
	// KeepNumDims keeps all input dimensions but the last in the output;
	// without it the output has two.
	KeepNumDims bool
	BiasType    Type // of int16: that of the bias and of sums, Float32 where it is not said
}

func readFullyConnected(t flat.Table) (FullyConnectedOptions, error) {
	if format := t.Uint8("weights_format", schema.FullyConnectedWeightsFormat, 0); format != 0 {
		return FullyConnectedOptions{}, fmt.Errorf("weights format %d is not supported", format)
	}
	return FullyConnectedOptions{
		Activation:  Activation(t.Uint8("activation", schema.FullyConnectedActivation, 0)),
		BiasType:    Type(int8(t.Uint8("quantized_bias_type", schema.FullyConnectedBiasType, 0))),
		KeepNumDims: t.Bool("keep_num_dims", schema.FullyConnectedKeepNumDims),
	}, nil
}

func (p FullyConnectedOptions) verify() error { return p.Activation.verify() }

func (p FullyConnectedOptions) write(w *writer) flatbuffers.UOffsetT {
	w.b.StartObject(schema.FullyConnectedFields)
	w.b.PrependInt8Slot(schema.FullyConnectedActivation, int8(p.Activation), 0)
	w.b.PrependBoolSlot(schema.FullyConnectedKeepNumDims, p.KeepNumDims, false)
	w.b.PrependInt8Slot(schema.FullyConnectedBiasType, int8(p.BiasType), 0)
	return w.b.EndObject()
}

var denseWeights = weightInputs{weights: 1, bias: 2, dims: 2, axis: 0, exact: true}

func prepareDense(c *checker) step {
	p := c.o.Options.(FullyConnectedOptions)
	in, out := c.codesIn(0), c.codesOut()
	mx := c.matrix(denseWeights, in, out, p.Activation)
	rows, inputs := denseRows(c, in, out, mx.shape)
	if c.err != nil {
		return step{}
	}
	bytes, copied := kernels.DenseBytes(c.left.impl, rows, inputs, mx.layer)
	if !c.affordStaged(0, 1, bytes, copied) {
		return step{}
	}
	return stagedStep(kernels.NewDense(c.left.impl, rows, inputs, mx.layer), out, in)
}

func prepareWideDense(c *checker) step {
	in, out := c.wideIn(0), c.wideOut()
	mx := c.wideMatrix(denseWeights, in, out, c.o.Options.(FullyConnectedOptions).Activation)
	rows, inputs := denseRows(c, in, out, mx.shape)
	if !c.afford(24) {
		return step{}
	}
	return unaryStep(kernels.NewWideDense(rows, inputs, mx.layer), out, in)
}

// denseRows checks the shapes of a dense layer of codes.
func denseRows(c *checker, in, out tensor, weights []int) (rows, inputs int) {
	if c.err != nil {
		return 0, 0
	}
	p := c.o.Options.(FullyConnectedOptions)
	outputs, inputs := weights[0], weights[1]
	last := in.shape[max(len(in.shape)-1, 0):] // none of a scalar
	if inputs == 0 || outputs == 0 || in.n%inputs != 0 || p.KeepNumDims && !slices.Equal(last, weights[1:]) {
		c.fail("input 0 has shape %v, the weights %v", in.shape, weights)
		return 0, 0
	}
	rows = in.n / inputs
	if p.KeepNumDims {
		c.wantShape(out.shape, with(in.shape[:len(in.shape)-1], outputs)...)
	} else {
		c.wantShape(out.shape, rows, outputs)
	}
	return rows, inputs
}

// prepareFloatDense takes any shape of the output whose rows are as long as they must be.
func prepareFloatDense(c *checker) step {
	in, out := c.realsIn(0), c.realsOut()
	if c.err == nil && c.o.Inputs[1] >= 0 && c.in(1).Data == nil {
		return prepareComputedDense(c, in, out)
	}
	mx := c.floatMatrix(denseWeights, c.o.Options.(FullyConnectedOptions).Activation)
	if c.err != nil {
		return step{}
	}
	outputs, inputs := mx.shape[0], mx.shape[1]
	rows := floatDenseRows(c, in, out, mx.shape)
	if c.err != nil {
		return step{}
	}
	bytes, copied := kernels.FloatDenseBytes(c.left.impl, rows, inputs, outputs)
	if !c.affordStaged(0, 1, bytes, copied) {
		return step{}
	}
	return stagedStep(kernels.NewFloatDense(c.left.impl, rows, inputs, mx.layer), out, in)
}

// floatDenseRows checks the shapes of a dense layer of float32 and gives its rows.
func floatDenseRows(c *checker, in, out tensor, weights []int) (rows int) {
	outputs, inputs := weights[0], weights[1]
	rows = in.n / inputs
	// rows*outputs may be beyond an int of 32 bits.
	if n := len(out.shape); in.n%inputs != 0 || n == 0 || out.shape[n-1] != outputs || out.n/outputs != rows {
		if in.n%inputs == 0 && c.resolve(0, []int{rows, outputs}) {
			return rows
		}
		c.fail("input 0 has shape %v, the weights %v, output 0 %v", in.shape, weights, out.shape)
	}
	return rows
}

// prepareComputedDense is prepareFloatDense for weights that the model computes, or that are an input.
func prepareComputedDense(c *checker, in, out tensor) step {
	weights, bias := c.realsIn(1), tensor{index: -1}
	if c.err == nil && len(weights.shape) != denseWeights.dims {
		c.fail("input 1, the weights, has shape %v, needs %d dimensions", weights.shape, denseWeights.dims)
	}
	if c.err != nil {
		return step{}
	}
	outputs, inputs := weights.shape[0], weights.shape[1]
	rows := floatDenseRows(c, in, out, weights.shape)
	if c.err == nil && len(c.o.Inputs) > denseWeights.bias {
		if bias = c.realsIn(denseWeights.bias); c.err == nil && bias.n != outputs {
			c.fail("input %d, the bias, has %d values for %d output channels", denseWeights.bias, bias.n, outputs)
		}
	}
	least, most := c.floatRange(c.o.Options.(FullyConnectedOptions).Activation)
	if !c.afford(0) {
		return step{}
	}
	k := &kernels.FloatMatMul{MatMul: kernels.MatMul{
		M: rows, K: inputs, N: outputs, A: kernels.Lay{Row: inputs, Column: 1}, B: kernels.Lay{Row: 1, Column: inputs},
		AtA: []int32{0}, AtB: []int32{0},
	}}
	return step{bind: func(mem *memory) func() {
		mem.interrupts(k)
		y, x, w := view[float32](mem.tensors[out.index]), view[float32](mem.tensors[in.index]),
			view[float32](mem.tensors[weights.index])
		var b []float32
		if bias.index >= 0 {
			b = view[float32](mem.tensors[bias.index])
		}
		return func() {
			k.Run(y, x, w)
			kernels.Finish(y, b, least, most)
		}
	}}
}
