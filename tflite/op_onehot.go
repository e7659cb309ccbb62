package tflite

import (
	"slices"

	flatbuffers "github.com/google/flatbuffers/go"

	"github.com/auscult/auscult/tflite/internal/flat"
	"github.com/auscult/auscult/tflite/internal/kernels"
	"github.com/auscult/auscult/tflite/schema"
)

// OneHot writes for each index a run of values that are off but one. Its inputs are the indices, the length of a run,
// and the values for on and for off.
const OneHot Op = schema.OpOneHot

var oneHotDefinition = definition{
	newest: 1, options: coded(schema.OptionsOneHot, readOneHot),
	variants: ofAll(variant{least: 4, most: 4, prepare: prepareOneHot}),
}

// OneHotOptions belongs to OneHot.
type OneHotOptions struct {
	Axis int // where the new dimension stands; -1 is behind all
}

func readOneHot(t flat.Table) (OneHotOptions, error) {
	return OneHotOptions{Axis: int(t.Int32("axis", schema.OneHotAxis, 0))}, nil
}

func (p OneHotOptions) verify() error { return nil }

func (p OneHotOptions) write(w *writer) flatbuffers.UOffsetT {
	w.b.StartObject(schema.OneHotFields)
	w.b.PrependInt32Slot(schema.OneHotAxis, int32(p.Axis), 0)
	return w.b.EndObject()
}

func prepareOneHot(c *checker) step {
	indices, on, off, out := c.movedIn(0), c.movedIn(2), c.movedIn(3), c.movedOut(0)
	c.sameMeaning("input 2", on, out)
	c.sameMeaning("input 3", off, out)
	depth := c.constantInts(1)
	if c.err != nil {
		return step{}
	}
	if len(depth) != 1 || depth[0] < 1 || on.n != 1 || off.n != 1 {
		c.fail("a run of %v, %d values for on and %d for off: each must be 1 number", depth, on.n, off.n)
		return step{}
	}
	rank := len(indices.shape)
	axis := c.o.Options.(OneHotOptions).Axis
	if axis == -1 {
		axis = rank
	}
	if axis < 0 || axis > rank {
		c.fail("dimension %d between %d others", axis, rank)
		return step{}
	}
	c.wantShape(out.shape, slices.Insert(slices.Clone(indices.shape), axis, depth[0])...)
	kind := c.in(0).Type
	if kind != Int32 && kind != Int64 {
		c.fail("input 0 (%.40q) is %v, needs int32 or int64", c.in(0).Name, kind)
	}
	if !c.afford(0) {
		return step{}
	}
	outer, inner := int(count(indices.shape[:axis])), int(count(indices.shape[axis:]))
	size := c.out().Type.Size()
	return step{bind: func(mem *memory) func() {
		y, x := mem.tensors[out.index], mem.tensors[indices.index]
		yes, no := mem.tensors[on.index], mem.tensors[off.index]
		if kind == Int64 {
			k := kernels.OneHot[int64]{Outer: outer, Depth: depth[0], Inner: inner, Bytes: size}
			return func() { k.Run(y, view[int64](x), yes, no) }
		}
		k := kernels.OneHot[int32]{Outer: outer, Depth: depth[0], Inner: inner, Bytes: size}
		return func() { k.Run(y, view[int32](x), yes, no) }
	}}
}
