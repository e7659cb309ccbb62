package tflite

import (
	"math"

	flatbuffers "github.com/google/flatbuffers/go"

	"github.com/auscult/auscult/tflite/internal/flat"
	"github.com/auscult/auscult/tflite/internal/kernels"
	"github.com/auscult/auscult/tflite/schema"
)

// Operators that make one element of all along some dimensions. The second input names the dimensions.
const (
	Mean       Op = schema.OpMean
	Sum        Op = schema.OpSum
	ReduceMax  Op = schema.OpReduceMax
	ReduceMin  Op = schema.OpReduceMin
	ReduceProd Op = schema.OpReduceProd
)

var (
	meanDefinition = reducing(3, averaged, wideAveraged,
		reducedReals(kernels.Reduction[float32]{Join: plus, Mean: true, Known: kernels.Total}))
	sumDefinition = reducing(2, averaged, wideAveraged,
		reducedReals(kernels.Reduction[float32]{Join: plus, Known: kernels.Total}))
	reduceMaxDefinition = reducing(3,
		reduced(Int8, kernels.Reduction[int8]{
			Join: func(a, b int8) int8 { return max(a, b) }, First: math.MinInt8, Known: kernels.Largest}),
		reduced(Int16, kernels.Reduction[int16]{
			Join: func(a, b int16) int16 { return max(a, b) }, First: math.MinInt16, Known: kernels.Largest}),
		reducedReals(kernels.Reduction[float32]{
			Join:  func(a, b float32) float32 { return max(a, b) },
			First: float32(math.Inf(-1)), Known: kernels.Largest}))
	reduceMinDefinition = reducing(3,
		reduced(Int8, kernels.Reduction[int8]{
			Join: func(a, b int8) int8 { return min(a, b) }, First: math.MaxInt8, Known: kernels.Smallest}),
		reduced(Int16, kernels.Reduction[int16]{
			Join: func(a, b int16) int16 { return min(a, b) }, First: math.MaxInt16, Known: kernels.Smallest}),
		reducedReals(kernels.Reduction[float32]{
			Join:  func(a, b float32) float32 { return min(a, b) },
			First: float32(math.Inf(1)), Known: kernels.Smallest}))
	reduceProdDefinition = reducing(2,
		reduced(Int32, kernels.Reduction[int32]{Join: func(a, b int32) int32 { return a * b }, First: 1}),
		reducedReals(kernels.Reduction[float32]{Join: func(a, b float32) float32 { return a * b }, First: 1}))
)

func plus(a, b float32) float32 { return a + b }

// reducing makes the definition of such an operator.
func reducing(newest int, variants ...variant) definition {
	return definition{
		newest:   newest,
		options:  coded(schema.OptionsReducer, readReducer),
		cost:     func(c *checker) int64 { return count(c.inShape(0)) },
		variants: variants,
	}
}

// averaged is the variant of MEAN and SUM on int8.
var averaged = variant{output: Int8, least: 2, most: 2, prepare: func(c *checker) step {
	return prepareReduction(c, c.codesIn(0), c.codesOut(), prepareMean)
}}

// wideAveraged is the variant of MEAN and SUM on int16.
var wideAveraged = variant{output: Int16, least: 2, most: 2, prepare: func(c *checker) step {
	return prepareReduction(c, c.wideIn(0), c.wideOut(), prepareWideMean)
}}

// reduced gives the variant that joins elements by a function which keeps their meaning.
func reduced[T int8 | int16 | int32](output Type, how kernels.Reduction[T]) variant {
	return variant{output: output, least: 2, most: 2, prepare: func(c *checker) step {
		in, out := c.movedIn(0), c.movedOut(0)
		c.sameMeaning("input 0", in, out)
		return prepareReduction(c, in, out, joinAll(how))
	}}
}

// reducedReals gives the variant that joins numbers of float32.
func reducedReals(how kernels.Reduction[float32]) variant {
	return variant{output: Float32, least: 2, most: 2, prepare: func(c *checker) step {
		return prepareReduction(c, c.realsIn(0), c.realsOut(), joinAll(how))
	}}
}

// ReducerOptions belongs to Mean, Sum, ReduceMax, ReduceMin and ReduceProd.
type ReducerOptions struct {
	KeepDims bool // leave dimensions of one element where others disappear
}

func readReducer(t flat.Table) (ReducerOptions, error) {
	return ReducerOptions{KeepDims: t.Bool("keep_dims", schema.ReducerKeepDims)}, nil
}

func (p ReducerOptions) verify() error { return nil }

func (p ReducerOptions) write(w *writer) flatbuffers.UOffsetT {
	w.b.StartObject(schema.ReducerFields)
	w.b.PrependBoolSlot(schema.ReducerKeepDims, p.KeepDims, false)
	return w.b.EndObject()
}

// reduction is what is reduced, and along which dimensions.
type reduction struct {
	in, out tensor
	along   []bool // of each dimension of in
	n       int    // elements that go into one
}

func prepareReduction(c *checker, in, out tensor, prepare func(c *checker, r reduction) step) step {
	dims := c.constantInts(1)
	if c.err != nil {
		return step{}
	}
	r := reduction{in: in, out: out, along: make([]bool, len(in.shape)), n: 1}
	for _, d := range dims {
		at, ok := c.dimension(d, len(in.shape))
		if !ok {
			return step{}
		}
		r.along[at] = true // twice is as once
	}
	var want []int
	for i, d := range in.shape {
		switch {
		case !r.along[i]:
			want = append(want, d)
		case c.o.Options.(ReducerOptions).KeepDims:
			want = append(want, 1)
		}
		if r.along[i] {
			r.n *= d
		}
	}
	c.wantShape(out.shape, want...)
	if c.err != nil {
		return step{}
	}
	return prepare(c, r)
}

func joinAll[T int8 | int16 | int32 | float32](how kernels.Reduction[T]) func(c *checker, r reduction) step {
	return func(c *checker, r reduction) step {
		if !c.afford(4 * int64(r.out.n)) {
			return step{}
		}
		return unaryStep(kernels.NewReduce(c.left.impl, how, r.in.shape, r.along), r.out, r.in)
	}
}

func prepareMean(c *checker, r reduction) step {
	in, out := r.in, r.out
	m := kernels.Mean{ZeroIn: in.ZeroPoint, ZeroOut: out.ZeroPoint}
	m.Factor = float32(float32(in.Scale/out.Scale) / float32(r.n))
	if c.o.Op == Sum {
		m.Factor = float32(in.Scale / out.Scale)
	}
	if c.left.flipped[out.index] {
		m.Flip = flip
	}
	if c.reference() && c.o.Op == Sum {
		c.fail("TFLite's reference kernel does not scale sums of int8: its result says nothing")
	}
	if c.reference() {
		factor, ok := kernels.NewMultiplier(float64(in.Scale) / float64(out.Scale))
		if !ok {
			c.fail("input scale %v is too large for output scale %v", in.Scale, out.Scale)
		}
		factor = factor.Over(r.n)
		m.Fixed = &factor
	}
	if !c.afford(8 * int64(out.n)) {
		return step{}
	}
	return unaryStep(kernels.NewMean(c.left.impl, m, in.shape, r.along), out, in)
}

func prepareWideMean(c *checker, r reduction) step {
	factor, ok := kernels.NewMultiplier(float64(r.in.Scale) / float64(r.out.Scale))
	if !ok {
		c.fail("input scale %v is too large for output scale %v", r.in.Scale, r.out.Scale)
	}
	m := kernels.WideMean{Factor: factor.Over(r.n)}
	if c.o.Op == Sum {
		m.Scale = float32(r.in.Scale / r.out.Scale)
		if c.reference() {
			c.fail("TFLite's reference kernel does not scale sums of int16: its result says nothing")
		}
	}
	if !c.afford(4 * int64(r.out.n)) {
		return step{}
	}
	return unaryStep(kernels.NewWideMean(m, r.in.shape, r.along), r.out, r.in)
}
