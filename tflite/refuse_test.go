package tflite_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/auscult/auscult/tflite"
	"github.com/auscult/auscult/tflite/tflitetest"
)

// TestRefusals wants all operators that cannot run named, and none that only follows from them.
func TestRefusals(t *testing.T) {
	b := new(tflitetest.Builder)
	q := tflitetest.Code{Scale: 1}
	x := b.Input(q, 1, 4)
	activation := func() int { return b.Activation(q, 1, 4) }
	ok := b.Op(tflite.Abs, 1, nil, activation(), x)
	custom := b.Op(tflite.Custom, 1, nil, activation(), ok) // 1
	b.Model.Operators[1].Custom = "FlexErf"
	follows := b.Op(tflite.Abs, 1, nil, b.Activation(q, 7, 7), custom) // the shape is wrong, but who knows
	later := b.Op(tflite.Op(103), 3, nil, activation(), follows)       // 3
	newer := b.Op(tflite.Abs, 99, nil, activation(), later)            // 4
	unused := b.Op(tflite.Sub, 1, tflite.SubOptions{}, b.Activation(q, 3, 3), x, x)
	b.Output(ok)
	b.Output(newer)
	_, err := tflite.NewInterpreter(&b.Model, tflite.Options{})
	var refused *tflite.RefusedError
	if !errors.As(err, &refused) || len(refused.Refusals) != 4 {
		t.Fatalf("error %v", err)
	}
	for i, want := range []struct {
		operator, output int
		op, why          string
	}{
		{1, 1, `CUSTOM "FlexErf"`, `TensorFlow's own operator "Erf"`},
		{3, 1, "UNIQUE", "not supported"},
		{4, 1, "ABS", "version 99"},
		{5, -1, "SUB", "output 0 has shape [3 3]"},
	} {
		r := refused.Refusals[i]
		if r.Operator != want.operator || r.Output != want.output || r.Op != want.op || !strings.Contains(r.Why, want.why) {
			t.Errorf("refusal %d is %+v, expected %+v", i, r, want)
		}
	}
	if r := refused.Refusals[3]; r.Name != b.Model.Tensors[unused].Name {
		t.Errorf("the last computes %q", r.Name)
	}
	const text = `operator 1 (CUSTOM "FlexErf"): it is TensorFlow's own operator "Erf" (SELECT_TF_OPS), which needs all of ` +
		`TensorFlow: convert the model with TFLITE_BUILTINS only; it computes "t2" for output 1; ` +
		`nor can run 3 (UNIQUE), 4 (ABS), 5 (SUB)`
	if !strings.HasSuffix(err.Error(), text) {
		t.Errorf("error %v", err)
	}
}

// TestHugeBlock wants blocks refused that have more positions than there are channels, also than an int of 32 bits
// counts.
func TestHugeBlock(t *testing.T) {
	for _, size := range []int{1 << 16, 1 << 15, 3} {
		b := new(tflitetest.Builder)
		q := tflitetest.Code{Scale: 1}
		x, y := b.Input(q, 1, 2, 2, 3), b.Activation(q, 1, 2, 2, 3)
		b.Output(b.Op(tflite.DepthToSpace, 1, tflite.BlockOptions{Size: size}, y, x))
		_, err := tflite.NewInterpreter(&b.Model, tflite.Options{})
		if err == nil || !strings.Contains(err.Error(), "3 channels make no blocks of") {
			t.Errorf("block of %d: %v", size, err)
		}
	}
}

// TestCustomOperators wants compiled models called what they are.
func TestCustomOperators(t *testing.T) {
	for name, want := range map[string]string{
		"edgetpu-custom-op":  "Coral's Edge TPU: give the model as it was before edgetpu_compiler",
		"ethos-u":            "Arm's Ethos-U",
		"NeutronGraph":       "NXP's eIQ Neutron",
		"vsi-npu":            "VeriSilicon",
		"XC_conv2d_v2":       "XMOS",
		"SignalFftAutoScale": "tflite-micro's audio front end",
		"AudioSpectrogram":   "behind the features",
		"MyOp":               `the custom operator "MyOp" is not supported`,
		"":                   `the custom operator "" is not supported`,
		"Flex":               `the custom operator "Flex" is not supported`,
	} {
		b := new(tflitetest.Builder)
		q := tflitetest.Code{Scale: 1}
		b.Output(b.Op(tflite.Custom, 1, nil, b.Activation(q, 4), b.Input(q, 4)))
		b.Model.Operators[0].Custom = name
		if _, err := tflite.NewInterpreter(&b.Model, tflite.Options{}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: error %v, expected %q", name, err, want)
		}
	}
}

// TestNumbers wants models called by their converter's words.
func TestNumbers(t *testing.T) {
	dense := func(in, weights tflite.Type) *tflite.Model {
		b := new(tflitetest.Builder)
		x := b.Tensor(tflite.Tensor{Type: in, Shape: []int{1, 2}})
		b.Model.Inputs = []int{x}
		w := b.Tensor(tflite.Tensor{Type: weights, Shape: []int{1, 2}, Data: make([]byte, 2*weights.Size())})
		y := b.Tensor(tflite.Tensor{Type: in, Shape: []int{1, 1}})
		b.Output(b.Op(tflite.FullyConnected, 1, tflite.FullyConnectedOptions{}, y, x, w))
		return &b.Model
	}
	for _, c := range []struct {
		m    *tflite.Model
		want string
	}{
		{dense(tflite.Int8, tflite.Int8), "int8"},
		{dense(tflite.Float32, tflite.Float32), "float32"},
		{dense(tflite.Float32, tflite.Int8), "dynamic range quantisation (weights int8, activations float32)"},
		{dense(tflite.Float32, tflite.Float16), "float32 with weights of float16"},
		{dense(tflite.Int16, tflite.Int8), "int16 activations with int8 weights (16x8)"},
		{dense(tflite.Uint8, tflite.Uint8), "uint8"},
	} {
		if got := c.m.Numbers(); got != c.want {
			t.Errorf("%q, expected %q", got, c.want)
		}
	}
}

// twoGraphs is a model that takes the absolute value, with a second subgraph that negates.
func twoGraphs() *tflite.Model {
	var graphs [2]*tflite.Model
	for i, op := range []tflite.Op{tflite.Abs, tflite.Neg} {
		b := new(tflitetest.Builder)
		x := b.FloatInput(1, 2)
		y := b.Tensor(tflite.Tensor{Type: tflite.Float32, Shape: []int{1, 2}})
		b.Output(b.Op(op, 1, nil, y, x))
		graphs[i] = &b.Model
	}
	m := graphs[0]
	graphs[1].Name = "second"
	m.Subgraphs = graphs[1:]
	for i, name := range []string{"serving_default", "negate"} {
		m.Signatures = append(m.Signatures, tflite.Signature{
			Name: name, Subgraph: i,
			Inputs: []tflite.NamedTensor{{Name: "x", Tensor: 0}}, Outputs: []tflite.NamedTensor{{Name: "y", Tensor: 1}},
		})
	}
	return m
}

// TestSignatures runs each subgraph of a file.
func TestSignatures(t *testing.T) {
	data, err := twoGraphs().Marshal()
	if err != nil {
		t.Fatal(err)
	}
	m, err := tflite.Parse(data)
	if err != nil {
		t.Fatal(err)
	}
	if len(m.Subgraphs) != 1 || m.Subgraphs[0].Name != "second" || len(m.Signatures) != 2 ||
		m.Signatures[1].Outputs[0].Name != "y" {
		t.Fatalf("read %+v and %+v", m.Subgraphs, m.Signatures)
	}
	for name, want := range map[string][]float32{"serving_default": {1, 2}, "negate": {1, -2}} {
		chosen, err := m.WithSignature(name)
		if err != nil {
			t.Fatal(err)
		}
		it := newInterpreter(t, chosen)
		putFloats(it.InputBytes(0), []float32{-1, 2})
		it.Invoke()
		if got := getFloats(it.OutputBytes(0)); got[0] != want[0] || got[1] != want[1] {
			t.Errorf("%s gives %v, expected %v", name, got, want)
		}
	}
	const others = `no signature "encode" but "serving_default", "negate"`
	if _, err := m.WithSignature("encode"); err == nil || !strings.Contains(err.Error(), others) {
		t.Errorf("error %v", err)
	}
	m.Signatures = nil
	if _, err := m.WithSignature("encode"); err == nil || !strings.Contains(err.Error(), "the model has no signatures") {
		t.Errorf("error %v", err)
	}
}

// TestSignaturesRefused breaks what leads from one part of a file to another.
func TestSignaturesRefused(t *testing.T) {
	for _, c := range []refusal{
		{func(m *tflite.Model) { m.Signatures[1].Subgraph = 2 }, `signature 1 ("negate"): subgraph 2, the model has 2`},
		{func(m *tflite.Model) { m.Signatures[0].Inputs[0].Tensor = 9 }, `tensor 9 for "x", the subgraph has 2`},
		{func(m *tflite.Model) { m.Subgraphs[0].Outputs[0] = 7 }, "subgraph 1: model output 0: tensor 7"},
		{func(m *tflite.Model) { m.Subgraphs[0] = nil }, "subgraph 1: is missing"},
		{func(m *tflite.Model) { m.Subgraphs[0].Subgraphs = []*tflite.Model{m} }, "subgraph 1: is missing, or has subgraphs"},
		{func(m *tflite.Model) { m.Subgraphs = make([]*tflite.Model, tflite.MaxSubgraphs) }, "257 subgraphs"},
	} {
		m := twoGraphs()
		c.change(m)
		if _, err := m.Marshal(); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("error %v, expected %q", err, c.want)
		}
	}
}

// TestReadBroken wants what a broken model holds beside the error.
func TestReadBroken(t *testing.T) {
	m := twoGraphs()
	m.Description = "broken"
	m.Tensors[0].Quant = nil
	data, err := m.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	// The only vector of outputs that is [1] belongs to the first operator, or to a subgraph: each then leads nowhere.
	broken := bytes.ReplaceAll(data, []byte{1, 0, 0, 0, 1, 0, 0, 0}, []byte{1, 0, 0, 0, 99, 0, 0, 0})
	read, err := tflite.Read(broken)
	if err == nil || read == nil || read.Description != "broken" || len(read.Operators) != 1 {
		t.Errorf("read %+v, error %v", read, err)
	}
	if m, err := tflite.Parse(broken); err == nil || m != nil {
		t.Errorf("parsed %+v, error %v", m, err)
	}
}

func putFloats(dst []byte, values []float32) {
	for i, v := range values {
		binary.LittleEndian.PutUint32(dst[4*i:], math.Float32bits(v))
	}
}

func getFloats(data []byte) []float32 {
	values := make([]float32, len(data)/4)
	for i := range values {
		values[i] = math.Float32frombits(binary.LittleEndian.Uint32(data[4*i:]))
	}
	return values
}
