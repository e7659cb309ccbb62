package tflite

import (
	"fmt"
	"math"
	"slices"
	"sync/atomic"

	"github.com/auscult/auscult/tflite/internal/kernels"
)

// budget is what a model may still cost. Operators can share weights, so a small
// file can ask for much.
type budget struct {
	limits Options
	impl   *kernels.Impl
	macs   int64
	bytes  int64
	nanos  float64 // that an inference may still take
	// folded tells the tensors that became constant when the model was prepared from those that the file has constant.
	folded []bool
	// flipped tells the tensors whose codes are of uint8 in the file, see flipUnsigned.
	flipped []bool
	called  map[int][]bool // of the subgraphs, by number
	// handles are the variables by the tensors that stand for them, states all of them.
	handles map[int]*state
	states  map[VarHandleOptions]*state
	// root is the model whose subgraphs operators call.
	root *Model
	// depth counts the subgraphs that run this one.
	depth int
	// nest prepares a subgraph that an operator runs, from what is left.
	nest func(b *budget, g *Model, number int) (it *Interpreter, macs int64, err error)
	stop *atomic.Bool
}

// checker looks at one operator's tensors. Its methods keep the first error.
type checker struct {
	m    *Model
	o    *Operator
	def  *definition
	left *budget
	macs int64 // what afford counted
	err  error
}

// checkOperator verifies that this package can run the operator and precomputes
// what it needs.
func checkOperator(m *Model, o *Operator, left *budget) (step, error) {
	d, err := runnable(o)
	if err != nil {
		return step{}, err
	}
	if err := checkRead(m, o); err != nil {
		return step{}, err
	}
	c := &checker{m: m, o: o, def: d, left: left}
	if c.oneSign(); c.err != nil {
		return step{}, c.err
	}
	prepare := d.untyped
	if prepare == nil {
		v, err := d.choose(m, o)
		if err != nil {
			return step{}, err
		}
		if c.arity(v.least, v.most); c.err != nil {
			return step{}, c.err
		}
		prepare = v.prepare
	}
	s := prepare(c)
	s.macs = c.macs
	if c.err == nil {
		c.err = left.spendTime(c.pace())
	}
	return s, c.err
}

// checkTypes is checkOperator as far as it goes without shapes.
func checkTypes(m *Model, o *Operator) error {
	d, err := runnable(o)
	if err != nil || d.untyped != nil {
		return err
	}
	if err := checkRead(m, o); err != nil {
		return err
	}
	_, err = d.choose(m, o)
	return err
}

// checkRead refuses tensors of which the file says what this package does not read.
func checkRead(m *Model, o *Operator) error {
	for _, t := range slices.Concat(o.Inputs, o.Outputs) {
		if t >= 0 && m.Tensors[t].Unread != "" {
			return fmt.Errorf("tensor %d (%.40q): %s", t, m.Tensors[t].Name, m.Tensors[t].Unread)
		}
	}
	return nil
}

func (c *checker) fail(format string, args ...any) {
	if c.err == nil {
		c.err = fmt.Errorf(format, args...)
	}
}

// reference reports whether the arithmetic is that of TFLite's reference kernels.
func (c *checker) reference() bool { return c.left.limits.Profile == Reference }

// afford takes the operator's work and so many bytes from the budget, before either is spent; false, with an error,
// when they exceed it or where something is wrong already.
func (c *checker) afford(bytes int64) bool { return c.affordMore(0, bytes) }

// affordMore is afford for an operator with more work than its definition counts.
func (c *checker) affordMore(work, bytes int64) bool {
	if c.err != nil {
		return false
	}
	if c.def.cost != nil {
		c.macs = c.def.cost(c)
	} else {
		c.macs = count(c.outShape())
	}
	return c.spend(c.macs+work, bytes)
}

// affordStaged is affordMore for a kernel that copies an image of so many bytes for each entry of a batch.
func (c *checker) affordStaged(work int64, batch int, bytes, copied int64) bool {
	if c.err == nil && copied > min(int64(c.left.limits.ArenaLimitBytes), math.MaxInt32) {
		c.fail("the input with its padding needs more than the limit of %d bytes", c.left.limits.ArenaLimitBytes)
		return false
	}
	return c.affordMore(work+int64(batch)*copied, bytes)
}

// spend takes work and memory from the budget.
func (c *checker) spend(macs, bytes int64) bool {
	if c.err != nil {
		return false
	}
	c.err = c.left.spend(macs, bytes)
	return c.err == nil
}

// spend takes work and memory, or nothing where there is not enough.
func (b *budget) spend(macs, bytes int64) error {
	if macs > b.macs {
		return fmt.Errorf("an inference needs more than the limit of %d multiply-accumulate steps", b.limits.MACLimit)
	}
	if bytes > b.bytes {
		return fmt.Errorf("what is computed beforehand needs more than the limit of %d bytes", b.limits.PreparedLimitBytes)
	}
	b.macs -= macs
	b.bytes -= bytes
	return nil
}

// arity checks the number of inputs. Those behind the least may be left out: at the end they are cut off.
func (c *checker) arity(least, most int) {
	for len(c.o.Inputs) > least && c.o.Inputs[len(c.o.Inputs)-1] == -1 {
		c.o = &Operator{Op: c.o.Op, Options: c.o.Options, Inputs: c.o.Inputs[:len(c.o.Inputs)-1], Outputs: c.o.Outputs}
	}
	switch n := len(c.o.Inputs); {
	case n >= least && n <= most:
	case least == most:
		c.fail("%d inputs, needs %d", n, least)
	default:
		c.fail("%d inputs, needs %d to %d", n, least, most)
	}
	for j, t := range c.o.Inputs {
		if t == -1 {
			c.fail("input %d is left out", j)
		}
	}
}

// in gives input j as the model has it.
func (c *checker) in(j int) *Tensor { return &c.m.Tensors[c.o.Inputs[j]] }

// out gives the output as the model has it.
func (c *checker) out() *Tensor { return &c.m.Tensors[c.o.Outputs[0]] }

func (c *checker) inShape(j int) []int { return c.in(j).Shape }

func (c *checker) outShape() []int { return c.out().Shape }

// count multiplies dimensions, those of a shape that was verified.
func count(dims []int) int64 {
	n := int64(1)
	for _, d := range dims {
		n *= int64(d)
	}
	return n
}

// wantShape is wantShapeOf for the first output.
func (c *checker) wantShape(got []int, want ...int) { c.wantShapeOf(0, got, want) }

// wantShapeOf compares an output's shape with what the operator computes, or takes that for it where it is open.
func (c *checker) wantShapeOf(output int, got, want []int) {
	if c.err == nil && !slices.Equal(got, want) && !c.resolve(output, want) {
		c.fail("output %d has shape %v, the operator computes %v", output, got, want)
	}
}

// resolve gives an output the shape that the operator computes, where the file leaves that open: the check begins anew.
func (c *checker) resolve(output int, shape []int) bool {
	index := c.o.Outputs[output]
	if c.err != nil || c.m.Tensors[index].Signature == nil {
		return false
	}
	c.err = resolved{index, slices.Clone(shape)}
	return true
}

// rank checks the number of dimensions.
func (c *checker) rank(what string, t tensor, n int) {
	if c.err == nil && len(t.shape) != n {
		c.fail("%s has shape %v, needs %d dimensions", what, t.shape, n)
	}
}
