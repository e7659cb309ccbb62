package tflite

import (
	"math"

	flatbuffers "github.com/google/flatbuffers/go"

	"github.com/auscult/auscult/tflite/internal/flat"
	"github.com/auscult/auscult/tflite/internal/kernels"
	"github.com/auscult/auscult/tflite/schema"
)

// Images of another size. Inputs are the image, and the height and width of the result.
const (
	ResizeBilinear        Op = schema.OpResizeBilinear
	ResizeNearestNeighbor Op = schema.OpResizeNearestNeighbor
)

var (
	resizeNearestNeighborDefinition = definition{
		newest:   4,
		options:  coded(schema.OptionsResizeNearestNeighbor, readResizeNearest),
		variants: moving(2, 2, prepareResizeNearest),
	}
	resizeBilinearDefinition = definition{
		newest:  4,
		options: coded(schema.OptionsResizeBilinear, readResizeBilinear),
		cost:    func(c *checker) int64 { return 4 * count(c.outShape()) },
		variants: []variant{
			{output: Int8, least: 2, most: 2, prepare: prepareResizeBilinear},
			{output: Int16, least: 2, most: 2, prepare: prepareWideResizeBilinear},
			{output: Float32, least: 2, most: 2, prepare: prepareFloatResizeBilinear},
		},
	}
)

// ResizeNearestNeighborOptions belongs to ResizeNearestNeighbor.
type ResizeNearestNeighborOptions Resizing

// ResizeBilinearOptions belongs to ResizeBilinear.
type ResizeBilinearOptions Resizing

// Resizing says which places of both images lie on one another.
type Resizing struct {
	AlignCorners     bool // the corners' centres do
	HalfPixelCenters bool // the images' borders do
}

func readResizeNearest(t flat.Table) (ResizeNearestNeighborOptions, error) {
	return ResizeNearestNeighborOptions(readResizing(t, schema.ResizeNearestAlign, schema.ResizeNearestHalf)), nil
}

func (p ResizeNearestNeighborOptions) verify() error { return nil }

func (p ResizeNearestNeighborOptions) write(w *writer) flatbuffers.UOffsetT {
	return w.resizing(schema.ResizeNearestFields, Resizing(p), schema.ResizeNearestAlign, schema.ResizeNearestHalf)
}

func readResizeBilinear(t flat.Table) (ResizeBilinearOptions, error) {
	return ResizeBilinearOptions(readResizing(t, schema.ResizeBilinearAlign, schema.ResizeBilinearHalf)), nil
}

func (p ResizeBilinearOptions) verify() error { return nil }

func (p ResizeBilinearOptions) write(w *writer) flatbuffers.UOffsetT {
	return w.resizing(schema.ResizeBilinearFields, Resizing(p), schema.ResizeBilinearAlign, schema.ResizeBilinearHalf)
}

// readResizing reads the two fields, which either operator's options have, at places of its own.
func readResizing(t flat.Table, align, half int) Resizing {
	return Resizing{AlignCorners: t.Bool("align_corners", align), HalfPixelCenters: t.Bool("half_pixel_centers", half)}
}

// resizing writes a table of the two fields.
func (w *writer) resizing(fields int, p Resizing, align, half int) flatbuffers.UOffsetT {
	w.b.StartObject(fields)
	w.b.PrependBoolSlot(align, p.AlignCorners, false)
	w.b.PrependBoolSlot(half, p.HalfPixelCenters, false)
	return w.b.EndObject()
}

// resized checks the images of a change of size.
func (c *checker) resized(in, out tensor) (from, to kernels.Image) {
	size := c.constantInts(1)
	from = c.image("input 0", in)
	if c.err != nil {
		return from, to
	}
	if len(size) != 2 || size[0] < 1 || size[1] < 1 {
		c.fail("input 1 gives the size %v", size)
		return from, to
	}
	to = kernels.Image{Batch: from.Batch, H: size[0], W: size[1], C: from.C}
	c.wantShape(out.shape, from.Batch, size[0], size[1], from.C)
	return from, to
}

// scale gives how far apart the places of two neighbours of the result are.
func (p Resizing) scale(from, to int) float32 {
	if p.AlignCorners && to > 1 {
		return float32(from-1) / float32(to-1)
	}
	return float32(from) / float32(to)
}

// nearest gives the element nearest to one of the result.
func (p Resizing) nearest(at, from, to int) int {
	half := float32(0)
	if p.HalfPixelCenters {
		half = 0.5
	}
	x := float32(float32(float32(at)+half) * p.scale(from, to))
	i := int(math.Floor(float64(x)))
	if p.AlignCorners {
		i = int(math.Round(float64(x)))
	}
	i = min(i, from-1)
	if p.HalfPixelCenters {
		i = max(i, 0)
	}
	return i
}

func prepareResizeNearest(c *checker, in, out tensor, size int) step {
	from, to := c.resized(in, out)
	if c.err != nil || !c.afford(4*int64(out.n/to.C)) {
		return step{}
	}
	p := Resizing(c.o.Options.(ResizeNearestNeighborOptions))
	var picked []int32
	for n := range to.Batch {
		for y := range to.H {
			row := (n*from.H + p.nearest(y, from.H, to.H)) * from.W
			for x := range to.W {
				picked = append(picked, int32(row+p.nearest(x, from.W, to.W)))
			}
		}
	}
	return unaryStep(kernels.NewPicked(picked, to.C, size, nil), out, in)
}

// between gives the two elements round each one of the result along a dimension, and how near the second is.
func (p Resizing) between(from, to int) []kernels.Between {
	all := make([]kernels.Between, to)
	scale := p.scale(from, to)
	for i := range all {
		x := float32(float32(i) * scale)
		if p.HalfPixelCenters {
			x = float32(float32(float32(float32(i)+0.5)*scale) - 0.5)
		}
		x = max(x, 0)
		first := min(int(x), from-1)
		all[i] = kernels.Between{First: first, Second: min(first+1, from-1), Share: float32(x - float32(first))}
	}
	return all
}

func prepareResizeBilinear(c *checker) step {
	in, out := c.codesIn(0), c.codesOut()
	c.sameMeaning("input 0", in, out)
	if c.reference() {
		c.fail("the reference kernel's shares of 10 bits are not computed here")
	}
	r, ok := c.bilinear(in, out)
	if !ok {
		return step{}
	}
	return unaryStep(&kernels.Bilinear{Resized: r}, out, in)
}

func prepareFloatResizeBilinear(c *checker) step {
	in, out := c.realsIn(0), c.realsOut()
	r, ok := c.bilinear(in, out)
	if !ok {
		return step{}
	}
	return unaryStep(&kernels.FloatBilinear{Resized: r}, out, in)
}

// bilinear plans where each row and column of the result lies.
func (c *checker) bilinear(in, out tensor) (kernels.Resized, bool) {
	from, to := c.resized(in, out)
	if c.err != nil || !c.afford(24*int64(to.H+to.W)) {
		return kernels.Resized{}, false
	}
	p := Resizing(c.o.Options.(ResizeBilinearOptions))
	return kernels.Resized{In: from, Ys: p.between(from.H, to.H), Xs: p.between(from.W, to.W)}, true
}

func prepareWideResizeBilinear(c *checker) step {
	in, out := c.wideIn(0), c.wideOut()
	c.sameMeaning("input 0", in, out)
	from, to := c.resized(in, out)
	if c.err == nil && max(from.H, from.W, to.H, to.W) > 1<<20 {
		c.fail("an image of more than %d rows or columns", 1<<20)
	}
	if c.err != nil || !c.afford(24*int64(to.H+to.W)) {
		return step{}
	}
	p := Resizing(c.o.Options.(ResizeBilinearOptions))
	b := &kernels.WideBilinear{In: from, Ys: p.wideBetween(from.H, to.H), Xs: p.wideBetween(from.W, to.W)}
	return unaryStep(b, out, in)
}

// wideBetween is between in fixed point of 10 fractional bits.
func (p Resizing) wideBetween(from, to int) []kernels.WideBetween {
	all := make([]kernels.WideBetween, to)
	n, of := from, to
	if p.AlignCorners && to > 1 {
		n, of = from-1, to-1
	}
	scale := int32((n<<10 + of/2) / of)
	for i := range all {
		all[i] = kernels.NewWideBetween(int32(i), scale, p.HalfPixelCenters, from)
	}
	return all
}
