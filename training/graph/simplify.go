package graph

import (
	"slices"

	"github.com/auscult/auscult/tflite"
)

// mostRounds bounds how often all rewritings are tried: each makes the graph smaller or moves a
// transposition or an affine step on, so that a network of so many operators ends before.
const mostRounds = 64

// Simplify rewrites the graph to one that computes the same with fewer operators.
func (g *Graph) Simplify() {
	g.order()
	for range mostRounds {
		changed := false
		for _, pass := range []func() bool{
			g.foldConstants, g.normalise, g.dropNothing, g.choose, g.takeParts, g.joinShapes, g.sinkTransposes,
			g.flatten, g.unflatten, g.foldBack, g.foldForward, g.hoist, g.fuse,
		} {
			if pass() {
				changed = true
				g.order()
			}
		}
		if !changed {
			break
		}
	}
	g.settleAffine()
	for g.joinShapes() || g.fuse() {
		g.order()
	}
	g.order()
}

// normalise writes subtractions, divisions and signs as multiplications by constants and
// additions of them, which come second.
func (g *Graph) normalise() bool {
	changed := false
	for _, n := range slices.Clone(g.Nodes) {
		switch n.Op {
		case tflite.Neg:
			n.Op, n.Options = tflite.Mul, tflite.MulOptions{}
			n.In = []*Value{n.In[0], Floats("minus_one", nil, []float32{-1})}
		case tflite.Square:
			n.Op, n.Options, n.In = tflite.Mul, tflite.MulOptions{}, []*Value{n.In[0], n.In[0]}
		case tflite.Div:
			if n.In[1].Floats == nil {
				// By a root: times what runtimes have in int8, too.
				if by := n.In[1].from; by == nil || by.Op != tflite.Sqrt {
					continue
				}
				root := g.Add(tflite.Rsqrt, nil, n.In[1].Shape, n.In[1].from.In[0])
				n.In = []*Value{n.In[0], root}
				n.Op, n.Options = tflite.Mul, tflite.MulOptions{Activation: activationOf(n)}
				changed = true
				continue
			}
			n.In = []*Value{n.In[0], mapped(n.In[1], func(x float32) float32 { return 1 / x })}
			n.Op, n.Options = tflite.Mul, tflite.MulOptions{Activation: activationOf(n)}
		case tflite.Sub:
			switch {
			case n.In[1].Floats != nil:
				n.In = []*Value{n.In[0], mapped(n.In[1], func(x float32) float32 { return -x })}
			case n.In[0].Floats != nil:
				x := n.In[1]
				n.In = []*Value{g.Affine(x, []float32{-1}, []float32{0}), n.In[0]}
			default:
				continue
			}
			n.Op, n.Options = tflite.Add, tflite.AddOptions{Activation: activationOf(n)}
		case tflite.Add, tflite.Mul, tflite.Maximum, tflite.Minimum:
			if !n.In[0].Constant() || n.In[1].Constant() {
				continue
			}
			n.In[0], n.In[1] = n.In[1], n.In[0]
		default:
			continue
		}
		changed = true
	}
	return changed
}

func mapped(v *Value, f func(x float32) float32) *Value {
	out := &Value{Name: v.Name, Shape: v.Shape, Floats: make([]float32, len(v.Floats))}
	for i, x := range v.Floats {
		out.Floats[i] = f(x)
	}
	return out
}

// dropNothing leaves out what changes nothing, and what is multiplied by 0.
func (g *Graph) dropNothing() bool {
	changed := false
	for _, n := range slices.Clone(g.Nodes) {
		if n.Op != tflite.Add && n.Op != tflite.Mul || activationOf(n) != tflite.ActNone {
			continue
		}
		c, x := n.In[1], n.In[0]
		if n.Op == tflite.Mul && x.Floats != nil && c.Floats == nil {
			c, x = x, c
		}
		if c.Floats == nil {
			continue
		}
		same := slices.Equal(n.Out.Shape, x.Shape)
		switch {
		case x.Floats != nil:
			g.replace(n.Out, computed(n))
		case n.Op == tflite.Add && all(c, 0) && same, n.Op == tflite.Mul && all(c, 1) && same:
			g.replace(n.Out, x)
		case n.Op == tflite.Mul && all(c, 0):
			g.replace(n.Out, Floats("zero", n.Out.Shape, make([]float32, n.Out.Size())))
		default:
			continue
		}
		changed = true
	}
	return changed
}

// computed returns the result of an addition or multiplication of constants.
func computed(n *Node) *Value {
	a, b := spreadTo(n.In[0], n.Out.Shape), spreadTo(n.In[1], n.Out.Shape)
	out := Floats("constant", n.Out.Shape, make([]float32, n.Out.Size()))
	for i := range out.Floats {
		if n.Op == tflite.Add {
			out.Floats[i] = a.Floats[i] + b.Floats[i]
		} else {
			out.Floats[i] = a.Floats[i] * b.Floats[i]
		}
	}
	return out
}

func all(v *Value, want float32) bool {
	return !slices.ContainsFunc(v.Floats, func(x float32) bool { return x != want })
}

// joinShapes makes one of two reshapings or transpositions behind each other, and a reshaping
// of a transposition that leaves the values where they are.
func (g *Graph) joinShapes() bool {
	changed := false
	for _, n := range slices.Clone(g.Nodes) {
		if pairwise[n.Op] && whole(n) {
			changed = true
		}
		if n.Op != tflite.Reshape && n.Op != tflite.Transpose {
			continue
		}
		x := n.In[0]
		if n.Op == tflite.Transpose && stays(x.Shape, n.In[1].Ints) {
			g.replace(n.Out, g.Reshape(x, n.Out.Shape...))
			changed = true
			continue
		}
		if n.Op == tflite.Reshape && (slices.Equal(x.Shape, n.Out.Shape) || x.Constant()) {
			g.replace(n.Out, g.Reshape(x, n.Out.Shape...))
			changed = true
			continue
		}
		if x.from == nil || x.from.Op != n.Op {
			continue
		}
		if n.Op == tflite.Reshape {
			g.replace(n.Out, g.Reshape(x.from.In[0], n.Out.Shape...))
		} else {
			order, before := orderIn(n), orderIn(x.from)
			for i, d := range order {
				order[i] = before[d]
			}
			g.replace(n.Out, g.Transpose(x.from.In[0], order...))
		}
		changed = true
	}
	return changed
}

// whole lets an operator on two values take them as they were before a reshaping took dimensions of one value away that
// the result has again.
func whole(n *Node) bool {
	changed := false
	for i, v := range n.In {
		if v.from != nil && v.from.Op == tflite.Reshape && slices.Equal(v.from.In[0].Shape, n.Out.Shape) &&
			!slices.Equal(v.Shape, n.Out.Shape) {
			n.In[i], changed = v.from.In[0], true
		}
	}
	return changed
}

// stays reports whether a transposition moves only dimensions of one value.
func stays(shape []int, order []int32) bool {
	last := int32(-1)
	for _, d := range order {
		if shape[d] == 1 {
			continue
		}
		if d < last {
			return false
		}
		last = d
	}
	return true
}

// activations are the operators that others can do at their end.
var activations = map[tflite.Op]tflite.Activation{
	tflite.Relu: tflite.ActRelu, tflite.Relu6: tflite.ActRelu6, tflite.ReluN1To1: tflite.ActReluN1To1,
}

// fuse lets operators do the activation that follows them.
func (g *Graph) fuse() bool {
	uses, changed := g.uses(), false
	for _, n := range g.Nodes {
		act, ok := activations[n.Op]
		x := n.In[0]
		if !ok || x.from == nil || activationOf(x.from) != tflite.ActNone || !g.only(uses, x) {
			continue
		}
		if withActivation(x.from, act) {
			g.replace(n.Out, x)
			changed = true
		}
	}
	return changed
}

// hoist computes activations before the reshaping or cutting that they follow, where the layer
// before that can do them at its end.
func (g *Graph) hoist() bool {
	changed := false
	for _, n := range slices.Clone(g.Nodes) {
		by := n.In[0].from
		if _, ok := activations[n.Op]; !ok || by == nil || by.Op != tflite.Reshape && by.Op != tflite.Slice {
			continue
		}
		uses := g.uses()
		layer := by.In[0].from
		for layer != nil && (layer.Op == tflite.Reshape || layer.Op == tflite.Slice) && g.only(uses, layer.Out) {
			layer = layer.In[0].from
		}
		if !linear(layer) || activationOf(layer) != tflite.ActNone || !g.only(uses, by.Out) || !g.only(uses, by.In[0]) {
			continue
		}
		early := g.Add(n.Op, nil, by.In[0].Shape, by.In[0])
		in := append([]*Value{early}, by.In[1:]...)
		g.replace(n.Out, g.Add(by.Op, by.Options, n.Out.Shape, in...))
		changed = true
	}
	return changed
}

// only reports whether one node takes a value, and it is no output.
func (g *Graph) only(uses map[*Value][]*Node, v *Value) bool {
	return len(uses[v]) == 1 && !slices.Contains(g.Outputs, v)
}

// activationOf returns the activation that an operator does at its end.
func activationOf(n *Node) tflite.Activation {
	switch o := n.Options.(type) {
	case tflite.AddOptions:
		return o.Activation
	case tflite.SubOptions:
		return o.Activation
	case tflite.MulOptions:
		return o.Activation
	case tflite.DivOptions:
		return o.Activation
	case tflite.Conv2DOptions:
		return o.Activation
	case tflite.DepthwiseConv2DOptions:
		return o.Activation
	case tflite.FullyConnectedOptions:
		return o.Activation
	case tflite.TransposeConvOptions:
		return o.Activation
	case tflite.Pool2DOptions:
		return o.Activation
	case tflite.ConcatenationOptions:
		return o.Activation
	}
	return tflite.ActNone
}

// withActivation lets an operator do an activation, false where it does none.
func withActivation(n *Node, act tflite.Activation) bool {
	switch o := n.Options.(type) {
	case tflite.AddOptions:
		o.Activation = act
		n.Options = o
	case tflite.SubOptions:
		o.Activation = act
		n.Options = o
	case tflite.MulOptions:
		o.Activation = act
		n.Options = o
	case tflite.Conv2DOptions:
		o.Activation = act
		n.Options = o
	case tflite.DepthwiseConv2DOptions:
		o.Activation = act
		n.Options = o
	case tflite.FullyConnectedOptions:
		o.Activation = act
		n.Options = o
	case tflite.TransposeConvOptions:
		o.Activation = act
		n.Options = o
	default:
		return false
	}
	return true
}
