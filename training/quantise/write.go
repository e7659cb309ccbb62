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
		w.agree(i, &op)
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
	case tflite.Add, tflite.Sub, tflite.Mul, tflite.Prelu, tflite.SquaredDifference, tflite.BatchMatMul:
	default:
		w.moved(i, op) // what else is constant says a shape
		return nil
	}
	coarsest := float32(0)
	if op.Op == tflite.Add || op.Op == tflite.Sub {
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

// agree lets an operator that only moves codes take those that it gives, where what it takes
// has others: a QUANTIZE before it brings them there.
func (w *writer) agree(i int, op *tflite.Operator) {
	want := w.p.of(w.p.g.out(i))
	for _, t := range w.p.g.moved(i) {
		if w.p.of(t) == want {
			continue
		}
		own := w.m.Tensors[t]
		own.Name, own.Quant = own.Name+"_as_"+w.m.Tensors[w.p.g.out(i)].Name, want.quantisation()
		w.m.Tensors = append(w.m.Tensors, own)
		at := len(w.m.Tensors) - 1
		w.m.Operators = append(w.m.Operators, tflite.Operator{
			Op: tflite.Quantize, Version: 2, Inputs: []int{t}, Outputs: []int{at},
		})
		for j := range op.Inputs {
			if op.Inputs[j] == t {
				op.Inputs[j] = at
			}
		}
	}
}

// moved gives an operator that moves codes the constants among them in those codes.
func (w *writer) moved(i int, op *tflite.Operator) {
	if !movers[op.Op] {
		return
	}
	c := w.p.of(w.p.g.out(i))
	for j, t := range w.p.g.Operators[i].Inputs { // as they were before agree
		if t < 0 || !w.p.g.isConstant(t) || w.p.g.Tensors[t].Type != tflite.Float32 {
			continue
		}
		x := w.p.g.Tensors[t]
		values := floats(x.Data)
		x.Type, x.Quant, x.Data = tflite.Int8, c.quantisation(), make([]byte, 0, len(values))
		for _, v := range values {
			x.Data = append(x.Data, byte(int8(c.quantise(float64(v)))))
		}
		op.Inputs[j] = w.put(t, x)
	}
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
	bias.Type, bias.Data, bias.Shape = tflite.Int32, q.bias, []int{len(q.scales)}
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
