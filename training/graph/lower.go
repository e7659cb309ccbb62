package graph

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/auscult/auscult/tflite"
)

// Lower returns the graph as a float32 TFLite model. Its outputs are computed values of its
// own: the input itself is none.
func (g *Graph) Lower() (*tflite.Model, error) {
	if err := g.Check(); err != nil {
		return nil, err
	}
	w := &lowering{m: &tflite.Model{Description: g.Description}, places: map[*Value]int{}}
	w.m.Inputs = []int{w.put(g.Input)}
	for i, n := range g.Nodes {
		if n.Out.Name == "" {
			n.Out.Name = fmt.Sprintf("%v_%d", n.Op, i)
		}
		if Says(n.Op) || n.Op == tflite.Select || n.Op == tflite.SelectV2 || n.Op == tflite.Cast {
			return nil, fmt.Errorf("graph: operator %d (%v): %w", i, n.Op, errJumps)
		}
		w.add(n)
	}
	for _, v := range g.Outputs {
		at, ok := w.places[v]
		if !ok || v.from == nil {
			return nil, fmt.Errorf("graph: output %q is not computed from the input", v.Name)
		}
		w.m.Outputs = append(w.m.Outputs, at)
	}
	return w.m, nil
}

// errJumps says what a choice is that could not be written without.
var errJumps = errors.New("a choice by the values of the input, between what does not meet where the choice is made: what jumps " +
	"cannot be had in int8, where values close by are the same code")

// lowering gives the values their places among a model's tensors.
type lowering struct {
	m      *tflite.Model
	places map[*Value]int
}

// add appends a node's operator, and returns the place of what it computes.
func (w *lowering) add(n *Node) int {
	op := tflite.Operator{Op: n.Op, Version: versionOf(n), Options: n.Options}
	for _, v := range n.In {
		if v == nil {
			op.Inputs = append(op.Inputs, -1)
			continue
		}
		op.Inputs = append(op.Inputs, w.put(v))
	}
	out := w.put(n.Out)
	op.Outputs = []int{out}
	w.m.Operators = append(w.m.Operators, op)
	return out
}

func (w *lowering) put(v *Value) int {
	if at, ok := w.places[v]; ok {
		return at
	}
	t := tflite.Tensor{Name: v.Name, Type: tflite.Float32, Shape: slices.Clone(v.Shape)}
	switch {
	case v.Ints != nil:
		t.Type, t.Data = tflite.Int32, make([]byte, 0, 4*len(v.Ints))
		for _, n := range v.Ints {
			t.Data = binary.LittleEndian.AppendUint32(t.Data, uint32(n))
		}
	case v.Floats != nil:
		t.Data = make([]byte, 0, 4*len(v.Floats))
		for _, x := range v.Floats {
			t.Data = binary.LittleEndian.AppendUint32(t.Data, math.Float32bits(x))
		}
	}
	w.m.Tensors = append(w.m.Tensors, t)
	w.places[v] = len(w.m.Tensors) - 1
	return w.places[v]
}

// versionOf returns the oldest version of an operator's definition that has what the node
// needs in float32.
func versionOf(n *Node) int {
	switch n.Op {
	case tflite.DepthwiseConv2D, tflite.ResizeNearestNeighbor, tflite.ResizeBilinear, tflite.TransposeConv:
		return 3
	}
	return 1
}
