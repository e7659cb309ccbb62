package tflitetest

import "github.com/auscult/auscult/tflite"

// streaming makes what streaming networks do: a window that keeps the last positions of the one before in a variable.
func (g *generator) streaming() {
	x := g.Input(g.code(), 1, g.between(1, 4), g.between(1, 12))
	s := g.shape(x)
	kept := g.between(1, 5)
	first := make([]byte, kept*s[2])
	for i := range first {
		first[i] = byte(g.Uint32())
	}
	q := g.Model.Tensors[x].Quant
	name := tflite.VarHandleOptions{Name: "kept"}
	g.Model.Subgraphs = append(g.Model.Subgraphs, &tflite.Model{
		Name: "initial",
		Tensors: []tflite.Tensor{
			{Name: "handle", Type: tflite.Resource},
			{Name: "first", Type: tflite.Int8, Shape: []int{1, kept, s[2]}, Quant: q, Data: first},
		},
		Operators: []tflite.Operator{
			{Op: tflite.VarHandle, Version: 1, Options: name, Outputs: []int{0}},
			{Op: tflite.AssignVariable, Version: 1, Inputs: []int{0, 1}},
		},
	})
	g.Model.Operators = append(g.Model.Operators, tflite.Operator{
		Op: tflite.CallOnce, Version: 1, Options: tflite.CallOnceOptions{Subgraph: len(g.Model.Subgraphs)},
	})
	handle := g.Tensor(tflite.Tensor{Type: tflite.Resource})
	g.Op(tflite.VarHandle, 1, name, handle)
	before := g.Op(tflite.ReadVariable, 1, nil, g.like(x, 1, kept, s[2]), handle)
	window := g.like(x, 1, kept+s[1], s[2])
	g.Op(tflite.Concatenation, 2, tflite.ConcatenationOptions{Axis: 1}, window, before, x)
	last := g.Op(tflite.Slice, 2, nil, g.like(x, 1, kept, s[2]), window, g.ints(0, s[1], 0), g.ints(1, kept, s[2]))
	g.Model.Operators = append(g.Model.Operators, tflite.Operator{
		Op: tflite.AssignVariable, Version: 1, Inputs: []int{handle, last},
	})
	g.Output(window)
}
