package onnx

import (
	"errors"
	"fmt"
	"slices"

	"github.com/auscult/auscult/tflite"
	"github.com/auscult/auscult/training/graph"
)

// picture is a value as TFLite's operators on pictures take it, [batch, height, width, channel], with the
// way back: ONNX has the channel second, and signals have no height.
type picture struct {
	*graph.Value
	signal bool // one dimension and the channel
}

func (n *node) picture(x *graph.Value) (picture, error) {
	switch len(x.Shape) {
	case 4:
		return picture{n.r.g.Transpose(x, 0, 2, 3, 1), false}, nil
	case 3:
		y := n.r.g.Transpose(x, 0, 2, 1)
		return picture{n.r.g.Reshape(y, y.Shape[0], 1, y.Shape[1], y.Shape[2]), true}, nil
	}
	return picture{}, fmt.Errorf("of %d dimensions: pictures and signals are imported", len(x.Shape))
}

// back returns what an operator on pictures gave, in ONNX's order.
func (n *node) back(y *graph.Value, signal bool) ([]value, error) {
	if signal {
		return one(n.r.g.Transpose(n.r.g.Reshape(y, y.Shape[0], y.Shape[2], y.Shape[3]), 0, 2, 1))
	}
	return one(n.r.g.Transpose(y, 0, 3, 1, 2))
}

// window is how an operator slides over a picture; of each, height and width.
type window struct {
	kernel, stride, dilation, begin, end [2]int

	more [2]int // of the end, which a pool adds that rounds up
}

// window returns how the node slides over an input of a size with a kernel; a signal has a height of 1.
func (n *node) window(in [2]int, kernel []int) (w window, err error) {
	signal := len(kernel) == 1
	if len(kernel) != 1 && len(kernel) != 2 {
		return w, fmt.Errorf("a kernel of %d dimensions: pictures and signals are imported", len(kernel))
	}
	two := func(list []int, otherwise int) (out [2]int, err error) {
		switch {
		case list == nil:
			return [2]int{otherwise, otherwise}, nil
		case len(list) != len(kernel):
			return out, fmt.Errorf("%d numbers for a kernel of %d dimensions", len(list), len(kernel))
		case signal:
			return [2]int{otherwise, list[0]}, nil
		}
		return [2]int{list[0], list[1]}, nil
	}
	var errs [5]error
	w.kernel, errs[0] = two(kernel, 1)
	w.stride, errs[1] = two(n.numbers("strides"), 1)
	w.dilation, errs[2] = two(n.numbers("dilations"), 1)
	pads := n.numbers("pads")
	if pads != nil && len(pads) != 2*len(kernel) {
		return w, fmt.Errorf("%d paddings for a kernel of %d dimensions", len(pads), len(kernel))
	}
	if pads != nil {
		w.begin, errs[3] = two(pads[:len(kernel)], 0)
		w.end, errs[4] = two(pads[len(kernel):], 0)
	}
	if err := errors.Join(errs[:]...); err != nil {
		return w, err
	}
	const most = 1 << 12
	for d := range 2 {
		for _, v := range []int{w.kernel[d], w.stride[d], w.dilation[d], w.begin[d] + 1, w.end[d] + 1} {
			if v < 1 || v > most {
				return w, fmt.Errorf("kernel %v, strides %v, dilations %v, padding %v and %v",
					w.kernel, w.stride, w.dilation, w.begin, w.end)
			}
		}
	}
	n.autoPad(&w, in)
	return w, nil
}

// autoPad pads as much as auto_pad says.
func (n *node) autoPad(w *window, in [2]int) {
	mode := n.text("auto_pad", "NOTSET")
	if mode == "VALID" {
		w.begin, w.end = [2]int{}, [2]int{}
	}
	if mode != "SAME_UPPER" && mode != "SAME_LOWER" {
		return
	}
	for d := range 2 {
		_, total := w.samePadding(d, in[d])
		w.begin[d], w.end[d] = total/2, total-total/2
		if mode == "SAME_LOWER" {
			w.begin[d], w.end[d] = w.end[d], w.begin[d]
		}
	}
}

// reach returns how many values the kernel spans.
func (w *window) reach(d int) int { return (w.kernel[d]-1)*w.dilation[d] + 1 }

// out returns how many places there are along a dimension.
func (w *window) out(d, in int) int { return (in+w.begin[d]+w.end[d]-w.reach(d))/w.stride[d] + 1 }

// samePadding returns how many places SAME padding gives along a dimension, and how much it pads.
func (w *window) samePadding(d, in int) (out, total int) {
	out = (in + w.stride[d] - 1) / w.stride[d]
	return out, max((out-1)*w.stride[d]+w.reach(d)-in, 0)
}

// same reports whether TFLite's SAME padding is that of the window.
func (w *window) same(in [2]int) bool {
	for d := range 2 {
		if out, total := w.samePadding(d, in[d]); out != w.out(d, in[d]) || total/2 != w.begin[d] {
			return false
		}
	}
	return true
}

// placed pads a picture where TFLite's SAME and VALID are not what the window says, and returns with it
// the padding to use.
func (n *node) placed(x *graph.Value, w *window) (*graph.Value, tflite.Padding) {
	none := [2]int{}
	in := [2]int{x.Shape[1], x.Shape[2]}
	switch {
	case w.begin == none && w.end == none:
		return x, tflite.Valid
	case w.same(in):
		return x, tflite.Same
	}
	return n.r.g.Add(tflite.Pad, nil, w.padded(x), x, w.pads()), tflite.Valid
}

// padded returns the shape of a picture with the window's padding.
func (w *window) padded(x *graph.Value) []int {
	return []int{x.Shape[0], x.Shape[1] + w.begin[0] + w.end[0], x.Shape[2] + w.begin[1] + w.end[1], x.Shape[3]}
}

func (w *window) pads() *graph.Value {
	return graph.IntsOf([]int{4, 2}, []int{0, 0, w.begin[0], w.end[0], w.begin[1], w.end[1], 0, 0})
}

// kernelOf returns a layer's weights with two spatial dimensions.
func kernelOf(a *array) (*array, error) {
	switch len(a.shape) {
	case 4:
		return a, nil
	case 3:
		return a.reshaped(a.shape[0], a.shape[1], 1, a.shape[2]), nil
	}
	return nil, fmt.Errorf("weights of %d dimensions: pictures and signals are imported", len(a.shape))
}

// offsets returns the bias as the last input of an operator, none where it is left out.
func (n *node) offsets(at, channels int) ([]*graph.Value, error) {
	if !n.has(at) {
		return nil, nil
	}
	b, err := n.weights(at)
	if err != nil || len(b.v) != channels {
		return nil, errors.Join(err, fmt.Errorf("%d offsets for %d channels", len(b.v), channels))
	}
	return []*graph.Value{b.reshaped(channels).value(n.GetInput()[at])}, nil
}

// convolution is what both kinds of convolutions are read from.
type convolution struct {
	x      picture
	k      *array // weights, with two spatial dimensions
	given  []int  // their shape in the file
	w      window
	groups int
}

func (n *node) convolution() (c convolution, err error) {
	given, err := n.weights(1)
	if err != nil {
		return c, err
	}
	if c.k, err = kernelOf(given); err != nil {
		return c, err
	}
	if c.x, err = n.picture(n.x(0)); err != nil {
		return c, err
	}
	c.given, c.groups = given.shape, n.number("group", 1)
	c.w, err = n.window([2]int{c.x.Shape[1], c.x.Shape[2]}, given.shape[2:])
	return c, err
}

// ofGroups is the error of weights that do not go with what is taken.
func (c *convolution) ofGroups() error {
	return fmt.Errorf("weights of shape %v for %d channels in %d groups", c.given, c.x.Shape[3], c.groups)
}

func conv(n *node) ([]value, error) {
	c, err := n.convolution()
	if err != nil {
		return nil, err
	}
	x, k, w, groups := c.x, c.k, c.w, c.groups
	in, out := x.Shape[3], k.shape[0]
	if groups < 1 || in%groups != 0 || out%groups != 0 || k.shape[1] != in/groups {
		return nil, c.ofGroups()
	}
	offsets, err := n.offsets(2, out)
	if err != nil {
		return nil, err
	}
	size := [2]int{w.out(0, x.Shape[1]), w.out(1, x.Shape[2])}
	if size[0] < 1 || size[1] < 1 {
		return nil, fmt.Errorf("a kernel of %v on a picture of %v", w.kernel, x.Shape[1:3])
	}
	shape := []int{x.Shape[0], size[0], size[1], out}
	if err := graph.CheckShape(shape); err != nil {
		return nil, err
	}
	y, padding := n.placed(x.Value, &w)
	if groups == in && groups > 1 {
		m := k.transposed(1, 2, 3, 0).value(n.GetInput()[1]) // [1, height, width, channel]
		return n.back(n.r.g.Add(tflite.DepthwiseConv2D, tflite.DepthwiseConv2DOptions{
			Padding: padding, StrideH: w.stride[0], StrideW: w.stride[1], DepthMultiplier: out / in,
			DilationH: w.dilation[0], DilationW: w.dilation[1],
		}, shape, append([]*graph.Value{y, m}, offsets...)...), x.signal)
	}
	options := tflite.Conv2DOptions{
		Padding: padding, StrideH: w.stride[0], StrideW: w.stride[1], DilationH: w.dilation[0], DilationW: w.dilation[1],
	}
	var all []*graph.Value
	for group := range groups {
		own := append([]int{shape[0], shape[1], shape[2]}, out/groups)
		all = append(all, n.convGroup(y, k, offsets, options, own, group))
	}
	return n.back(n.r.g.Concat(3, all...), x.signal)
}

// convGroup adds the convolution of one group of channels, which gives a shape.
func (n *node) convGroup(
	y *graph.Value, k *array, offsets []*graph.Value, options tflite.Conv2DOptions, shape []int, group int,
) *graph.Value {
	each, inputs := shape[3], k.shape[1]
	part := func(v *graph.Value) *graph.Value {
		extent := slices.Clone(v.Shape)
		extent[3] = inputs
		return n.r.g.Slice(v, []int{0, 0, 0, group * inputs}, extent)
	}
	own := &array{shape: append([]int{each}, k.shape[1:]...)}
	own.v = k.v[group*graph.Size(own.shape) : (group+1)*graph.Size(own.shape)]
	in := []*graph.Value{part(y), own.transposed(0, 2, 3, 1).value(n.GetInput()[1])}
	if len(offsets) > 0 {
		b := offsets[0]
		in = append(in, graph.Floats(b.Name, []int{each}, b.Floats[group*each:(group+1)*each]))
	}
	return n.r.g.Add(tflite.Conv2D, options, shape, in...)
}

func convTranspose(n *node) ([]value, error) {
	c, err := n.convolution()
	if err != nil {
		return nil, err
	}
	x, w, in := c.x, c.w, c.x.Shape[3]
	if c.groups < 1 || c.k.shape[0] != in || in%c.groups != 0 {
		return nil, c.ofGroups()
	}
	k, err := stretched(c.k, &w, c.groups)
	if err != nil {
		return nil, err
	}
	out := k.shape[1]
	offsets, err := n.offsets(2, out)
	if err != nil {
		return nil, err
	}
	size, err := n.transposedSize(&w, [2]int{x.Shape[1], x.Shape[2]}, len(c.given) == 3)
	if err != nil {
		return nil, err
	}
	return n.transposedConv(x, k, &w, size, offsets)
}

// stretched returns the weights of a transposed convolution in one group and without dilation, which
// are zeros between them.
func stretched(k *array, w *window, groups int) (*array, error) {
	in, each := k.shape[0], k.shape[1]
	shape := []int{in, each * groups, w.reach(0), w.reach(1)}
	if err := graph.CheckShape(shape); err != nil {
		return nil, err
	}
	if groups == 1 && w.dilation == [2]int{1, 1} {
		return k, nil
	}
	out := &array{shape: shape, v: make([]float64, graph.Size(shape))}
	own, steps := graph.Strides(k.shape), graph.Strides(shape)
	for i := range in {
		for o := range each {
			to := i/(in/groups)*each + o
			for y := range k.shape[2] {
				for z := range k.shape[3] {
					at := i*steps[0] + to*steps[1] + y*w.dilation[0]*steps[2] + z*w.dilation[1]
					out.v[at] = k.v[i*own[0]+o*own[1]+y*own[2]+z]
				}
			}
		}
	}
	w.kernel, w.dilation = [2]int{shape[2], shape[3]}, [2]int{1, 1}
	return out, nil
}

// transposedSize returns the size of what a transposed convolution gives, and sets what it cuts off at
// the begin.
func (n *node) transposedSize(w *window, in [2]int, signal bool) (size [2]int, err error) {
	pair := func(name string) (out [2]int, given bool) {
		list := n.numbers(name)
		switch {
		case signal && len(list) == 1:
			return [2]int{0, list[0]}, true
		case !signal && len(list) >= 2:
			return [2]int{list[len(list)-2], list[len(list)-1]}, true
		}
		return out, false
	}
	more, _ := pair("output_padding")
	want, fixed := pair("output_shape")
	mode := n.text("auto_pad", "NOTSET")
	for d := range 2 {
		full := (in[d]-1)*w.stride[d] + w.kernel[d]
		size[d] = full - w.begin[d] - w.end[d] + more[d]
		upper := mode == "SAME_UPPER"
		if upper || mode == "SAME_LOWER" {
			size[d] = in[d] * w.stride[d]
		}
		if fixed && !(signal && d == 0) {
			size[d] = want[d]
		}
		if fixed || upper || mode == "SAME_LOWER" {
			total := max(full+more[d]-size[d], 0)
			if w.begin[d] = total - total/2; upper {
				w.begin[d] = total / 2
			}
		}
		if size[d] < 1 || size[d] > graph.MaxValues || w.begin[d] < 0 || more[d] < 0 {
			return size, fmt.Errorf("it gives a picture of %v", size)
		}
	}
	return size, nil
}

// transposedConv adds a transposed convolution that gives a size: by TFLite's SAME padding where that is
// the same, or whole and cut to size.
func (n *node) transposedConv(x picture, k *array, w *window, size [2]int, offsets []*graph.Value) ([]value, error) {
	same, full := true, [2]int{}
	var longer [2]int
	for d := range 2 {
		in := x.Shape[1+d]
		total := max((in-1)*w.stride[d]+w.kernel[d]-size[d], 0)
		same = same && in == (size[d]+w.stride[d]-1)/w.stride[d] && total/2 == w.begin[d]
		full[d] = (in-1)*w.stride[d] + w.kernel[d]
		longer[d] = max(w.begin[d]+size[d]-full[d], 0)
	}
	options := tflite.TransposeConvOptions{Padding: tflite.Same, StrideH: w.stride[0], StrideW: w.stride[1]}
	shape := []int{x.Shape[0], size[0], size[1], k.shape[1]}
	if !same {
		options.Padding = tflite.Valid
		k = enlarged(k, longer)
		shape = []int{x.Shape[0], full[0] + longer[0], full[1] + longer[1], k.shape[1]}
	}
	if err := graph.CheckShape(shape); err != nil {
		return nil, err
	}
	in := []*graph.Value{graph.Ints(shape...), k.transposed(1, 2, 3, 0).value(n.GetInput()[1]), x.Value}
	y := n.r.g.Add(tflite.TransposeConv, options, shape, append(in, offsets...)...)
	if !same {
		y = n.r.g.Slice(y, []int{0, w.begin[0], w.begin[1], 0}, []int{shape[0], size[0], size[1], shape[3]})
	}
	return n.back(y, x.signal)
}

// enlarged puts zeros behind the weights.
func enlarged(k *array, by [2]int) *array {
	if by == [2]int{} {
		return k
	}
	shape := []int{k.shape[0], k.shape[1], k.shape[2] + by[0], k.shape[3] + by[1]}
	out := &array{shape: shape, v: make([]float64, graph.Size(shape))}
	i, steps := 0, graph.Strides(shape)
	graph.Walk(k.shape, steps, func(at int) {
		out.v[at] = k.v[i]
		i++
	})
	return out
}

func gemm(n *node) ([]value, error) {
	a := n.x(0)
	b, err := n.weights(1)
	if err != nil {
		return nil, err
	}
	if len(a.Shape) != 2 || len(b.shape) != 2 {
		return nil, fmt.Errorf("matrices of shapes %v and %v", a.Shape, b.shape)
	}
	if n.number("transA", 0) != 0 {
		a = n.r.g.Transpose(a, 1, 0)
	}
	if n.number("transB", 0) == 0 {
		b = b.transposed(1, 0)
	}
	if a.Shape[1] != b.shape[1] {
		return nil, fmt.Errorf("matrices of shapes %v and %v", n.in[0].shape(), n.in[1].shape())
	}
	w := b.value(n.GetInput()[1])
	if alpha := n.float("alpha", 1); alpha != 1 {
		for i := range w.Floats {
			w.Floats[i] *= alpha
		}
	}
	y := n.r.g.Add(tflite.FullyConnected, tflite.FullyConnectedOptions{}, []int{a.Shape[0], b.shape[0]}, a, w)
	if !n.has(2) {
		return one(y)
	}
	c := n.x(2)
	if beta := n.float("beta", 1); beta != 1 {
		c = n.r.g.Affine(c, []float32{beta}, []float32{0})
	}
	y, err = n.r.g.Binary(tflite.Add, y, c)
	if err != nil {
		return nil, err
	}
	return one(y)
}

func matMul(n *node) ([]value, error) {
	a, b := n.in[0].shape(), n.in[1].shape()
	if len(a) < 2 || len(b) < 2 || a[len(a)-1] != b[len(b)-2] {
		return nil, fmt.Errorf("matrices of shapes %v and %v", a, b)
	}
	if w := n.in[1].known; w != nil && graph.Size(b) == b[len(b)-1]*b[len(b)-2] && len(b) <= max(len(a), 2) {
		k := w.reshaped(b[len(b)-2], b[len(b)-1]).transposed(1, 0).value(n.GetInput()[1])
		rows := graph.Size(a) / a[len(a)-1]
		y := n.r.g.Add(tflite.FullyConnected, tflite.FullyConnectedOptions{}, []int{rows, k.Shape[0]},
			n.r.g.Reshape(n.x(0), rows, k.Shape[1]), k)
		return one(n.r.g.Reshape(y, append(slices.Clone(a[:len(a)-1]), k.Shape[0])...))
	}
	batch, err := graph.Broadcast(a[:len(a)-2], b[:len(b)-2])
	if err != nil {
		return nil, err
	}
	shape := slices.Concat(batch, []int{a[len(a)-2], b[len(b)-1]})
	return one(n.r.g.Add(tflite.BatchMatMul, tflite.BatchMatMulOptions{}, shape, n.x(0), n.x(1)))
}
