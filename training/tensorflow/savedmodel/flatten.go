package savedmodel

import (
	"fmt"
	"strconv"
	"strings"

	fpb "github.com/tensorflow/tensorflow/tensorflow/go/core/framework/function_go_proto"
	gpb "github.com/tensorflow/tensorflow/tensorflow/go/core/framework/graph_go_proto"
	npb "github.com/tensorflow/tensorflow/tensorflow/go/core/framework/node_def_go_proto"
)

// Bounds of what is written out: a function may call another many times over.
const (
	maxNodes = 1 << 16
	maxDepth = 64
)

// output is an output of a node.
type output struct {
	node  string
	index int
}

// String is the form that a graph's inputs have.
func (o output) String() string { return fmt.Sprintf("%s:%d", o.node, o.index) }

// flat is what an output of a graph depends on, without calls of functions.
type flat struct {
	top     map[string]*npb.NodeDef // the graph as it was
	library map[string]*fpb.FunctionDef
	nodes   map[string]*npb.NodeDef // written out
	order   []*npb.NodeDef          // each behind what it takes
	kept    map[output]string       // outputs of the graph itself, by the names that stand for them
	outputs map[string]output       // of every input that was resolved, by frame and text
	busy    map[string]bool         // nodes being written
}

// frame is a call of a function, or the graph itself, which has no function.
type frame struct {
	path     string
	function *fpb.FunctionDef
	nodes    map[string]*npb.NodeDef
	inputs   []string // of the call
	caller   *frame
	depth    int
}

func newFlat(g *gpb.GraphDef) *flat {
	f := &flat{
		top: byName(g.GetNode()), library: map[string]*fpb.FunctionDef{}, nodes: map[string]*npb.NodeDef{},
		kept: map[output]string{}, outputs: map[string]output{}, busy: map[string]bool{},
	}
	for _, fn := range g.GetLibrary().GetFunction() {
		f.library[fn.GetSignature().GetName()] = fn
	}
	return f
}

func byName(nodes []*npb.NodeDef) map[string]*npb.NodeDef {
	m := make(map[string]*npb.NodeDef, len(nodes))
	for _, n := range nodes {
		m[n.GetName()] = n
	}
	return m
}

// root is the frame of the graph itself.
func (f *flat) root() *frame { return &frame{nodes: f.top} }

// write writes out what a reference in a frame depends on and returns the output that
// it stands for. References are "node", "node:index", "argument" and
// "node:output's name:index".
func (f *flat) write(in *frame, reference string) (output, error) {
	key := in.path + "|" + reference
	if o, ok := f.outputs[key]; ok {
		return o, nil
	}
	o, err := f.resolve(in, reference)
	if err == nil {
		f.outputs[key] = o
	}
	return o, err
}

func (f *flat) resolve(in *frame, reference string) (output, error) {
	name, rest, _ := strings.Cut(reference, ":")
	if in.function != nil {
		for i, arg := range in.function.GetSignature().GetInputArg() {
			if arg.GetName() == name && i < len(in.inputs) {
				return f.write(in.caller, in.inputs[i])
			}
		}
	}
	index := 0
	if rest != "" {
		var err error
		if index, err = strconv.Atoi(rest[strings.LastIndexByte(rest, ':')+1:]); err != nil {
			return output{}, fmt.Errorf("the reference %.100q has no index", reference)
		}
	}
	n := in.nodes[name]
	if n == nil {
		return output{}, fmt.Errorf("the reference %.100q leads nowhere", reference)
	}
	switch n.GetOp() {
	case "PartitionedCall", "StatefulPartitionedCall":
		return f.call(in, n, index)
	}
	o := output{in.path + name, index}
	if in.function == nil && isKept(n.GetOp()) {
		if _, ok := f.kept[o]; !ok {
			f.kept[o] = fmt.Sprintf("kept_%d", len(f.kept))
		}
		return o, nil
	}
	return o, f.writeNode(in, n, o.node)
}

// isKept says whether the node itself is needed, with the session's state behind it.
func isKept(op string) bool {
	switch op {
	case "Placeholder", "VarHandleOp", "VariableV2", "Variable":
		return true
	}
	return false
}

func (f *flat) writeNode(in *frame, n *npb.NodeDef, name string) error {
	if f.nodes[name] != nil {
		return nil
	}
	if f.busy[name] || len(f.order) >= maxNodes {
		return fmt.Errorf("%s: the graph has a loop, or over %d operations", name, maxNodes)
	}
	f.busy[name] = true
	made := &npb.NodeDef{Name: name, Op: n.GetOp(), Attr: n.GetAttr()}
	for _, ref := range n.GetInput() {
		if strings.HasPrefix(ref, "^") {
			continue // an order of events, of which inference has none
		}
		o, err := f.write(in, ref)
		if err != nil {
			return err
		}
		made.Input = append(made.Input, o.String())
	}
	f.nodes[name] = made
	f.order = append(f.order, made)
	return nil
}

// call writes out output index of a called function.
func (f *flat) call(in *frame, n *npb.NodeDef, index int) (output, error) {
	name := n.GetAttr()["f"].GetFunc().GetName()
	fn := f.library[name]
	if fn == nil || index < 0 || index >= len(fn.GetSignature().GetOutputArg()) {
		return output{}, fmt.Errorf("%s calls the function %.100q for output %d: there is none", n.GetName(), name, index)
	}
	if in.depth >= maxDepth {
		return output{}, fmt.Errorf("%s: functions call each other more than %d deep", n.GetName(), maxDepth)
	}
	inner := &frame{
		path: in.path + n.GetName() + "/", function: fn, nodes: byName(fn.GetNodeDef()),
		inputs: n.GetInput(), caller: in, depth: in.depth + 1,
	}
	return f.write(inner, fn.GetRet()[fn.GetSignature().GetOutputArg()[index].GetName()])
}

// graph returns the nodes with what is kept by the names that stand for it.
func (f *flat) graph(versions *gpb.GraphDef) *gpb.GraphDef {
	g := &gpb.GraphDef{Versions: versions.GetVersions()}
	for _, n := range f.order {
		made := &npb.NodeDef{Name: n.GetName(), Op: n.GetOp(), Attr: n.GetAttr()}
		for _, ref := range n.GetInput() {
			o := parseOutput(ref)
			if name, ok := f.kept[o]; ok {
				o = output{name, 0}
			}
			made.Input = append(made.Input, o.String())
		}
		g.Node = append(g.Node, made)
	}
	return g
}

// parseOutput reads what output.String wrote, and a node's name alone.
func parseOutput(text string) output {
	name, index, _ := strings.Cut(text, ":")
	i, _ := strconv.Atoi(index) // 0 without
	return output{name, i}
}
