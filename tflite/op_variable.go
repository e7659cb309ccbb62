package tflite

import (
	"fmt"

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
		untyped: func(*checker) step { return step{folded: true} }, // Model.Variables holds the values
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

// Variable is state with its first value.
type Variable struct {
	Container, Name string
	Value           Tensor // constant
}

// CallOnceOptions belongs to CallOnce.
type CallOnceOptions struct{}

func readCallOnce(flat.Table) (CallOnceOptions, error) { return CallOnceOptions{}, nil }

func (CallOnceOptions) verify() error { return nil }

// write names the second subgraph, where Marshal puts the variables' first values.
func (CallOnceOptions) write(w *writer) flatbuffers.UOffsetT {
	w.b.StartObject(schema.CallOnceFields)
	w.b.PrependInt32Slot(schema.CallOnceSubgraph, 1, 0)
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
	first *Variable
	now   []byte
}

func prepareVarHandle(c *checker) step {
	p := c.o.Options.(VarHandleOptions)
	if len(c.o.Inputs) != 0 || len(c.o.Outputs) != 1 {
		c.fail("%d inputs and %d outputs, needs 0 and 1", len(c.o.Inputs), len(c.o.Outputs))
		return step{}
	}
	for i := range c.m.Variables {
		if v := &c.m.Variables[i]; v.Name == p.Name && v.Container == p.Container {
			if c.left.states[v] == nil && c.spend(0, int64(len(v.Value.Data))) {
				c.left.states[v] = &state{v, aligned(len(v.Value.Data))}
			}
			c.left.handles[c.o.Outputs[0]] = c.left.states[v]
			return step{folded: true}
		}
	}
	c.fail("the variable %.40q has no first value: CALL_ONCE must assign a constant to it", p.Name)
	return step{}
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
	if size := t.n * kind.Size(); kind != s.first.Value.Type || size != len(s.now) {
		c.fail("%s is %v of %d bytes, the variable %.40q %v of %d", what, kind, size, s.first.Name, s.first.Value.Type, len(s.now))
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
		copy(s.now, s.first.Value.Data)
	}
}

// verifyVariables checks the first values.
func (m *Model) verifyVariables() error {
	if len(m.Variables) > MaxTensors {
		return fmt.Errorf("%d variables, at most %d", len(m.Variables), MaxTensors)
	}
	for i := range m.Variables {
		v := &m.Variables[i]
		if err := v.Value.verify(); err != nil {
			return fmt.Errorf("variable %.40q: %w", v.Name, err)
		}
		if v.Value.Data == nil || v.Value.Type.Size() == 0 {
			return fmt.Errorf("variable %.40q: its first value is no constant", v.Name)
		}
	}
	return nil
}

// firstValues finds the constants that a subgraph assigns which CALL_ONCE calls.
func firstValues(m *Model) []Variable {
	var all []Variable
	names := map[int]VarHandleOptions{}
	for i := range m.Operators {
		switch o := &m.Operators[i]; {
		case o.Op == VarHandle && len(o.Outputs) == 1:
			names[o.Outputs[0]] = o.Options.(VarHandleOptions)
		case o.Op == AssignVariable && len(o.Inputs) == 2 && o.Inputs[1] >= 0:
			p, ok := names[o.Inputs[0]]
			if t := m.Tensors[o.Inputs[1]]; ok && t.Data != nil {
				t.Signature, t.Variable = nil, false
				all = append(all, Variable{p.Container, p.Name, t})
			}
		}
	}
	return all
}

// initial is the subgraph that assigns the variables' first values.
func (m *Model) initial() *Model {
	g := new(Model)
	for _, v := range m.Variables {
		n := len(g.Tensors)
		g.Tensors = append(g.Tensors, Tensor{Name: v.Name, Type: Resource}, v.Value)
		g.Operators = append(g.Operators,
			Operator{Op: VarHandle, Version: 1, Options: VarHandleOptions{v.Container, v.Name}, Outputs: []int{n}},
			Operator{Op: AssignVariable, Version: 1, Inputs: []int{n, n + 1}})
	}
	return g
}
