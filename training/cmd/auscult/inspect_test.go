package main

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/auscult/auscult/tflite"
)

// TestInspectClean shows nothing of a file that could drive a terminal.
func TestInspectClean(t *testing.T) {
	const evil = "\x1b[2J\nevil"
	handle := tflite.Operator{Op: tflite.VarHandle, Options: tflite.VarHandleOptions{Name: evil}, Outputs: []int{0}}
	graph := &tflite.Model{
		Description: evil, Name: evil,
		Tensors:    []tflite.Tensor{{Name: evil, Type: tflite.Resource}},
		Operators:  []tflite.Operator{handle},
		Metadata:   []tflite.Metadata{{Name: evil}},
		Signatures: []tflite.Signature{{Name: evil, Inputs: []tflite.NamedTensor{{Name: evil}}}},
	}
	graph.Subgraphs = []*tflite.Model{{Name: evil}}
	var out bytes.Buffer
	if err := inspect("model.tflite", nil, graph, errors.New(evil)).show(&out, true); err != nil {
		t.Fatal(err)
	}
	text := out.String()
	if strings.ContainsRune(text, 0x1b) || strings.Contains(text, "\nevil") || !strings.Contains(text, "evil") {
		t.Errorf("%q", text)
	}
}
