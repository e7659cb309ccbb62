package tflite

import (
	"slices"

	flatbuffers "github.com/google/flatbuffers/go"

	"github.com/auscult/auscult/tflite/internal/flat"
	"github.com/auscult/auscult/tflite/internal/kernels"
	"github.com/auscult/auscult/tflite/schema"
)

// Gather takes the entries of a dimension that a second tensor names.
const Gather Op = schema.OpGather

var gatherDefinition = definition{
	newest:   7,
	options:  coded(schema.OptionsGather, readGather),
	variants: moving(2, 2, prepareGather),
}

// GatherOptions belongs to Gather.
type GatherOptions struct {
	Axis      int // from the last dimension where negative
	BatchDims int // leading dimensions that both tensors share
}

func readGather(t flat.Table) (GatherOptions, error) {
	return GatherOptions{
		Axis:      int(t.Int32("axis", schema.GatherAxis, 0)),
		BatchDims: int(t.Int32("batch_dims", schema.GatherBatchDims, 0)),
	}, nil
}

func (p GatherOptions) verify() error { return nil }

func (p GatherOptions) write(w *writer) flatbuffers.UOffsetT {
	w.b.StartObject(schema.GatherFields)
	w.b.PrependInt32Slot(schema.GatherAxis, int32(p.Axis), 0)
	w.b.PrependInt32Slot(schema.GatherBatchDims, int32(p.BatchDims), 0)
	return w.b.EndObject()
}

// maxIndices bounds how many entries a model may name.
const maxIndices = 1 << 16

func prepareGather(c *checker, in, out tensor, size int) step {
	p := c.o.Options.(GatherOptions)
	if c.err != nil {
		return step{}
	}
	if p.BatchDims != 0 || c.in(1).Data == nil || c.in(1).Type != Int32 && c.in(1).Type != Int64 {
		return prepareGatherAt(c, in, out, size)
	}
	indices := c.constantList(1, maxIndices)
	if c.err != nil {
		return step{}
	}
	axis, ok := c.dimension(p.Axis, len(in.shape))
	if !ok {
		return step{}
	}
	for _, i := range indices {
		if i < 0 || i >= in.shape[axis] {
			c.fail("input 1 names entry %d of dimension %d of shape %v", i, axis, in.shape)
			return step{}
		}
	}
	if len(indices) == 0 {
		c.fail("input 1 names no entry")
	}
	c.wantShape(out.shape, slices.Concat(in.shape[:axis], c.inShape(1), in.shape[axis+1:])...)
	inner, outer := int(count(in.shape[axis+1:])), int(count(in.shape[:axis]))
	if !c.afford(4 * int64(outer) * int64(len(indices))) {
		return step{}
	}
	var from []int32
	for n := range outer {
		for _, i := range indices {
			from = append(from, int32(n*in.shape[axis]+i))
		}
	}
	return unaryStep(kernels.NewPicked(from, inner, size, nil), out, in)
}
