package tflite_test

import (
	"bytes"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/auscult/auscult/tflite"
	"github.com/auscult/auscult/tflite/tflitetest"
)

// TestVariables runs two inferences, of which the second sees the first one's last positions, and then the first again.
func TestVariables(t *testing.T) {
	m, input := tflitetest.Random(rand.New(rand.NewPCG(1, 0)), "CALL_ONCE")
	it := newInterpreter(t, m)
	run := func() []byte {
		copy(it.InputBytes(0), input)
		it.Invoke()
		return bytes.Clone(it.OutputBytes(0))
	}
	kept := m.Subgraphs[0].Tensors[1].Data
	first := run()
	if !bytes.HasPrefix(first, kept) || !bytes.HasSuffix(first, input) {
		t.Errorf("output % x of first value % x and input % x", first, kept, input)
	}
	if second := run(); !bytes.HasPrefix(second, first[len(first)-len(kept):]) || !bytes.HasSuffix(second, input) {
		t.Errorf("the second output % x does not begin with the end of the first % x", second, first)
	}
	it.Reset()
	if again := run(); !bytes.Equal(again, first) {
		t.Errorf("after Reset % x, want % x", again, first)
	}
}

// TestVariablesRefused breaks one thing of a model with state.
func TestVariablesRefused(t *testing.T) {
	for _, c := range []struct {
		change func(m *tflite.Model)
		want   string
	}{
		{func(m *tflite.Model) { m.Subgraphs = nil }, "operator 0 (CALL_ONCE): subgraph 1, the model has 1"},
		{
			func(m *tflite.Model) { m.Subgraphs[0].Operators = m.Subgraphs[0].Operators[:1] },
			`operator 1 (VAR_HANDLE): the variable "kept" has no first value`,
		},
		{
			func(m *tflite.Model) { m.Subgraphs[0].Tensors[1].Data = nil },
			"subgraph 1: operator 1 (ASSIGN_VARIABLE): input 1: tensor 1 (\"first\") is read before it is computed",
		},
		{
			func(m *tflite.Model) { m.Operators[2].Inputs = m.Inputs },
			"operator 2 (READ_VARIABLE): input 0 is no variable that VAR_HANDLE names",
		},
		{func(m *tflite.Model) { m.Operators[5].Inputs[1] = m.Inputs[0] }, "operator 5 (ASSIGN_VARIABLE): input 1 is int8 of"},
		{func(m *tflite.Model) { m.Operators[5].Inputs = m.Inputs }, "1 inputs and 0 outputs, needs 2 and 0"},
		{func(m *tflite.Model) { m.Operators[2].Inputs = nil }, "0 inputs and 1 outputs, needs 1 and 1"},
		{func(m *tflite.Model) { m.Operators[1].Inputs = m.Inputs }, "1 inputs and 1 outputs, needs 0 and 1"},
	} {
		r := rand.New(rand.NewPCG(1, 0))
		m, _ := tflitetest.Random(r, "CALL_ONCE")
		c.change(m)
		if _, err := tflite.NewInterpreter(m, tflite.Options{}); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("error %v, expected %q", err, c.want)
		}
	}
}
