package ptq

import (
	"math"

	"github.com/auscult/auscult/tflite"
)

// single is an operator on one number each.
type single struct {
	from int
	f    func(float64) float64
	out  value
}

// functions are the operators on one number each.
var functions = map[tflite.Op]func(float64) float64{
	tflite.Exp:      math.Exp,
	tflite.Logistic: logistic,
	tflite.Relu:     func(x float64) float64 { return max(x, 0) },
	tflite.Relu6:    func(x float64) float64 { return min(max(x, 0), 6) },
}

func (s *single) run(_ int, values []value) value {
	x := &values[s.from]
	s.out.reserve(len(x.rounded))
	for i := range x.rounded {
		s.out.set(i, s.f(x.at(i)))
	}
	return s.out
}

// pair is an operator on two numbers each, of tensors of one shape.
type pair struct {
	a, b       int
	f          func(a, b float64) float64
	activation tflite.Activation
	out        value
}

func (s *pair) run(_ int, values []value) value {
	a, b := &values[s.a], &values[s.b]
	s.out.reserve(len(a.rounded))
	low, high := limits(s.activation)
	for i := range a.rounded {
		s.out.set(i, min(max(s.f(a.at(i), b.at(i)), low), high))
	}
	return s.out
}

// newElements returns how to compute an operator element by element, nil where it works in
// another way.
func (g *graph) newElements(op int) step {
	o := &g.Operators[op]
	if f, ok := functions[o.Op]; ok {
		return &single{from: o.Inputs[0], f: f}
	}
	s := &pair{}
	switch options := o.Options.(type) {
	case tflite.AddOptions:
		s.activation, s.f = options.Activation, func(a, b float64) float64 { return a + b }
	case tflite.SubOptions:
		s.activation, s.f = options.Activation, func(a, b float64) float64 { return a - b }
	case tflite.MulOptions:
		s.activation, s.f = options.Activation, func(a, b float64) float64 { return a * b }
	default:
		return nil
	}
	s.a, s.b = o.Inputs[0], o.Inputs[1]
	if size := g.size(g.out(op)); g.isConstant(s.a) || g.isConstant(s.b) || g.size(s.a) != size || g.size(s.b) != size {
		return nil
	}
	return s
}

// limits returns what a fused activation keeps values within.
func limits(a tflite.Activation) (low, high float64) {
	switch a {
	case tflite.ActRelu:
		return 0, math.Inf(1)
	case tflite.ActRelu6:
		return 0, 6
	case tflite.ActReluN1To1:
		return -1, 1
	}
	return math.Inf(-1), math.Inf(1)
}

func (v *value) reserve(n int) {
	if cap(v.exact) < n {
		v.rounded, v.exact = make([]float32, n), make([]float64, n)
	}
	v.rounded, v.exact = v.rounded[:n], v.exact[:n]
}

func (v *value) set(i int, x float64) { v.rounded[i], v.exact[i] = float32(x), x }
