package quantise

import (
	"context"
	"encoding/binary"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/auscult/auscult/tflite"
)

// sketch builds a float32 model by hand, as an import of another tool's would look.
type sketch struct {
	m   tflite.Model
	rng *rand.Rand
	at  int
}

func (s *sketch) tensor(t tflite.Tensor) int {
	s.m.Tensors = append(s.m.Tensors, t)
	return len(s.m.Tensors) - 1
}

func (s *sketch) constant(values []float32, shape ...int) int {
	return s.tensor(tflite.Tensor{Name: "constant", Type: tflite.Float32, Shape: shape, Data: floatBytes(values)})
}

// random adds weights that keep the size of what they multiply.
func (s *sketch) random(fan int, shape ...int) int {
	values := make([]float32, elements(shape))
	for i := range values {
		values[i] = float32(s.rng.NormFloat64() / math.Sqrt(float64(fan)))
	}
	return s.constant(values, shape...)
}

func (s *sketch) whole(values []int, shape ...int) int {
	var data []byte
	for _, v := range values {
		data = binary.LittleEndian.AppendUint32(data, uint32(v))
	}
	return s.tensor(tflite.Tensor{Name: "shape", Type: tflite.Int32, Shape: shape, Data: data})
}

// then appends an operator that takes what the last one gave, and more.
func (s *sketch) then(op tflite.Op, options any, shape []int, more ...int) {
	out := s.tensor(tflite.Tensor{Name: op.String(), Type: tflite.Float32, Shape: shape})
	s.m.Operators = append(s.m.Operators, tflite.Operator{
		Op: op, Version: 1, Inputs: append([]int{s.at}, more...), Outputs: []int{out}, Options: options,
	})
	s.at = out
}

// imported is an autoencoder on pictures of 16 x 16 that package network has no layers for:
// standardisation by constants, padding as an operator, kernels that are not square, two
// outputs for each channel of a depthwise convolution, an average, a ReLU6, a dense layer
// without offsets on what nothing has flattened, and a part that goes around another.
func imported() *tflite.Model {
	s := &sketch{rng: rand.New(rand.NewPCG(8, 9))}
	s.at = s.tensor(tflite.Tensor{Name: "input", Type: tflite.Float32, Shape: []int{1, bands, frames, 1}})
	s.m.Inputs = []int{s.at}
	image, inner, size := []int{1, bands, frames, 1}, []int{1, 8, 14, 10}, bands*frames
	s.then(tflite.Sub, tflite.SubOptions{}, image, s.constant([]float32{0.3}, 1))
	s.then(tflite.Mul, tflite.MulOptions{}, image, s.constant([]float32{4}, 1))
	s.then(tflite.Pad, nil, []int{1, bands + 2, frames, 1}, s.whole([]int{0, 0, 1, 1, 0, 0, 0, 0}, 4, 2))
	conv := tflite.Conv2DOptions{Padding: tflite.Valid, StrideH: 2, StrideW: 1, DilationH: 1, DilationW: 1}
	conv.Activation = tflite.ActRelu6
	s.then(tflite.Conv2D, conv, []int{1, 8, 14, 5}, s.random(6, 5, 3, 3, 1), s.random(100, 5))
	depthwise := tflite.DepthwiseConv2DOptions{Padding: tflite.Same, StrideH: 1, StrideW: 1, DilationH: 1, DilationW: 1}
	depthwise.DepthMultiplier = 2
	s.then(tflite.DepthwiseConv2D, depthwise, inner, s.random(5, 1, 3, 3, 10), s.random(100, 10))
	around := s.at
	s.then(tflite.Relu, nil, inner)
	s.then(tflite.Add, tflite.AddOptions{}, inner, around)
	pool := tflite.Pool2DOptions{Padding: tflite.Valid, StrideH: 2, StrideW: 2, FilterH: 2, FilterW: 2}
	s.then(tflite.AveragePool2D, pool, []int{1, 4, 7, 10})
	dense := tflite.FullyConnectedOptions{}
	rectified := tflite.FullyConnectedOptions{Activation: tflite.ActRelu}
	s.then(tflite.FullyConnected, rectified, []int{1, 12}, s.random(140, 12, 280))
	s.then(tflite.FullyConnected, dense, []int{1, size}, s.random(600, size, 12), s.random(100, size))
	s.then(tflite.Reshape, tflite.ReshapeOptions{NewShape: image}, image, s.whole(image, 4))
	s.m.Outputs = []int{s.at}
	return &s.m
}

// TestImported quantises a model that package network could not have made, and wants the scores
// of int8 to follow those of float32.
func TestImported(t *testing.T) {
	windows, m := smallNets(t)["conv"], imported()
	before, err := m.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	even, err := Equalise(t.Context(), m, windows.normal, Options{})
	if err != nil {
		t.Fatal(err)
	}
	ints, err := Quantise(t.Context(), even, windows.normal, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if after, err := m.Marshal(); err != nil || !slices.Equal(before, after) {
		t.Errorf("the float32 model was changed: %v", err)
	}
	data, err := ints.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	back, err := tflite.Parse(data)
	if err != nil {
		t.Fatal(err)
	}
	for _, ts := range back.Tensors {
		if ts.Type == tflite.Float32 {
			t.Errorf("%q of shape %v is still float32", ts.Name, ts.Shape)
		}
	}
	r, err := Compare(context.Background(), even, back, windows.all, 100)
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range r.Layers {
		t.Logf("%-20s scale %.5f zero %4d SQNR %.1f dB", l.Kind, l.Scale, l.Zero, l.SQNRDB)
		if l.SQNRDB < 20 {
			t.Errorf("%s: SQNR %.1f dB", l.Kind, l.SQNRDB)
		}
	}
	if r.Correlation == nil || *r.Correlation < 0.999 || math.Abs(r.ScoreRatio-1) > 0.05 {
		t.Errorf("scores of float and int8: %+v", r)
	}
}

// TestOtherUnit restores decibels.
func TestOtherUnit(t *testing.T) {
	windows := smallNets(t)["conv"]
	s := &sketch{m: *imported()}
	s.at = s.m.Outputs[0]
	s.then(tflite.Mul, tflite.MulOptions{}, s.m.Tensors[s.at].Shape, s.constant([]float32{120}, 1))
	s.m.Outputs = []int{s.at}
	for _, c := range []struct {
		other bool
		least float64 // dB
		most  float64
	}{{false, -MaxSQNRDB, 3}, {true, 30, MaxSQNRDB}} {
		ints, err := Quantise(t.Context(), &s.m, windows.normal, Options{OtherUnit: c.other})
		if err != nil {
			t.Fatal(err)
		}
		r, err := Compare(t.Context(), &s.m, ints, windows.all, 50)
		if err != nil {
			t.Fatal(err)
		}
		if got := r.Layers[len(r.Layers)-1].SQNRDB; got < c.least || got > c.most {
			t.Errorf("another unit %v: SQNR %.1f dB, want %g to %g", c.other, got, c.least, c.most)
		}
	}
}

func TestImportedRefused(t *testing.T) {
	windows := smallNets(t)["conv"].normal
	for what, c := range map[string]struct {
		change func(m *tflite.Model)
		want   string
	}{
		"an operator without int8": {func(m *tflite.Model) {
			m.Operators[5].Op = tflite.Quantize
		}, "QUANTIZE"},
		"weights that are missing": {func(m *tflite.Model) {
			m.Tensors[m.Operators[3].Inputs[1]].Data = nil
		}, "CONV_2D"},
		"a constant that is no number": {func(m *tflite.Model) {
			m.Tensors[m.Operators[0].Inputs[1]].Data = floatBytes([]float32{float32(math.NaN())})
		}, "not usable"},
		"three inputs": {func(m *tflite.Model) { m.Inputs = slices.Repeat(m.Inputs, 3) }, "input"},
	} {
		m := imported()
		c.change(m)
		if _, err := Quantise(t.Context(), m, windows, Options{}); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", what, err)
		}
	}
}
