package tflite

import (
	"fmt"
	"math"
	"slices"

	flatbuffers "github.com/google/flatbuffers/go"

	"github.com/auscult/auscult/tflite/internal/flat"
	"github.com/auscult/auscult/tflite/internal/kernels"
	"github.com/auscult/auscult/tflite/schema"
)

// Concatenation joins tensors along a dimension.
const Concatenation Op = schema.OpConcatenation

var concatenationDefinition = definition{
	newest:   5,
	options:  coded(schema.OptionsConcatenation, readConcatenation),
	variants: ofAll(variant{least: 1, most: MaxTensors, prepare: prepareConcatenation}),
}

// ConcatenationOptions belongs to Concatenation.
type ConcatenationOptions struct {
	Axis       int // from the last dimension where negative
	Activation Activation
}

func readConcatenation(t flat.Table) (ConcatenationOptions, error) {
	return ConcatenationOptions{
		Axis:       int(t.Int32("axis", schema.ConcatenationAxis, 0)),
		Activation: Activation(t.Uint8("activation", schema.ConcatenationActivation, 0)),
	}, nil
}

func (p ConcatenationOptions) verify() error { return p.Activation.verify() }

func (p ConcatenationOptions) write(w *writer) flatbuffers.UOffsetT {
	w.b.StartObject(schema.ConcatenationFields)
	w.b.PrependInt32Slot(schema.ConcatenationAxis, int32(p.Axis), 0)
	w.b.PrependInt8Slot(schema.ConcatenationActivation, int8(p.Activation), 0)
	return w.b.EndObject()
}

func prepareConcatenation(c *checker) step {
	p := c.o.Options.(ConcatenationOptions)
	if p.Activation != ActNone {
		c.fail("the fused activation %v is not supported", p.Activation)
	}
	ins, out := c.joined()
	if c.err != nil {
		return step{}
	}
	first := ins[0].shape
	axis, ok := c.dimension(p.Axis, len(first))
	if !ok {
		return step{}
	}
	want := slices.Clone(first)
	for j, in := range ins[1:] {
		if len(in.shape) != len(first) || !slices.Equal(in.shape[:axis], first[:axis]) ||
			!slices.Equal(in.shape[axis+1:], first[axis+1:]) || int64(want[axis])+int64(in.shape[axis]) > math.MaxInt32 {
			c.fail("input %d has shape %v, input 0 %v: they may differ in dimension %d only", j+1, in.shape, first, axis)
			return step{}
		}
		want[axis] += in.shape[axis]
	}
	c.wantShape(out.shape, want...)
	return c.concatStep(ins, out, int(count(want[:axis])))
}

// joined gives all inputs, of the output's type and quantisation, and the output.
func (c *checker) joined() (ins []tensor, out tensor) {
	out = c.movedOut(0)
	for j := range c.o.Inputs {
		in := c.movedIn(j)
		c.sameMeaning(fmt.Sprintf("input %d", j), in, out)
		ins = append(ins, in)
	}
	return ins, out
}

// concatStep copies a run of each input in turn to each of so many rows of the output.
func (c *checker) concatStep(ins []tensor, out tensor, rows int) step {
	if !c.afford(int64(len(ins)) * 128) {
		return step{}
	}
	size, at := c.out().Type.Size(), 0
	parts := make([]*kernels.Strided, len(ins))
	for j, in := range ins {
		n := in.n / rows
		dims := []kernels.StridedDim{{N: rows, In: n, Out: out.n / rows}, {N: n, In: 1, Out: 1}}
		parts[j] = kernels.NewStrided(dims, 0, at, size)
		at += n
	}
	return step{bind: func(mem *memory) func() {
		y, xs := mem.tensors[out.index], make([][]byte, len(ins))
		for j, in := range ins {
			xs[j] = mem.tensors[in.index]
		}
		return func() {
			for j, part := range parts {
				part.Run(y, xs[j])
			}
		}
	}}
}
