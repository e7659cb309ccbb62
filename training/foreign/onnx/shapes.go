package onnx

import (
	"errors"
	"fmt"
	"slices"

	"github.com/auscult/auscult/tflite"
	"github.com/auscult/auscult/training/graph"
)

// order returns the order that a transposition brings dimensions to.
func (n *node) order(rank int) ([]int, error) {
	order := n.numbers("perm")
	if order == nil {
		for d := range rank {
			order = append(order, rank-1-d)
		}
	}
	sorted := slices.Sorted(slices.Values(order))
	for i, d := range sorted {
		if len(order) != rank || d != i {
			return nil, fmt.Errorf("the order %v of %d dimensions", order, rank)
		}
	}
	return order, nil
}

// newShape returns the shape that a reshaping, of whichever kind, gives.
func (n *node) newShape(from []int) ([]int, error) {
	switch n.GetOpType() {
	case "Flatten":
		at := n.number("axis", 1)
		if at < 0 {
			at += len(from)
		}
		if at < 0 || at > len(from) {
			return nil, fmt.Errorf("dimension %d of %d", at, len(from))
		}
		return []int{graph.Size(from[:at]), graph.Size(from[at:])}, nil
	case "Squeeze":
		return n.squeezed(from)
	case "Unsqueeze":
		return n.unsqueezed(from)
	}
	want, ok, err := n.list("shape", 1)
	if err != nil || !ok {
		return nil, errors.Join(err, errors.New("the new shape is not known"))
	}
	shape, open, rest := slices.Clone(want), -1, 1
	for i, d := range want {
		switch {
		case d == 0 && n.number("allowzero", 0) == 0:
			if i >= len(from) {
				return nil, fmt.Errorf("the shape %v of %v", want, from)
			}
			shape[i] = from[i]
			rest *= from[i]
		case d == -1 && open < 0:
			open = i
		case d < 0 || d > graph.MaxValues || rest > graph.MaxValues:
			return nil, fmt.Errorf("the shape %v of %v", want, from)
		default:
			rest *= d
		}
	}
	if open >= 0 && rest > 0 {
		shape[open] = graph.Size(from) / rest
	}
	if graph.Size(shape) != graph.Size(from) {
		return nil, fmt.Errorf("the shape %v of %v: is it exported for another batch than 1?", want, from)
	}
	return shape, nil
}

func (n *node) squeezed(from []int) ([]int, error) {
	list, ok, err := n.list("axes", 1)
	if err != nil {
		return nil, err
	}
	if list, err = axes(list, len(from)); err != nil {
		return nil, err
	}
	shape := []int{}
	for i, d := range from {
		switch {
		case ok && slices.Contains(list, i) && d != 1:
			return nil, fmt.Errorf("dimension %d of %v is not 1", i, from)
		case ok && slices.Contains(list, i), !ok && d == 1:
		default:
			shape = append(shape, d)
		}
	}
	return shape, nil
}

func (n *node) unsqueezed(from []int) ([]int, error) {
	list, ok, err := n.list("axes", 1)
	if err != nil || !ok {
		return nil, errors.Join(err, errors.New("which dimensions are new is not known"))
	}
	rank := len(from) + len(list)
	if list, err = axes(list, rank); err != nil {
		return nil, err
	}
	shape, next := make([]int, rank), 0
	for i := range shape {
		if slices.Contains(list, i) {
			shape[i] = 1
			continue
		}
		if next >= len(from) {
			return nil, fmt.Errorf("dimensions %v are new twice", list)
		}
		shape[i] = from[next]
		next++
	}
	return shape, nil
}

// slicing is what a slice takes of each dimension.
type slicing struct{ begin, extent, step []int }

// sliced returns what a Slice takes of a shape.
func (n *node) sliced(shape []int) (s slicing, err error) {
	starts, ok1, err1 := n.list("starts", 1)
	ends, ok2, err2 := n.list("ends", 2)
	along, given, err3 := n.list("axes", 3)
	steps, stepped, err4 := n.list("steps", 4)
	if err := errors.Join(err1, err2, err3, err4); err != nil {
		return s, err
	}
	if !given {
		for i := range starts {
			along = append(along, i)
		}
	}
	if !ok1 || !ok2 || len(starts) != len(ends) || len(along) != len(starts) || stepped && len(steps) != len(starts) {
		return s, errors.New("begins, ends and dimensions do not go together")
	}
	if along, err = axes(along, len(shape)); err != nil {
		return s, err
	}
	s = slicing{make([]int, len(shape)), slices.Clone(shape), slices.Repeat([]int{1}, len(shape))}
	for i, d := range along {
		step, length := 1, shape[d]
		if stepped {
			step = steps[i]
		}
		from, to := starts[i], ends[i]
		if from < 0 {
			from += length
		}
		if to < 0 {
			to += length
		}
		switch {
		case step > 0:
			from, to = max(0, min(from, length)), max(0, min(to, length))
			s.extent[d] = max(0, (to-from+step-1)/step)
		case step < 0:
			from, to = max(-1, min(from, length-1)), max(-1, min(to, length-1))
			s.extent[d] = max(0, (from-to-step-1)/-step)
		default:
			return s, errors.New("a step of 0")
		}
		s.begin[d], s.step[d] = max(from, 0), step
	}
	return s, nil
}

// reduced returns the dimensions that a reduction goes along.
func (n *node) reduced(rank int) ([]int, error) {
	list, ok, err := n.list("axes", 1)
	if err != nil {
		return nil, err
	}
	if !ok || len(list) == 0 {
		if n.number("noop_with_empty_axes", 0) != 0 {
			return nil, nil
		}
		for d := range rank {
			list = append(list, d)
		}
	}
	return axes(list, rank)
}

// reducedShape returns what a reduction along some dimensions leaves of a shape.
func reducedShape(of, along []int, keep bool) (shape []int) {
	for d, length := range of {
		switch {
		case !slices.Contains(along, d):
			shape = append(shape, length)
		case keep:
			shape = append(shape, 1)
		}
	}
	return shape
}

func reshape(n *node) ([]value, error) {
	shape, err := n.newShape(n.in[0].shape())
	if err != nil {
		return nil, err
	}
	return one(n.r.g.Reshape(n.x(0), shape...))
}

func transpose(n *node) ([]value, error) {
	order, err := n.order(len(n.in[0].shape()))
	if err != nil {
		return nil, err
	}
	return one(n.r.g.Transpose(n.x(0), order...))
}

func slice(n *node) ([]value, error) {
	x := n.x(0)
	s, err := n.sliced(x.Shape)
	if err != nil {
		return nil, err
	}
	if err := graph.CheckShape(s.extent); err != nil {
		return nil, err
	}
	if !slices.ContainsFunc(s.step, func(step int) bool { return step != 1 }) {
		return one(n.r.g.Slice(x, s.begin, s.extent))
	}
	ends := make([]int, len(s.begin))
	mask := 0
	for i := range ends {
		if ends[i] = s.begin[i] + s.extent[i]*s.step[i]; s.step[i] < 0 && ends[i] < 0 {
			mask |= 1 << i
		}
	}
	return one(n.r.g.Add(tflite.StridedSlice, tflite.StridedSliceOptions{EndMask: mask}, s.extent, x,
		graph.Ints(s.begin...), graph.Ints(ends...), graph.Ints(s.step...)))
}

func split(n *node) ([]value, error) {
	x := n.x(0)
	at, err := axis(n.number("axis", 0), len(x.Shape))
	if err != nil {
		return nil, err
	}
	parts, err := n.parts(x.Shape[at])
	if err != nil {
		return nil, err
	}
	begin, sum := make([]int, len(x.Shape)), 0
	var out []value
	for _, part := range parts {
		extent := slices.Clone(x.Shape)
		extent[at] = part
		out = append(out, value{v: n.r.g.Slice(x, begin, extent)})
		sum += part
		begin = slices.Clone(begin)
		begin[at] = sum
	}
	return out, nil
}

// parts returns the lengths that a Split gives of one.
func (n *node) parts(length int) ([]int, error) {
	parts, ok, err := n.list("split", 1)
	if err != nil {
		return nil, err
	}
	if !ok {
		count := len(n.GetOutput())
		each := (length + count - 1) / max(count, 1)
		for left := length; left > 0; left -= each {
			parts = append(parts, min(each, left))
		}
	}
	left := length
	for _, part := range parts {
		if left -= part; part < 1 || left < 0 {
			return nil, fmt.Errorf("parts %v of %d", parts, length)
		}
	}
	return parts, nil
}

// joined returns the dimension along which a Concat joins its inputs, and the shape that they come to.
func (n *node) joined() (at int, shape []int, err error) {
	first := n.in[0].shape()
	if at, err = axis(n.number("axis", 0), len(first)); err != nil {
		return 0, nil, err
	}
	shape = slices.Clone(first)
	shape[at] = 0
	for _, x := range n.in {
		own := x.shape()
		if len(own) != len(shape) || !slices.Equal(own[:at], shape[:at]) || !slices.Equal(own[at+1:], shape[at+1:]) {
			return 0, nil, fmt.Errorf("shapes %v and %v cannot be joined", first, own)
		}
		shape[at] += own[at]
	}
	return at, shape, nil
}

func concat(n *node) ([]value, error) {
	at, _, err := n.joined()
	if err != nil {
		return nil, err
	}
	var all []*graph.Value
	for i, x := range n.in {
		if graph.Size(x.shape()) > 0 {
			all = append(all, n.x(i))
		}
	}
	return one(n.r.g.Concat(at, all...))
}

func gather(n *node) ([]value, error) {
	x := n.x(0)
	at, err := axis(n.number("axis", 0), len(x.Shape))
	if err != nil {
		return nil, err
	}
	known, err := n.weights(1)
	if err != nil {
		return nil, err
	}
	places := known.ints()
	if places, err = axes(places, x.Shape[at]); err != nil {
		return nil, err
	}
	shape := slices.Concat(x.Shape[:at], known.shape, x.Shape[at+1:])
	if err := graph.CheckShape(shape); err != nil {
		return nil, err
	}
	for i, p := range places {
		if p != places[0]+i {
			return one(n.r.g.Add(tflite.Gather, tflite.GatherOptions{Axis: at}, shape, x,
				graph.IntsOf(known.shape, places)))
		}
	}
	begin, extent := make([]int, len(x.Shape)), slices.Clone(x.Shape)
	begin[at], extent[at] = places[0], len(places)
	return one(n.r.g.Reshape(n.r.g.Slice(x, begin, extent), shape...))
}

func expand(n *node) ([]value, error) {
	want, _, err := n.list("shape", 1)
	if err != nil {
		return nil, err
	}
	x := n.x(0)
	shape, err := graph.Broadcast(x.Shape, want)
	if err != nil {
		return nil, err
	}
	x = n.r.g.Reshape(x, append(slices.Repeat([]int{1}, len(shape)-len(x.Shape)), x.Shape...)...)
	times := slices.Clone(shape)
	for i, d := range x.Shape {
		times[i] /= d
	}
	return one(tiled(n, x, times))
}

func tile(n *node) ([]value, error) {
	times, _, err := n.list("repeats", 1)
	if err != nil {
		return nil, err
	}
	if len(times) != len(n.in[0].shape()) {
		return nil, fmt.Errorf("%d repetitions of %d dimensions", len(times), len(n.in[0].shape()))
	}
	return one(tiled(n, n.x(0), times))
}

// tiled returns a value so many times along each dimension.
func tiled(n *node, x *graph.Value, times []int) *graph.Value {
	shape := slices.Clone(x.Shape)
	for i := range shape {
		shape[i] = max(0, min(shape[i]*max(times[i], 0), graph.MaxValues+1))
	}
	if slices.Equal(shape, x.Shape) {
		return x
	}
	return n.r.g.Add(tflite.Tile, nil, shape, x, graph.Ints(times...))
}

func pad(n *node) ([]value, error) {
	x := n.x(0)
	pads, ok, err := n.list("pads", 1)
	if err != nil || !ok {
		return nil, errors.Join(err, errors.New("how much is padded is not known"))
	}
	rank := len(x.Shape)
	begin, end := make([]int, rank), make([]int, rank)
	along, given, err := n.list("axes", 3)
	if err != nil {
		return nil, err
	}
	if !given {
		for d := range rank {
			along = append(along, d)
		}
	}
	if along, err = axes(along, rank); err != nil || len(pads) != 2*len(along) {
		return nil, errors.Join(err, fmt.Errorf("%d paddings of %d dimensions", len(pads), len(along)))
	}
	for i, d := range along {
		begin[d], end[d] = pads[i], pads[len(along)+i]
	}
	x, err = cropped(n, x, begin, end)
	if err != nil {
		return nil, err
	}
	filler := n.float("value", 0)
	if n.has(2) {
		if n.in[2].known == nil || len(n.in[2].known.v) != 1 {
			return nil, errors.New("what it pads with is computed")
		}
		filler = float32(n.in[2].known.v[0])
	}
	return n.padded(x, begin, end, filler)
}

// cropped cuts off what padding less than nothing takes away.
func cropped(n *node, x *graph.Value, begin, end []int) (*graph.Value, error) {
	from, extent := make([]int, len(x.Shape)), slices.Clone(x.Shape)
	for d := range begin {
		from[d] = max(-begin[d], 0)
		extent[d] -= from[d] + max(-end[d], 0)
		begin[d], end[d] = max(begin[d], 0), max(end[d], 0)
	}
	if err := graph.CheckShape(extent); err != nil {
		return nil, err
	}
	return n.r.g.Slice(x, from, extent), nil
}

// padded pads a value as the node's mode says.
func (n *node) padded(x *graph.Value, begin, end []int, filler float32) ([]value, error) {
	shape := slices.Clone(x.Shape)
	var both []int
	for d := range shape {
		if begin[d] > graph.MaxValues || end[d] > graph.MaxValues {
			return nil, fmt.Errorf("%d and %d are padded", begin[d], end[d])
		}
		shape[d] += begin[d] + end[d]
		both = append(both, begin[d], end[d])
	}
	if slices.Equal(shape, x.Shape) {
		return one(x)
	}
	pads := graph.IntsOf([]int{len(shape), 2}, both)
	switch mode := n.text("mode", "constant"); mode {
	case "constant":
		if filler != 0 {
			return one(n.r.g.Add(tflite.PadV2, nil, shape, x, pads, graph.Floats("filler", []int{1}, []float32{filler})))
		}
		return one(n.r.g.Add(tflite.Pad, nil, shape, x, pads))
	case "reflect":
		return one(n.r.g.Add(tflite.MirrorPad, tflite.MirrorPadOptions{}, shape, x, pads))
	case "edge":
		if slices.Max(both) == 1 { // repeating one value is a mirror at the border
			return one(n.r.g.Add(tflite.MirrorPad, tflite.MirrorPadOptions{Mode: 1}, shape, x, pads))
		}
		return nil, errors.New("padding by the edge's values is imported for one value only")
	default:
		return nil, fmt.Errorf("padding of mode %.20q is not imported", mode)
	}
}
