package tflite

import (
	"encoding/binary"
	"fmt"
	"math"
	"slices"

	flatbuffers "github.com/google/flatbuffers/go"

	"github.com/auscult/auscult/tflite/internal/flat"
	"github.com/auscult/auscult/tflite/schema"
)

// Operators that run other subgraphs.
const (
	While     Op = schema.OpWhile     // a body for as long as a condition holds, as recurrent layers do
	If        Op = schema.OpIf        // one of two
	Composite Op = schema.OpComposite // one that stands for an operator which the converter knows by name
)

var (
	whileDefinition = definition{
		newest:  1,
		options: coded(schema.OptionsWhile, readWhile),
		untyped: prepareWhile,
	}
	ifDefinition = definition{
		newest:  1,
		options: coded(schema.OptionsIf, readIf),
		untyped: prepareIf,
	}
	compositeDefinition = definition{
		newest:  1,
		options: secondly(coded(schema.Options2Composite, readComposite)),
		untyped: prepareComposite,
	}
)

// WhileOptions belongs to While: the numbers of two subgraphs.
type WhileOptions struct {
	Condition, Body int
}

func readWhile(t flat.Table) (WhileOptions, error) {
	return WhileOptions{
		Condition: int(t.Int32("cond_subgraph_index", schema.WhileCondition, 0)),
		Body:      int(t.Int32("body_subgraph_index", schema.WhileBody, 0)),
	}, nil
}

func (p WhileOptions) verify() error { return nil }

func (p WhileOptions) write(w *writer) flatbuffers.UOffsetT {
	w.b.StartObject(schema.WhileFields)
	w.b.PrependInt32Slot(schema.WhileCondition, int32(p.Condition), 0)
	w.b.PrependInt32Slot(schema.WhileBody, int32(p.Body), 0)
	return w.b.EndObject()
}

// IfOptions belongs to If: the numbers of two subgraphs.
type IfOptions struct {
	Then, Else int
}

func readIf(t flat.Table) (IfOptions, error) {
	return IfOptions{
		Then: int(t.Int32("then_subgraph_index", schema.IfThen, 0)),
		Else: int(t.Int32("else_subgraph_index", schema.IfElse, 0)),
	}, nil
}

func (p IfOptions) verify() error { return nil }

func (p IfOptions) write(w *writer) flatbuffers.UOffsetT {
	w.b.StartObject(schema.IfFields)
	w.b.PrependInt32Slot(schema.IfThen, int32(p.Then), 0)
	w.b.PrependInt32Slot(schema.IfElse, int32(p.Else), 0)
	return w.b.EndObject()
}

// CompositeOptions belongs to Composite.
type CompositeOptions struct {
	Name       string
	Subgraph   int
	Attributes string // a FlexBuffer, which is not read: the subgraph says all
}

func readComposite(t flat.Table) (CompositeOptions, error) {
	return CompositeOptions{
		Name:     t.String("name", schema.CompositeName),
		Subgraph: int(t.Int32("decomposition_subgraph_index", schema.CompositeSubgraph, 0)),

		Attributes: string(t.Vector("composite_attributes", schema.CompositeAttributes, 1).Bytes()),
	}, nil
}

func (p CompositeOptions) verify() error { return nil }

func (p CompositeOptions) write(w *writer) flatbuffers.UOffsetT {
	name, attributes := w.b.CreateString(p.Name), w.b.CreateByteVector([]byte(p.Attributes))
	w.b.StartObject(schema.CompositeFields)
	w.b.PrependUOffsetTSlot(schema.CompositeAttributes, attributes, 0)
	w.b.PrependUOffsetTSlot(schema.CompositeName, name, 0)
	w.b.PrependInt32Slot(schema.CompositeSubgraph, int32(p.Subgraph), 0)
	return w.b.EndObject()
}

const (
	// maxDepth bounds subgraphs that run subgraphs.
	maxDepth = 8
	// maxRounds bounds the rounds of a loop whose number is not known beforehand, as the limit of time does; it ends
	// there.
	maxRounds = 1 << 16
	// callBytes is what preparing a subgraph takes besides what its operators count.
	callBytes = 4096
)

// callee is a subgraph that an operator runs, prepared.
type callee struct {
	it    *Interpreter
	macs  int64 // of one run
	nanos float64
}

// call prepares a subgraph for inputs of the given tensors' shapes.
func (c *checker) call(number int, inputs []int) *callee {
	root := c.left.root
	g := root.subgraph(number)
	switch {
	case c.err != nil:
		return nil
	case number == 0 || g == nil:
		c.fail("subgraph %d, the model has %d", number, 1+len(root.Subgraphs))
	case c.left.depth >= maxDepth:
		c.fail("subgraph %d: subgraphs run each other more than %d deep", number, maxDepth)
	case len(g.Inputs) != len(inputs):
		c.fail("subgraph %d has %d inputs, is given %d", number, len(g.Inputs), len(inputs))
	}
	if c.err != nil || !c.spend(0, callBytes+int64(len(g.Operators))*256) {
		return nil
	}
	mine := g.own()
	for j, t := range inputs {
		from, to := &c.m.Tensors[t], &mine.Tensors[g.Inputs[j]]
		if from.Type != to.Type || to.Signature == nil && !slices.Equal(from.Shape, to.Shape) {
			c.fail("subgraph %d: input %d is %v of shape %v, is given %v of %v",
				number, j, to.Type, to.Shape, from.Type, from.Shape)
			return nil
		}
		to.Shape, to.Signature = from.Shape, nil
	}
	before := c.left.nanos
	it, macs, err := c.left.nest(c.left, mine, number)
	if err != nil {
		c.fail("subgraph %d: %w", number, err)
		return nil
	}
	return &callee{it, macs, before - c.left.nanos}
}

// gives compares a subgraph's outputs with tensors that take them; where these are open they take the subgraph's
// shapes.
func (c *checker) gives(number int, sub *callee, tensors []int) {
	if c.err != nil {
		return
	}
	if len(sub.it.outputs) != len(tensors) {
		c.fail("subgraph %d has %d outputs, needs %d", number, len(sub.it.outputs), len(tensors))
		return
	}
	for k, t := range tensors {
		from, to := sub.it.outputs[k], &c.m.Tensors[t]
		if slices.Contains(c.o.Outputs, t) && !slices.Equal(from.Shape, to.Shape) && c.resolve(k, from.Shape) {
			return
		}
		if from.Type != to.Type || !slices.Equal(from.Shape, to.Shape) || to.Type.Size() == 0 {
			c.fail("subgraph %d: output %d is %v of shape %v, needs %v of %v",
				number, k, from.Type, from.Shape, to.Type, to.Shape)
		}
	}
}

// given checks the operator's inputs from first on, which subgraphs take.
func (c *checker) given(first int) []int {
	if len(c.o.Inputs) < first || len(c.o.Outputs) == 0 {
		c.fail("%d inputs and %d outputs", len(c.o.Inputs), len(c.o.Outputs))
		return nil
	}
	for j, t := range c.o.Inputs {
		if t < 0 || c.m.Tensors[t].Type.Size() == 0 || c.m.Tensors[t].Variable {
			c.fail("input %d is left out, or no tensor of numbers", j)
			return nil
		}
	}
	return c.o.Inputs[first:]
}

// truth reads a single bool.
func truth(b []byte) bool { return b[0] != 0 }

// isTruth reports whether a tensor is a single bool.
func isTruth(kind Type, shape []int) bool { return kind == Bool && count(shape) == 1 }

func prepareWhile(c *checker) step {
	p := c.o.Options.(WhileOptions)
	inputs := c.given(0)
	condition := c.call(p.Condition, inputs)
	body := c.call(p.Body, inputs)
	if c.err != nil {
		return step{}
	}
	if out := condition.it.outputs; len(out) != 1 || !isTruth(out[0].Type, out[0].Shape) {
		c.fail("subgraph %d, the condition, does not give one bool", p.Condition)
	}
	c.gives(p.Body, body, inputs)
	c.gives(p.Body, body, c.o.Outputs)
	rounds, known := c.rounds(p, inputs)
	once, nanos := condition.macs+body.macs, condition.nanos+body.nanos
	// One round is counted already.
	if c.err == nil && known && c.spend(satMul(once, max(rounds-1, 0)), 0) {
		c.err = c.left.spendTime(nanos * float64(max(rounds-1, 0)))
	}
	if c.err != nil {
		return step{}
	}
	if known {
		c.macs = satMul(once, rounds)
	} else {
		c.macs, rounds = once, int64(min(maxRounds, 1+c.left.nanos/max(nanos, 1)))
	}
	outputs := c.o.Outputs
	return step{
		bind: func(mem *memory) func() {
			state, first := mem.all(outputs), mem.all(inputs)
			return func() {
				copyAll(state, first)
				for n := int64(0); n < rounds && !mem.stopped(); n++ {
					copyAll(condition.it.inBytes, state)
					condition.it.run()
					if !truth(condition.it.outBytes[0]) {
						break
					}
					body.run(state, state)
				}
			}
		},
	}
}

// satMul multiplies numbers that are not negative; what is too large is the largest number.
func satMul(a, b int64) int64 {
	if a != 0 && b > math.MaxInt64/a {
		return math.MaxInt64
	}
	return a * b
}

// all gives the memory of tensors.
func (mem *memory) all(tensors []int) [][]byte {
	list := make([][]byte, len(tensors))
	for i, t := range tensors {
		list[i] = mem.tensors[t]
	}
	return list
}

func copyAll(to, from [][]byte) {
	for i := range to {
		copy(to[i], from[i])
	}
}

// rounds finds how often a loop runs that counts: its condition demands that inputs are below constants, and its body
// adds constants to these.
func (c *checker) rounds(p WhileOptions, inputs []int) (rounds int64, known bool) {
	if c.err != nil {
		return 0, false
	}
	condition, body := c.left.root.subgraph(p.Condition), c.left.root.subgraph(p.Body)
	rounds = math.MaxInt64
	for i := range condition.Operators {
		o := &condition.Operators[i]
		if o.Op == LogicalAnd {
			continue
		}
		if o.Op != Less || len(o.Inputs) != 2 {
			return 0, false
		}
		j := slices.Index(condition.Inputs, o.Inputs[0])
		limit, ok := constantInt(condition, o.Inputs[1])
		if j < 0 || !ok {
			return 0, false
		}
		first, ok1 := constantInt(c.m, inputs[j])
		by, ok2 := increment(body, j)
		if !ok1 || !ok2 {
			return 0, false
		}
		rounds = min(rounds, max((limit-first+by-1)/by, 0))
	}
	return rounds, rounds < math.MaxInt64
}

// increment gives what a body adds to input j.
func increment(body *Model, j int) (int64, bool) {
	for i := range body.Operators {
		o := &body.Operators[i]
		if o.Op == Add && len(o.Inputs) == 2 && len(o.Outputs) == 1 && o.Outputs[0] == body.Outputs[j] {
			by, ok := constantInt(body, o.Inputs[1])
			return by, ok && o.Inputs[0] == body.Inputs[j] && by > 0
		}
	}
	return 0, false
}

// constantInt gives the value of a constant single int32.
func constantInt(m *Model, t int) (int64, bool) {
	if t < 0 || m.Tensors[t].Type != Int32 || len(m.Tensors[t].Data) != 4 {
		return 0, false
	}
	return int64(int32(binary.LittleEndian.Uint32(m.Tensors[t].Data))), true
}

func prepareIf(c *checker) step {
	p := c.o.Options.(IfOptions)
	inputs := c.given(1)
	then := c.call(p.Then, inputs)
	otherwise := c.call(p.Else, inputs)
	if c.err != nil {
		return step{}
	}
	if t := c.in(0); !isTruth(t.Type, t.Shape) {
		c.fail("input 0 (%.40q) is %v of shape %v, needs one bool", t.Name, t.Type, t.Shape)
	}
	c.gives(p.Then, then, c.o.Outputs)
	c.gives(p.Else, otherwise, c.o.Outputs)
	chosen, outputs := c.o.Inputs[0], c.o.Outputs
	c.macs = max(then.macs, otherwise.macs)
	return step{
		bind: func(mem *memory) func() {
			which, in, out := mem.tensors[chosen], mem.all(inputs), mem.all(outputs)
			return func() {
				if truth(which) {
					then.run(out, in)
				} else {
					otherwise.run(out, in)
				}
			}
		},
	}
}

// run computes a subgraph's outputs from its inputs.
func (s *callee) run(out, in [][]byte) {
	copyAll(s.it.inBytes, in)
	s.it.run()
	copyAll(out, s.it.outBytes)
}

func prepareComposite(c *checker) step {
	p := c.o.Options.(CompositeOptions)
	inputs := c.given(0)
	sub := c.call(p.Subgraph, inputs)
	if c.err != nil {
		c.err = fmt.Errorf("composite %.40q: %w", p.Name, c.err)
		return step{}
	}
	c.gives(p.Subgraph, sub, c.o.Outputs)
	outputs := c.o.Outputs
	c.macs = sub.macs
	return step{bind: func(mem *memory) func() {
		in, out := mem.all(inputs), mem.all(outputs)
		return func() { sub.run(out, in) }
	}}
}
