package tflite

import (
	"math"

	flatbuffers "github.com/google/flatbuffers/go"

	"github.com/auscult/auscult/tflite/internal/flat"
	"github.com/auscult/auscult/tflite/schema"
)

// StridedSlice takes every so many elements along each dimension, as Python's x[begin:end:stride] does. Its inputs are
// the tensor, the begins, the ends and the strides.
const StridedSlice Op = schema.OpStridedSlice

var stridedSliceDefinition = definition{
	newest:   8,
	options:  coded(schema.OptionsStridedSlice, readStridedSlice),
	variants: moving(4, 4, prepareStridedSlice),
}

// StridedSliceOptions belongs to StridedSlice. A mask has a bit for each entry of the begins, from the lowest.
type StridedSliceOptions struct {
	BeginMask    int  // begins are left out: all from the first, or from the last for a negative stride
	EndMask      int  // ends are left out
	EllipsisMask int  // the entry stands for all dimensions that no other entry is about
	NewAxisMask  int  // the entry is a dimension of one element that the input lacks
	ShrinkMask   int  // the entry takes one element, and its dimension disappears
	Offset       bool // ends count from the begins
}

func readStridedSlice(t flat.Table) (StridedSliceOptions, error) {
	return StridedSliceOptions{
		BeginMask:    int(t.Int32("begin_mask", schema.StridedSliceBegin, 0)),
		EndMask:      int(t.Int32("end_mask", schema.StridedSliceEnd, 0)),
		EllipsisMask: int(t.Int32("ellipsis_mask", schema.StridedSliceEllipsis, 0)),
		NewAxisMask:  int(t.Int32("new_axis_mask", schema.StridedSliceNewAxis, 0)),
		ShrinkMask:   int(t.Int32("shrink_axis_mask", schema.StridedSliceShrink, 0)),
		Offset:       t.Bool("offset", schema.StridedSliceOffset),
	}, nil
}

func (p StridedSliceOptions) verify() error { return nil }

func (p StridedSliceOptions) write(w *writer) flatbuffers.UOffsetT {
	w.b.StartObject(schema.StridedSliceFields)
	w.b.PrependInt32Slot(schema.StridedSliceBegin, int32(p.BeginMask), 0)
	w.b.PrependInt32Slot(schema.StridedSliceEnd, int32(p.EndMask), 0)
	w.b.PrependInt32Slot(schema.StridedSliceEllipsis, int32(p.EllipsisMask), 0)
	w.b.PrependInt32Slot(schema.StridedSliceNewAxis, int32(p.NewAxisMask), 0)
	w.b.PrependInt32Slot(schema.StridedSliceShrink, int32(p.ShrinkMask), 0)
	w.b.PrependBoolSlot(schema.StridedSliceOffset, p.Offset, false)
	return w.b.EndObject()
}

// slicing collects what StridedSlice's entries say of the input's dimensions, one after the other.
type slicing struct {
	c     *checker
	p     StridedSliceOptions
	shape []int // of the input
	cuts  []cut
	want  []int // the output's shape
}

func prepareStridedSlice(c *checker, in, out tensor, size int) step {
	begin, end, stride := c.constantInts(1), c.constantInts(2), c.constantInts(3)
	if c.err != nil {
		return step{}
	}
	if len(begin) != len(end) || len(begin) != len(stride) || len(begin) > MaxDims {
		c.fail("inputs 1 to 3 have %d, %d and %d values", len(begin), len(end), len(stride))
		return step{}
	}
	s := &slicing{c: c, p: c.o.Options.(StridedSliceOptions), shape: in.shape}
	used := 0 // dimensions of the input that entries are about
	for i := range begin {
		if bit := 1 << i; s.p.NewAxisMask&bit == 0 && s.p.EllipsisMask&bit == 0 {
			used++
		}
	}
	for i := range begin {
		switch bit := 1 << i; {
		case s.p.EllipsisMask&bit != 0:
			for range len(in.shape) - used {
				s.whole()
			}
			used = len(in.shape) // a second one stands for nothing
		case s.p.NewAxisMask&bit != 0:
			s.want = append(s.want, 1)
		default:
			s.entry(bit, begin[i], end[i], stride[i])
		}
	}
	for c.err == nil && len(s.cuts) < len(in.shape) {
		s.whole()
	}
	if c.err != nil {
		return step{}
	}
	return c.cutStep(in, out, s.cuts, s.want, size)
}

// whole takes all of the next dimension.
func (s *slicing) whole() {
	n := s.shape[len(s.cuts)]
	s.cuts, s.want = append(s.cuts, cut{n: n, step: 1}), append(s.want, n)
}

// entry takes what one entry says of the next dimension.
func (s *slicing) entry(bit, begin, end, stride int) {
	if s.c.err != nil {
		return
	}
	at := len(s.cuts)
	if at >= len(s.shape) || stride == 0 {
		s.c.fail("%d entries with stride %d for shape %v", at+1, stride, s.shape)
		return
	}
	size := s.shape[at]
	if s.p.Offset {
		end += begin
	}
	first, last := 0, size // the bounds of a begin that counts from the end of the dimension
	if stride < 0 {
		first, last = -1, size-1
	}
	from := within(begin, size, first, last)
	if s.p.BeginMask&bit != 0 {
		from = max(first, 0)
		if stride < 0 {
			from = last
		}
	}
	if s.p.ShrinkMask&bit != 0 {
		if from < 0 || from >= size {
			s.c.fail("element %d of dimension %d of shape %v", begin, at, s.shape)
			return
		}
		s.cuts = append(s.cuts, cut{first: from, n: 1, step: 1})
		return
	}
	to := within(end, size, first, last)
	if s.p.EndMask&bit != 0 {
		to = last
		if stride < 0 {
			to = first
		}
	}
	n := 0
	if stride > 0 && to > from {
		n = int((int64(to) - int64(from) + int64(stride) - 1) / int64(stride))
	} else if stride < 0 && to < from {
		n = int((int64(from) - int64(to) - int64(stride) - 1) / -int64(stride))
	}
	if n == 0 {
		s.c.fail("elements %d to %d of dimension %d of shape %v are none", begin, end, at, s.shape)
		return
	}
	s.cuts = append(s.cuts, cut{first: from, n: n, step: min(max(stride, -math.MaxInt32), math.MaxInt32)})
	s.want = append(s.want, n)
}

// within gives a bound that counts from the end of the dimension where it is negative, kept between first and last.
func within(bound, size, first, last int) int {
	if bound < 0 {
		bound += size
	}
	return min(max(bound, first), last)
}
