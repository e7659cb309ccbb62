package foreign

import (
	"encoding/binary"
	"math"
	"strings"
	"testing"

	"github.com/auscult/auscult/tflite"
)

func int32Of(v int32) []byte { return binary.LittleEndian.AppendUint32(nil, uint32(v)) }

func float(name string) tflite.Tensor {
	return tflite.Tensor{Name: name, Type: tflite.Float32, Shape: []int{1, 2}}
}

// looping returns a model that takes tanh of what it is given as often as the condition of its loop holds: subgraph 1
// is the condition, 2 the body and 3 what the body runs.
func looping(limit int32) *tflite.Model {
	number := func(name string) tflite.Tensor { return tflite.Tensor{Name: name, Type: tflite.Int32} }
	known := func(v int32) tflite.Tensor { return tflite.Tensor{Name: "known", Type: tflite.Int32, Data: int32Of(v)} }
	condition := &tflite.Model{
		Tensors: []tflite.Tensor{number("i"), float("x"), known(limit), {Name: "holds", Type: tflite.Bool}},
		Inputs:  []int{0, 1}, Outputs: []int{3},
		Operators: []tflite.Operator{{Op: tflite.Less, Version: 1, Inputs: []int{0, 2}, Outputs: []int{3}}},
	}
	body := &tflite.Model{
		Tensors: []tflite.Tensor{number("i"), float("x"), known(1), number("next"), float("y")},
		Inputs:  []int{0, 1}, Outputs: []int{3, 4},
		Operators: []tflite.Operator{
			{Op: tflite.Add, Version: 1, Inputs: []int{0, 2}, Outputs: []int{3}, Options: tflite.AddOptions{}},
			{Op: tflite.Composite, Version: 1, Inputs: []int{1}, Outputs: []int{4},
				Options: tflite.CompositeOptions{Name: "tanh", Subgraph: 3}},
		},
	}
	inner := &tflite.Model{
		Tensors: []tflite.Tensor{float("x"), float("y")}, Inputs: []int{0}, Outputs: []int{1},
		Operators: []tflite.Operator{{Op: tflite.Tanh, Version: 1, Inputs: []int{0}, Outputs: []int{1}}},
	}
	return &tflite.Model{
		Tensors: []tflite.Tensor{float("x"), known(0), number("rounds"), float("y"), float("z")},
		Inputs:  []int{0}, Outputs: []int{4}, Subgraphs: []*tflite.Model{condition, body, inner},
		Operators: []tflite.Operator{
			{Op: tflite.While, Version: 1, Inputs: []int{1, 0}, Outputs: []int{2, 3},
				Options: tflite.WhileOptions{Condition: 1, Body: 2}},
			{Op: tflite.Neg, Version: 1, Inputs: []int{3}, Outputs: []int{4}},
		},
	}
}

// TestExpand runs a loop that was unrolled.
func TestExpand(t *testing.T) {
	for _, rounds := range []int32{0, 1, 5} {
		g, err := fromTFLite(looping(rounds))
		if err != nil {
			t.Fatal(err)
		}
		m, err := g.Lower()
		if err != nil {
			t.Fatal(err)
		}
		if len(m.Operators) != int(rounds)+1 {
			t.Errorf("%d operators for %d rounds", len(m.Operators), rounds)
		}
		want := 0.7
		for range rounds {
			want = math.Tanh(want)
		}
		if y := runModel(t, m, []float32{0.7, 0}); math.Abs(float64(y[0])+want) > 1e-5 {
			t.Errorf("%d rounds: %g, want %g", rounds, y[0], -want)
		}
	}
}

// TestExpandRefuses says what no list of operators can be made of.
func TestExpandRefuses(t *testing.T) {
	for want, damage := range map[string]func(m *tflite.Model){
		"windows of fewer frames": func(m *tflite.Model) { m.Subgraphs[0].Tensors[2].Data = int32Of(1 << 30) },
		"more than 8 deep": func(m *tflite.Model) {
			m.Subgraphs[2].Operators = []tflite.Operator{{Op: tflite.Composite, Version: 1, Inputs: []int{0}, Outputs: []int{1},
				Options: tflite.CompositeOptions{Subgraph: 3}}}
		},
		"depends on the input's values": func(m *tflite.Model) {
			c := m.Subgraphs[0]
			c.Tensors[2] = float("limit")
			c.Tensors[2].Data = make([]byte, 8)
			c.Tensors[3].Shape = []int{1, 2}
			c.Operators[0].Inputs = []int{1, 2}
		},
		"subgraph 9 of 4":             func(m *tflite.Model) { m.Operators[0].Options = runs(9, 2) },
		"subgraph 0 of 4":             func(m *tflite.Model) { m.Operators[0].Options = runs(1, 0) },
		"takes 1 values, is given 2":  func(m *tflite.Model) { m.Subgraphs[0].Inputs = []int{0} },
		"left out or of another type": func(m *tflite.Model) { m.Operators[0].Inputs = []int{0, 1} },
		"gives 1 values, needs 2":     func(m *tflite.Model) { m.Subgraphs[1].Outputs = []int{3} },
		"a loop of 2 values gives 1":  func(m *tflite.Model) { m.Operators[0].Outputs = []int{3} },
		"which of its two subgraphs":  func(m *tflite.Model) { m.Operators[0] = ifOperator },
		"subgraph 3 of 3":             func(m *tflite.Model) { m.Subgraphs = m.Subgraphs[:2] },
	} {
		m := looping(3)
		damage(m)
		_, err := fromTFLite(m)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q", err, want)
		}
	}
}

func runs(condition, body int) tflite.WhileOptions {
	return tflite.WhileOptions{Condition: condition, Body: body}
}

var ifOperator = tflite.Operator{
	Op: tflite.If, Version: 1, Inputs: []int{0, 0}, Outputs: []int{3}, Options: tflite.IfOptions{Then: 3, Else: 3},
}
