package graph

import (
	"encoding/binary"
	"math"
	"slices"

	"github.com/auscult/auscult/tflite"
)

// foldConstants computes what depends on no input, as the runtime would.
func (g *Graph) foldConstants() bool {
	changed := false
	for _, n := range slices.Clone(g.Nodes) {
		if slices.ContainsFunc(n.In, func(v *Value) bool { return v != nil && !v.Constant() }) {
			continue
		}
		if c := constantOf(n); c != nil {
			g.replace(n.Out, c)
			changed = true
		}
	}
	return changed
}

// constantOf returns what a node of constants computes, nil where the runtime does not.
func constantOf(n *Node) *Value {
	w := &lowering{m: &tflite.Model{}, places: map[*Value]int{}}
	w.m.Inputs = []int{w.put(&Value{Name: "none", Shape: []int{1}})}
	out := w.add(n)
	w.m.Outputs = []int{out}
	m, err := w.m.Resolve(tflite.Options{})
	if err != nil || m.Tensors[out].Data == nil {
		return nil
	}
	c := Floats(n.Out.Name, n.Out.Shape, make([]float32, n.Out.Size()))
	for i := range c.Floats {
		c.Floats[i] = math.Float32frombits(binary.LittleEndian.Uint32(m.Tensors[out].Data[4*i:]))
	}
	return c
}
