package tflite

import (
	"fmt"
	"slices"

	flatbuffers "github.com/google/flatbuffers/go"

	"github.com/auscult/auscult/tflite/internal/flat"
	"github.com/auscult/auscult/tflite/internal/kernels"
	"github.com/auscult/auscult/tflite/schema"
)

// Joining along a new dimension, and taking one apart.
const (
	Pack   Op = schema.OpPack
	Unpack Op = schema.OpUnpack
)

var packDefinition = definition{
	newest:   2,
	options:  coded(schema.OptionsPack, readPack),
	variants: ofAll(variant{least: 1, most: MaxTensors, prepare: preparePack}),
}

var unpackDefinition = definition{
	newest:   3,
	options:  coded(schema.OptionsUnpack, readUnpack),
	cost:     func(c *checker) int64 { return count(c.inShape(0)) },
	variants: parting(1, 1, prepareUnpack),
}

// PackOptions belongs to Pack.
type PackOptions struct {
	Values int // how many inputs
	Axis   int // the new dimension, from behind the last where negative
}

func readPack(t flat.Table) (PackOptions, error) {
	return PackOptions{
		Values: int(t.Int32("values_count", schema.PackValues, 0)),
		Axis:   int(t.Int32("axis", schema.PackAxis, 0)),
	}, nil
}

func (p PackOptions) verify() error { return nil }

func (p PackOptions) write(w *writer) flatbuffers.UOffsetT {
	w.b.StartObject(schema.PackFields)
	w.b.PrependInt32Slot(schema.PackValues, int32(p.Values), 0)
	w.b.PrependInt32Slot(schema.PackAxis, int32(p.Axis), 0)
	return w.b.EndObject()
}

// UnpackOptions belongs to Unpack.
type UnpackOptions struct {
	Number int // of outputs
	Axis   int // the dimension that is taken apart, from the last where negative
}

func readUnpack(t flat.Table) (UnpackOptions, error) {
	return UnpackOptions{
		Number: int(t.Int32("num", schema.UnpackNumber, 0)),
		Axis:   int(t.Int32("axis", schema.UnpackAxis, 0)),
	}, nil
}

func (p UnpackOptions) verify() error { return nil }

func (p UnpackOptions) write(w *writer) flatbuffers.UOffsetT {
	w.b.StartObject(schema.UnpackFields)
	w.b.PrependInt32Slot(schema.UnpackNumber, int32(p.Number), 0)
	w.b.PrependInt32Slot(schema.UnpackAxis, int32(p.Axis), 0)
	return w.b.EndObject()
}

func preparePack(c *checker) step {
	p := c.o.Options.(PackOptions)
	ins, out := c.joined()
	if c.err != nil {
		return step{}
	}
	if p.Values != len(ins) {
		c.fail("%d inputs, the options say %d", len(ins), p.Values)
	}
	first := ins[0].shape
	axis, ok := c.dimension(p.Axis, len(first)+1)
	for j, in := range ins[1:] {
		if !slices.Equal(in.shape, first) {
			c.fail("input %d has shape %v, input 0 %v: they must be equal", j+1, in.shape, first)
		}
	}
	if !ok || c.err != nil {
		return step{}
	}
	c.wantShape(out.shape, slices.Insert(slices.Clone(first), axis, len(ins))...)
	return c.concatStep(ins, out, int(count(first[:axis])))
}

func prepareUnpack(c *checker) step {
	p := c.o.Options.(UnpackOptions)
	in := c.movedIn(0)
	if c.err != nil {
		return step{}
	}
	axis, ok := c.dimension(p.Axis, len(in.shape))
	if !ok {
		return step{}
	}
	if n := in.shape[axis]; p.Number != n || len(c.o.Outputs) != n {
		c.fail("%d outputs, the options say %d, dimension %d has %d", len(c.o.Outputs), p.Number, axis, n)
		return step{}
	}
	want := slices.Delete(slices.Clone(in.shape), axis, axis+1)
	return c.partStep(in, slices.Repeat([][]int{want}, len(c.o.Outputs)), int(count(in.shape[:axis])))
}

// parting gives the variants of an operator that takes a tensor apart.
func parting(least, most int, prepare func(c *checker) step) []variant {
	return ofAll(variant{least: least, most: most, outputs: MaxTensors, prepare: prepare})
}

// partStep copies from each of so many rows of the input a run to each output in turn. The outputs are of the given
// shapes.
func (c *checker) partStep(in tensor, shapes [][]int, rows int) step {
	outs := make([]tensor, len(shapes))
	for k, want := range shapes {
		outs[k] = c.movedOut(k)
		c.sameMeaning(fmt.Sprintf("output %d", k), outs[k], in)
		c.wantShapeOf(k, outs[k].shape, want)
	}
	if !c.afford(int64(len(outs)) * 128) {
		return step{}
	}
	size, at := c.out().Type.Size(), 0
	parts := make([]*kernels.Strided, len(outs))
	for k, out := range outs {
		n := out.n / rows
		dims := []kernels.StridedDim{{N: rows, In: in.n / rows, Out: n}, {N: n, In: 1, Out: 1}}
		parts[k] = kernels.NewStrided(dims, at, 0, size)
		at += n
	}
	return step{bind: func(mem *memory) func() {
		x, ys := mem.tensors[in.index], make([][]byte, len(outs))
		for k, out := range outs {
			ys[k] = mem.tensors[out.index]
		}
		return func() {
			for k, part := range parts {
				part.Run(ys[k], x)
			}
		}
	}}
}
