package tflite

import (
	flatbuffers "github.com/google/flatbuffers/go"

	"github.com/auscult/auscult/tflite/internal/flat"
	"github.com/auscult/auscult/tflite/schema"
)

// State that a model keeps from one inference to the next, as streaming networks do.
const (
	CallOnce       Op = schema.OpCallOnce  // gives all variables their first values
	VarHandle      Op = schema.OpVarHandle // names a variable
	ReadVariable   Op = schema.OpReadVariable
	AssignVariable Op = schema.OpAssignVariable
)

var (
	callOnceDefinition = definition{
		newest:  1,
		options: coded(schema.OptionsCallOnce, readCallOnce),
		untyped: prepareCallOnce,
	}
	varHandleDefinition = definition{
		newest:  1,
		options: coded(schema.OptionsVarHandle, readVarHandle),
		untyped: prepareVarHandle,
	}
	readVariableDefinition   = definition{newest: 1, untyped: prepareReadVariable}
	assignVariableDefinition = definition{
		newest:  1,
		cost:    func(c *checker) int64 { return count(c.inShape(1)) },
		untyped: prepareAssignVariable,
	}
)

// CallOnceOptions belongs to CallOnce.
type CallOnceOptions struct {
	Subgraph int // the number of the one that assigns constants to variables
}

func readCallOnce(t flat.Table) (CallOnceOptions, error) {
	return CallOnceOptions{int(t.Int32("init_subgraph_index", schema.CallOnceSubgraph, 0))}, nil
}

func (CallOnceOptions) verify() error { return nil }

func (p CallOnceOptions) write(w *writer) flatbuffers.UOffsetT {
	w.b.StartObject(schema.CallOnceFields)
	w.b.PrependInt32Slot(schema.CallOnceSubgraph, int32(p.Subgraph), 0)
	return w.b.EndObject()
}

// VarHandleOptions belongs to VarHandle.
type VarHandleOptions struct {
	Container, Name string
}

func readVarHandle(t flat.Table) (VarHandleOptions, error) {
	return VarHandleOptions{
		Container: t.String("container", schema.VarHandleContainer),
		Name:      t.String("shared_name", schema.VarHandleName),
	}, nil
}

func (p VarHandleOptions) verify() error { return nil }

func (p VarHandleOptions) write(w *writer) flatbuffers.UOffsetT {
	container, name := w.b.CreateString(p.Container), w.b.CreateString(p.Name)
	w.b.StartObject(schema.VarHandleFields)
	w.b.PrependUOffsetTSlot(schema.VarHandleContainer, container, 0)
	w.b.PrependUOffsetTSlot(schema.VarHandleName, name, 0)
	return w.b.EndObject()
}

// state is a variable in an Interpreter.
type state struct {
	name  VarHandleOptions
	first *Tensor // its first value, a constant
	now   []byte
}

// prepareCallOnce makes the variables that a subgraph gives their first values. It runs nothing then: variables have
// these until something else is assigned.
func prepareCallOnce(c *checker) step {
	p := c.o.Options.(CallOnceOptions)
	g := c.left.root.subgraph(p.Subgraph)
	if p.Subgraph == 0 || g == nil {
		c.fail("subgraph %d, the model has %d", p.Subgraph, 1+len(c.left.root.Subgraphs))
		return step{}
	}
	names := map[int]VarHandleOptions{}
	for i := range g.Operators {
		switch o := &g.Operators[i]; {
		case o.Op == VarHandle && len(o.Outputs) == 1:
			names[o.Outputs[0]] = o.Options.(VarHandleOptions)
		case o.Op == AssignVariable && len(o.Inputs) == 2 && o.Inputs[1] >= 0:
			name, ok := names[o.Inputs[0]]
			if t := &g.Tensors[o.Inputs[1]]; ok && t.Data != nil && t.Type.Size() > 0 && t.Unread == "" {
				c.keep(name, t)
			}
		}
	}
	return step{folded: true}
}

// keep makes a variable, or lets one be that is there.
func (c *checker) keep(name VarHandleOptions, first *Tensor) {
	if c.left.states[name] == nil && c.spend(0, int64(len(first.Data))) {
		c.left.states[name] = &state{name, first, aligned(len(first.Data))}
	}
}

func prepareVarHandle(c *checker) step {
	p := c.o.Options.(VarHandleOptions)
	if len(c.o.Inputs) != 0 || len(c.o.Outputs) != 1 {
		c.fail("%d inputs and %d outputs, needs 0 and 1", len(c.o.Inputs), len(c.o.Outputs))
		return step{}
	}
	s := c.left.states[p]
	if s == nil {
		c.fail("the variable %.40q has no first value: CALL_ONCE must assign a constant to it", p.Name)
		return step{}
	}
	c.left.handles[c.o.Outputs[0]] = s
	return step{folded: true}
}

// variable gives the state that input 0 is a handle of, for a tensor that is read from it or written to it.
func (c *checker) variable(what string, t tensor) *state {
	if c.err != nil {
		return nil
	}
	s := c.left.handles[c.o.Inputs[0]]
	if s == nil {
		c.fail("input 0 is no variable that VAR_HANDLE names")
		return nil
	}
	kind := c.m.Tensors[t.index].Type
	if size := t.n * kind.Size(); kind != s.first.Type || size != len(s.now) {
		c.fail("%s is %v of %d bytes, the variable %.40q %v of %d", what, kind, size, s.name.Name, s.first.Type, len(s.now))
	}
	return s
}

func prepareReadVariable(c *checker) step {
	if len(c.o.Inputs) != 1 || len(c.o.Outputs) != 1 {
		c.fail("%d inputs and %d outputs, needs 1 and 1", len(c.o.Inputs), len(c.o.Outputs))
		return step{}
	}
	out := c.movedOut(0)
	s := c.variable("output 0", out)
	if !c.afford(0) {
		return step{}
	}
	return step{bind: func(mem *memory) func() {
		y := mem.tensors[out.index]
		return func() { copy(y, s.now) }
	}}
}

func prepareAssignVariable(c *checker) step {
	if len(c.o.Inputs) != 2 || len(c.o.Outputs) != 0 || c.o.Inputs[1] < 0 {
		c.fail("%d inputs and %d outputs, needs 2 and 0", len(c.o.Inputs), len(c.o.Outputs))
		return step{}
	}
	value := c.movedIn(1)
	s := c.variable("input 1", value)
	if !c.afford(0) {
		return step{}
	}
	return step{bind: func(mem *memory) func() {
		x := mem.tensors[value.index]
		return func() { copy(s.now, x) }
	}}
}

// Reset gives all variables their first values again, as if no inference had been.
func (it *Interpreter) Reset() {
	for _, s := range it.states {
		copy(s.now, s.first.Data)
	}
}
