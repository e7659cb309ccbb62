package foreign

import (
	"errors"
	"fmt"
	"slices"

	"github.com/auscult/auscult/tflite"
	"github.com/auscult/auscult/training/graph"
)

// Converters write recurrent layers as loops and what they know by name as subgraphs. A graph is one list of operators:
// subgraphs are put in the place of the operators that run them, once for each round of a loop.

const (
	// mostNested bounds subgraphs that run subgraphs.
	mostNested = 8
	// mostPlaced bounds the subgraphs that are put, each round of a loop being one.
	mostPlaced = graph.MaxNodes / 4
)

// expander puts subgraphs in the place of operators.
type expander struct {
	root *tflite.Model // whose subgraphs operators run
	left int           // subgraphs that may still be put
}

// expanded returns a model without operators that run subgraphs.
func expanded(m *tflite.Model) (*tflite.Model, error) {
	if !slices.ContainsFunc(m.Operators, runsOthers) {
		return m, nil
	}
	e := &expander{root: m, left: mostPlaced}
	return e.expand(m, 0)
}

func runsOthers(op tflite.Operator) bool {
	return op.Op == tflite.While || op.Op == tflite.If || op.Op == tflite.Composite
}

// expand does so with one subgraph, whose inputs have their shapes.
func (e *expander) expand(m *tflite.Model, depth int) (*tflite.Model, error) {
	if depth > mostNested {
		return nil, fmt.Errorf("subgraphs run each other more than %d deep", mostNested)
	}
	own := *m
	own.Tensors, own.Subgraphs = slices.Clone(m.Tensors), e.root.Subgraphs
	for {
		at := slices.IndexFunc(own.Operators, runsOthers)
		if at < 0 {
			return &own, nil
		}
		op, behind := own.Operators[at], own.Operators[at+1:]
		own.Operators = own.Operators[:at]
		before, err := resolved(&own)
		if err != nil {
			return nil, err
		}
		own.Tensors, own.Operators = before.Tensors, slices.Clone(before.Operators)
		results, err := e.call(&own, op, depth)
		if err != nil {
			return nil, fmt.Errorf("operator %d (%v): %w", at, op.Op, err)
		}
		if len(own.Operators)+len(behind) > graph.MaxNodes {
			return nil, fmt.Errorf("operator %d (%v): more than %d operators once its rounds stand one behind the other: "+
				"give windows of fewer frames", at, op.Op, graph.MaxNodes)
		}
		same := map[int]int{}
		for k, t := range op.Outputs {
			same[t] = results[k]
		}
		for _, next := range behind {
			next.Inputs = renamed(next.Inputs, same)
			own.Operators = append(own.Operators, next)
		}
		own.Outputs = renamed(own.Outputs, same)
	}
}

func renamed(list []int, same map[int]int) []int {
	list = slices.Clone(list)
	for i, t := range list {
		if by, ok := same[t]; ok {
			list[i] = by
		}
	}
	return list
}

// resolved returns a model whose operators are a part of it with all shapes known and what is constant computed.
func resolved(m *tflite.Model) (*tflite.Model, error) {
	part := *m
	// A part may take and give nothing.
	part.Tensors = append(slices.Clone(m.Tensors), tflite.Tensor{Name: "none", Type: tflite.Float32, Shape: []int{1}})
	none := len(m.Tensors)
	part.Inputs, part.Outputs = append(slices.Clone(m.Inputs), none), []int{none}
	return part.Resolve(tflite.Options{})
}

// call appends what an operator runs, and returns the tensors that its results are.
func (e *expander) call(m *tflite.Model, op tflite.Operator, depth int) ([]int, error) {
	args := op.Inputs
	switch o := op.Options.(type) {
	case tflite.CompositeOptions:
		return e.place(m, o.Subgraph, args, len(op.Outputs), map[int]int{}, depth)
	case tflite.IfOptions:
		if len(args) == 0 || args[0] < 0 || len(m.Tensors[args[0]].Data) != 1 {
			return nil, errors.New("which of its two subgraphs runs depends on the input's values: such a network is not imported")
		}
		number := o.Else
		if m.Tensors[args[0]].Data[0] != 0 {
			number = o.Then
		}
		return e.place(m, number, args[1:], len(op.Outputs), map[int]int{}, depth)
	case tflite.WhileOptions:
		return e.unroll(m, o, args, len(op.Outputs), depth)
	}
	return nil, errors.New("it does not say which subgraph it runs")
}

// unroll puts a loop's body as often as its condition holds, which must not depend on the input's values.
func (e *expander) unroll(m *tflite.Model, o tflite.WhileOptions, state []int, results, depth int) ([]int, error) {
	if results != len(state) {
		return nil, fmt.Errorf("a loop of %d values gives %d", len(state), results)
	}
	shared := map[int]int{}
	for {
		condition, _, err := e.instance(m, o.Condition, state, depth)
		if err != nil {
			return nil, err
		}
		if len(condition.Outputs) != 1 || len(condition.Tensors[condition.Outputs[0]].Data) != 1 {
			return nil, errors.New("how often it runs depends on the input's values: such a loop cannot be unrolled")
		}
		if condition.Tensors[condition.Outputs[0]].Data[0] == 0 {
			return state, nil
		}
		if state, err = e.place(m, o.Body, state, results, shared, depth); err != nil {
			return nil, err
		}
		if len(m.Operators) > graph.MaxNodes {
			return nil, fmt.Errorf("more than %d operators once its rounds stand one behind the other: "+
				"give windows of fewer frames", graph.MaxNodes)
		}
	}
}

// instance returns a subgraph for inputs that are tensors of a model, whose shapes and constants are known, and the
// places of these by the subgraph's tensors.
func (e *expander) instance(m *tflite.Model, number int, args []int, depth int) (*tflite.Model, map[int]int, error) {
	if number < 1 || number > len(e.root.Subgraphs) {
		return nil, nil, fmt.Errorf("subgraph %d of %d", number, 1+len(e.root.Subgraphs))
	}
	if e.left--; e.left < 0 {
		return nil, nil, fmt.Errorf("more than %d rounds and subgraphs: give windows of fewer frames", mostPlaced)
	}
	sub := e.root.Subgraphs[number-1]
	if len(sub.Inputs) != len(args) {
		return nil, nil, fmt.Errorf("subgraph %d takes %d values, is given %d", number, len(sub.Inputs), len(args))
	}
	own := *sub
	own.Tensors, own.Inputs = slices.Clone(sub.Tensors), nil
	places := map[int]int{}
	for j, t := range args {
		to := &own.Tensors[sub.Inputs[j]]
		if t < 0 || m.Tensors[t].Type != to.Type {
			return nil, nil, fmt.Errorf("subgraph %d: input %d is left out or of another type", number, j)
		}
		from := m.Tensors[t]
		to.Shape, to.Signature, to.Data = from.Shape, nil, from.Data
		places[sub.Inputs[j]] = t
		if from.Data == nil {
			own.Inputs = append(own.Inputs, sub.Inputs[j])
		}
	}
	x, err := withoutEmpty(&own)
	if err != nil {
		return nil, nil, fmt.Errorf("subgraph %d: %w", number, err)
	}
	if x, err = e.expand(x, depth+1); err != nil {
		return nil, nil, fmt.Errorf("subgraph %d: %w", number, err)
	}
	outputs := x.Outputs
	if x, err = resolved(x); err != nil {
		return nil, nil, fmt.Errorf("subgraph %d: %w", number, err)
	}
	x.Outputs = outputs
	return x, places, nil
}

// place appends a subgraph's operators, and returns the tensors that its results are. shared are the places of the
// subgraph's own constants, which every round of a loop takes.
func (e *expander) place(
	m *tflite.Model, number int, args []int, results int, shared map[int]int, depth int,
) ([]int, error) {
	x, places, err := e.instance(m, number, args, depth)
	if err != nil {
		return nil, err
	}
	if len(x.Outputs) != results {
		return nil, fmt.Errorf("subgraph %d gives %d values, needs %d", number, len(x.Outputs), results)
	}
	sub := e.root.Subgraphs[number-1]
	put := func(t int) int {
		if t < 0 {
			return t
		}
		if at, ok := places[t]; ok {
			return at
		}
		own := t < len(sub.Tensors) && sub.Tensors[t].Data != nil
		if at, ok := shared[t]; ok && own {
			return at
		}
		m.Tensors = append(m.Tensors, x.Tensors[t])
		at := len(m.Tensors) - 1
		places[t] = at
		if own {
			shared[t] = at
		}
		return at
	}
	for _, op := range x.Operators {
		op.Inputs, op.Outputs = slices.Clone(op.Inputs), slices.Clone(op.Outputs)
		for _, list := range [][]int{op.Inputs, op.Outputs} {
			for i, t := range list {
				list[i] = put(t)
			}
		}
		m.Operators = append(m.Operators, op)
	}
	all := make([]int, results)
	for k, t := range x.Outputs {
		all[k] = put(t)
	}
	return all, nil
}
