package foreign

import (
	"slices"

	"github.com/auscult/auscult/tflite"
	"github.com/auscult/auscult/training/graph"
)

// gather adds what takes values out of one dimension: a slice where they lie side by side.
func (r *reader) gather(op *tflite.Operator, in []*graph.Value) error {
	o, shape := op.Options.(tflite.GatherOptions), r.m.Tensors[op.Outputs[0]].Shape
	x, at := in[0], in[1].Ints
	if at == nil || o.BatchDims != 0 || x.Constant() {
		return r.put(op, r.g.Add(op.Op, o, shape, in...))
	}
	axis := o.Axis
	if axis < 0 {
		axis += len(x.Shape)
	}
	for i, n := range at {
		if int(n) != int(at[0])+i || n < 0 || int(n) >= x.Shape[axis] {
			return r.put(op, r.g.Add(op.Op, o, shape, in...))
		}
	}
	return r.put(op, r.g.Reshape(r.part(x, axis, int(at[0]), len(at)), shape...))
}

// part returns what lies at some places of one dimension.
func (r *reader) part(x *graph.Value, axis, from, count int) *graph.Value {
	begin, extent := make([]int, len(x.Shape)), slices.Clone(x.Shape)
	begin[axis], extent[axis] = from, count
	return r.g.Slice(x, begin, extent)
}

// reverse adds the other order of what lies along some dimensions: slices from the last to the first.
func (r *reader) reverse(op *tflite.Operator, in []*graph.Value) error {
	x := in[0]
	for _, axis := range in[1].Ints { // which the runtime checked
		at := int(axis)
		if at < 0 {
			at += len(x.Shape)
		}
		var parts []*graph.Value
		for i := range x.Shape[at] {
			if len(r.g.Nodes) > graph.MaxNodes {
				return r.g.Check()
			}
			parts = append(parts, r.part(x, at, x.Shape[at]-1-i, 1))
		}
		x = r.g.Concat(at, parts...)
	}
	return r.put(op, x)
}
