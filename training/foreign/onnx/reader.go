package onnx

import (
	"errors"
	"fmt"
	"slices"

	"github.com/auscult/auscult/training/foreign/onnx/schema"
	"github.com/auscult/auscult/training/graph"
)

// value is a tensor: known, or computed from the input.
type value struct {
	known *array
	v     *graph.Value
}

func (x value) shape() []int {
	if x.known != nil {
		return x.known.shape
	}
	return x.v.Shape
}

// reader makes a graph of a model.
type reader struct {
	model   *schema.ModelProto
	folder  string
	files   map[string][]byte // of weights
	options Options
	opset   int64
	values  map[string]value
	makers  map[string]*schema.NodeProto // of each value
	g       *graph.Graph
	work    int // values computed while reading

	operators   map[string]operator
	evaluations map[string]evaluation
}

// maxWork bounds how many values are computed while reading.
const maxWork = 1 << 27

// Operator sets that are understood.
const (
	oldestOpset = 7
	newestOpset = 24
)

func (r *reader) read() (*graph.Graph, error) {
	for _, s := range r.model.GetOpsetImport() {
		if d := s.GetDomain(); d == "" || d == "ai.onnx" {
			r.opset = s.GetVersion()
		}
	}
	if r.opset < oldestOpset || r.opset > newestOpset {
		return nil, fmt.Errorf("onnx: operator set %d: %d to %d are read; export it again with one of these",
			r.opset, oldestOpset, newestOpset)
	}
	p := r.model.GetGraph()
	for _, t := range p.GetInitializer() {
		a, err := arrayOf(t, r.outside)
		if err != nil {
			return nil, err
		}
		r.values[t.GetName()] = value{known: a}
	}
	if err := r.input(p); err != nil {
		return nil, err
	}
	r.g.Description = r.model.GetProducerName() + " " + r.model.GetProducerVersion()
	nodes := withoutErf(p.GetNode())
	r.makers = map[string]*schema.NodeProto{}
	for i, n := range nodes {
		for _, out := range n.GetOutput() {
			r.makers[out] = n
		}
		if err := r.node(n); err != nil {
			return nil, fmt.Errorf("onnx: operator %d, %.40s (%.60q): %w", i, n.GetOpType(), n.GetName(), err)
		}
		if len(r.g.Nodes) > graph.MaxNodes || r.work > maxWork {
			return nil, fmt.Errorf("onnx: more than %d operators or %d computed values", graph.MaxNodes, maxWork)
		}
	}
	for _, o := range p.GetOutput() {
		x, ok := r.values[o.GetName()]
		if !ok || x.v == nil {
			return nil, fmt.Errorf("onnx: output %.60q is not computed from the input", o.GetName())
		}
		r.g.Outputs = append(r.g.Outputs, x.v)
	}
	return r.g, r.g.Check()
}

// input finds the one input that is no constant, and gives it a shape.
func (r *reader) input(p *schema.GraphProto) error {
	for _, in := range p.GetInput() {
		if _, isConstant := r.values[in.GetName()]; isConstant {
			continue
		}
		if r.g != nil {
			return fmt.Errorf("onnx: the network takes %.60q beside %.60q: it can be given one thing, a window of sound",
				in.GetName(), r.g.Input.Name)
		}
		t := in.GetType().GetTensorType()
		if kind := t.GetElemType(); kind != typeFloat && kind != typeDouble && kind != typeHalf {
			return fmt.Errorf("onnx: the network takes elements of type %d: needs float32", kind)
		}
		var shape []int
		for i, d := range t.GetShape().GetDim() {
			n := int(max(0, min(d.GetDimValue(), graph.MaxValues+1)))
			switch {
			case n > 0:
			case i == 0:
				n = 1
			case r.options.Frames > 0:
				n = r.options.Frames
			default:
				return fmt.Errorf("onnx: dimension %d of the input is open (%.40q): "+
					"say with --frames how many frames a window has", i, d.GetDimParam())
			}
			shape = append(shape, n)
		}
		if len(shape) == 0 {
			return errors.New("onnx: the file does not say the shape of the input: export it with an example window")
		}
		if err := graph.CheckShape(shape); err != nil {
			return fmt.Errorf("onnx: the input: %w", err)
		}
		r.g = graph.New(in.GetName(), shape)
		r.values[in.GetName()] = value{v: r.g.Input}
	}
	if r.g == nil {
		return errors.New("onnx: the network takes nothing")
	}
	return nil
}

// node is an operator with its inputs.
type node struct {
	*schema.NodeProto
	r  *reader
	in []value // the zero value for one that is left out
}

// has reports whether an input is given.
func (n *node) has(i int) bool { return i < len(n.in) && (n.in[i].known != nil || n.in[i].v != nil) }

// node reads an operator.
func (r *reader) node(p *schema.NodeProto) error {
	if d := p.GetDomain(); d != "" && d != "ai.onnx" && d != "com.microsoft" {
		return fmt.Errorf("it belongs to the domain %.60q, of which nothing is known: export with standard operators", d)
	}
	n := &node{NodeProto: p, r: r, in: make([]value, len(p.GetInput()))}
	known := true
	for i, name := range p.GetInput() {
		if name == "" {
			continue
		}
		x, ok := r.values[name]
		if !ok {
			return fmt.Errorf("%.60q is not computed before it is taken", name)
		}
		n.in[i] = x
		known = known && x.known != nil
	}
	if err := n.checkInputs(); err != nil {
		return err
	}
	var out []value
	var err error
	switch op := p.GetOpType(); {
	case op == "Split" && known:
		out, err = splitKnown(n)
	case op == "Shape" || op == "Size" || known && r.evaluations[op] != nil:
		var a *array
		if a, err = n.evaluate(); err == nil {
			out = []value{{known: a}}
		}
	case r.operators[op] != nil && n.has(0) && graph.Size(n.in[0].shape()) == 0 && op != "Concat":
		err = errors.New("it takes no values")
	case r.operators[op] != nil:
		out, err = r.operators[op](n)
	case op == "If" || op == "Loop" || op == "Scan":
		err = errors.New("control flow is not imported: export the network for one fixed shape")
	case op == "QuantizeLinear" || op == "DequantizeLinear" || op == "DynamicQuantizeLinear" || op == "QLinearConv":
		err = errors.New("the network is quantised already: give the float32 model that it was made from")
	default:
		err = errors.New("the operator is not known")
	}
	if err != nil {
		return err
	}
	return r.put(p, out)
}

// put makes values those of an operator's outputs. What is computed from the input may not be empty.
func (r *reader) put(p *schema.NodeProto, out []value) error {
	for i, name := range p.GetOutput() {
		if name == "" || i >= len(out) {
			continue
		}
		check := checkShape
		if out[i].known == nil {
			check = graph.CheckShape
		}
		if err := check(out[i].shape()); err != nil {
			return err
		}
		r.values[name] = out[i]
	}
	return nil
}

// checkInputs checks that the inputs that every operator needs are there.
func (n *node) checkInputs() error {
	least, ok := leastInputs[n.GetOpType()]
	if !ok {
		least = 1
	}
	if op := n.GetOpType(); pairs[op] != nil || op == "Sum" || op == "Concat" {
		least = max(least, len(n.in)) // however many there are
	}
	for i := range least {
		if !n.has(i) {
			return fmt.Errorf("input %d is missing", i)
		}
	}
	return nil
}

// leastInputs says how many inputs operators need, where it is not one.
var leastInputs = map[string]int{
	"Add": 2, "Sub": 2, "Mul": 2, "Div": 2, "Pow": 2, "Mod": 2, "And": 2, "Or": 2, "Equal": 2, "Greater": 2, "Less": 2,
	"GreaterOrEqual": 2, "LessOrEqual": 2, "Where": 3, "Gather": 2, "Expand": 2, "Tile": 2, "MatMul": 2, "Gemm": 2,
	"Conv": 2, "ConvTranspose": 2, "PRelu": 2, "BatchNormalization": 5, "InstanceNormalization": 3,
	"LayerNormalization": 2, "Range": 3, "Constant": 0, "RandomNormal": 0, "RandomUniform": 0,
	"LSTM": 3, "GRU": 3, "RNN": 3,
}

func (n *node) attribute(name string) *schema.AttributeProto {
	for _, a := range n.GetAttribute() {
		if a.GetName() == name {
			return a
		}
	}
	return nil
}

// number returns a whole number of the attributes, within 32 bits.
func (n *node) number(name string, otherwise int) int {
	if a := n.attribute(name); a != nil && a.I != nil {
		return int(max(-1<<31, min(a.GetI(), 1<<31-1)))
	}
	return otherwise
}

func (n *node) float(name string, otherwise float32) float32 {
	if a := n.attribute(name); a != nil && a.F != nil {
		return a.GetF()
	}
	return otherwise
}

func (n *node) text(name, otherwise string) string {
	if a := n.attribute(name); a != nil && a.S != nil {
		return string(a.GetS())
	}
	return otherwise
}

// numbers returns a list of the attributes, nil for none.
func (n *node) numbers(name string) []int {
	a := n.attribute(name)
	if a == nil {
		return nil
	}
	all := []int{}
	for _, v := range a.GetInts() {
		all = append(all, int(max(-1<<31, min(v, 1<<31-1))))
	}
	return all
}

// list returns a list that is an attribute in some operator sets and input i in others, false
// where it is neither.
func (n *node) list(name string, i int) ([]int, bool, error) {
	if all := n.numbers(name); all != nil {
		return all, true, nil
	}
	if !n.has(i) {
		return nil, false, nil
	}
	if n.in[i].known == nil {
		return nil, false, fmt.Errorf("its %s depend on the input's values", name)
	}
	return n.in[i].known.ints(), true, nil
}

// x returns an input as a value of the graph.
func (n *node) x(i int) *graph.Value {
	if v := n.in[i].v; v != nil {
		return v
	}
	return n.in[i].known.value(n.GetInput()[i])
}

// weights returns an input that must be known.
func (n *node) weights(i int) (*array, error) {
	if n.in[i].known == nil {
		return nil, fmt.Errorf("input %d, its weights, is computed: only layers with weights of their own are imported", i)
	}
	return n.in[i].known, nil
}

// axis returns a dimension of so many.
func axis(a, rank int) (int, error) {
	if a < 0 {
		a += rank
	}
	if a < 0 || a >= rank {
		return 0, fmt.Errorf("dimension %d of %d", a, rank)
	}
	return a, nil
}

func axes(list []int, rank int) ([]int, error) {
	out := slices.Clone(list)
	for i, a := range list {
		var err error
		if out[i], err = axis(a, rank); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func one(v *graph.Value) ([]value, error) { return []value{{v: v}}, nil }
