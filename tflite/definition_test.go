package tflite_test

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/auscult/auscult/tflite"
	"github.com/auscult/auscult/tflite/tflitetest"
)

// TestDefined demands random models of every operator: the tests that compare with LiteRT, write and read, mutate and
// count allocations then take it too.
func TestDefined(t *testing.T) {
	all := tflite.Defined()
	if len(all) < 18 {
		t.Errorf("only %v are defined", all)
	}
	for _, op := range all {
		if !slices.Contains(append(tflitetest.Kinds, tflitetest.FloatKinds...), op.String()) {
			t.Errorf("tflitetest makes no models of %v", op)
		}
	}
}

// TestCosts demands that every operator takes what it costs from the budget.
func TestCosts(t *testing.T) {
	r := rand.New(rand.NewPCG(12, 0))
	for _, k := range makers {
		m, _ := k.make(r)
		for i, o := range newInterpreter(t, m).Operators() {
			if o.MACs <= 0 && !o.Folded && o.Op != tflite.While { // whose loop may have no rounds
				t.Errorf("%s: operator %d (%v) costs %d", m.Description, i, o.Op, o.MACs)
			}
		}
	}
}

// TestNoVariant looks for errors that name the tensor whose type does not fit, and the types that do.
func TestNoVariant(t *testing.T) {
	for _, c := range []struct {
		op      tflite.Op
		in, out tflite.Type
		want    string
	}{
		{
			tflite.Logistic, tflite.Int8, tflite.Uint8,
			`operator 0 (LOGISTIC): output 0 ("t1") is uint8, needs int8 or float32`,
		},
		{tflite.Logistic, tflite.Float32, tflite.Int8, `operator 0 (LOGISTIC): input 0 ("t0") is float32, needs int8`},
		{tflite.Logistic, tflite.Int8, tflite.Float32, `operator 0 (LOGISTIC): input 0 ("t0") is int8, needs float32`},
		{tflite.Quantize, tflite.Int32, tflite.Int8, `operator 0 (QUANTIZE): input 0 ("t0") is int32, needs float32`},
		{
			tflite.Quantize, tflite.Float32, tflite.Float32,
			`operator 0 (QUANTIZE): output 0 ("t1") is float32, needs int8 or uint8 or int16`,
		},
		{tflite.Dequantize, tflite.Float32, tflite.Float32, `operator 0 (DEQUANTIZE): input 0 ("t0") is float32, needs int8`},
		{tflite.Dequantize, tflite.Int8, tflite.Int8, `operator 0 (DEQUANTIZE): output 0 ("t1") is int8, needs float32`},
	} {
		b := new(tflitetest.Builder)
		x := b.Input(tflitetest.Code{Scale: 1}, 2)
		b.Output(b.Op(c.op, 1, nil, b.Activation(tflitetest.Code{Scale: 1}, 2), x))
		b.Model.Tensors[0].Type, b.Model.Tensors[1].Type = c.in, c.out
		_, err := tflite.NewInterpreter(&b.Model, tflite.Options{})
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v from %v to %v: error is %v, expected %q", c.op, c.in, c.out, err, c.want)
		}
	}
}

// TestUnknownActivation demands that every operator with a fused activation refuses one that the format does not have.
func TestUnknownActivation(t *testing.T) {
	for op, options := range map[tflite.Op]any{
		tflite.Add:            tflite.AddOptions{Activation: 9},
		tflite.Sub:            tflite.SubOptions{Activation: 9},
		tflite.Mul:            tflite.MulOptions{Activation: 9},
		tflite.FullyConnected: tflite.FullyConnectedOptions{Activation: 9},
	} {
		b := new(tflitetest.Builder)
		q := tflitetest.Code{Scale: 1}
		x := b.Input(q, 2)
		b.Output(b.Op(op, 1, options, b.Activation(q, 2), x, x))
		want := "operator 0 (" + op.String() + "): unknown activation 9"
		if _, err := b.Model.Marshal(); err == nil || !strings.HasSuffix(err.Error(), want) {
			t.Errorf("error is %v, expected %q", err, want)
		}
	}
}

// TestScalarRow keeps the dimensions of an input that has none.
func TestScalarRow(t *testing.T) {
	b := new(tflitetest.Builder)
	q := tflitetest.Code{Scale: 1}
	x := b.Input(q)
	w := b.Weights([]int8{1}, 0, []float32{1}, 1, 1)
	b.Output(b.Op(tflite.FullyConnected, 5, tflite.FullyConnectedOptions{KeepNumDims: true}, b.Activation(q, 1), x, w))
	if _, err := tflite.NewInterpreter(&b.Model, tflite.Options{}); err == nil ||
		!strings.Contains(err.Error(), "operator 0 (FULLY_CONNECTED): input 0 has shape [], the weights [1 1]") {
		t.Errorf("error is %v", err)
	}
}
