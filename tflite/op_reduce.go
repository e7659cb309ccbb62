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
	meanDefinition = reducing(3, prepareMean[int8](Int8), func(c *checker, r reduction) step {
		return r.reals(c, func(a, b float32) float32 { return a + b }, 0, true)
	})
	sumDefinition = reducing(2, prepareMean[int8](Int8), func(c *checker, r reduction) step {
		return r.reals(c, func(a, b float32) float32 { return a + b }, 0, false)
	})
	reduceMaxDefinition = reducing(3, prepareExtreme(true), func(c *checker, r reduction) step {
		return r.reals(c, func(a, b float32) float32 { return max(a, b) }, float32(math.Inf(-1)), false)
	})
	reduceMinDefinition = reducing(3, prepareExtreme(false), func(c *checker, r reduction) step {
		return r.reals(c, func(a, b float32) float32 { return min(a, b) }, float32(math.Inf(1)), false)
	})
)

var reduceProdDefinition = definition{
	newest:  2,
	options: coded(schema.OptionsReducer, readReducer),
	cost:    func(c *checker) int64 { return count(c.inShape(0)) },
	variants: []variant{
		{output: Int32, least: 2, most: 2, prepare: func(c *checker) step {
			in, out := c.movedIn(0), c.movedOut(0)
			c.sameMeaning("input 0", in, out)
			return prepareReduction(c, in, out, func(c *checker, r reduction) step {
				if !c.afford(0) {
					return step{}
				}
				product := func(a, b int32) int32 { return a * b }
				return unaryStep(kernels.NewReduce(product, 1, false, in.shape, r.along), out, in)
			})
		}},
		{output: Float32, least: 2, most: 2, prepare: func(c *checker) step {
			return prepareReduction(c, c.realsIn(0), c.realsOut(), func(c *checker, r reduction) step {
				return r.reals(c, func(a, b float32) float32 { return a * b }, 1, false)
			})
		}},
	},
}

// reducing makes the definition of such an operator.
func reducing(newest int, codes, reals func(c *checker, r reduction) step) definition {
	return definition{
		newest:  newest,
		options: coded(schema.OptionsReducer, readReducer),
		cost:    func(c *checker) int64 { return count(c.inShape(0)) },
		variants: []variant{
			{output: Int8, least: 2, most: 2, prepare: func(c *checker) step {
				return prepareReduction(c, c.codesIn(0), c.codesOut(), codes)
			}},
			{output: Float32, least: 2, most: 2, prepare: func(c *checker) step {
				return prepareReduction(c, c.realsIn(0), c.realsOut(), reals)
			}},
		},
	}
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

func (r reduction) reals(c *checker, join func(a, b float32) float32, first float32, mean bool) step {
	if !c.afford(0) {
		return step{}
	}
	return unaryStep(kernels.NewReduce(join, first, mean, r.in.shape, r.along), r.out, r.in)
}

func prepareMean[T int8 | uint8 | int16](typ Type) func(c *checker, r reduction) step {
	return func(c *checker, r reduction) step {
		in, out := r.in, r.out
		lo, hi := typ.zeroPointRange()
		m := kernels.Mean[T]{ZeroIn: in.ZeroPoint, ZeroOut: out.ZeroPoint, Min: int32(lo), Max: int32(hi)}
		m.Factor = float32(float32(in.Scale/out.Scale) / float32(r.n))
		if c.o.Op == Sum {
			m.Factor = float32(in.Scale / out.Scale)
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
		if !c.afford(4 * int64(out.n)) {
			return step{}
		}
		return unaryStep(kernels.NewMean(m, in.shape, r.along), out, in)
	}
}

func prepareExtreme(largest bool) func(c *checker, r reduction) step {
	return func(c *checker, r reduction) step {
		c.sameMeaning("input 0", r.in, r.out)
		if !c.afford(0) {
			return step{}
		}
		return unaryStep(kernels.NewExtreme[int8](largest, r.in.shape, r.along), r.out, r.in)
	}
}
