package tflite

import (
	"errors"
	"fmt"
	"math"
)

// verify checks all of a model that does not need knowledge of what operators
// compute: limits, shapes, sizes, quantisation, indices and order. Parse,
// Marshal and NewInterpreter call it, the last two since a Model may be made by
// hand.
func (m *Model) verify() error {
	switch {
	case len(m.Tensors) > MaxTensors:
		return fmt.Errorf("%d tensors, at most %d", len(m.Tensors), MaxTensors)
	case len(m.Operators) > MaxOperators:
		return fmt.Errorf("%d operators, at most %d", len(m.Operators), MaxOperators)
	case len(m.Metadata) > MaxMetadata:
		return fmt.Errorf("%d metadata entries, at most %d", len(m.Metadata), MaxMetadata)
	}
	if err := m.verifyGraph(); err != nil {
		return err
	}
	if len(m.Subgraphs) >= MaxSubgraphs || len(m.Signatures) > MaxSubgraphs {
		return fmt.Errorf("%d subgraphs and %d signatures, at most %d", 1+len(m.Subgraphs), len(m.Signatures), MaxSubgraphs)
	}
	for i, g := range m.Subgraphs {
		switch {
		case g == nil || len(g.Subgraphs) > 0 || len(g.Signatures) > 0 || len(g.Metadata) > 0:
			return fmt.Errorf("subgraph %d: is missing, or has subgraphs, signatures or metadata of its own", i+1)
		case len(g.Tensors) > MaxTensors || len(g.Operators) > MaxOperators:
			return fmt.Errorf("subgraph %d: %d tensors and %d operators, at most %d", i+1, len(g.Tensors), len(g.Operators), MaxTensors)
		}
		if err := g.verifyGraph(); err != nil {
			return fmt.Errorf("subgraph %d: %w", i+1, err)
		}
	}
	return m.verifySignatures()
}

// verifyGraph checks one subgraph.
func (m *Model) verifyGraph() error {
	for i := range m.Tensors {
		if err := m.Tensors[i].verify(); err != nil {
			return fmt.Errorf("tensor %d (%.40q): %w", i, m.Tensors[i].Name, err)
		}
	}
	return m.verifyOrder()
}

// elements gives the number of elements, at most 2^31-1.
func elements(shape []int) (int, error) {
	n := int64(1)
	zero := false
	for i, dim := range shape {
		if dim < 0 || int64(dim) > math.MaxInt32 {
			return 0, fmt.Errorf("dimension %d is %d", i, dim)
		}
		if dim == 0 {
			zero = true
			continue // an overflow of the other dimensions still counts
		}
		if n *= int64(dim); n > math.MaxInt32 {
			return 0, fmt.Errorf("shape %v has more than 2^31-1 elements", shape)
		}
	}
	if zero {
		return 0, nil
	}
	return int(n), nil
}

func (t *Tensor) verify() error {
	if !t.Type.known() {
		return fmt.Errorf("unknown element %v", t.Type)
	}
	if len(t.Shape) > MaxDims {
		return fmt.Errorf("%d dimensions, at most %d", len(t.Shape), MaxDims)
	}
	n, err := elements(t.Shape)
	if err != nil {
		return err
	}
	size := int64(n) * int64(t.Type.Size())
	if size > math.MaxInt32 {
		return fmt.Errorf("shape %v of %v has more than 2^31-1 bytes", t.Shape, t.Type)
	}
	if t.Type == Int4 {
		size = (int64(n) + 1) / 2 // two codes a byte
	}
	if t.Unread != "" {
		return nil // what there is of data means something else
	}
	if t.Data != nil && (t.Type.Size() > 0 || t.Type == Int4) && int64(len(t.Data)) != size {
		return fmt.Errorf("%d bytes of data, %v of shape %v needs %d", len(t.Data), t.Type, t.Shape, size)
	}
	if t.Data != nil && t.Variable {
		return errors.New("a variable with constant data")
	}
	if t.Quant != nil {
		return t.Quant.verify(t)
	}
	return nil
}

func (q *Quantisation) verify(t *Tensor) error {
	if len(q.Scales) == 0 {
		return errors.New("quantisation without a scale")
	}
	if len(q.ZeroPoints) != len(q.Scales) {
		return fmt.Errorf("%d zero points for %d scales", len(q.ZeroPoints), len(q.Scales))
	}
	if q.Axis < 0 || q.Axis >= max(len(t.Shape), 1) {
		return fmt.Errorf("quantised dimension %d, shape is %v", q.Axis, t.Shape)
	}
	if len(q.Scales) > 1 && (len(t.Shape) == 0 || len(q.Scales) != t.Shape[q.Axis]) {
		return fmt.Errorf("%d scales for dimension %d of shape %v", len(q.Scales), q.Axis, t.Shape)
	}
	lo, hi := t.Type.zeroPointRange()
	for i, s := range q.Scales {
		if !(s > 0) || s > math.MaxFloat32 {
			return fmt.Errorf("scale %d is %v, not positive and finite", i, s)
		}
		if zp := q.ZeroPoints[i]; zp < lo || zp > hi {
			return fmt.Errorf("zero point %d is %d, outside %d..%d of %v", i, zp, lo, hi, t.Type)
		}
	}
	return nil
}

// verifyOrder checks indices, and that each operator reads only what is known
// before it runs.
func (m *Model) verifyOrder() error {
	known := make([]bool, len(m.Tensors))
	empty := make([]bool, len(m.Tensors)) // needs no data to be constant
	for i := range m.Tensors {
		t := &m.Tensors[i]
		n, _ := elements(t.Shape) // verified before
		known[i] = t.Data != nil || t.Variable
		empty[i] = n == 0
	}
	inRange := func(i int) error {
		if i < 0 || i >= len(m.Tensors) {
			return fmt.Errorf("tensor %d, the model has %d", i, len(m.Tensors))
		}
		return nil
	}
	for i, t := range m.Inputs {
		if err := inRange(t); err != nil {
			return fmt.Errorf("model input %d: %w", i, err)
		}
		if known[t] || empty[t] {
			return fmt.Errorf("model input %d: tensor %d (%.40q) is constant, empty or an input already",
				i, t, m.Tensors[t].Name)
		}
		known[t] = true
	}
	for i := range m.Operators {
		o := &m.Operators[i]
		if err := m.verifyOperator(o, known, empty, inRange); err != nil {
			return fmt.Errorf("operator %d (%v): %w", i, o.Op, err)
		}
	}
	for i, t := range m.Outputs {
		if err := inRange(t); err != nil {
			return fmt.Errorf("model output %d: %w", i, err)
		}
		if !known[t] {
			return fmt.Errorf("model output %d: nothing computes tensor %d (%.40q)", i, t, m.Tensors[t].Name)
		}
	}
	return nil
}

func (m *Model) verifyOperator(o *Operator, known, empty []bool, inRange func(int) error) error {
	if o.Op < 0 {
		return errors.New("negative code")
	}
	if o.Version < 1 || int64(o.Version) > math.MaxInt32 {
		return fmt.Errorf("version %d", o.Version)
	}
	for j, t := range o.Inputs {
		if t == -1 {
			continue // an optional input left out
		}
		if err := inRange(t); err != nil {
			return fmt.Errorf("input %d: %w", j, err)
		}
		if !known[t] && !empty[t] {
			return fmt.Errorf("input %d: tensor %d (%.40q) is read before it is computed", j, t, m.Tensors[t].Name)
		}
	}
	for j, t := range o.Intermediates {
		if err := inRange(t); err != nil {
			return fmt.Errorf("intermediate %d: %w", j, err)
		}
	}
	for j, t := range o.Outputs {
		if err := inRange(t); err != nil {
			return fmt.Errorf("output %d: %w", j, err)
		}
		if known[t] {
			return fmt.Errorf("output %d: tensor %d (%.40q) has a value already", j, t, m.Tensors[t].Name)
		}
	}
	// Only after the loop, so that no tensor is in one operator's outputs twice.
	for j, t := range o.Outputs {
		if known[t] {
			return fmt.Errorf("output %d: tensor %d (%.40q) is an output twice", j, t, m.Tensors[t].Name)
		}
		known[t] = true
	}
	return o.verifyOptions()
}
