package tflite

import (
	"math"
	"slices"

	flatbuffers "github.com/google/flatbuffers/go"

	"github.com/auscult/auscult/tflite/internal/flat"
	"github.com/auscult/auscult/tflite/internal/kernels"
	"github.com/auscult/auscult/tflite/schema"
)

// Operators about the places of elements.
const (
	ArgMax   Op = schema.OpArgMax
	ArgMin   Op = schema.OpArgMin
	GatherND Op = schema.OpGatherND
	Select   Op = schema.OpSelect   // of one shape, or whole rows
	SelectV2 Op = schema.OpSelectV2 // with broadcasting
)

var (
	argMaxDefinition = arguments(3, schema.OptionsArgMax,
		best(Float32, func(a, b float32) bool { return a > b }), best(Int8, func(a, b int8) bool { return a > b }),
		best(Int32, func(a, b int32) bool { return a > b }))
	argMinDefinition = arguments(3, schema.OptionsArgMin,
		best(Float32, func(a, b float32) bool { return a < b }), best(Int8, func(a, b int8) bool { return a < b }),
		best(Int32, func(a, b int32) bool { return a < b }))
	gatherNDDefinition = definition{newest: 5, variants: ofAll(variant{least: 2, most: 2, prepare: prepareGatherND})}
	selectDefinition   = definition{newest: 4, variants: ofAll(variant{least: 3, most: 3, prepare: prepareSelect})}
	selectV2Definition = definition{newest: 3, variants: ofAll(variant{least: 3, most: 3, prepare: prepareSelect})}
)

// arguments makes the definition of ARG_MAX or ARG_MIN, from variants for each type of input.
func arguments(newest, options int, inputs ...[]variant) definition {
	return definition{
		newest: newest, options: coded(options, readArg),
		cost:     func(c *checker) int64 { return count(c.inShape(0)) },
		variants: slices.Concat(inputs...),
	}
}

// ArgOptions belongs to ArgMax and ArgMin.
type ArgOptions struct {
	OutType Type
}

func readArg(t flat.Table) (ArgOptions, error) {
	return ArgOptions{OutType: Type(int8(t.Uint8("output_type", schema.ArgOutType, 0)))}, nil
}

func (p ArgOptions) verify() error { return nil }

func (p ArgOptions) write(w *writer) flatbuffers.UOffsetT {
	w.b.StartObject(schema.ArgFields)
	w.b.PrependInt8Slot(schema.ArgOutType, int8(p.OutType), 0)
	return w.b.EndObject()
}

// best gives the variants for one type of input: places of int32 or int64.
func best[T element](of Type, better func(a, b T) bool) []variant {
	return []variant{
		{output: Int32, inputs: []Type{of}, least: 2, most: 2, prepare: func(c *checker) step {
			return bestStep[int32](c, of, better)
		}},
		{output: Int64, inputs: []Type{of}, least: 2, most: 2, prepare: func(c *checker) step {
			return bestStep[int64](c, of, better)
		}},
	}
}

func bestStep[Out int32 | int64, In element](c *checker, of Type, better func(a, b In) bool) step {
	in, out := c.movedIn(0), c.movedOut(0)
	if c.err == nil && c.in(0).Type != of {
		c.fail("input 0 (%.40q) is %v, needs float32, int8 or int32", c.in(0).Name, c.in(0).Type)
	}
	axis, ok := c.namedDimension(1, len(in.shape))
	if !ok {
		return step{}
	}
	c.wantShape(out.shape, slices.Delete(slices.Clone(in.shape), axis, axis+1)...)
	if !c.afford(0) {
		return step{}
	}
	outer, inner := int(count(in.shape[:axis])), int(count(in.shape[axis+1:]))
	return unaryStep(&kernels.Best[Out, In]{Outer: outer, N: in.shape[axis], Inner: inner, Better: better}, out, in)
}

// indexed makes the step of a kernel that moves what indices name, of int32 or int64.
func (c *checker) indexed(
	out, in, indices tensor,
	narrow interface {
		Run(out, in []byte, indices []int32)
	},
	wide interface {
		Run(out, in []byte, indices []int64)
	},
) step {
	kind := c.m.Tensors[indices.index].Type
	if kind != Int32 && kind != Int64 {
		c.fail("input 1 (%.40q) is %v, needs int32", c.m.Tensors[indices.index].Name, kind)
	}
	if !c.afford(0) {
		return step{}
	}
	return step{bind: func(mem *memory) func() {
		y, x, at := mem.tensors[out.index], mem.tensors[in.index], mem.tensors[indices.index]
		if kind == Int32 {
			return func() { narrow.Run(y, x, view[int32](at)) }
		}
		return func() { wide.Run(y, x, view[int64](at)) }
	}}
}

func prepareGatherND(c *checker) step {
	in, indices, out := c.movedIn(0), c.movedIn(1), c.movedOut(0)
	c.sameMeaning("input 0", in, out)
	if c.err != nil {
		return step{}
	}
	if len(indices.shape) == 0 || indices.shape[len(indices.shape)-1] > len(in.shape) {
		c.fail("input 1 of shape %v cannot name parts of shape %v", indices.shape, in.shape)
		return step{}
	}
	rows, depth := indices.shape[:len(indices.shape)-1], indices.shape[len(indices.shape)-1]
	c.wantShape(out.shape, slices.Concat(rows, in.shape[depth:])...)
	bytes := int(count(in.shape[depth:])) * c.out().Type.Size()
	return c.indexed(out, in, indices,
		&kernels.GatherND[int32]{Shape: in.shape[:depth], Bytes: bytes},
		&kernels.GatherND[int64]{Shape: in.shape[:depth], Bytes: bytes})
}

func prepareSelect(c *checker) step {
	condition, a, b, out := c.movedIn(0), c.movedIn(1), c.movedIn(2), c.movedOut(0)
	c.sameMeaning("input 1", a, out)
	c.sameMeaning("input 2", b, out)
	if c.err != nil {
		return step{}
	}
	if t := c.in(0); t.Type != Bool {
		c.fail("input 0 (%.40q) is %v, needs bool", t.Name, t.Type)
		return step{}
	}
	which := condition.shape
	if c.o.Op == Select && len(which) == 1 && len(a.shape) > 1 && which[0] == a.shape[0] {
		which = slices.Concat(which, slices.Repeat([]int{1}, len(a.shape)-1)) // whole rows
	}
	want, ok := broadcast(a.shape, b.shape)
	if ok {
		want, ok = broadcast(want, which)
	}
	if !ok {
		c.fail("shapes %v, %v and %v do not broadcast", which, a.shape, b.shape)
		return step{}
	}
	c.wantShape(out.shape, want...)
	if !c.afford(0) {
		return step{}
	}
	s := &kernels.Select{Bytes: c.out().Type.Size(), Dims: make([]kernels.SelectDim, len(want))}
	strides := [...][]int{spread(which, want), spread(a.shape, want), spread(b.shape, want)}
	for i, n := range want {
		s.Dims[i] = kernels.SelectDim{N: n, Step: [3]int{strides[0][i], strides[1][i], strides[2][i]}}
	}
	return step{bind: func(mem *memory) func() {
		y, q, x1, x2 := mem.tensors[out.index], mem.tensors[condition.index], mem.tensors[a.index], mem.tensors[b.index]
		return func() { s.Run(y, q, x1, x2) }
	}}
}

// spread gives how far a step along each dimension of shape goes in a tensor that broadcasts to it.
func spread(own, shape []int) []int {
	strides := make([]int, len(shape))
	behind := len(shape) - len(own)
	for i, stride := range rowStrides(own) {
		if own[i] == shape[behind+i] {
			strides[behind+i] = stride
		}
	}
	return strides
}

// prepareGatherAt is GATHER by indices that are computed, or that are of each batch entry.
func prepareGatherAt(c *checker, in, out tensor, size int) step {
	p := c.o.Options.(GatherOptions)
	indices := c.movedIn(1)
	axis, ok := c.dimension(p.Axis, max(len(in.shape), 1))
	if c.err != nil || !ok || len(in.shape) == 0 {
		c.fail("input 0 has no dimensions")
		return step{}
	}
	b := p.BatchDims
	if b < 0 {
		b += len(indices.shape)
	}
	if b < 0 || b > len(indices.shape) || b > axis || !slices.Equal(in.shape[:b], indices.shape[:b]) {
		c.fail("%d batch dimensions of shapes %v and %v", p.BatchDims, in.shape, indices.shape)
		return step{}
	}
	c.wantShape(out.shape, slices.Concat(in.shape[:axis], indices.shape[b:], in.shape[axis+1:])...)
	batches, outer := int(count(in.shape[:b])), int(count(in.shape[b:axis]))
	bytes, n := int(count(in.shape[axis+1:]))*size, int(count(indices.shape[b:]))
	if int64(bytes) > math.MaxInt32 {
		c.fail("entries of %d bytes", bytes)
	}
	return c.indexed(out, in, indices,
		&kernels.Gather[int32]{Batches: batches, Outer: outer, Entries: in.shape[axis], Indices: n, Bytes: bytes},
		&kernels.Gather[int64]{Batches: batches, Outer: outer, Entries: in.shape[axis], Indices: n, Bytes: bytes})
}
