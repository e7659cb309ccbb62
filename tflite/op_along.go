package tflite

import (
	"math"
	"slices"

	flatbuffers "github.com/google/flatbuffers/go"

	"github.com/auscult/auscult/tflite/internal/flat"
	"github.com/auscult/auscult/tflite/internal/kernels"
	"github.com/auscult/auscult/tflite/schema"
)

// Operators along a dimension, or that change how dimensions lie.
const (
	Cumsum          Op = schema.OpCumsum
	ReverseV2       Op = schema.OpReverseV2
	BroadcastTo     Op = schema.OpBroadcastTo
	DepthToSpace    Op = schema.OpDepthToSpace // channels to positions
	SpaceToDepth    Op = schema.OpSpaceToDepth // positions to channels
	LogSoftmax      Op = schema.OpLogSoftmax
	L2Normalization Op = schema.OpL2Normalization // rows of length 1
)

var (
	cumsumDefinition = definition{newest: 1, options: coded(schema.OptionsCumsum, readCumsum), variants: []variant{
		{output: Float32, least: 2, most: 2, prepare: prepareCumsum[float32]},
		{output: Int32, least: 2, most: 2, prepare: prepareCumsum[int32]},
	}}
	reverseV2Definition    = definition{newest: 3, variants: moving(2, 2, prepareReverse)}
	broadcastToDefinition  = definition{newest: 3, variants: moving(2, 2, prepareBroadcastTo)}
	depthToSpaceDefinition = definition{
		newest: 2, options: coded(schema.OptionsDepthToSpace, readBlock), variants: moving(1, 1, prepareDepthToSpace),
	}
	spaceToDepthDefinition = definition{
		newest: 2, options: coded(schema.OptionsSpaceToDepth, readBlock), variants: moving(1, 1, prepareSpaceToDepth),
	}
	logSoftmaxDefinition = definition{newest: 2, variants: []variant{
		{output: Float32, least: 1, most: 1, prepare: func(c *checker) step { return c.rowStep(logSoftmax) }},
	}}
	l2NormalizationDefinition = definition{
		newest: 2, options: coded(schema.OptionsL2Norm, readL2Norm), variants: []variant{
			{output: Float32, least: 1, most: 1, prepare: func(c *checker) step { return c.rowStep(unitRow) }},
		},
	}
)

// CumsumOptions belongs to Cumsum.
type CumsumOptions struct {
	Exclusive bool // without the element itself
	Reverse   bool // from the end
}

func readCumsum(t flat.Table) (CumsumOptions, error) {
	return CumsumOptions{
		Exclusive: t.Bool("exclusive", schema.CumsumExclusive), Reverse: t.Bool("reverse", schema.CumsumReverse),
	}, nil
}

func (p CumsumOptions) verify() error { return nil }

func (p CumsumOptions) write(w *writer) flatbuffers.UOffsetT {
	w.b.StartObject(schema.CumsumFields)
	w.b.PrependBoolSlot(schema.CumsumExclusive, p.Exclusive, false)
	w.b.PrependBoolSlot(schema.CumsumReverse, p.Reverse, false)
	return w.b.EndObject()
}

func prepareCumsum[T int32 | float32](c *checker) step {
	p := c.o.Options.(CumsumOptions)
	in, out := c.movedIn(0), c.movedOut(0)
	c.sameMeaning("input 0", in, out)
	axis, ok := c.namedDimension(1, len(in.shape))
	if !ok {
		return step{}
	}
	c.wantShape(out.shape, in.shape...)
	if !c.afford(0) {
		return step{}
	}
	return unaryStep(&kernels.Cumulate[T]{
		Outer: int(count(in.shape[:axis])), N: in.shape[axis], Inner: int(count(in.shape[axis+1:])),
		Reverse: p.Reverse, Exclusive: p.Exclusive,
	}, out, in)
}

func prepareReverse(c *checker, in, out tensor, size int) step {
	axes := c.constantInts(1)
	if c.err != nil {
		return step{}
	}
	c.wantShape(out.shape, in.shape...)
	dims, from := make([]kernels.StridedDim, len(in.shape)), 0
	for i, stride := range rowStrides(in.shape) {
		dims[i] = kernels.StridedDim{N: in.shape[i], In: stride, Out: stride}
	}
	for _, axis := range axes {
		at, ok := c.dimension(axis, len(in.shape))
		if !ok || dims[at].In < 0 {
			c.fail("input 1 names the dimensions %v of shape %v", axes, in.shape)
			return step{}
		}
		from += (dims[at].N - 1) * dims[at].In
		dims[at].In = -dims[at].In
	}
	if !c.afford(0) {
		return step{}
	}
	return unaryStep(kernels.NewStrided(dims, from, 0, size), out, in)
}

func prepareBroadcastTo(c *checker, in, out tensor, size int) step {
	want := c.constantInts(1)
	if c.err != nil {
		return step{}
	}
	for _, n := range want {
		if n < 1 {
			c.fail("input 1 gives the shape %v", want)
			return step{}
		}
	}
	if shape, ok := broadcast(in.shape, want); !ok || !slices.Equal(shape, want) {
		c.fail("shape %v does not broadcast to %v", in.shape, want)
		return step{}
	}
	c.wantShape(out.shape, want...)
	if !c.afford(0) {
		return step{}
	}
	dims := make([]kernels.StridedDim, len(want))
	strides := rowStrides(want)
	for i, stride := range spread(in.shape, want) {
		dims[i] = kernels.StridedDim{N: want[i], In: stride, Out: strides[i]}
	}
	return unaryStep(kernels.NewStrided(dims, 0, 0, size), out, in)
}

// BlockOptions belongs to DepthToSpace and SpaceToDepth.
type BlockOptions struct {
	Size int // positions along each side of a block
}

func readBlock(t flat.Table) (BlockOptions, error) {
	return BlockOptions{Size: int(t.Int32("block_size", schema.BlockSize, 0))}, nil
}

func (p BlockOptions) verify() error { return verifyExtents("block size", p.Size) }

func (p BlockOptions) write(w *writer) flatbuffers.UOffsetT {
	w.b.StartObject(schema.BlockFields)
	w.b.PrependInt32Slot(schema.BlockSize, int32(p.Size), 0)
	return w.b.EndObject()
}

func prepareDepthToSpace(c *checker, in, out tensor, size int) step {
	x, b := c.image("input 0", in), c.o.Options.(BlockOptions).Size
	if c.err == nil && (x.C%b != 0 || x.C/b%b != 0) { // b*b may be beyond an int of 32 bits
		c.fail("%d channels make no blocks of %dx%d", x.C, b, b)
	}
	if c.err != nil {
		return step{}
	}
	depth := x.C / (b * b)
	c.wantShape(out.shape, x.Batch, x.H*b, x.W*b, depth)
	if !c.afford(0) {
		return step{}
	}
	return unaryStep(kernels.NewStrided(blockDims(x.Batch*x.H, x.W, b, depth, false), 0, 0, size), out, in)
}

func prepareSpaceToDepth(c *checker, in, out tensor, size int) step {
	x, b := c.image("input 0", in), c.o.Options.(BlockOptions).Size
	if c.err == nil && (x.H%b != 0 || x.W%b != 0) {
		c.fail("shape %v is no multiple of blocks of %dx%d", in.shape, b, b)
	}
	if c.err != nil {
		return step{}
	}
	c.wantShape(out.shape, x.Batch, x.H/b, x.W/b, x.C*b*b)
	if !c.afford(0) {
		return step{}
	}
	return unaryStep(kernels.NewStrided(blockDims(x.Batch*x.H/b, x.W/b, b, x.C, true), 0, 0, size), out, in)
}

// blockDims walks rows and columns of blocks of b x b positions: in one tensor a block's channels lie together, in the
// other its positions lie in the image. toDepth is set where the image is read.
func blockDims(rows, columns, b, depth int, toDepth bool) []kernels.StridedDim {
	line := columns * b * depth // of the image
	dims := []kernels.StridedDim{
		{N: rows, In: b * line, Out: b * line},
		{N: columns, In: b * b * depth, Out: b * depth},
		{N: b, In: b * depth, Out: line},
		{N: b, In: depth, Out: depth},
		{N: depth, In: 1, Out: 1},
	}
	if toDepth {
		for i, d := range dims {
			dims[i] = kernels.StridedDim{N: d.N, In: d.Out, Out: d.In}
		}
	}
	return dims
}

// L2NormOptions belongs to L2Normalization.
type L2NormOptions struct {
	Activation Activation
}

func readL2Norm(t flat.Table) (L2NormOptions, error) {
	return L2NormOptions{Activation: Activation(t.Uint8("activation", schema.L2NormActivation, 0))}, nil
}

func (p L2NormOptions) verify() error { return p.Activation.verify() }

func (p L2NormOptions) fused() Activation { return p.Activation }

func (p L2NormOptions) write(w *writer) flatbuffers.UOffsetT {
	return w.activation(schema.L2NormFields, schema.L2NormActivation, p.Activation)
}

// rowStep makes the step of a function of each row along the last dimension of float32.
func (c *checker) rowStep(row func(out, in []float32)) step {
	in, out := c.realsIn(0), c.realsOut()
	c.wantShape(out.shape, in.shape...)
	if c.err == nil && len(in.shape) == 0 {
		c.fail("input 0 has no dimensions")
	}
	if act := c.fused(); act != ActNone {
		c.fail("the fused activation %v is not supported", act)
	}
	if !c.afford(0) {
		return step{}
	}
	return unaryStep(kernels.Rows{N: in.shape[len(in.shape)-1], Row: row}, out, in)
}

func logSoftmax(out, in []float32) {
	largest, sum := slices.Max(in), 0.0
	for _, v := range in {
		sum += math.Exp(float64(v - largest))
	}
	rest := float32(math.Log(sum))
	for i, v := range in {
		out[i] = float32(v-largest) - rest
	}
}

func unitRow(out, in []float32) {
	const least = 1e-6 // as TFLite, so that nothing is divided by 0
	var sum float32
	for _, v := range in {
		sum += float32(v * v)
	}
	length := max(float32(math.Sqrt(float64(sum))), least)
	for i, v := range in {
		out[i] = v / length
	}
}
