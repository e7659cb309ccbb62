package quantise

import (
	"context"
	"math"

	"github.com/auscult/auscult/tflite"
)

// element is an operator on one number each, or on two of tensors of one shape.
type element struct {
	inputs     []int
	f          func(y, a, b []float64)
	activation tflite.Activation
	threads    int
	out        value
}

// functions are the operators that compute element by element; b is of those on two
// numbers.
var functions = map[tflite.Op]func(y, a, b []float64){
	tflite.Exp: func(y, a, _ []float64) {
		for i, v := range a {
			y[i] = math.Exp(v)
		}
	},
	tflite.Logistic: func(y, a, _ []float64) {
		for i, v := range a {
			y[i] = logistic(v)
		}
	},
	tflite.Relu: func(y, a, _ []float64) {
		for i, v := range a {
			y[i] = max(v, 0)
		}
	},
	tflite.Relu6: func(y, a, _ []float64) {
		for i, v := range a {
			y[i] = min(max(v, 0), 6)
		}
	},
	tflite.Add: func(y, a, b []float64) {
		for i, v := range a {
			y[i] = v + b[i]
		}
	},
	tflite.Sub: func(y, a, b []float64) {
		for i, v := range a {
			y[i] = v - b[i]
		}
	},
	tflite.Mul: func(y, a, b []float64) {
		for i, v := range a {
			y[i] = v * b[i]
		}
	},
}

// newElement returns how to compute an operator element by element, nil where it works in
// another way.
func (g *graph) newElement(op, threads int) step {
	o := &g.Operators[op]
	e := &element{inputs: o.Inputs, f: functions[o.Op], threads: threads}
	if e.f == nil {
		return nil
	}
	for _, t := range o.Inputs {
		if g.isConstant(t) || g.size(t) != g.size(g.out(op)) {
			return nil
		}
	}
	switch options := o.Options.(type) {
	case tflite.AddOptions:
		e.activation = options.Activation
	case tflite.SubOptions:
		e.activation = options.Activation
	case tflite.MulOptions:
		e.activation = options.Activation
	}
	return e
}

// elementSpan is how many values are computed at once.
const elementSpan = 1024

func (e *element) run(_ context.Context, _ int, values []value) value {
	size := len(values[e.inputs[0]].rounded)
	e.out.reserve(size)
	low, high := limits(e.activation)
	spread(e.threads, (size+elementSpan-1)/elementSpan, func(task int) {
		from := task * elementSpan
		to := min(from+elementSpan, size)
		var room [2][elementSpan]float64
		var x [2][]float64
		for k, t := range e.inputs {
			x[k] = values[t].exactly(from, to, room[k][:])
		}
		y := e.out.exact[from:to]
		e.f(y, x[0], x[1])
		for i, v := range y {
			y[i] = min(max(v, low), high)
			e.out.rounded[from+i] = float32(y[i])
		}
	})
	return e.out
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
