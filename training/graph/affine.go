package graph

import (
	"math"
	"slices"

	"github.com/auscult/auscult/tflite"
)

// affine reports whether a node multiplies by constants or adds them.
func affine(n *Node) bool {
	return n != nil && (n.Op == tflite.Mul || n.Op == tflite.Add) && n.In[1].Floats != nil &&
		!n.In[0].Constant() && slices.Equal(n.In[0].Shape, n.Out.Shape)
}

// linear reports whether a node has weights that are known.
func linear(n *Node) bool {
	if n == nil {
		return false
	}
	switch n.Op {
	case tflite.FullyConnected, tflite.Conv2D, tflite.DepthwiseConv2D, tflite.TransposeConv:
		return n.In[1].Floats != nil && (bias(n) == nil || bias(n).Floats != nil)
	}
	return false
}

// data returns which input of a layer with weights is multiplied.
func data(n *Node) int {
	if n.Op == tflite.TransposeConv {
		return 2
	}
	return 0
}

// bias returns a layer's offsets, nil for none.
func bias(n *Node) *Value {
	if at := biasAt(n); at < len(n.In) {
		return n.In[at]
	}
	return nil
}

func biasAt(n *Node) int { return max(data(n), 1) + 1 }

// outputs returns how many channels a layer with weights gives.
func outputs(n *Node) int {
	shape := n.In[1].Shape
	if n.Op == tflite.DepthwiseConv2D {
		return shape[3]
	}
	return shape[0]
}

// channels returns the output and the input channel of weight i.
func channels(n *Node, i int) (out, in int) {
	shape := n.In[1].Shape
	last := shape[len(shape)-1]
	if n.Op == tflite.DepthwiseConv2D {
		out = i % last
		return out, out / (last / n.In[0].last())
	}
	return i / (n.In[1].Size() / shape[0]), i % last
}

// setBias gives a layer offsets.
func setBias(n *Node, values []float32) {
	name := n.In[1].Name + "_bias"
	for len(n.In) <= biasAt(n) {
		n.In = append(n.In, nil)
	}
	n.In[biasAt(n)] = Floats(name, []int{len(values)}, values)
}

// biasOf returns a copy of a layer's offsets, zeros where there are none.
func biasOf(n *Node) []float32 {
	if b := bias(n); b != nil {
		return slices.Clone(b.Floats)
	}
	return make([]float32, outputs(n))
}

// foldBack takes affine steps into the weights of the layer before them, or moves them before
// a reshaping or a transposition there.
func (g *Graph) foldBack() bool {
	changed, uses := false, g.uses()
	for i := 0; i < len(g.Nodes); i++ { // what is moved is appended
		n := g.Nodes[i]
		if !affine(n) {
			continue
		}
		if uses == nil {
			uses = g.uses()
		}
		by := n.In[0].from
		if by == nil || len(uses[n.Out]) == 0 && !slices.Contains(g.Outputs, n.Out) || !g.only(uses, n.In[0]) {
			continue
		}
		switch {
		case shapes(n, by) && g.reachesFor(n, by.In[0], uses):
			g.moveBefore(n, by)
		case n.Op == tflite.Add && by.Op == tflite.Add && activationOf(by) == tflite.ActNone && g.summand(n, by, uses):
		case linear(by) && activationOf(by) == tflite.ActNone && scaleOutputs(n, by):
			if act := activationOf(n); act != tflite.ActNone {
				withActivation(by, act)
			}
			g.replace(n.Out, by.Out)
		default:
			continue
		}
		changed, uses = true, nil
	}
	return changed
}

// shapes reports whether an affine step can be computed before the node that it follows, which only
// moves values: a part of a picture has the channels of the whole.
func shapes(n, by *Node) bool {
	_, ok := perChannel(n.In[1], n.Out.Shape)
	return by.Op == tflite.Reshape || by.Op == tflite.Transpose ||
		by.Op == tflite.Slice && ok && by.In[0].last() == by.Out.last()
}

// reachesFor is reaches for an affine step, which can pass a part of a picture too where it is one for each channel.
func (g *Graph) reachesFor(n *Node, v *Value, uses map[*Value][]*Node) bool {
	if _, ok := perChannel(n.In[1], n.Out.Shape); !ok {
		return g.reaches(v, uses)
	}
	channels := n.Out.last()
	for v.from != nil && g.only(uses, v) && v.last() == channels {
		by := v.from
		if by.Op != tflite.Reshape && by.Op != tflite.Slice || by.In[0].last() != channels {
			break
		}
		v = by.In[0]
	}
	return g.reaches(v, uses)
}

// reaches reports whether a value comes from a layer with weights, with nothing but shapes
// between.
func (g *Graph) reaches(v *Value, uses map[*Value][]*Node) bool {
	for v.from != nil && (v.from.Op == tflite.Reshape || v.from.Op == tflite.Transpose) && g.only(uses, v) {
		v = v.from.In[0]
	}
	return linear(v.from) && activationOf(v.from) == tflite.ActNone && g.only(uses, v)
}

// summand adds constants to the part of a sum that has weights which take them, false where none has.
func (g *Graph) summand(n, by *Node, uses map[*Value][]*Node) bool {
	for i, v := range by.In {
		if !slices.Equal(v.Shape, n.Out.Shape) || !g.reaches(v, uses) {
			continue
		}
		in := slices.Clone(by.In)
		in[i] = g.Add(tflite.Add, tflite.AddOptions{}, v.Shape, v, n.In[1])
		g.replace(n.Out, g.Add(tflite.Add, n.Options, n.Out.Shape, in...))
		return true
	}
	return false
}

// moveBefore computes an affine step before the reshaping or transposition that it follows.
func (g *Graph) moveBefore(n, by *Node) {
	c := spreadTo(n.In[1], n.Out.Shape)
	x := by.In[0]
	if by.Op == tflite.Slice {
		values, _ := perChannel(n.In[1], n.Out.Shape)
		early := g.Add(n.Op, n.Options, x.Shape, x, Floats(c.Name, []int{len(values)}, values))
		g.replace(n.Out, g.Add(tflite.Slice, nil, n.Out.Shape, early, by.In[1], by.In[2]))
		return
	}
	if n.In[1].Size() == 1 {
		c = n.In[1]
	} else if by.Op == tflite.Transpose {
		c = narrowed(permuted(c, inverseOf(orderIn(by))))
	} else {
		c = narrowed(Floats(c.Name, x.Shape, c.Floats))
	}
	early := g.Add(n.Op, n.Options, x.Shape, x, c)
	var late *Value
	if by.Op == tflite.Reshape {
		late = g.Reshape(early, n.Out.Shape...)
	} else {
		late = g.Add(tflite.Transpose, nil, n.Out.Shape, early, by.In[1])
	}
	g.replace(n.Out, late)
}

// scaleOutputs takes an affine step into the layer before it, false where it is not one for
// each channel.
func scaleOutputs(n, layer *Node) bool {
	c, ok := perChannel(n.In[1], n.Out.Shape)
	if !ok || len(c) != outputs(layer) {
		return false
	}
	offsets := biasOf(layer)
	if n.Op == tflite.Add {
		for i := range offsets {
			offsets[i] += c[i]
		}
		setBias(layer, offsets)
		return true
	}
	w := layer.In[1]
	own := Floats(w.Name, w.Shape, make([]float32, len(w.Floats)))
	for i, x := range w.Floats {
		out, _ := channels(layer, i)
		own.Floats[i] = x * c[out]
	}
	for i := range offsets {
		offsets[i] *= c[i]
	}
	layer.In[1] = own
	setBias(layer, offsets)
	return true
}

// foldForward takes affine steps into the weights of the layers behind them, or moves them
// behind what can as well be done before.
func (g *Graph) foldForward() bool {
	changed, uses := false, g.uses()
	for _, n := range slices.Clone(g.Nodes) {
		if !affine(n) || activationOf(n) != tflite.ActNone || slices.Contains(g.Outputs, n.Out) {
			continue
		}
		if uses == nil {
			uses = g.uses()
		}
		if len(uses[n.Out]) == 0 || slices.ContainsFunc(uses[n.Out], func(u *Node) bool { return !g.takes(n, u, uses) }) {
			continue
		}
		for _, u := range uses[n.Out] {
			g.take(n, u)
		}
		changed, uses = true, nil
	}
	return changed
}

// takes reports whether a node can be computed before the affine step that it follows.
func (g *Graph) takes(n, u *Node, uses map[*Value][]*Node) bool {
	if linear(u) && u.In[data(u)] == n.Out {
		c, ok := perChannel(n.In[1], n.Out.Shape)
		if !ok && u.Op == tflite.FullyConnected {
			c, ok = spreadTo(n.In[1], n.Out.Shape).Floats, true
		}
		if !ok || u.Op == tflite.FullyConnected && len(c) != u.In[1].Shape[1] {
			return false
		}
		return n.Op == tflite.Mul || unpadded(u)
	}
	switch u.Op {
	case tflite.Reshape, tflite.Transpose:
		return g.leads(u.Out, n.Op, uses)
	case tflite.MaxPool2D:
		_, ok := perChannel(n.In[1], n.Out.Shape)
		positive := n.Op == tflite.Add || !slices.ContainsFunc(n.In[1].Floats, func(x float32) bool { return !(x > 0) })
		return ok && positive && activationOf(u) == tflite.ActNone
	case tflite.AveragePool2D:
		_, ok := perChannel(n.In[1], n.Out.Shape)
		return ok && activationOf(u) == tflite.ActNone
	case tflite.ResizeNearestNeighbor, tflite.ResizeBilinear:
		_, ok := perChannel(n.In[1], n.Out.Shape)
		return ok
	}
	return false
}

// leads reports whether nothing but layers that can take an affine step take a value, with
// nothing but shapes between.
func (g *Graph) leads(v *Value, op tflite.Op, uses map[*Value][]*Node) bool {
	if len(uses[v]) == 0 || slices.Contains(g.Outputs, v) {
		return false
	}
	for _, u := range uses[v] {
		shapes := u.Op == tflite.Reshape || u.Op == tflite.Transpose
		switch {
		case linear(u) && u.In[data(u)] == v && (op == tflite.Mul || unpadded(u)):
		case shapes && g.leads(u.Out, op, uses):
		default:
			return false
		}
	}
	return true
}

// unpadded reports whether a layer's sums have all their terms at every place.
func unpadded(n *Node) bool {
	switch o := n.Options.(type) {
	case tflite.FullyConnectedOptions:
		return true
	case tflite.Conv2DOptions:
		return o.Padding == tflite.Valid || n.In[1].Shape[1] == 1 && n.In[1].Shape[2] == 1
	case tflite.DepthwiseConv2DOptions:
		return o.Padding == tflite.Valid || n.In[1].Shape[1] == 1 && n.In[1].Shape[2] == 1
	}
	return false
}

// take computes a node before the affine step that it follows.
func (g *Graph) take(n, u *Node) {
	if linear(u) {
		scaleInputs(n, u)
		u.In[data(u)] = n.In[0]
		return
	}
	c := n.In[1]
	var early *Value
	switch u.Op {
	case tflite.Reshape:
		early = g.Reshape(n.In[0], u.Out.Shape...)
		if c.Size() > 1 {
			c = narrowed(Floats(c.Name, u.Out.Shape, spreadTo(c, n.Out.Shape).Floats))
		}
	case tflite.Transpose:
		early = g.Add(tflite.Transpose, nil, u.Out.Shape, n.In[0], u.In[1])
		if c.Size() > 1 {
			order := orderIn(u)
			c = permuted(ranked(c, len(order)), order)
		}
	default:
		in := slices.Clone(u.In)
		in[0] = n.In[0]
		early = g.Add(u.Op, u.Options, u.Out.Shape, in...)
	}
	g.replace(u.Out, g.Add(n.Op, n.Options, u.Out.Shape, early, c))
}

// scaleInputs takes an affine step into a layer's weights.
func scaleInputs(n, layer *Node) {
	c, ok := perChannel(n.In[1], n.Out.Shape)
	if !ok {
		c = spreadTo(n.In[1], n.Out.Shape).Floats
	}
	w := layer.In[1]
	if n.Op == tflite.Mul {
		own := Floats(w.Name, w.Shape, make([]float32, len(w.Floats)))
		for i, x := range w.Floats {
			_, in := channels(layer, i)
			own.Floats[i] = x * c[in]
		}
		layer.In[1] = own
		return
	}
	sums := make([]float64, outputs(layer))
	for i, x := range w.Floats {
		out, in := channels(layer, i)
		sums[out] += float64(x) * float64(c[in])
	}
	offsets := biasOf(layer)
	for i := range offsets {
		offsets[i] = float32(float64(offsets[i]) + sums[i])
	}
	setBias(layer, offsets)
}

// settleAffine makes 1x1 depthwise convolutions of the affine steps that are left: their
// weights have a scale for each channel in int8, where constants that are multiplied or added
// would share one.
func (g *Graph) settleAffine() {
	for _, n := range slices.Clone(g.Nodes) {
		if !affine(n) {
			continue
		}
		uses := g.uses()
		var next *Node
		if n.Op == tflite.Mul && activationOf(n) == tflite.ActNone && g.only(uses, n.Out) {
			if u := uses[n.Out][0]; u.Op == tflite.Add && affine(u) && u.In[0] == n.Out {
				next = u
			}
		}
		g.settle(n, next)
	}
	g.order()
}

// settle makes a depthwise convolution of an affine step, and of the addition behind it if
// that is given.
func (g *Graph) settle(n, next *Node) {
	end := n
	if next != nil {
		end = next
	}
	if n.Out.from == nil || len(g.uses()[n.Out]) == 0 && !slices.Contains(g.Outputs, n.Out) {
		return // done with the step before it
	}
	x, shape := n.In[0], []int{1, 1, 1, n.Out.Size()}
	c, ok := perChannel(n.In[1], n.Out.Shape)
	d, also := []float32(nil), true
	if next != nil {
		d, also = perChannel(next.In[1], n.Out.Shape)
	}
	if ok && also {
		last := n.Out.last()
		if shape = []int{1, 1, n.Out.Size() / last, last}; len(n.Out.Shape) == 4 && n.Out.Shape[0] == 1 {
			shape = n.Out.Shape
		}
	} else {
		c = spreadTo(n.In[1], n.Out.Shape).Floats
		if next != nil {
			d = spreadTo(next.In[1], n.Out.Shape).Floats
		}
	}
	k := shape[3]
	factors, offsets := c, d
	if n.Op == tflite.Add {
		factors, offsets = slices.Repeat([]float32{1}, k), c
	}
	if offsets == nil {
		offsets = make([]float32, k)
	}
	if slices.ContainsFunc(factors, func(v float32) bool { return math.IsInf(float64(v), 0) || v != v }) {
		return // Lower's model refuses it where it is quantised
	}
	y := g.Add(tflite.DepthwiseConv2D, tflite.DepthwiseConv2DOptions{
		Padding: tflite.Valid, StrideH: 1, StrideW: 1, DepthMultiplier: 1, DilationH: 1, DilationW: 1,
		Activation: activationOf(end),
	}, shape, g.Reshape(x, shape...), Floats("factors", []int{1, 1, 1, k}, factors), Floats("offsets", []int{k}, offsets))
	g.replace(end.Out, g.Reshape(y, end.Out.Shape...))
}
