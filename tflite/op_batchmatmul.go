package tflite

import (
	"math"
	"slices"

	flatbuffers "github.com/google/flatbuffers/go"

	"github.com/auscult/auscult/tflite/internal/flat"
	"github.com/auscult/auscult/tflite/internal/kernels"
	"github.com/auscult/auscult/tflite/schema"
)

// BatchMatMul multiplies the matrices that the last two dimensions of two tensors are.
const BatchMatMul Op = schema.OpBatchMatMul

var batchMatMulDefinition = definition{
	newest:  4,
	options: coded(schema.OptionsBatchMatMul, readBatchMatMul),
	cost:    matMulCost,
	variants: []variant{
		{output: Int8, least: 2, most: 2, prepare: prepareMatMul},
		{output: Int16, least: 2, most: 2, prepare: prepareWideMatMul},
		{output: Float32, least: 2, most: 2, prepare: prepareFloatMatMul},
	},
}

// BatchMatMulOptions belongs to BatchMatMul.
type BatchMatMulOptions struct {
	TransposeA, TransposeB bool
}

func readBatchMatMul(t flat.Table) (BatchMatMulOptions, error) {
	return BatchMatMulOptions{
		TransposeA: t.Bool("adj_x", schema.BatchMatMulAdjX),
		TransposeB: t.Bool("adj_y", schema.BatchMatMulAdjY),
	}, nil
}

func (p BatchMatMulOptions) verify() error { return nil }

func (p BatchMatMulOptions) write(w *writer) flatbuffers.UOffsetT {
	w.b.StartObject(schema.BatchMatMulFields)
	w.b.PrependBoolSlot(schema.BatchMatMulAdjX, p.TransposeA, false)
	w.b.PrependBoolSlot(schema.BatchMatMulAdjY, p.TransposeB, false)
	return w.b.EndObject()
}

// matMulCost counts products. The shapes were checked.
func matMulCost(c *checker) int64 {
	a, p := c.inShape(0), c.o.Options.(BatchMatMulOptions)
	k := a[len(a)-1]
	if p.TransposeA {
		k = a[len(a)-2]
	}
	return satMul(count(c.outShape()), int64(k))
}

// matMulGeometry checks the shapes and says where each matrix lies.
func matMulGeometry(c *checker, a, b, out []int) (m kernels.MatMul) {
	if c.err != nil {
		return m
	}
	if len(a) < 2 || len(b) < 2 {
		c.fail("inputs have shapes %v and %v, need 2 dimensions or more", a, b)
		return m
	}
	p := c.o.Options.(BatchMatMulOptions)
	rows, inner, layA := side(a, p.TransposeA)
	innerB, columns, layB := side(b, p.TransposeB)
	batch, ok := broadcast(a[:len(a)-2], b[:len(b)-2])
	if inner != innerB || !ok {
		c.fail("matrices of shapes %v and %v cannot be multiplied", a, b)
		return m
	}
	c.wantShape(out, slices.Concat(batch, []int{rows, columns})...)
	if !c.spend(0, satMul(8, count(batch))) {
		return m
	}
	m = kernels.MatMul{M: rows, K: inner, N: columns, A: layA, B: layB}
	m.AtA = startsOf(a[:len(a)-2], batch, rows*inner)
	m.AtB = startsOf(b[:len(b)-2], batch, inner*columns)
	return m
}

// side gives a matrix's rows and columns as they are multiplied, and where these lie.
func side(shape []int, transposed bool) (rows, columns int, lay kernels.Lay) {
	rows, columns = shape[len(shape)-2], shape[len(shape)-1]
	if transposed {
		return columns, rows, kernels.Lay{Row: 1, Column: columns}
	}
	return rows, columns, kernels.Lay{Row: columns, Column: 1}
}

// startsOf gives where each entry of a batch begins in a tensor whose batch broadcasts to it; size is one entry's.
func startsOf(own, batch []int, size int) []int32 {
	starts := []int32{0}
	for i, stride := range spread(own, batch) {
		next := make([]int32, 0, len(starts)*batch[i])
		for _, s := range starts {
			for k := range batch[i] {
				next = append(next, s+int32(k*stride*size))
			}
		}
		starts = next
	}
	return starts
}

func prepareMatMul(c *checker) step {
	a, b, out := c.codesIn(0), c.codesIn(1), c.codesOut()
	m := matMulGeometry(c, a.shape, b.shape, out.shape)
	if c.err != nil {
		return step{}
	}
	factor, ok := kernels.NewMultiplier(float64(a.Scale) * float64(b.Scale) / float64(out.Scale))
	if !ok {
		c.fail("the scales %v and %v are too large for the output's %v", a.Scale, b.Scale, out.Scale)
	}
	if m.K > math.MaxInt32>>16 {
		c.fail("rows of %d are too long: their sums exceed int32", m.K)
	}
	if !c.afford(4 * int64(m.N)) {
		return step{}
	}
	m.Multiplier, m.ZeroA, m.ZeroB, m.ZeroOut = factor, a.ZeroPoint, b.ZeroPoint, out.ZeroPoint
	m.Sums = make([]int32, m.N)
	return binaryStep[int8, int8](&m, out, a, b)
}

func prepareWideMatMul(c *checker) step {
	a, b, out := c.wideIn(0), c.wideIn(1), c.wideOut()
	m := matMulGeometry(c, a.shape, b.shape, out.shape)
	if c.err != nil {
		return step{}
	}
	factor, ok := kernels.NewMultiplier(float64(a.Scale) * float64(b.Scale) / float64(out.Scale))
	if !ok || !factor.Narrow() {
		c.fail("the scales %v and %v are too large for the output's %v", a.Scale, b.Scale, out.Scale)
	}
	if !c.afford(8 * int64(m.N)) {
		return step{}
	}
	m.Multiplier = factor
	return binaryStep(&kernels.WideMatMul{MatMul: m, Sums: make([]int64, m.N)}, out, a, b)
}

func prepareFloatMatMul(c *checker) step {
	a, out := c.realsIn(0), c.realsOut()
	if c.err != nil {
		return step{}
	}
	m := matMulGeometry(c, a.shape, c.inShape(1), out.shape)
	var weights []float32
	var b tensor
	if c.err == nil && c.in(1).Data != nil {
		weights = c.floatWeights(1)
	} else {
		b = c.realsIn(1)
	}
	if !c.afford(0) {
		return step{}
	}
	k := &kernels.FloatMatMul{MatMul: m}
	return step{bind: func(mem *memory) func() {
		mem.interrupts(k)
		y, x, w := view[float32](mem.tensors[out.index]), view[float32](mem.tensors[a.index]), weights
		if w == nil {
			w = view[float32](mem.tensors[b.index])
		}
		return func() { k.Run(y, x, w) }
	}}
}
