package model

import (
	"testing"

	"github.com/auscult/auscult/tflite"
)

// TestKeepsState finds both kinds of state, also in what operators call.
func TestKeepsState(t *testing.T) {
	handle := &tflite.Model{Operators: []tflite.Operator{{Op: tflite.VarHandle}}}
	recurrent := &tflite.Model{Tensors: []tflite.Tensor{{}, {Variable: true}}}
	plain := &tflite.Model{Operators: []tflite.Operator{{Op: tflite.Add}}, Tensors: []tflite.Tensor{{}}}
	for _, c := range []struct {
		name  string
		graph *tflite.Model
		want  bool
	}{
		{"none", plain, false},
		{"a variable", handle, true},
		{"a recurrent layer", recurrent, true},
		{"a recurrent layer of a loop", &tflite.Model{Subgraphs: []*tflite.Model{plain, recurrent}}, true},
	} {
		if got := (&Model{graph: c.graph}).KeepsState(); got != c.want {
			t.Errorf("%s: %v", c.name, got)
		}
	}
}
