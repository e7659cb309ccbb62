package graph

import (
	"slices"

	"github.com/auscult/auscult/tflite"
)

// elementwise are the operators that compute each value from one.
var elementwise = map[tflite.Op]bool{
	tflite.Abs: true, tflite.Elu: true, tflite.Exp: true, tflite.Gelu: true, tflite.HardSwish: true,
	tflite.LeakyRelu: true, tflite.Log: true, tflite.Logistic: true, tflite.Neg: true, tflite.Relu: true,
	tflite.Relu6: true, tflite.ReluN1To1: true, tflite.Rsqrt: true, tflite.Sqrt: true, tflite.Square: true,
	tflite.Tanh: true,
}

// pairwise are those that compute each value from two.
var pairwise = map[tflite.Op]bool{
	tflite.Add: true, tflite.Sub: true, tflite.Mul: true, tflite.Div: true, tflite.Maximum: true,
	tflite.Minimum: true, tflite.Prelu: true, tflite.SquaredDifference: true,
}

// sinkTransposes moves transpositions behind the operators that take them.
func (g *Graph) sinkTransposes() bool {
	changed := false
	for _, n := range slices.Clone(g.Nodes) {
		if order := orderOf(n); order != nil && g.sink(n, order) {
			changed = true
		}
	}
	return changed
}

// orderOf returns the order of the transposition that an operator's inputs that are computed
// all come from, nil where there is none.
func orderOf(n *Node) []int {
	var order []int
	for _, v := range n.In {
		if v == nil || v.Constant() {
			continue
		}
		if v.from == nil || v.from.Op != tflite.Transpose {
			return nil
		}
		own := orderIn(v.from)
		if order != nil && !slices.Equal(order, own) {
			return nil
		}
		order = own
	}
	return order
}

// orderIn returns the order that a transposition brings dimensions to.
func orderIn(t *Node) []int {
	order := make([]int, len(t.In[1].Ints))
	for i, d := range t.In[1].Ints {
		order[i] = int(d)
	}
	return order
}

// sink computes an operator before the transposition that its inputs come from, false where
// it cannot be.
func (g *Graph) sink(n *Node, order []int) bool {
	if n.Op == tflite.Reshape {
		return g.sinkBelow(n, order)
	}
	in := make([]*Value, len(n.In))
	for i, v := range n.In {
		switch {
		case v == nil || v.Constant():
			in[i] = v
		default:
			in[i] = v.from.In[0]
		}
	}
	options, out, ok := moveOptions(n, in, order)
	if !ok {
		return false
	}
	shape := make([]int, len(out))
	for i, d := range out {
		shape[d] = n.Out.Shape[i]
	}
	early := g.Add(n.Op, options, shape, in...)
	early.Name = n.Out.Name
	g.replace(n.Out, g.Transpose(early, out...))
	return true
}

// sinkBelow moves a transposition behind a reshaping that adds or takes away dimensions of one value
// only.
func (g *Graph) sinkBelow(n *Node, order []int) bool {
	t := n.In[0].from
	x := t.In[0]
	var from []int // the dimensions of x that the result's longer ones are
	for i, d := range order {
		if t.Out.Shape[i] != 1 {
			from = append(from, d)
		}
	}
	next := 0
	for _, length := range n.Out.Shape {
		if length == 1 {
			continue
		}
		if next == len(from) || x.Shape[from[next]] != length {
			return false
		}
		next++
	}
	if next != len(from) {
		return false
	}
	// Dimensions of one value first, then those of x in their order.
	sorted := slices.Sorted(slices.Values(from))
	ones := len(n.Out.Shape) - len(from)
	shape, back := slices.Repeat([]int{1}, ones), make([]int, 0, len(n.Out.Shape))
	for _, d := range sorted {
		shape = append(shape, x.Shape[d])
	}
	next, unit := 0, 0
	for _, length := range n.Out.Shape {
		if length == 1 {
			back = append(back, unit)
			unit++
			continue
		}
		back = append(back, ones+slices.Index(sorted, from[next]))
		next++
	}
	g.replace(n.Out, g.Transpose(g.Reshape(x, shape...), back...))
	return true
}

// moveOptions brings what an operator says of dimensions to the order before a transposition:
// its options, and its constant inputs in their places. out is the order that brings the
// result back.
func moveOptions(n *Node, in []*Value, order []int) (options any, out []int, ok bool) {
	options, out = n.Options, order
	inverse := inverseOf(order)
	switch n.Op {
	case tflite.Concatenation:
		o := n.Options.(tflite.ConcatenationOptions)
		o.Axis = order[axisOf(o.Axis, len(order))]
		return o, out, moveConstants(n, in, order)
	case tflite.Mean, tflite.Sum, tflite.ReduceMax, tflite.ReduceMin:
		axes := make([]int, len(in[1].Ints))
		for i, d := range in[1].Ints {
			axes[i] = order[axisOf(int(d), len(order))]
		}
		in[1] = Ints(axes...)
		if !options.(tflite.ReducerOptions).KeepDims {
			out = without(order, axes)
		}
	case tflite.Pad, tflite.PadV2, tflite.MirrorPad:
		in[1] = reordered(in[1], inverse, 2)
	case tflite.Tile:
		in[1] = reordered(in[1], inverse, 1)
	case tflite.Slice:
		in[1], in[2] = reordered(in[1], inverse, 1), reordered(in[2], inverse, 1)
	case tflite.Softmax:
		return options, out, order[len(order)-1] == len(order)-1
	default:
		return options, out, elementwise[n.Op] || pairwise[n.Op] && moveConstants(n, in, order)
	}
	return options, out, true
}

// moveConstants brings the constants among an operator's operands to the order before a
// transposition, false where the operands have not all as many dimensions.
func moveConstants(n *Node, in []*Value, order []int) bool {
	for i, v := range in {
		switch {
		case !v.Constant():
			if len(v.Shape) != len(n.Out.Shape) {
				return false
			}
		case v.Floats == nil || len(v.Shape) > len(order):
			return false
		case v.Size() > 1 || n.Op == tflite.Concatenation:
			in[i] = permuted(ranked(v, len(order)), inverseOf(order))
		}
	}
	return true
}

// inverseOf returns the order that undoes one.
func inverseOf(order []int) []int {
	inverse := make([]int, len(order))
	for i, d := range order {
		inverse[d] = i
	}
	return inverse
}

func axisOf(axis, rank int) int {
	if axis < 0 {
		return axis + rank
	}
	return axis
}

// without returns the order of the dimensions that are left when some are taken away.
func without(order, axes []int) []int {
	var left []int
	for _, d := range order {
		if !slices.Contains(axes, d) {
			left = append(left, d)
		}
	}
	rank := slices.Clone(left)
	slices.Sort(rank)
	for i, d := range left {
		left[i] = slices.Index(rank, d)
	}
	return left
}

// ranked gives a constant so many dimensions, with 1 before its own.
func ranked(v *Value, rank int) *Value {
	c := *v
	c.Shape = append(slices.Repeat([]int{1}, rank-len(v.Shape)), v.Shape...)
	return &c
}

// reordered puts the entries of a constant, so many for each dimension, in another order.
func reordered(v *Value, order []int, each int) *Value {
	out := &Value{Name: v.Name, Shape: v.Shape, Ints: make([]int32, 0, len(v.Ints))}
	for _, d := range order {
		out.Ints = append(out.Ints, v.Ints[d*each:(d+1)*each]...)
	}
	return out
}
