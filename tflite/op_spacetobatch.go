package tflite

import (
	"math"

	"github.com/auscult/auscult/tflite/internal/kernels"
	"github.com/auscult/auscult/tflite/schema"
)

// Blocks of an image to entries of a batch and back, as converters write dilated convolutions. Inputs are the image,
// the sides of a block, and what is padded, or cut off.
const (
	SpaceToBatchND Op = schema.OpSpaceToBatchND
	BatchToSpaceND Op = schema.OpBatchToSpaceND
)

var (
	spaceToBatchNDDefinition = definition{newest: 4, variants: moving(3, 3, prepareSpaceToBatch)}
	batchToSpaceNDDefinition = definition{newest: 4, variants: moving(3, 3, prepareBatchToSpace)}
)

// blocks is what both directions have in common: images [batch, H, W, C], or [batch, H, C] with a width of 1.
type blocks struct {
	flat    bool          // the shape has no width
	deep    kernels.Image // with blocks in the batch
	wide    kernels.Image // with blocks in place, padding included
	h, w    int           // sides of a block
	margins [2][2]int     // what is padded or cut off, by dimension: before and after
	inner   kernels.Image // wide without the margins
}

// blocksOf reads the inputs about blocks.
func (c *checker) blocksOf(in tensor) (b blocks, ok bool) {
	sides, margins := c.constantInts(1), c.constantInts(2)
	if c.err != nil {
		return b, false
	}
	b.flat = len(in.shape) == 3
	if n := len(in.shape) - 2; n < 1 || n > 2 || len(sides) != n || len(margins) != 2*n {
		c.fail("inputs 1 and 2 have %d and %d values for shape %v", len(sides), len(margins), in.shape)
		return b, false
	}
	b.h, b.w = sides[0], 1
	b.margins[0] = [2]int{margins[0], margins[1]}
	if !b.flat {
		b.w = sides[1]
		b.margins[1] = [2]int{margins[2], margins[3]}
	}
	for _, v := range margins {
		if v < 0 || v > MaxExtent {
			c.fail("input 2 gives the margins %v", margins)
			return b, false
		}
	}
	if b.h < 1 || b.w < 1 || b.h > MaxExtent || b.w > MaxExtent {
		c.fail("input 1 gives blocks of %v", sides)
		return b, false
	}
	return b, true
}

// imageOf gives an image of three or four dimensions.
func imageOf(shape []int) kernels.Image {
	if len(shape) == 3 {
		return kernels.Image{Batch: shape[0], H: shape[1], W: 1, C: shape[2]}
	}
	return kernels.Image{Batch: shape[0], H: shape[1], W: shape[2], C: shape[3]}
}

// shapeOf is the inverse of imageOf.
func (b *blocks) shapeOf(im kernels.Image) []int {
	if b.flat {
		return []int{im.Batch, im.H, im.C}
	}
	return []int{im.Batch, im.H, im.W, im.C}
}

func prepareSpaceToBatch(c *checker, in, out tensor, size int) step {
	b, ok := c.blocksOf(in)
	if !ok {
		return step{}
	}
	b.inner = imageOf(in.shape)
	b.wide = b.inner
	b.wide.H += b.margins[0][0] + b.margins[0][1]
	b.wide.W += b.margins[1][0] + b.margins[1][1]
	if b.wide.H%b.h != 0 || b.wide.W%b.w != 0 {
		c.fail("%dx%d positions with their padding do not divide into blocks of %dx%d", b.wide.H, b.wide.W, b.h, b.w)
		return step{}
	}
	if int64(b.wide.Batch)*int64(b.h)*int64(b.w) > math.MaxInt32 {
		c.fail("blocks of %dx%d are too many", b.h, b.w)
		return step{}
	}
	b.deep = kernels.Image{Batch: b.wide.Batch * b.h * b.w, H: b.wide.H / b.h, W: b.wide.W / b.w, C: b.wide.C}
	c.wantShape(out.shape, b.shapeOf(b.deep)...)
	if !c.afford(4 * int64(out.n/b.deep.C)) {
		return step{}
	}
	var from []int32
	b.each(func(batch, y, x int) {
		y, x = y-b.margins[0][0], x-b.margins[1][0]
		if y < 0 || y >= b.inner.H || x < 0 || x >= b.inner.W {
			from = append(from, -1)
			return
		}
		from = append(from, int32((batch*b.inner.H+y)*b.inner.W+x))
	})
	return unaryStep(kernels.NewPicked(from, b.deep.C, size, zero(out, size)), out, in)
}

// each walks the deep image in its order and gives the place in the wide one.
func (b *blocks) each(visit func(batch, y, x int)) {
	batches := b.wide.Batch
	for n := range b.deep.Batch {
		at := n / batches
		dy, dx := at/b.w, at%b.w
		for y := range b.deep.H {
			for x := range b.deep.W {
				visit(n%batches, y*b.h+dy, x*b.w+dx)
			}
		}
	}
}

func prepareBatchToSpace(c *checker, in, out tensor, size int) step {
	b, ok := c.blocksOf(in)
	if !ok {
		return step{}
	}
	b.deep = imageOf(in.shape)
	b.wide = kernels.Image{Batch: b.deep.Batch / (b.h * b.w), H: b.deep.H * b.h, W: b.deep.W * b.w, C: b.deep.C}
	b.inner = b.wide
	b.inner.H -= b.margins[0][0] + b.margins[0][1]
	b.inner.W -= b.margins[1][0] + b.margins[1][1]
	if b.deep.Batch%(b.h*b.w) != 0 || b.inner.H < 1 || b.inner.W < 1 {
		c.fail("a batch of %d does not make blocks of %dx%d, or all is cut off", b.deep.Batch, b.h, b.w)
		return step{}
	}
	c.wantShape(out.shape, b.shapeOf(b.inner)...)
	if !c.afford(4 * int64(out.n/b.inner.C)) {
		return step{}
	}
	from, next := make([]int32, out.n/b.inner.C), int32(0)
	b.each(func(batch, y, x int) {
		y, x = y-b.margins[0][0], x-b.margins[1][0]
		if y >= 0 && y < b.inner.H && x >= 0 && x < b.inner.W {
			from[(batch*b.inner.H+y)*b.inner.W+x] = next
		}
		next++
	})
	return unaryStep(kernels.NewPicked(from, b.inner.C, size, nil), out, in)
}
