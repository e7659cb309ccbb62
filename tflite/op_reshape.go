package tflite

import (
	"fmt"

	flatbuffers "github.com/google/flatbuffers/go"

	"github.com/auscult/auscult/tflite/internal/flat"
	"github.com/auscult/auscult/tflite/schema"
)

// Reshape gives the same elements another shape.
const Reshape Op = schema.OpReshape

var reshapeDefinition = definition{
	newest:   1,
	options:  coded(schema.OptionsReshape, readReshape),
	variants: moving(1, 2, prepareReshape),
}

// ReshapeOptions belongs to Reshape. NewShape serves where the operator has no
// second input; it may be nil where it has one.
type ReshapeOptions struct {
	NewShape []int
}

func readReshape(t flat.Table) (ReshapeOptions, error) {
	shape := t.Vector("new_shape", schema.ReshapeShape, 4)
	if shape.Len() > MaxDims {
		return ReshapeOptions{}, fmt.Errorf("new shape of %d dimensions, at most %d are read", shape.Len(), MaxDims)
	}
	return ReshapeOptions{NewShape: shape.Ints()}, nil
}

func (p ReshapeOptions) verify() error { return nil }

func (p ReshapeOptions) write(w *writer) flatbuffers.UOffsetT {
	var shape flatbuffers.UOffsetT
	if len(p.NewShape) > 0 {
		shape = w.ints(p.NewShape)
	}
	w.b.StartObject(schema.ReshapeFields)
	w.b.PrependUOffsetTSlot(schema.ReshapeShape, shape, 0)
	return w.b.EndObject()
}

func prepareReshape(c *checker, in, out tensor, _ int) step {
	// The constant second input outranks the option.
	want := c.o.Options.(ReshapeOptions).NewShape
	if len(c.o.Inputs) == 2 {
		want = c.constantInts(1)
	} else if want == nil {
		c.fail("neither a second input nor an option says the shape")
	}
	if in.n != out.n {
		c.fail("input 0 has shape %v, output 0 %v", in.shape, out.shape)
	}
	c.wantReshape(want, out)
	if !c.afford(0) {
		return step{}
	}
	return step{
		alias: true,
		bind: func(mem *memory) func() {
			y, x := mem.tensors[out.index], mem.tensors[in.index]
			if &x[0] == &y[0] {
				return func() {}
			}
			return func() { copy(y, x) }
		},
	}
}

// wantReshape compares the output's shape with the one asked for, in which one
// -1 stands for what is left.
func (c *checker) wantReshape(want []int, out tensor) {
	open := 0
	same := len(want) == len(out.shape)
	for i := 0; same && i < len(want); i++ {
		if want[i] == -1 {
			open++
		} else {
			same = want[i] == out.shape[i]
		}
	}
	if !same || open > 1 {
		c.fail("output 0 has shape %v, the operator asks for %v", out.shape, want)
	}
}
