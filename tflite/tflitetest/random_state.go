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
	g.Model.Variables = append(g.Model.Variables, tflite.Variable{Name: "kept", Value: tflite.Tensor{
		Name: "first", Type: tflite.Int8, Shape: []int{1, kept, s[2]}, Quant: q, Data: first,
	}})
	g.Model.Operators = append(g.Model.Operators, tflite.Operator{
		Op: tflite.CallOnce, Version: 1, Options: tflite.CallOnceOptions{},
	})
	handle := g.Tensor(tflite.Tensor{Type: tflite.Resource})
	g.Op(tflite.VarHandle, 1, tflite.VarHandleOptions{Name: "kept"}, handle)
	before := g.Op(tflite.ReadVariable, 1, nil, g.like(x, 1, kept, s[2]), handle)
	window := g.like(x, 1, kept+s[1], s[2])
	g.Op(tflite.Concatenation, 2, tflite.ConcatenationOptions{Axis: 1}, window, before, x)
	last := g.Op(tflite.Slice, 2, nil, g.like(x, 1, kept, s[2]), window, g.ints(0, s[1], 0), g.ints(1, kept, s[2]))
	g.Model.Operators = append(g.Model.Operators, tflite.Operator{
		Op: tflite.AssignVariable, Version: 1, Inputs: []int{handle, last},
	})
	g.Output(window)
}
