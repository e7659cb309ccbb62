package tflitetest

import (
	"slices"

	"github.com/auscult/auscult/tflite"
)

// padV2 makes PADV2 with a constant.
func (g *generator) padV2() {
	y := g.pad(g.codes(), 3)
	o := &g.Model.Operators[0]
	q := g.quant(y)
	value := g.Weights([]int8{int8(g.between(-128, 127))}, 0, []float32{q.Scale})
	g.Model.Tensors[value].Shape = nil
	g.Model.Tensors[value].Quant.ZeroPoints[0] = int64(q.ZeroPoint)
	o.Op, o.Inputs = tflite.PadV2, append(o.Inputs, value)
	g.Output(y)
}

// mirrorPad makes MIRROR_PAD.
func (g *generator) mirrorPad() {
	x := g.codes()
	mode := g.IntN(2)
	var amounts []int
	var want []int
	for _, n := range g.shape(x) {
		before, after := g.IntN(n+mode), g.IntN(n+mode)
		amounts, want = append(amounts, before, after), append(want, n+before+after)
	}
	size := g.margins(amounts...)
	g.Output(g.Op(tflite.MirrorPad, 2, tflite.MirrorPadOptions{Mode: mode}, g.like(x, want...), x, size))
}

// dilated makes what converters write for a dilated convolution: SPACE_TO_BATCH_ND and a convolution.
func (g *generator) dilated() {
	x := g.image()
	s := slices.Clone(g.shape(x))
	if g.IntN(3) == 0 { // of one dimension
		x = g.Input(g.quant(x), s[0], s[1], s[3])
		g.Model.Inputs = []int{x}
		h, before := g.between(1, 3), g.IntN(3)
		after := (h - (s[1]+before)%h) % h
		y := g.like(x, s[0]*h, (s[1]+before+after)/h, s[3])
		margins := g.margins(before, after)
		g.Output(g.Op(tflite.SpaceToBatchND, 3, nil, y, x, g.ints(h), margins))
		return
	}
	h, w, top, left := g.between(1, 3), g.between(1, 3), g.IntN(3), g.IntN(3)
	bottom, right := (h-(s[1]+top)%h)%h, (w-(s[2]+left)%w)%w
	y := g.like(x, s[0]*h*w, (s[1]+top+bottom)/h, (s[2]+left+right)/w, s[3])
	margins := g.margins(top, bottom, left, right)
	y = g.Op(tflite.SpaceToBatchND, 2, nil, y, x, g.ints(h, w), margins)
	if g.bool() {
		y = g.conv1x1(y, g.channels())
	}
	g.Output(y)
}

// batchToSpace makes BATCH_TO_SPACE_ND.
func (g *generator) batchToSpace() {
	x := g.image()
	s := g.shape(x)
	h, w := g.between(1, 3), g.between(1, 3)
	n := s[0]
	s[0] *= h * w
	cut := func(size int) (before, after int) {
		before = g.IntN(min(size, 3))
		return before, g.IntN(min(size-before, 3))
	}
	top, bottom := cut(s[1] * h)
	left, right := cut(s[2] * w)
	margins := g.margins(top, bottom, left, right)
	y := g.like(x, n, s[1]*h-top-bottom, s[2]*w-left-right, s[3])
	g.Output(g.Op(tflite.BatchToSpaceND, 2, nil, y, x, g.ints(h, w), margins))
}

// resize makes RESIZE_NEAREST_NEIGHBOR or RESIZE_BILINEAR.
func (g *generator) resize(op tflite.Op) {
	x := g.image()
	s := g.shape(x)
	h, w := g.between(1, 15), g.between(1, 15)
	if g.bool() {
		h, w = 2*s[1], 2*s[2]
	}
	var r tflite.Resizing
	switch g.IntN(3) {
	case 0:
		r.AlignCorners = true
	case 1:
		r.HalfPixelCenters = true
	}
	var p any = tflite.ResizeBilinearOptions(r)
	if op == tflite.ResizeNearestNeighbor {
		p = tflite.ResizeNearestNeighborOptions(r)
	}
	g.Output(g.Op(op, 3, p, g.like(x, s[0], h, w, s[3]), x, g.ints(h, w)))
}
