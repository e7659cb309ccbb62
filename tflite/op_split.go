package tflite

import (
	"slices"

	flatbuffers "github.com/google/flatbuffers/go"

	"github.com/auscult/auscult/tflite/internal/flat"
	"github.com/auscult/auscult/tflite/schema"
)

// Taking a tensor apart along a dimension.
const (
	Split  Op = schema.OpSplit  // into equal parts; inputs are the dimension and the tensor
	SplitV Op = schema.OpSplitV // into parts of given lengths; inputs are the tensor, the lengths and the dimension
)

var splitDefinition = definition{
	newest:   4,
	options:  coded(schema.OptionsSplit, readSplit),
	cost:     func(c *checker) int64 { return count(c.inShape(1)) },
	variants: parting(2, 2, prepareSplit),
}

var splitVDefinition = definition{
	newest:   2,
	options:  coded(schema.OptionsSplitV, readSplitV),
	cost:     func(c *checker) int64 { return count(c.inShape(0)) },
	variants: parting(3, 3, prepareSplitV),
}

// SplitOptions belongs to Split.
type SplitOptions struct {
	Number int // of outputs
}

func readSplit(t flat.Table) (SplitOptions, error) {
	return SplitOptions{Number: int(t.Int32("num_splits", schema.SplitNumber, 0))}, nil
}

func (p SplitOptions) verify() error { return nil }

func (p SplitOptions) write(w *writer) flatbuffers.UOffsetT { return w.splits(p.Number) }

// SplitVOptions belongs to SplitV.
type SplitVOptions struct {
	Number int // of outputs
}

func readSplitV(t flat.Table) (SplitVOptions, error) {
	return SplitVOptions{Number: int(t.Int32("num_splits", schema.SplitNumber, 0))}, nil
}

func (p SplitVOptions) verify() error { return nil }

func (p SplitVOptions) write(w *writer) flatbuffers.UOffsetT { return w.splits(p.Number) }

func (w *writer) splits(n int) flatbuffers.UOffsetT {
	w.b.StartObject(schema.SplitFields)
	w.b.PrependInt32Slot(schema.SplitNumber, int32(n), 0)
	return w.b.EndObject()
}

func prepareSplit(c *checker) step {
	in := c.movedIn(1)
	axis, ok := c.namedDimension(0, len(in.shape))
	if !ok {
		return step{}
	}
	n := c.o.Options.(SplitOptions).Number
	if n != len(c.o.Outputs) || in.shape[axis]%n != 0 {
		c.fail("%d outputs, the options say %d, dimension %d has %d", len(c.o.Outputs), n, axis, in.shape[axis])
		return step{}
	}
	return c.splitStep(in, axis, slices.Repeat([]int{in.shape[axis] / n}, n))
}

func prepareSplitV(c *checker) step {
	in := c.movedIn(0)
	axis, ok := c.namedDimension(2, len(in.shape))
	if !ok {
		return step{}
	}
	lengths := c.constantList(1, MaxTensors)
	if c.err != nil {
		return step{}
	}
	if n := c.o.Options.(SplitVOptions).Number; n != len(c.o.Outputs) || n != len(lengths) {
		c.fail("%d outputs, the options say %d, input 1 has %d lengths", len(c.o.Outputs), n, len(lengths))
		return step{}
	}
	left, open := in.shape[axis], -1
	for k, n := range lengths {
		switch {
		case n == -1 && open < 0:
			open = k
		case n < 1 || n > left:
			c.fail("input 1 gives the lengths %v, dimension %d has %d", lengths, axis, in.shape[axis])
			return step{}
		default:
			left -= n
		}
	}
	if open >= 0 {
		lengths[open] = left
	}
	if open < 0 && left > 0 || open >= 0 && left < 1 {
		c.fail("input 1 gives the lengths %v, dimension %d has %d", lengths, axis, in.shape[axis])
		return step{}
	}
	return c.splitStep(in, axis, lengths)
}

func (c *checker) splitStep(in tensor, axis int, lengths []int) step {
	shapes := make([][]int, len(lengths))
	for k, n := range lengths {
		shapes[k] = slices.Clone(in.shape)
		shapes[k][axis] = n
	}
	return c.partStep(in, shapes, int(count(in.shape[:axis])))
}
