package graph

import (
	"slices"

	"github.com/auscult/auscult/tflite"
)

// takeParts takes out of what several values are joined to only those values that a slice is of, and slices at once
// what is sliced twice: loops that write a list step by step, and read it again, are these.
func (g *Graph) takeParts() bool {
	uses, changed := g.uses(), false
	for _, n := range slices.Clone(g.Nodes) {
		x := (*Value)(nil)
		switch {
		case n.Op == tflite.Concatenation && activationOf(n) == tflite.ActNone:
			x = g.flatConcat(n, uses)
		case n.Op != tflite.Slice || n.In[0].from == nil || n.In[1].Ints == nil:
		case slices.Equal(n.Out.Shape, n.In[0].Shape):
			x = n.In[0]
		case n.In[0].from.Op == tflite.Slice && n.In[0].from.In[1].Ints != nil:
			by := n.In[0].from
			begin := make([]int, len(n.Out.Shape))
			for d := range begin {
				begin[d] = int(n.In[1].Ints[d] + by.In[1].Ints[d])
			}
			x = g.Slice(by.In[0], begin, n.Out.Shape)
		case n.In[0].from.Op == tflite.Concatenation && activationOf(n.In[0].from) == tflite.ActNone:
			x = g.partOf(n, n.In[0].from)
		}
		if x != nil {
			g.replace(n.Out, x)
			changed = true
		}
	}
	return changed
}

// partOf returns what a slice takes of joined values without joining the others, nil where it takes all of them.
func (g *Graph) partOf(n, by *Node) *Value {
	axis := axisOf(by.Options.(tflite.ConcatenationOptions).Axis, len(n.Out.Shape))
	from, to := int(n.In[1].Ints[axis]), int(n.In[1].Ints[axis])+n.Out.Shape[axis]
	at := 0
	var parts []*Value
	for _, v := range by.In {
		first, end := max(from, at), min(to, at+v.Shape[axis])
		if first < end {
			begin, extent := make([]int, len(v.Shape)), slices.Clone(n.Out.Shape)
			for d := range begin {
				begin[d] = int(n.In[1].Ints[d])
			}
			begin[axis], extent[axis] = first-at, end-first
			parts = append(parts, g.Slice(v, begin, extent))
		}
		at += v.Shape[axis]
	}
	if len(parts) == len(by.In) {
		return nil
	}
	return g.Concat(axis, parts...)
}

// flatConcat returns values joined at once that are joined in two steps, of which nothing takes the first, or with
// nothing else; nil where there are none.
func (g *Graph) flatConcat(n *Node, uses map[*Value][]*Node) *Value {
	axis := axisOf(n.Options.(tflite.ConcatenationOptions).Axis, len(n.Out.Shape))
	inner := func(v *Value) bool {
		return v.from != nil && v.from.Op == tflite.Concatenation && activationOf(v.from) == tflite.ActNone &&
			g.only(uses, v) && axisOf(v.from.Options.(tflite.ConcatenationOptions).Axis, len(v.Shape)) == axis
	}
	if len(n.In) > 1 && !slices.ContainsFunc(n.In, inner) {
		return nil
	}
	var all []*Value
	for _, v := range n.In {
		if inner(v) {
			all = append(all, v.from.In...)
		} else {
			all = append(all, v)
		}
	}
	return g.Concat(axis, all...)
}
