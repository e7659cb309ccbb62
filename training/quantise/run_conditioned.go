package quantise

import (
	"context"
	"slices"

	"github.com/auscult/auscult/tflite"
	"github.com/auscult/auscult/training/export"
)

// conditioned adds what operating conditions make of each value, one condition after the
// other as in training, instead of their sum.
type conditioned struct {
	from, conditions int
	matrix           []float32 // [condition, value]
	activation       tflite.Activation
	y                []float32
}

// newConditioned recognises the ADD of something and a matrix product of the conditions.
func (g *graph) newConditioned(op int) (*conditioned, bool) {
	o := &g.Operators[op]
	options, ok := o.Options.(tflite.AddOptions)
	from, size := o.Inputs[0], g.size(g.out(op))
	if !ok || g.isConstant(from) || g.size(from) != size || g.size(o.Inputs[1]) != size {
		return nil, false
	}
	by := g.producer[o.Inputs[1]]
	if by != none && g.Operators[by].Op == tflite.Reshape {
		by = g.producer[g.Operators[by].Inputs[0]]
	}
	if by == none || !g.driven(by) {
		return nil, false
	}
	k, _ := g.kernelOf(by)
	offset := slices.ContainsFunc(k.offsets, func(v float32) bool { return v != 0 })
	if k.activation != tflite.ActNone || k.inputs() == 1 || offset {
		return nil, false // of one condition there is one order only
	}
	s, _ := g.specOf(by, k)
	c := &conditioned{from: from, conditions: g.Inputs[1], activation: options.Activation}
	c.matrix = export.Matrix(s, k.weights)
	return c, true
}

// driven reports whether an operator multiplies the operating conditions, and nothing
// else, by weights.
func (g *graph) driven(op int) bool {
	k, ok := g.kernelOf(op)
	return ok && k.op == tflite.FullyConnected && len(g.Inputs) > 1 && k.from == g.Inputs[1]
}

func (s *conditioned) run(_ context.Context, n int, values []value) value {
	s.y = append(s.y[:0], values[s.from].rounded...)
	size := len(s.y) / n
	given := values[s.conditions].rounded
	count := len(given) / n
	for i := range n {
		y := s.y[i*size : (i+1)*size]
		for k, c := range given[i*count : (i+1)*count] {
			for j, w := range s.matrix[k*size : (k+1)*size] {
				y[j] += c * w
			}
		}
	}
	activate(s.y, s.activation)
	return value{rounded: s.y}
}
