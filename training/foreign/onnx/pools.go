package onnx

import (
	"errors"
	"fmt"
	"slices"

	"github.com/auscult/auscult/tflite"
	"github.com/auscult/auscult/training/graph"
)

// pooling is a pool's window on a picture.
func (n *node) pooling() (picture, window, []int, error) {
	x, err := n.picture(n.x(0))
	if err != nil {
		return x, window{}, nil, err
	}
	w, err := n.window([2]int{x.Shape[1], x.Shape[2]}, n.numbers("kernel_shape"))
	if err != nil {
		return x, w, nil, err
	}
	if w.dilation != [2]int{1, 1} {
		return x, w, nil, errors.New("a pool with dilation is not imported")
	}
	shape := slices.Clone(x.Shape)
	for d := range 2 {
		in := x.Shape[1+d]
		if n.number("ceil_mode", 0) != 0 {
			// One more place where its window begins within what there is.
			rest := (in + w.begin[d] + w.end[d] - w.reach(d)) % w.stride[d]
			if rest > 0 && w.out(d, in)*w.stride[d] < in+w.begin[d] {
				w.more[d] = w.stride[d] - rest
				w.end[d] += w.more[d]
			}
		}
		if shape[1+d] = w.out(d, in); shape[1+d] < 1 {
			return x, w, nil, fmt.Errorf("a window of %v on a picture of %v", w.kernel, x.Shape[1:3])
		}
	}
	return x, w, shape, nil
}

func (w *window) pool(padding tflite.Padding) tflite.Pool2DOptions {
	return tflite.Pool2DOptions{
		Padding: padding, StrideH: w.stride[0], StrideW: w.stride[1], FilterH: w.kernel[0], FilterW: w.kernel[1],
	}
}

func maxPool(n *node) ([]value, error) {
	x, w, shape, err := n.pooling()
	if err != nil {
		return nil, err
	}
	in := [2]int{x.Shape[1], x.Shape[2]}
	if w.begin == [2]int{} && w.end == [2]int{} || w.same(in) {
		y, padding := n.placed(x.Value, &w)
		return n.back(n.r.g.Add(tflite.MaxPool2D, w.pool(padding), shape, y), x.signal)
	}
	// A window that reaches beyond the border by less than half holds the values that a mirror
	// shows there: the largest is the same.
	for d := range 2 {
		if w.begin[d] > w.kernel[d]/2 || w.end[d] > w.kernel[d]/2 || max(w.begin[d], w.end[d]) > in[d] {
			return nil, fmt.Errorf("a padding of %v and %v for windows of %v is not imported", w.begin, w.end, w.kernel)
		}
	}
	y := n.r.g.Add(tflite.MirrorPad, tflite.MirrorPadOptions{Mode: 1}, w.padded(x.Value), x.Value, w.pads())
	return n.back(n.r.g.Add(tflite.MaxPool2D, w.pool(tflite.Valid), shape, y), x.signal)
}

func averagePool(n *node) ([]value, error) {
	x, w, shape, err := n.pooling()
	if err != nil {
		return nil, err
	}
	in := [2]int{x.Shape[1], x.Shape[2]}
	whole := n.number("count_include_pad", 0) != 0
	padded := w.begin != [2]int{} || w.end != [2]int{}
	if !padded || !whole && w.same(in) {
		y, padding := n.placed(x.Value, &w)
		return n.back(n.r.g.Add(tflite.AveragePool2D, w.pool(padding), shape, y), x.signal)
	}
	y := n.r.g.Add(tflite.Pad, nil, w.padded(x.Value), x.Value, w.pads())
	y = n.r.g.Add(tflite.AveragePool2D, w.pool(tflite.Valid), shape, y)
	// Windows that reach beyond what counts hold zeros there, by which the mean is too low.
	factors := &array{shape: []int{1, shape[1], shape[2], 1}}
	for i := range shape[1] {
		for j := range shape[2] {
			counted := 1
			for d, at := range []int{i, j} {
				from, to := at*w.stride[d]-w.begin[d], at*w.stride[d]-w.begin[d]+w.kernel[d]
				low, high := 0, in[d]
				if whole {
					low, high = -w.begin[d], in[d]+w.end[d]-w.more[d]
				}
				counted *= max(min(to, high)-max(from, low), 1)
			}
			factors.v = append(factors.v, float64(w.kernel[0]*w.kernel[1])/float64(counted))
		}
	}
	y, err = n.r.g.Binary(tflite.Mul, y, factors.value("counted"))
	if err != nil {
		return nil, err
	}
	return n.back(y, x.signal)
}

func globalPool(n *node) ([]value, error) {
	x, err := n.picture(n.x(0))
	if err != nil {
		return nil, err
	}
	op := tflite.Mean
	if n.GetOpType() == "GlobalMaxPool" {
		op = tflite.ReduceMax
	}
	shape := []int{x.Shape[0], 1, 1, x.Shape[3]}
	y := n.r.g.Add(op, tflite.ReducerOptions{KeepDims: true}, shape, x.Value, graph.Ints(1, 2))
	return n.back(y, x.signal)
}

func reduce(n *node) ([]value, error) {
	x := n.x(0)
	along, err := n.reduced(len(x.Shape))
	if err != nil {
		return nil, err
	}
	keep := n.number("keepdims", 1) != 0
	shape := reducedShape(x.Shape, along, keep)
	ops := map[string]tflite.Op{
		"ReduceMean": tflite.Mean, "ReduceSum": tflite.Sum, "ReduceMax": tflite.ReduceMax, "ReduceMin": tflite.ReduceMin,
		"ReduceL2": tflite.Sum, "ReduceSumSquare": tflite.Sum,
	}
	op := n.GetOpType()
	if op == "ReduceL2" || op == "ReduceSumSquare" {
		x = n.mul(x, x)
	}
	y := x
	if len(along) > 0 {
		y = n.r.g.Add(ops[op], tflite.ReducerOptions{KeepDims: keep}, shape, x, graph.Ints(along...))
	}
	if op == "ReduceL2" {
		y = n.of(tflite.Sqrt, y)
	}
	return one(y)
}

func resize(n *node) ([]value, error) {
	given := n.x(0)
	rank := len(given.Shape)
	want, err := n.resized(given.Shape)
	if err != nil {
		return nil, err
	}
	if rank != 3 && rank != 4 || want[0] != given.Shape[0] || want[1] != given.Shape[1] {
		return nil, fmt.Errorf("from %v to %v: pictures and signals are imported", given.Shape, want)
	}
	x, err := n.picture(given)
	if err != nil {
		return nil, err
	}
	size := []int{1, want[rank-1]}
	if rank == 4 {
		size[0] = want[2]
	}
	shape := []int{x.Shape[0], size[0], size[1], x.Shape[3]}
	if err := graph.CheckShape(shape); err != nil {
		return nil, err
	}
	how := n.text("coordinate_transformation_mode", "half_pixel")
	if n.GetOpType() == "Upsample" {
		how = "asymmetric"
	}
	corners := how == "align_corners"
	centres := how == "half_pixel" || how == "pytorch_half_pixel" || how == "half_pixel_symmetric"
	if !corners && !centres && how != "asymmetric" {
		return nil, fmt.Errorf("coordinates of mode %.30q are not imported", how)
	}
	switch mode := n.text("mode", "nearest"); mode {
	case "linear", "bilinear":
		return n.back(n.r.g.Add(tflite.ResizeBilinear, tflite.ResizeBilinearOptions{
			AlignCorners: corners, HalfPixelCenters: centres,
		}, shape, x.Value, graph.Ints(size...)), x.signal)
	case "nearest":
		repeats := size[0]%x.Shape[1] == 0 && size[1]%x.Shape[2] == 0
		if !repeats && (how != "asymmetric" || n.text("nearest_mode", "round_prefer_floor") != "floor") || corners {
			return nil, fmt.Errorf("from %v to %v by the nearest value with coordinates of mode %.30q is not imported",
				x.Shape[1:3], size, how)
		}
		return n.back(n.r.g.Add(tflite.ResizeNearestNeighbor, tflite.ResizeNearestNeighborOptions{},
			shape, x.Value, graph.Ints(size...)), x.signal)
	default:
		return nil, fmt.Errorf("mode %.20q is not imported", mode)
	}
}

// resized returns the shape that a Resize or an Upsample gives.
func (n *node) resized(shape []int) ([]int, error) {
	scalesAt, sizesAt := 2, 3
	switch {
	case n.GetOpType() == "Upsample", n.r.opset < 11:
		scalesAt, sizesAt = 1, len(n.in)
	}
	if n.has(sizesAt) {
		want, _, err := n.list("", sizesAt)
		if err != nil || len(want) != len(shape) {
			return nil, errors.Join(err, fmt.Errorf("%d sizes of %d dimensions", len(want), len(shape)))
		}
		return want, nil
	}
	var scales []float64
	if a := n.attribute("scales"); a != nil && len(a.GetFloats()) > 0 {
		for _, v := range a.GetFloats() {
			scales = append(scales, float64(v))
		}
	} else if n.has(scalesAt) && n.in[scalesAt].known != nil {
		scales = n.in[scalesAt].known.v
	}
	if len(scales) != len(shape) {
		return nil, fmt.Errorf("%d scales of %d dimensions", len(scales), len(shape))
	}
	want := make([]int, len(shape))
	for d := range shape {
		to := float64(shape[d]) * scales[d]
		if !(to >= 1 && to <= graph.MaxValues) {
			return nil, fmt.Errorf("%g times %d values", scales[d], shape[d])
		}
		want[d] = int(to + 1e-6)
	}
	return want, nil
}
