package graph

import (
	"errors"
	"fmt"
	"slices"

	"github.com/auscult/auscult/tflite"
)

// Limits of a graph, whatever file it is from.
const (
	MaxNodes  = 4096
	MaxValues = 1 << 24 // of one tensor
	maxDims   = 8
)

// Value is a tensor: a constant, the input, or what a node computes.
type Value struct {
	Name  string
	Shape []int
	// Floats or Ints are the values of a constant; both are nil of what is computed.
	Floats []float32
	Ints   []int32
	from   *Node
}

// Constant reports whether the values are known.
func (v *Value) Constant() bool { return v.Floats != nil || v.Ints != nil }

// Size returns the number of values.
func (v *Value) Size() int { return Size(v.Shape) }

// last returns the length of the last dimension.
func (v *Value) last() int {
	if len(v.Shape) == 0 {
		return 1
	}
	return v.Shape[len(v.Shape)-1]
}

// Node is an operator that computes one value. Options and inputs are those of the TFLite
// operator.
type Node struct {
	Op      tflite.Op
	Options any
	In      []*Value // nil for one that is left out
	Out     *Value
}

// Graph is a network with one input.
type Graph struct {
	Description string
	Input       *Value
	Outputs     []*Value
	Nodes       []*Node // each behind those whose results it takes
}

// New returns a graph without nodes.
func New(name string, input []int) *Graph {
	return &Graph{Input: &Value{Name: name, Shape: slices.Clone(input)}}
}

// Floats returns a constant.
func Floats(name string, shape []int, values []float32) *Value {
	return &Value{Name: name, Shape: slices.Clone(shape), Floats: values}
}

// Ints returns a constant that says a shape, an order or places.
func Ints(values ...int) *Value {
	v := &Value{Name: "shape", Shape: []int{len(values)}, Ints: make([]int32, len(values))}
	for i, n := range values {
		v.Ints[i] = int32(n)
	}
	return v
}

// Add appends a node and returns what it computes.
func (g *Graph) Add(op tflite.Op, options any, shape []int, in ...*Value) *Value {
	n := &Node{Op: op, Options: options, In: in, Out: &Value{Shape: slices.Clone(shape)}}
	n.Out.from = n
	g.Nodes = append(g.Nodes, n)
	return n.Out
}

// Reshape returns a value in another shape of as many values.
func (g *Graph) Reshape(v *Value, shape ...int) *Value {
	if slices.Equal(v.Shape, shape) {
		return v
	}
	if v.Constant() {
		c := *v
		c.Shape = slices.Clone(shape)
		return &c
	}
	return g.Add(tflite.Reshape, tflite.ReshapeOptions{NewShape: slices.Clone(shape)}, shape, v, Ints(shape...))
}

// Transpose returns a value with its dimensions in another order: dimension i is v's order[i].
func (g *Graph) Transpose(v *Value, order ...int) *Value {
	if isIdentity(order) {
		return v
	}
	if v.Floats != nil {
		return permuted(v, order)
	}
	shape := make([]int, len(order))
	for i, d := range order {
		shape[i] = v.Shape[d]
	}
	return g.Add(tflite.Transpose, nil, shape, v, Ints(order...))
}

// Binary returns an element-wise operator of two values, which are broadcast as usual.
func (g *Graph) Binary(op tflite.Op, a, b *Value) (*Value, error) {
	shape, err := Broadcast(a.Shape, b.Shape)
	if err != nil {
		return nil, err
	}
	return g.Add(op, plain(op), shape, a, b), nil
}

// plain returns an operator's options where nothing is said.
func plain(op tflite.Op) any {
	switch op {
	case tflite.Add:
		return tflite.AddOptions{}
	case tflite.Sub:
		return tflite.SubOptions{}
	case tflite.Mul:
		return tflite.MulOptions{}
	case tflite.Div:
		return tflite.DivOptions{}
	}
	return nil
}

// Slice returns a part of a value.
func (g *Graph) Slice(v *Value, begin, extent []int) *Value {
	if slices.Equal(extent, v.Shape) {
		return v
	}
	return g.Add(tflite.Slice, nil, extent, v, Ints(begin...), Ints(extent...))
}

// Concat returns values one behind the other along an axis.
func (g *Graph) Concat(axis int, all ...*Value) *Value {
	if len(all) == 1 {
		return all[0]
	}
	shape := slices.Clone(all[0].Shape)
	shape[axis] = 0
	for _, v := range all {
		shape[axis] += v.Shape[axis]
	}
	return g.Add(tflite.Concatenation, tflite.ConcatenationOptions{Axis: axis}, shape, all...)
}

// Broadcast returns the shape that two shapes are brought to.
func Broadcast(a, b []int) ([]int, error) {
	if len(a) < len(b) {
		a, b = b, a
	}
	out := slices.Clone(a)
	for i, n := range b {
		at := len(a) - len(b) + i
		switch {
		case out[at] == n || n == 1:
		case out[at] == 1:
			out[at] = n
		default:
			return nil, fmt.Errorf("shapes %v and %v do not go together", a, b)
		}
	}
	return out, nil
}

// Check returns an error where the graph is larger than a graph may be.
func (g *Graph) Check() error {
	if len(g.Nodes) > MaxNodes {
		return fmt.Errorf("graph: %d operators: at most %d", len(g.Nodes), MaxNodes)
	}
	if len(g.Outputs) == 0 {
		return errors.New("graph: the network has no output")
	}
	for _, n := range g.Nodes {
		if err := CheckShape(n.Out.Shape); err != nil {
			return fmt.Errorf("graph: %v: %w", n.Op, err)
		}
	}
	return CheckShape(g.Input.Shape)
}

// CheckShape returns an error for a shape that no tensor may have.
func CheckShape(shape []int) error {
	n := 1
	if len(shape) > maxDims {
		return fmt.Errorf("a tensor of %d dimensions: at most %d", len(shape), maxDims)
	}
	for _, d := range shape {
		if d < 1 || d > MaxValues || n > MaxValues/d {
			return fmt.Errorf("a tensor of shape %v: needs 1 to %d values", shape, MaxValues)
		}
		n *= d
	}
	return nil
}

// uses returns the nodes that take each value.
func (g *Graph) uses() map[*Value][]*Node {
	all := map[*Value][]*Node{}
	for _, n := range g.Nodes {
		for i, v := range n.In {
			if v != nil && !slices.Contains(n.In[:i], v) {
				all[v] = append(all[v], n)
			}
		}
	}
	return all
}

// replace puts a value in another's place.
func (g *Graph) replace(old, by *Value) {
	if by.Name == "" {
		by.Name = old.Name
	}
	g.swap(old, by)
}

// swap lets what takes a value take another.
func (g *Graph) swap(old, by *Value) {
	for _, n := range g.Nodes {
		for i, v := range n.In {
			if v == old && n.Out != by {
				n.In[i] = by
			}
		}
	}
	for i, v := range g.Outputs {
		if v == old {
			g.Outputs[i] = by
		}
	}
}

// order sorts the nodes and leaves out those whose results nobody takes.
func (g *Graph) order() {
	var sorted []*Node
	const begun, done = 1, 2
	state := map[*Node]int{}
	var todo []*Node
	push := func(v *Value) {
		if v != nil && v.from != nil && state[v.from] == 0 {
			todo = append(todo, v.from)
		}
	}
	for _, out := range g.Outputs {
		push(out)
		for len(todo) > 0 {
			n := todo[len(todo)-1]
			switch state[n] {
			case 0:
				state[n] = begun
				for _, v := range slices.Backward(n.In) {
					push(v)
				}
			case begun:
				state[n] = done
				sorted = append(sorted, n)
				todo = todo[:len(todo)-1]
			default:
				todo = todo[:len(todo)-1]
			}
		}
	}
	g.Nodes = sorted
}

func isIdentity(order []int) bool {
	for i, d := range order {
		if i != d {
			return false
		}
	}
	return true
}

// Before puts what f makes of a new input in the place of the graph's input.
func (g *Graph) Before(name string, shape []int, f func(in *Value) *Value) {
	old, own := g.Input, g.Nodes
	g.Input, g.Nodes = &Value{Name: name, Shape: slices.Clone(shape)}, nil
	x := f(g.Input)
	g.Nodes = append(g.Nodes, own...)
	g.swap(old, x)
}

// Affine returns v times factors, plus offsets: one of each, or one for each value.
func (g *Graph) Affine(v *Value, factors, offsets []float32) *Value {
	for _, step := range []struct {
		op     tflite.Op
		values []float32
		none   float32
	}{{tflite.Mul, factors, 1}, {tflite.Add, offsets, 0}} {
		c := Floats("affine", nil, step.values)
		if len(step.values) > 1 {
			c = narrowed(Floats("affine", v.Shape, step.values))
		}
		if !all(c, step.none) {
			v = g.Add(step.op, plain(step.op), v.Shape, v, c)
		}
	}
	return v
}

// Params returns the number of values of the layers' weights.
func (g *Graph) Params() int {
	n, counted := 0, map[*Value]bool{}
	for _, node := range g.Nodes {
		for _, v := range node.In {
			if v != nil && v.Floats != nil && !counted[v] {
				n, counted[v] = n+len(v.Floats), true
			}
		}
	}
	return n
}

// Operator returns the operator that computes a value, false of the input and of constants.
func (v *Value) Operator() (tflite.Op, bool) {
	if v.from == nil {
		return 0, false
	}
	return v.from.Op, true
}

// IntsOf returns a constant of whole numbers of a shape.
func IntsOf(shape []int, values []int) *Value {
	v := Ints(values...)
	v.Shape = slices.Clone(shape)
	return v
}
