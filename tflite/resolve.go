package tflite

import (
	"errors"
	"fmt"
	"slices"
	"unsafe"
)

// Converters leave dimensions open, the batch above all, and compute shapes while the model runs. Here all inputs have
// one shape, so that all shapes follow when the model is prepared, and what computes them becomes constant.

// openShape gives what a file says of a tensor's open dimensions; nil where none is open.
func openShape(signature []int) []int {
	if slices.Contains(signature, -1) {
		return signature
	}
	return nil
}

// resolved is the error of an operator's check that found the shape of an output whose shape the file leaves open.
type resolved struct {
	tensor int
	shape  []int
}

func (resolved) Error() string { return "the shape of an output is known now" }

// checkResolving checks an operator, again where an open shape of its outputs turns out.
func checkResolving(m *Model, o *Operator, left *budget) (step, error) {
	for {
		before := *left
		s, err := checkOperator(m, o, left)
		var found resolved
		if !errors.As(err, &found) {
			return s, err
		}
		*left = before
		t := &m.Tensors[found.tensor]
		t.Shape, t.Signature = found.shape, nil
		if len(t.Shape) > MaxDims {
			return step{}, fmt.Errorf("output (%.40q) has %d dimensions, at most %d", t.Name, len(t.Shape), MaxDims)
		}
		if err := checkSize(found.tensor, t, left.limits.ArenaLimitBytes); err != nil {
			return step{}, err
		}
	}
}

// foldable reports whether what the operator computes is known when the model is prepared: all its inputs are.
func foldable(m *Model, o *Operator) bool {
	d := lookup(o.Op)
	if d == nil || d.untyped != nil { // what is state is not constant, whatever it is made of
		return false
	}
	if d.static {
		return true
	}
	for _, t := range o.Inputs {
		if t >= 0 && !m.Tensors[t].constant() {
			return false
		}
	}
	return len(o.Inputs) > 0
}

// constant reports whether the value is known: it stands in the file, was computed beforehand, or there is none.
func (t *Tensor) constant() bool {
	if t.Data != nil {
		return true
	}
	n, err := elements(t.Shape)
	return err == nil && n == 0 && !t.Variable
}

// fold runs a step on constants, and makes its outputs constant.
func fold(m *Model, o *Operator, s *step, left *budget) error {
	if err := left.spend(0, int64(s.scratch)); err != nil {
		return err
	}
	mem := &memory{tensors: make([][]byte, len(m.Tensors)), scratch: aligned(s.scratch), stop: left.stop}
	for _, t := range o.Inputs {
		if t >= 0 {
			mem.tensors[t] = m.Tensors[t].Data
		}
	}
	for _, t := range o.Outputs {
		n, _ := elements(m.Tensors[t].Shape) // verified before
		size := n * m.Tensors[t].Type.Size()
		if err := left.spend(0, int64(size)); err != nil {
			return err
		}
		mem.tensors[t] = aligned(size)
	}
	s.bind(mem)()
	for _, t := range o.Outputs {
		m.Tensors[t].Data = mem.tensors[t]
		left.folded[t] = true
	}
	return nil
}

// aligned makes memory for elements of any type.
func aligned(n int) []byte {
	words := make([]uint64, (n+7)/8)
	return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(words))), n)
}

// align copies constant data that kernels cannot read where it lies, since in a file it may lie anywhere.
func (c *checker) align(t *Tensor) {
	size := t.Type.Size()
	if size < 2 || len(t.Data) == 0 || uintptr(unsafe.Pointer(unsafe.SliceData(t.Data)))%uintptr(size) == 0 {
		return
	}
	if c.spend(0, int64(len(t.Data))) {
		data := aligned(len(t.Data))
		copy(data, t.Data)
		t.Data = data
	}
}
