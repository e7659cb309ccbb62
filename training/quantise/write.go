package quantise

import (
	"fmt"
	"slices"

	"github.com/auscult/auscult/tflite"
)

// writer makes the int8 model of a plan: the same graph, tensor by tensor.
type writer struct {
	p       *plan
	m       *tflite.Model
	written map[int]bool // constants that have their codes
}

// write returns the int8 model.
func (p *plan) write() (*tflite.Model, error) {
	w := &writer{p: p, written: map[int]bool{}, m: &tflite.Model{
		Description: p.g.Description, Inputs: p.g.Inputs, Outputs: p.g.Outputs, Tensors: slices.Clone(p.g.Tensors),
	}}
	for t := range p.g.Tensors {
		if p.g.producer[t] != none || slices.Contains(p.g.Inputs, t) {
			w.m.Tensors[t].Type, w.m.Tensors[t].Quant = tflite.Int8, p.of(t).quantisation()
		}
	}
	for i, op := range p.g.Operators {
		op.Version = max(op.Version, int8Versions[op.Op])
		op.Inputs = slices.Clone(op.Inputs)
		if err := w.constants(i, &op); err != nil {
			return nil, fmt.Errorf("quantise: operator %d (%v): %w", i, op.Op, err)
		}
		w.m.Operators = append(w.m.Operators, op)
	}
	return w.m, nil
}

// constants gives an operator its constants in int8.
func (w *writer) constants(i int, op *tflite.Operator) error {
	if k, ok := w.p.g.kernelOf(i); ok {
		return w.weights(i, op, k)
	}
	switch op.Op {
	case tflite.Add, tflite.Sub, tflite.Mul:
	default:
		return nil // what is constant says a shape
	}
	coarsest := float32(0)
	if op.Op != tflite.Mul {
		coarsest = finestOperand * w.p.of(w.p.g.out(i)).scale
	}
	for j, t := range op.Inputs {
		if !w.p.g.isConstant(t) {
			continue
		}
		c, err := quantiseConstant(w.p.g.Tensors[t], coarsest)
		if err != nil {
			return err
		}
		op.Inputs[j] = w.put(t, c)
	}
	return nil
}

// weights gives an operator its weights and offsets.
func (w *writer) weights(i int, op *tflite.Operator, k kernel) error {
	means := w.p.means(k.from)
	if w.p.o.KeepBias || k.uniform() {
		means = nil
	}
	q, err := quantiseWeights(&k, w.p.of(k.from), w.p.of(w.p.g.out(i)), means)
	if err != nil {
		return err
	}
	zeros := make([]int64, len(q.scales))
	t := w.p.g.Tensors[k.tensor]
	t.Type, t.Data = tflite.Int8, q.weights
	t.Quant = &tflite.Quantisation{Scales: q.scales, ZeroPoints: zeros, Axis: k.axis()}
	op.Inputs[1] = w.put(k.tensor, t)
	bias := tflite.Tensor{Name: t.Name + "_bias", Shape: []int{len(q.scales)}}
	if k.bias != none {
		bias = w.p.g.Tensors[k.bias]
	}
	bias.Type, bias.Data = tflite.Int32, q.bias
	bias.Quant = &tflite.Quantisation{Scales: q.biasScales, ZeroPoints: zeros}
	at := 2
	if k.op == tflite.TransposeConv {
		at = 3
	}
	op.Inputs = append(op.Inputs[:at], w.put(k.bias, bias))
	return nil
}

// put writes a constant in the place of tensor t, or behind all others where there is no
// such place or another operator has put its own there.
func (w *writer) put(t int, c tflite.Tensor) int {
	if t == none || w.written[t] {
		w.m.Tensors = append(w.m.Tensors, c)
		return len(w.m.Tensors) - 1
	}
	w.written[t] = true
	w.m.Tensors[t] = c
	return t
}
