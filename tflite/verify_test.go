package tflite_test

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/auscult/auscult/tflite"
	"github.com/auscult/auscult/tflite/tflitetest"
)

// small builds pad -> conv -> reshape -> dense -> softmax, of which the tests break
// one thing each. Tensors: 0 input, 1 paddings, 2 padded, 3 weights, 4 bias, 5 conv
// output, 6 shape, 7 flat, 8 weights, 9 bias, 10 dense output, 11 softmax output.
func small() *tflite.Model {
	b := new(tflitetest.Builder)
	q := tflitetest.Code{Scale: 0.1, ZeroPoint: 3}
	x := b.Input(q, 1, 4, 4, 2)
	p := b.Ints([]int32{0, 0, 1, 1, 1, 1, 0, 0}, 4, 2)
	x = b.Op(tflite.Pad, 2, nil, b.Activation(q, 1, 6, 6, 2), x, p)
	scales := []float32{0.01, 0.02, 0.03}
	w := b.Weights(make([]int8, 3*3*3*2), 0, scales, 3, 3, 3, 2)
	bias := b.Bias(make([]int32, 3), q.Scale, scales)
	sliding := tflite.Conv2DOptions{Padding: tflite.Valid, StrideH: 1, StrideW: 1, DilationH: 1, DilationW: 1}
	x = b.Op(tflite.Conv2D, 3, sliding, b.Activation(q, 1, 4, 4, 3), x, w, bias)
	s := b.Ints([]int32{1, -1}, 2)
	x = b.Op(tflite.Reshape, 1, tflite.ReshapeOptions{}, b.Activation(q, 1, 48), x, s)
	w = b.Weights(make([]int8, 5*48), 0, []float32{0.01}, 5, 48)
	bias = b.Bias(make([]int32, 5), q.Scale, []float32{0.01})
	x = b.Op(tflite.FullyConnected, 4, tflite.FullyConnectedOptions{}, b.Activation(q, 1, 5), x, w, bias)
	y := b.Activation(tflitetest.Code{Scale: 1.0 / 256, ZeroPoint: -128}, 1, 5)
	x = b.Op(tflite.Softmax, 2, tflite.SoftmaxOptions{Beta: 1}, y, x)
	b.Output(x)
	return &b.Model
}

// refusal breaks one thing in the small model. Its error says what and where; none is wanted where want is empty.
type refusal struct {
	change func(m *tflite.Model)
	want   string
}

// changeConv changes the options of the small model's convolution.
func changeConv(m *tflite.Model, change func(*tflite.Conv2DOptions)) {
	p := m.Operators[1].Options.(tflite.Conv2DOptions)
	change(&p)
	m.Operators[1].Options = p
}

// refusals break what Parse, Marshal and NewInterpreter all check.
var refusals = []refusal{
	{func(*tflite.Model) {}, ""},
	{
		func(m *tflite.Model) { m.Tensors[3].Data = m.Tensors[3].Data[1:] },
		`tensor 3 ("t3"): 53 bytes of data, int8 of shape [3 3 3 2] needs 54`,
	},
	{func(m *tflite.Model) { m.Tensors[2].Shape = []int{1, -6, 6, 2} }, `tensor 2 ("t2"): dimension 1 is -6`},
	{func(m *tflite.Model) { m.Tensors[2].Shape = []int{1 << 16, 1 << 16, 6, 2} }, "more than 2^31-1 elements"},
	{func(m *tflite.Model) {
		m.Tensors[2].Type = tflite.Float32
		m.Tensors[2].Quant = nil
		m.Tensors[2].Shape = []int{1 << 30}
	}, "more than 2^31-1 bytes"},
	{func(m *tflite.Model) { m.Tensors[2].Shape = make([]int, 9) }, "9 dimensions, at most 8"},
	{func(m *tflite.Model) { m.Tensors[2].Type = 77 }, "unknown element type 77"},
	{func(m *tflite.Model) { m.Tensors[2].Quant.Scales[0] = 0 }, "scale 0 is 0, not positive"},
	{func(m *tflite.Model) { m.Tensors[2].Quant.Scales[0] = -1 }, "scale 0 is -1"},
	{func(m *tflite.Model) { m.Tensors[2].Quant.Scales[0] = float32(math.NaN()) }, "scale 0 is NaN"},
	{func(m *tflite.Model) { m.Tensors[2].Quant.Scales[0] = float32(math.Inf(1)) }, "scale 0 is +Inf"},
	{
		func(m *tflite.Model) { m.Tensors[2].Quant.ZeroPoints[0] = 128 },
		"zero point 0 is 128, outside -128..127 of int8",
	},
	{func(m *tflite.Model) { m.Tensors[2].Quant.ZeroPoints = nil }, "0 zero points for 1 scales"},
	{func(m *tflite.Model) { m.Tensors[3].Quant.Axis = 4 }, "quantised dimension 4"},
	{func(m *tflite.Model) { m.Tensors[3].Quant.Axis = 3 }, "3 scales for dimension 3 of shape [3 3 3 2]"},
	{func(m *tflite.Model) { m.Tensors[3].Variable = true }, "a variable with constant data"},
	{func(m *tflite.Model) { m.Inputs[0] = 12 }, "model input 0: tensor 12, the model has 12"},
	{func(m *tflite.Model) { m.Inputs[0] = 3 }, "model input 0: tensor 3"},
	{func(m *tflite.Model) { m.Outputs[0] = -1 }, "model output 0: tensor -1"},
	{func(m *tflite.Model) { m.Operators = m.Operators[:4] }, "model output 0: nothing computes tensor 11"},
	{
		func(m *tflite.Model) { m.Operators[1].Inputs[0] = 99 },
		"operator 1 (CONV_2D): input 0: tensor 99, the model has 12",
	},
	{
		func(m *tflite.Model) { m.Operators[1].Inputs[0] = 7 },
		"operator 1 (CONV_2D): input 0: tensor 7 (\"t7\") is read before it is computed",
	},
	{
		func(m *tflite.Model) { m.Operators[1].Outputs[0] = 2 },
		"operator 1 (CONV_2D): output 0: tensor 2 (\"t2\") has a value already",
	},
	{func(m *tflite.Model) { m.Operators[1].Outputs = []int{5, 5} }, "is an output twice"},
	{func(m *tflite.Model) { m.Operators[1].Version = 0 }, "operator 1 (CONV_2D): version 0"},
	{func(m *tflite.Model) { m.Operators[1].Options = nil }, "operator 1 (CONV_2D): options are <nil>"},
	{
		func(m *tflite.Model) { changeConv(m, func(p *tflite.Conv2DOptions) { p.StrideH = 0 }) },
		"stride 0, must be 1 to 65536",
	},
	{func(m *tflite.Model) { changeConv(m, func(p *tflite.Conv2DOptions) { p.DilationW = -1 }) }, "dilation -1"},
	{func(m *tflite.Model) { changeConv(m, func(p *tflite.Conv2DOptions) { p.Padding = 9 }) }, "unknown padding 9"},
	{
		func(m *tflite.Model) { changeConv(m, func(p *tflite.Conv2DOptions) { p.Activation = 9 }) },
		"unknown activation 9",
	},
}

// runRefusals break what only NewInterpreter checks.
var runRefusals = []refusal{
	{func(m *tflite.Model) { m.Outputs = nil }, "a model needs an input and an output"},
	{
		func(m *tflite.Model) { m.Operators[1].Version = 99 },
		"operator 1 (CONV_2D): version 99, this program runs up to 8",
	},
	{func(m *tflite.Model) { m.Operators[1].Inputs = []int{2, 3} }, "operator 1 (CONV_2D): 2 inputs, needs 3"},
	{func(m *tflite.Model) { m.Operators[1].Inputs[2] = -1 }, "operator 1 (CONV_2D): input 2 is left out"},
	{
		func(m *tflite.Model) { changeConv(m, func(p *tflite.Conv2DOptions) { p.Activation = tflite.ActTanh }) },
		"the fused activation TANH is not supported",
	},
	{
		func(m *tflite.Model) { changeConv(m, func(p *tflite.Conv2DOptions) { p.StrideW = 2 }) },
		"operator 1 (CONV_2D): output 0 has shape [1 4 4 3], the operator computes [1 4 2 3]",
	},
	{
		func(m *tflite.Model) { changeConv(m, func(p *tflite.Conv2DOptions) { p.DilationH = 4 }) },
		"a window of 9 does not fit 6 positions",
	},
	{func(m *tflite.Model) { m.Tensors[3].Quant.ZeroPoints[1] = 1 }, "the weights, has zero point 1 at 1, needs 0"},
	{func(m *tflite.Model) { m.Tensors[3].Data = nil }, "input 1: tensor 3"},
	{func(m *tflite.Model) { m.Tensors[4].Quant.Scales[0] = 1 }, "input 2 (\"t4\"), the bias, has scale 1 at 0"},
	{func(m *tflite.Model) { m.Tensors[5].Quant.Scales[0] = 1e-9 }, "output channel 0: the scales"},
	{func(m *tflite.Model) { m.Tensors[5].Quant = nil }, "output 0 (\"t5\") has no quantisation"},
	{func(m *tflite.Model) { m.Tensors[10].Quant.Scales[0] = 1e-40 }, "subnormal scale"},
	{
		func(m *tflite.Model) { m.Tensors[1].Data[8] = 2 },
		"operator 0 (PAD): output 0 has shape [1 6 6 2], the operator computes [1 7 6 2]",
	},
	{func(m *tflite.Model) { m.Tensors[1].Data[11] = 0x80 }, "operator 0 (PAD): input 1 pads dimension 1 by"},
	{
		func(m *tflite.Model) { m.Tensors[6].Data[0] = 2 },
		"operator 2 (RESHAPE): output 0 has shape [1 48], the operator asks for [2 -1]",
	},
	{
		func(m *tflite.Model) { m.Tensors[7].Shape = []int{1, 47} },
		"operator 2 (RESHAPE): input 0 has shape [1 4 4 3], output 0 [1 47]",
	},
	{func(m *tflite.Model) { m.Tensors[7].Quant.ZeroPoints[0] = 4 }, "operator 2 (RESHAPE): input 0 has scale"},
	{func(m *tflite.Model) { m.Tensors[11].Quant.ZeroPoints[0] = 0 }, "operator 4 (SOFTMAX): output 0 has scale"},
	{
		func(m *tflite.Model) { m.Operators[4].Options = tflite.SoftmaxOptions{Beta: float32(math.NaN())} },
		"operator 4 (SOFTMAX): beta is NaN",
	},
}

// TestRefused breaks one thing in a model that runs and looks for an error that
// says what and where.
func TestRefused(t *testing.T) {
	for _, c := range slices.Concat(refusals, runRefusals) {
		m := small()
		c.change(m)
		_, err := tflite.NewInterpreter(m, tflite.Options{})
		switch {
		case c.want == "" && err != nil:
			t.Errorf("the unchanged model is refused: %v", err)
		case c.want != "" && err == nil:
			t.Errorf("no error, expected %q", c.want)
		case err != nil:
			checkError(t, err)
			if !strings.Contains(err.Error(), c.want) {
				t.Errorf("error is %q, expected %q", err, c.want)
			}
		}
	}
}

// TestTooMany checks the limits on counts.
func TestTooMany(t *testing.T) {
	m := small()
	m.Tensors = append(m.Tensors, make([]tflite.Tensor, tflite.MaxTensors)...)
	if _, err := m.Marshal(); err == nil || !strings.Contains(err.Error(), "4108 tensors, at most 4096") {
		t.Errorf("error is %v", err)
	}
	m = small()
	m.Metadata = make([]tflite.Metadata, tflite.MaxMetadata+1)
	if _, err := m.Marshal(); err == nil || !strings.Contains(err.Error(), "4097 metadata entries, at most 4096") {
		t.Errorf("error is %v", err)
	}
}

// TestAsManyAsAllowed writes and reads a model with as many tensors, dimensions and
// metadata entries as there may be.
func TestAsManyAsAllowed(t *testing.T) {
	m := small()
	for len(m.Tensors) < 4096 {
		m.Tensors = append(m.Tensors, tflite.Tensor{Name: "unused", Type: tflite.Int8, Shape: []int{1, 1, 1, 1, 1, 1, 1, 2}})
	}
	m.Metadata = nil
	for len(m.Metadata) < 256 {
		m.Metadata = append(m.Metadata, tflite.Metadata{Name: "entry", Data: []byte{1}})
	}
	data, err := m.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	again, err := tflite.Parse(data)
	if err != nil {
		t.Fatal(err)
	}
	if len(again.Tensors) != 4096 || len(again.Metadata) != 256 || len(again.Tensors[4095].Shape) != 8 {
		t.Errorf("read %d tensors, the last of %v, %d entries",
			len(again.Tensors), again.Tensors[4095].Shape, len(again.Metadata))
	}
}

// TestSharedWeights has many layers share one large tensor of weights: a small file
// that would take much memory and time to prepare.
func TestSharedWeights(t *testing.T) {
	b := new(tflitetest.Builder)
	q := tflitetest.Code{Scale: 1}
	x := b.Input(q, 1, 1, 1, 64)
	w := b.Weights(make([]int8, 64*64*16*16), 0, []float32{1}, 64, 16, 16, 64)
	bias := b.Bias(make([]int32, 64), 1, []float32{1})
	size := b.Ints([]int32{1, 1, 1, 64}, 4)
	for range 2000 {
		p := tflite.TransposeConvOptions{StrideH: 1, StrideW: 1}
		x = b.Op(tflite.TransposeConv, 4, p, b.Activation(q, 1, 1, 1, 64), size, w, x, bias)
	}
	b.Output(x)
	_, err := tflite.NewInterpreter(&b.Model, tflite.Options{})
	if err == nil || !strings.Contains(err.Error(), "needs more than the limit of 67108864 bytes") {
		t.Errorf("error is %v", err)
	}
}
