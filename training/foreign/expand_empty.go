package foreign

import (
	"encoding/binary"
	"slices"

	"github.com/auscult/auscult/tflite"
)

// A loop writes its list of results as what is before a place, the result, and what is behind it. In its first and its
// last round one of these holds nothing, which the runtime has no tensor for: it is left out.

// withoutEmpty returns a subgraph whose inputs are known as far as they can be without slices of nothing.
func withoutEmpty(m *tflite.Model) (*tflite.Model, error) {
	own := *m
	own.Tensors, own.Operators = slices.Clone(m.Tensors), nil
	if err := foldNumbers(&own, m.Operators); err != nil {
		return nil, err
	}
	empty, same := map[int]bool{}, map[int]int{}
	for _, op := range m.Operators {
		op.Inputs = renamed(op.Inputs, same)
		switch {
		case len(op.Outputs) == 1 && own.Tensors[op.Outputs[0]].Data != nil:
			continue // computed already
		case op.Op == tflite.Slice && takesNothing(&own, op):
			empty[op.Outputs[0]] = true
			continue
		case op.Op == tflite.Concatenation:
			op.Inputs = slices.DeleteFunc(op.Inputs, func(t int) bool { return empty[t] })
			if o, ok := op.Options.(tflite.ConcatenationOptions); ok && len(op.Inputs) == 1 && o.Activation == tflite.ActNone {
				same[op.Outputs[0]] = op.Inputs[0]
				continue
			}
		}
		own.Operators = append(own.Operators, op)
	}
	own.Outputs = renamed(m.Outputs, same)
	return &own, nil
}

// foldNumbers computes the whole numbers that operators compute from constants.
func foldNumbers(m *tflite.Model, operators []tflite.Operator) error {
	part := *m
	known := make([]bool, len(m.Tensors))
	isNumber := func(t int) bool {
		return t >= 0 && (m.Tensors[t].Type == tflite.Int32 || m.Tensors[t].Type == tflite.Int64)
	}
	var computed []int
	for _, op := range operators {
		if runsOthers(op) || len(op.Outputs) != 1 || !isNumber(op.Outputs[0]) ||
			slices.ContainsFunc(op.Inputs, func(t int) bool { return !isNumber(t) || !known[t] && m.Tensors[t].Data == nil }) {
			continue
		}
		known[op.Outputs[0]] = true
		part.Operators, computed = append(part.Operators, op), append(computed, op.Outputs[0])
	}
	x, err := resolved(&part)
	if err != nil {
		return err
	}
	for _, t := range computed {
		m.Tensors[t] = x.Tensors[t]
	}
	return nil
}

// takesNothing reports whether a slice of what has a known shape takes nothing out of it.
func takesNothing(m *tflite.Model, op tflite.Operator) bool {
	if len(op.Inputs) != 3 || len(op.Outputs) != 1 || op.Inputs[0] < 0 {
		return false
	}
	x := &m.Tensors[op.Inputs[0]]
	begin, sizes := numbers(m, op.Inputs[1]), numbers(m, op.Inputs[2])
	if x.Signature != nil || len(begin) != len(x.Shape) || len(sizes) != len(x.Shape) {
		return false
	}
	for i, n := range sizes {
		if n == 0 || n == -1 && begin[i] == int64(x.Shape[i]) {
			return true
		}
	}
	return false
}

// numbers returns the values of a constant of whole numbers, nil where it is none.
func numbers(m *tflite.Model, t int) (all []int64) {
	if t < 0 {
		return nil
	}
	x := &m.Tensors[t]
	for i := 0; i+x.Type.Size() <= len(x.Data); i += x.Type.Size() {
		switch x.Type {
		case tflite.Int32:
			all = append(all, int64(int32(binary.LittleEndian.Uint32(x.Data[i:]))))
		case tflite.Int64:
			all = append(all, int64(binary.LittleEndian.Uint64(x.Data[i:])))
		default:
			return nil
		}
	}
	return all
}
