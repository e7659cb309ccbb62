package onnx

import (
	"errors"
	"fmt"
	"slices"

	"github.com/auscult/auscult/tflite"
	"github.com/auscult/auscult/training/graph"
)

// Recurrent layers are unrolled: a window has few frames, and an unrolled layer is dense layers and
// functions that every runtime has.

// recurrence is one direction of a recurrent layer.
type recurrence struct {
	*node

	units  int
	gates  int
	fromX  *graph.Value // [steps, gates*units], offsets included
	weight *array       // [gates*units, units], of the state
	offset []float64    // of the state's part, where that is not among fromX's
	h, c   *graph.Value // [1, units]; nil: zeros
}

// cell computes the next state from the gates' part of one step.
type cell func(r *recurrence, x *graph.Value)

func lstm(n *node) ([]value, error) { return n.recurrent(4, (*recurrence).lstm) }
func gru(n *node) ([]value, error)  { return n.recurrent(3, (*recurrence).gru) }
func rnn(n *node) ([]value, error)  { return n.recurrent(1, (*recurrence).plain) }

// recurrent unrolls a layer.
func (n *node) recurrent(gates int, step cell) ([]value, error) {
	x := n.x(0)
	if len(x.Shape) != 3 || x.Shape[1] != 1 || n.number("layout", 0) != 0 {
		return nil, fmt.Errorf("a sequence of shape %v: needs steps, a batch of 1 and values", x.Shape)
	}
	if n.attribute("activations") != nil && !n.usualActivations(gates) {
		return nil, errors.New("other activations than the usual ones are not imported")
	}
	if n.attribute("clip") != nil || n.number("input_forget", 0) != 0 || n.has(7) {
		return nil, errors.New("clipped, coupled or peeping cells are not imported")
	}
	w, err1 := n.weights(1)
	state, err2 := n.weights(2)
	if err := errors.Join(err1, err2); err != nil {
		return nil, err
	}
	units := n.number("hidden_size", 0)
	directions := 1
	if n.text("direction", "forward") == "bidirectional" {
		directions = 2
	}
	if units < 1 || !slices.Equal(w.shape, []int{directions, gates * units, x.Shape[2]}) ||
		!slices.Equal(state.shape, []int{directions, gates * units, units}) {
		return nil, fmt.Errorf("weights of shapes %v and %v for %d units", w.shape, state.shape, units)
	}
	if steps := x.Shape[0]; steps*gates*8*directions > graph.MaxNodes {
		return nil, fmt.Errorf("%d steps are too many to be unrolled", steps)
	}
	if n.has(3) && len(n.x(3).Shape) != 2 {
		return nil, errors.New("offsets of no layer")
	}
	var all [][]*graph.Value
	var ends []*recurrence
	for d := range directions {
		r, err := n.direction(x, w, state, d, gates, units)
		if err != nil {
			return nil, err
		}
		outputs := make([]*graph.Value, x.Shape[0])
		for i := range outputs {
			t := i
			if d == 1 || n.text("direction", "forward") == "reverse" {
				t = len(outputs) - 1 - i
			}
			row := n.r.g.Slice(r.fromX, []int{t, 0}, []int{1, gates * units})
			step(r, row)
			outputs[t] = r.h
		}
		all, ends = append(all, outputs), append(ends, r)
	}
	return n.sequence(all, ends), nil
}

// usualActivations reports whether the activations are those of the layer's kind.
func (n *node) usualActivations(gates int) bool {
	usual := map[int][]string{4: {"Sigmoid", "Tanh", "Tanh"}, 3: {"Sigmoid", "Tanh"}, 1: {"Tanh"}}[gates]
	for i, name := range n.attribute("activations").GetStrings() {
		if string(name) != usual[i%len(usual)] {
			return false
		}
	}
	return true
}

// direction prepares one direction: what all steps take from the input at once, and the first state.
func (n *node) direction(x *graph.Value, w, state *array, d, gates, units int) (*recurrence, error) {
	r := &recurrence{node: n, units: units, gates: gates}
	part := func(a *array) *array {
		each := graph.Size(a.shape[1:])
		return &array{shape: a.shape[1:], v: a.v[d*each : (d+1)*each]}
	}
	r.weight = part(state)
	offsets := make([]float64, gates*units)
	r.offset = make([]float64, gates*units)
	if n.has(3) {
		b, err := n.weights(3)
		if err != nil || b.shape[1] != 2*gates*units || b.shape[0] <= d {
			return nil, errors.Join(err, errors.New("offsets of another layer"))
		}
		own := part(b).v
		copy(offsets, own[:gates*units])
		copy(r.offset, own[gates*units:])
	}
	if gates != 3 || n.number("linear_before_reset", 0) == 0 {
		for i, v := range r.offset {
			offsets[i] += v
		}
		r.offset = nil
	}
	steps := x.Shape[0]
	flat := n.r.g.Reshape(x, steps, x.Shape[2])
	r.fromX = n.r.g.Add(tflite.FullyConnected, tflite.FullyConnectedOptions{}, []int{steps, gates * units}, flat,
		part(w).value(n.GetInput()[1]), (&array{shape: []int{gates * units}, v: offsets}).value("offsets"))
	for i, state := range []**graph.Value{&r.h, &r.c} {
		at := 5 + i
		if !n.has(at) || at == 6 && gates != 4 {
			continue
		}
		known := n.in[at].known
		if known != nil && !slices.ContainsFunc(known.v, func(v float64) bool { return v != 0 }) {
			continue
		}
		first := n.x(at)
		if len(first.Shape) != 3 || first.Shape[1] != 1 || first.Shape[2] != units || first.Shape[0] <= d {
			return nil, fmt.Errorf("a first state of shape %v", first.Shape)
		}
		if known != nil {
			*state = part(known).reshaped(1, units).value("state")
			continue
		}
		*state = n.r.g.Reshape(n.r.g.Slice(first, []int{d, 0, 0}, []int{1, 1, units}), 1, units)
	}
	return r, nil
}

// sequence returns the layer's outputs: all states, the last ones, and the last cells.
func (n *node) sequence(all [][]*graph.Value, ends []*recurrence) []value {
	g := n.r.g
	join := func(of func(r *recurrence) *graph.Value) value {
		var parts []*graph.Value
		for _, r := range ends {
			parts = append(parts, g.Reshape(of(r), 1, 1, r.units))
		}
		return value{v: g.Concat(0, parts...)}
	}
	var directions []*graph.Value
	for d, outputs := range all {
		units := ends[d].units
		directions = append(directions, g.Reshape(g.Concat(0, outputs...), len(outputs), 1, 1, units))
	}
	out := []value{{v: g.Concat(1, directions...)}, join(func(r *recurrence) *graph.Value { return r.h })}
	if ends[0].gates == 4 {
		out = append(out, join(func(r *recurrence) *graph.Value { return r.c }))
	}
	return out
}

// fromState returns what some gates take from a state, with their offsets if they are not in fromX.
func (r *recurrence) fromState(h *graph.Value, from, to int) *graph.Value {
	rows := (to - from) * r.units
	k := &array{shape: []int{rows, r.units}, v: r.weight.v[from*r.units*r.units : to*r.units*r.units]}
	in := []*graph.Value{h, k.value("recurrent")}
	if r.offset != nil {
		in = append(in, (&array{shape: []int{rows}, v: r.offset[from*r.units : to*r.units]}).value("offsets"))
	}
	return r.r.g.Add(tflite.FullyConnected, tflite.FullyConnectedOptions{}, []int{1, rows}, in...)
}

// gate returns one gate's part of a row.
func (r *recurrence) gate(x *graph.Value, i int) *graph.Value {
	return r.r.g.Slice(x, []int{0, i * r.units}, []int{1, r.units})
}

// lstm: gates input, output, forget, cell.
func (r *recurrence) lstm(x *graph.Value) {
	if r.h != nil {
		x = r.add(x, r.fromState(r.h, 0, 4))
	}
	next := r.mul(r.of(tflite.Logistic, r.gate(x, 0)), r.of(tflite.Tanh, r.gate(x, 3)))
	if r.c != nil {
		next = r.add(r.mul(r.of(tflite.Logistic, r.gate(x, 2)), r.c), next)
	}
	r.c = next
	r.h = r.mul(r.of(tflite.Logistic, r.gate(x, 1)), r.of(tflite.Tanh, r.c))
}

// gru: gates update, reset, hidden.
func (r *recurrence) gru(x *graph.Value) {
	g := r.r.g
	both := g.Slice(x, []int{0, 0}, []int{1, 2 * r.units})
	hidden := r.gate(x, 2)
	h := r.h
	if h == nil && r.offset != nil {
		h = g.Affine(r.gate(x, 0), []float32{0}, []float32{0}) // zeros that are computed
	}
	if h == nil {
		update := r.of(tflite.Logistic, r.gate(both, 0))
		candidate := r.of(tflite.Tanh, hidden)
		r.h = r.mul(g.Affine(update, []float32{-1}, []float32{1}), candidate)
		return
	}
	both = r.add(both, r.fromState(h, 0, 2))
	update, reset := r.of(tflite.Logistic, r.gate(both, 0)), r.of(tflite.Logistic, r.gate(both, 1))
	if r.offset != nil {
		hidden = r.add(hidden, r.mul(reset, r.fromState(h, 2, 3)))
	} else {
		hidden = r.add(hidden, r.fromState(r.mul(reset, h), 2, 3))
	}
	candidate := r.of(tflite.Tanh, hidden)
	r.h = r.add(r.mul(g.Affine(update, []float32{-1}, []float32{1}), candidate), r.mul(update, h))
}

func (r *recurrence) plain(x *graph.Value) {
	if r.h != nil {
		x = r.add(x, r.fromState(r.h, 0, 1))
	}
	r.h = r.of(tflite.Tanh, x)
}
