package tflite

import (
	"fmt"
	"slices"

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
	// The second input outranks the option, once it is known.
	want := c.o.Options.(ReshapeOptions).NewShape
	if len(c.o.Inputs) == 2 {
		want = c.constantInts(1)
	} else if want == nil {
		c.fail("neither a second input nor an option says the shape")
	}
	if c.err != nil {
		return step{}
	}
	c.wantReshape(want, in, out)
	return c.sameBytes(in, out)
}

// wantReshape compares the output's shape with the one asked for, in which one -1 stands for what is left.
func (c *checker) wantReshape(want []int, in, out tensor) {
	full, ok := complete(want, in.n)
	switch {
	case ok && slices.Equal(full, out.shape):
	case ok && c.resolve(0, full):
	case in.n != out.n:
		c.fail("input 0 has shape %v, output 0 %v", in.shape, out.shape)
	default:
		c.fail("output 0 has shape %v, the operator asks for %v", out.shape, want)
	}
}

// complete gives a shape of n elements in which -1 stands for what is left.
func complete(shape []int, n int) ([]int, bool) {
	full, known, open := slices.Clone(shape), int64(1), -1
	for i, d := range shape {
		switch {
		case d == -1 && open < 0:
			open = i
		case d < 1 || known > int64(n):
			return nil, false
		default:
			known *= int64(d)
		}
	}
	if open >= 0 {
		if int64(n)%known != 0 {
			return nil, false
		}
		full[open] = int(int64(n) / known)
		known = int64(n)
	}
	return full, known == int64(n)
}
