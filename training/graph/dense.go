package graph

import (
	"slices"

	"github.com/auscult/auscult/tflite"
)

// flatten lets a dense layer take the values of a picture in the order in which they lie,
// where they were transposed for it.
func (g *Graph) flatten() bool {
	uses, changed := g.uses(), false
	for _, n := range g.Nodes {
		if n.Op != tflite.FullyConnected || n.In[1].Floats == nil {
			continue
		}
		// The way up: through what computes each value by itself, to the reshaping.
		at := n.In[0]
		for at.from != nil && elementwise[at.from.Op] && g.only(uses, at) {
			at = at.from.In[0]
		}
		r := at.from
		if r == nil || r.Op != tflite.Reshape || !g.only(uses, at) || n.In[1].Shape[1] != at.Size() {
			continue
		}
		t := r.In[0].from
		if t == nil || t.Op != tflite.Transpose {
			continue
		}
		places := placesOf(t)
		w := n.In[1]
		own := Floats(w.Name, w.Shape, make([]float32, len(w.Floats)))
		for row := 0; row < len(w.Floats); row += len(places) {
			for i, from := range places {
				own.Floats[row+from] = w.Floats[row+i]
			}
		}
		n.In[1] = own
		r.In[0] = t.In[0]
		changed = true
	}
	return changed
}

// placesOf returns, for each value that a transposition gives, its place in what it takes.
func placesOf(t *Node) []int {
	shape, steps := Permuted(t.In[0].Shape, orderIn(t))
	places := make([]int, 0, t.Out.Size())
	Walk(shape, steps, func(at int) { places = append(places, at) })
	return places
}

// unflatten lets a dense layer give the values of a picture in the order in which they are
// taken, where they are transposed behind it.
func (g *Graph) unflatten() bool {
	uses, changed := g.uses(), false
	for _, t := range slices.Clone(g.Nodes) {
		if t.Op != tflite.Transpose {
			continue
		}
		r := t.In[0].from
		if r == nil || r.Op != tflite.Reshape || !g.only(uses, t.In[0]) {
			continue
		}
		at := r.In[0]
		for at.from != nil && elementwise[at.from.Op] && g.only(uses, at) {
			at = at.from.In[0]
		}
		n := at.from
		if n == nil || n.Op != tflite.FullyConnected || n.In[1].Floats == nil || !g.only(uses, at) ||
			n.In[1].Shape[0] != at.Size() {
			continue
		}
		w, places := n.In[1], placesOf(t)
		inputs := w.Shape[1]
		own := Floats(w.Name, w.Shape, make([]float32, 0, len(w.Floats)))
		for _, from := range places {
			own.Floats = append(own.Floats, w.Floats[from*inputs:(from+1)*inputs]...)
		}
		if len(n.In) > 2 && n.In[2] != nil {
			b := n.In[2]
			bias := Floats(b.Name, b.Shape, make([]float32, 0, len(places)))
			for _, from := range places {
				bias.Floats = append(bias.Floats, b.Floats[from])
			}
			n.In[2] = bias
		}
		n.In[1] = own
		g.replace(t.Out, g.Reshape(r.In[0], t.Out.Shape...))
		changed = true
	}
	return changed
}
