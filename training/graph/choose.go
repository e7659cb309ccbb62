package graph

import (
	"math"
	"slices"

	"github.com/auscult/auscult/tflite"
)

// Frameworks write activations as choices: ELU is x where x is at least 0, and exp(x) - 1 elsewhere. A choice by a
// threshold between functions of what is compared, which meet at the threshold, is a sum: f(max(x, c)) + g(min(x, c))
// - f(c). Where they do not meet it is left, and Lower refuses it.

// comparisons are the operators that say whether something holds; true of those by which numbers are ordered.
var comparisons = map[tflite.Op]bool{
	tflite.Less: true, tflite.LessEqual: true, tflite.Greater: true, tflite.GreaterEqual: true,
	tflite.Equal: false, tflite.NotEqual: false, tflite.LogicalAnd: false, tflite.LogicalOr: false,
	tflite.LogicalNot: false,
}

// Says reports whether an operator says whether something holds. What it gives is 1 or 0 in a graph.
func Says(op tflite.Op) bool {
	_, ok := comparisons[op]
	return ok
}

// choose writes choices without them.
func (g *Graph) choose() bool {
	changed := false
	for _, n := range slices.Clone(g.Nodes) {
		var y *Value
		switch n.Op {
		case tflite.Select, tflite.SelectV2:
			y = g.chosen(n.In[0], n.In[1], n.In[2], n.Out.Shape)
		case tflite.Log:
			y = g.softplus(n)
		case tflite.Mul:
			// What is multiplied by whether something holds is chosen or 0.
			for i, v := range n.In {
				if v.from != nil && v.from.Op == tflite.Cast && activationOf(n) == tflite.ActNone {
					y = g.chosen(v.from.In[0], n.In[1-i], Floats("zero", nil, []float32{0}), n.Out.Shape)
					break
				}
			}
		}
		if y != nil && slices.Equal(y.Shape, n.Out.Shape) {
			g.replace(n.Out, y)
			changed = true
		}
	}
	return changed
}

// chosen returns yes where a mask holds and no elsewhere, nil where that cannot be written without a choice.
func (g *Graph) chosen(mask, yes, no *Value, shape []int) *Value {
	if mask.Floats != nil {
		return g.picked(mask, yes, no, shape)
	}
	by := mask.from
	if by == nil {
		return nil
	}
	again := func(mask, yes, no *Value) *Value {
		if y := g.chosen(mask, yes, no, shape); y != nil {
			return y
		}
		return g.Add(tflite.SelectV2, nil, shape, mask, yes, no)
	}
	switch by.Op {
	case tflite.LogicalNot:
		return again(by.In[0], no, yes)
	case tflite.LogicalAnd:
		return again(by.In[0], again(by.In[1], yes, no), no)
	case tflite.LogicalOr:
		return again(by.In[0], yes, again(by.In[1], yes, no))
	}
	if !Says(by.Op) {
		return nil
	}
	a, b := by.In[0], by.In[1]
	if a == b { // so that what is no number is told from others
		if by.Op == tflite.Equal || by.Op == tflite.LessEqual || by.Op == tflite.GreaterEqual {
			return sameShape(yes, shape)
		}
		return sameShape(no, shape)
	}
	if !comparisons[by.Op] {
		return nil
	}
	high, low := yes, no // where a is the greater one
	if by.Op == tflite.Less || by.Op == tflite.LessEqual {
		high, low = no, yes
	}
	switch {
	case high == a && low == b:
		return g.Add(tflite.Maximum, nil, shape, a, b)
	case high == b && low == a:
		return g.Add(tflite.Minimum, nil, shape, a, b)
	case a.Floats != nil:
		return g.piecewise(b, a, low, high, shape)
	case b.Floats != nil:
		return g.piecewise(a, b, high, low, shape)
	}
	return nil
}

// softplus returns log(exp(x) + 1) as max(x, 0) + log(exp(-|x|) + 1), whose steps between stay small, nil for what is
// another logarithm or that already.
func (g *Graph) softplus(n *Node) *Value {
	add := n.In[0].from
	if add == nil || add.Op != tflite.Add || add.In[1].Floats == nil || !all(add.In[1], 1) {
		return nil
	}
	e := add.In[0].from
	if e == nil || e.Op != tflite.Exp {
		return nil
	}
	x, shape := e.In[0], n.Out.Shape
	if by := x.from; by != nil && by.Op == tflite.Mul && by.In[0].from != nil && by.In[0].from.Op == tflite.Abs {
		return nil
	}
	y := g.Affine(g.Add(tflite.Abs, nil, shape, x), []float32{-1}, []float32{0})
	y = g.Affine(g.Add(tflite.Exp, nil, shape, y), []float32{1}, []float32{1})
	y = g.Add(tflite.Log, nil, shape, y)
	return g.Add(tflite.Add, tflite.AddOptions{}, shape, g.Add(tflite.Relu, nil, shape, x), y)
}

func sameShape(v *Value, shape []int) *Value {
	if v.Floats != nil {
		return spreadTo(v, shape)
	}
	if slices.Equal(v.Shape, shape) {
		return v
	}
	return nil
}

// picked returns a choice that is known.
func (g *Graph) picked(mask, yes, no *Value, shape []int) *Value {
	chosen := spreadTo(mask, shape).Floats
	var sum *Value
	fixed := make([]float32, len(chosen)) // what is chosen of constants
	for side, v := range []*Value{yes, no} {
		is := func(m float32) bool { return (m != 0) == (side == 0) }
		if v.Floats != nil {
			for i, x := range spreadTo(v, shape).Floats {
				if is(chosen[i]) {
					fixed[i] = x
				}
			}
			continue
		}
		factors := make([]float32, len(chosen))
		for i, m := range chosen {
			if is(m) {
				factors[i] = 1
			}
		}
		part := g.Add(tflite.Mul, tflite.MulOptions{}, shape, v, narrowed(Floats("mask", shape, factors)))
		if sum != nil {
			part = g.Add(tflite.Add, tflite.AddOptions{}, shape, sum, part)
		}
		sum = part
	}
	if sum == nil {
		return Floats("chosen", shape, fixed)
	}
	return g.Add(tflite.Add, tflite.AddOptions{}, shape, sum, narrowed(Floats("fixed", shape, fixed)))
}

// piecewise returns high where x is above a threshold and low where it is below, both functions of x alone.
func (g *Graph) piecewise(x, threshold, high, low *Value, shape []int) *Value {
	if !slices.Equal(x.Shape, shape) || len(threshold.Shape) > len(shape) || !spreads(threshold, shape) {
		return nil
	}
	if y := g.known(x, threshold, high, low); y != nil {
		return y
	}
	c := spreadTo(threshold, shape)
	f, g1 := evaluated(high, x, c), evaluated(low, x, c)
	switch {
	case f == nil || g1 == nil:
		return nil
	case !near(f, g1):
		return nil
	case g.alike(high, low, x, c, 1):
		return sameShape(low, shape)
	case g.alike(high, low, x, c, -1):
		return sameShape(high, shape)
	}
	above, below := g.Add(tflite.Maximum, nil, shape, x, threshold), g.Add(tflite.Minimum, nil, shape, x, threshold)
	if all(threshold, 0) {
		above = g.Add(tflite.Relu, nil, shape, x)
	}
	y := g.Add(tflite.Add, tflite.AddOptions{}, shape, g.of(high, x, above), g.of(low, x, below))
	return g.Add(tflite.Add, tflite.AddOptions{}, shape, y, narrowed(mapped(f, func(v float32) float32 { return -v })))
}

func spreads(v *Value, shape []int) bool {
	out, err := Broadcast(v.Shape, shape)
	return err == nil && slices.Equal(out, shape)
}

// known returns what a choice at 0 is that runtimes have an operator for, nil for none.
func (g *Graph) known(x, threshold, high, low *Value) *Value {
	if high != x || !all(threshold, 0) || low.from == nil {
		return nil
	}
	n := low.from
	switch {
	case n.Op == tflite.Mul && n.In[0] == x && n.In[1].Floats != nil && n.In[1].Size() == 1:
		return g.Add(tflite.LeakyRelu, tflite.LeakyReluOptions{Alpha: n.In[1].Floats[0]}, x.Shape, x)
	case n.Op == tflite.Add && n.In[1].Floats != nil && all(n.In[1], -1) && n.In[0].from != nil:
		if e := n.In[0].from; e.Op == tflite.Exp && e.In[0] == x {
			return g.Add(tflite.Elu, nil, x.Shape, x)
		}
	}
	return nil
}

// steps are how far from a threshold two functions are compared.
var steps = []float32{1, 10, 100}

// alike reports whether two functions of x are the same on one side of a threshold, as far as steps go.
func (g *Graph) alike(f, h, x, threshold *Value, side float32) bool {
	for _, step := range steps {
		at := mapped(threshold, func(v float32) float32 { return v + side*step })
		a, b := evaluated(f, x, at), evaluated(h, x, at)
		if a == nil || b == nil || !near(a, b) {
			return false
		}
	}
	return true
}

// near reports whether constants of one shape are the same up to rounding.
func near(a, b *Value) bool {
	for i, v := range a.Floats {
		w := float64(b.Floats[i])
		if d := math.Abs(float64(v) - w); !(d <= 1e-5*max(1, math.Abs(w))) {
			return false
		}
	}
	return true
}

// of returns a function of x of another value: each operator from x to v again. What v takes beside x is constant.
func (g *Graph) of(v, x, by *Value) *Value {
	done := map[*Value]*Value{x: by}
	return walked(v, done, func(n *Node, in []*Value) *Value { return g.Add(n.Op, n.Options, n.Out.Shape, in...) })
}

// evaluated returns what a function of x is for a constant, nil where it is no function of each value of x alone.
func evaluated(v, x, at *Value) *Value {
	y := walked(v, map[*Value]*Value{x: at}, func(n *Node, in []*Value) *Value {
		return constantOf(&Node{Op: n.Op, Options: n.Options, In: in, Out: &Value{Shape: n.Out.Shape}})
	})
	if y == nil {
		return nil
	}
	return spreadTo(y, at.Shape)
}

// walked computes a value from those that are done, nil where an operator between minds which place a value has.
func walked(v *Value, done map[*Value]*Value, f func(n *Node, in []*Value) *Value) *Value {
	if v.Floats != nil {
		return v
	}
	if y, ok := done[v]; ok {
		return y
	}
	done[v] = nil
	if v.from == nil || !elementwise[v.from.Op] && !pairwise[v.from.Op] {
		return nil
	}
	in := make([]*Value, len(v.from.In))
	for i, x := range v.from.In {
		if in[i] = walked(x, done, f); in[i] == nil {
			return nil
		}
	}
	done[v] = f(v.from, in)
	return done[v]
}
