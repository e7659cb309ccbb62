package tflite

import (
	"slices"

	flatbuffers "github.com/google/flatbuffers/go"

	"github.com/auscult/auscult/tflite/internal/flat"
	"github.com/auscult/auscult/tflite/schema"
)

// Dimensions of one element, which come and go.
const (
	ExpandDims Op = schema.OpExpandDims // adds one; the second input says where
	Squeeze    Op = schema.OpSqueeze    // takes some, or all, away
)

var expandDimsDefinition = definition{newest: 1, variants: moving(2, 2, prepareExpandDims)}

var squeezeDefinition = definition{
	newest:   2,
	options:  coded(schema.OptionsSqueeze, readSqueeze),
	variants: moving(1, 1, prepareSqueeze),
}

// SqueezeOptions belongs to Squeeze.
type SqueezeOptions struct {
	Dims []int // which to take away, from behind the last where negative; empty stands for all of one element
}

func readSqueeze(t flat.Table) (SqueezeOptions, error) {
	return SqueezeOptions{Dims: t.Vector("squeeze_dims", schema.SqueezeDims, 4).Ints()}, nil
}

func (p SqueezeOptions) verify() error { return nil }

func (p SqueezeOptions) write(w *writer) flatbuffers.UOffsetT {
	var dims flatbuffers.UOffsetT
	if len(p.Dims) > 0 {
		dims = w.ints(p.Dims)
	}
	w.b.StartObject(schema.SqueezeFields)
	w.b.PrependUOffsetTSlot(schema.SqueezeDims, dims, 0)
	return w.b.EndObject()
}

func prepareExpandDims(c *checker, in, out tensor, _ int) step {
	at, ok := c.namedDimension(1, len(in.shape)+1)
	if !ok {
		return step{}
	}
	c.wantShape(out.shape, slices.Insert(slices.Clone(in.shape), at, 1)...)
	return c.sameBytes(in, out)
}

func prepareSqueeze(c *checker, in, out tensor, _ int) step {
	if c.err != nil {
		return step{}
	}
	dims := c.o.Options.(SqueezeOptions).Dims
	gone := make([]bool, len(in.shape))
	for _, d := range dims {
		at, ok := c.dimension(d, len(in.shape))
		if !ok {
			return step{}
		}
		if in.shape[at] != 1 {
			c.fail("dimension %d of shape %v is not 1", d, in.shape)
			return step{}
		}
		gone[at] = true
	}
	var want []int
	for i, n := range in.shape {
		if !gone[i] && (n != 1 || len(dims) > 0) {
			want = append(want, n)
		}
	}
	c.wantShape(out.shape, want...)
	return c.sameBytes(in, out)
}

// sameBytes makes the step of an operator whose output is its input under another shape.
func (c *checker) sameBytes(in, out tensor) step {
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
