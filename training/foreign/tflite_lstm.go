package foreign

import (
	"errors"
	"fmt"
	"slices"

	"github.com/auscult/auscult/tflite"
	"github.com/auscult/auscult/training/graph"
)

// Inputs of an LSTM that is one operator, as TensorFlow 2.15 and older convert Keras' layer: each first of a group
// belongs to the input gate, the others to the forget gate, the cell and the output gate.
const (
	lstmWeights   = 1
	lstmRecurrent = 5
	lstmBias      = 12
)

// lstmLeftOut are the inputs of what is not imported: peepholes, projections and normalisation within the cells.
var lstmLeftOut = []int{9, 10, 11, 16, 17, 20, 21, 22, 23}

// sequenceLSTM unrolls an LSTM. Its state is 0 before the first step: a node shows it windows, not a stream.
func (r *reader) sequenceLSTM(op *tflite.Operator, in []*graph.Value) error {
	o, x := op.Options.(tflite.SequenceLSTMOptions), in[0]
	given := func(i int) bool { return i < len(in) && in[i] != nil }
	if slices.ContainsFunc(lstmLeftOut, given) || o.CellClip != 0 || o.ProjectionClip != 0 || !given(lstmWeights) ||
		o.Activation != tflite.ActTanh {
		return errors.New("clipped, coupled, peeping, projected or normalised cells are not imported, " +
			"nor other activations than tanh")
	}
	w, err1 := joined(in[lstmWeights : lstmWeights+4])
	u, err2 := joined(in[lstmRecurrent : lstmRecurrent+4])
	b, err3 := joined(in[lstmBias : lstmBias+4])
	if err := errors.Join(err1, err2, err3); err != nil {
		return err
	}
	units, inputs := u.Shape[1], w.Shape[1]
	steps := x.Size() / inputs
	if steps*lstmNodes > graph.MaxNodes {
		return fmt.Errorf("%d steps are too many to be unrolled", steps)
	}
	g := r.g
	rows := g.Add(tflite.FullyConnected, tflite.FullyConnectedOptions{}, []int{steps, 4 * units},
		g.Reshape(x, steps, inputs), w, b)
	var h, c *graph.Value
	all := make([]*graph.Value, 0, steps)
	for t := range steps {
		row := r.part(rows, 0, t, 1)
		if h != nil {
			row = g.Add(tflite.Add, tflite.AddOptions{}, row.Shape, row,
				g.Add(tflite.FullyConnected, tflite.FullyConnectedOptions{}, row.Shape, h, u))
		}
		of := func(f tflite.Op, k int) *graph.Value { return r.of(f, r.part(row, 1, k*units, units)) }
		next := r.mul(of(tflite.Logistic, 0), of(tflite.Tanh, 2))
		if c != nil {
			next = g.Add(tflite.Add, tflite.AddOptions{}, c.Shape, r.mul(of(tflite.Logistic, 1), c), next)
		}
		c = next
		h = r.mul(of(tflite.Logistic, 3), r.of(tflite.Tanh, c))
		all = append(all, h)
	}
	return r.put(op, g.Reshape(g.Concat(0, all...), r.m.Tensors[op.Outputs[0]].Shape...))
}

// lstmNodes is about how many operators a step becomes.
const lstmNodes = 14

// joined returns constants one behind the other along the first dimension.
func joined(parts []*graph.Value) (*graph.Value, error) {
	out := &graph.Value{}
	for _, p := range parts {
		if p == nil || p.Floats == nil || len(p.Shape) == 0 {
			return nil, errors.New("its weights are computed: only layers with weights of their own are imported")
		}
		if out.Shape == nil {
			out.Name, out.Shape = p.Name, append([]int{0}, p.Shape[1:]...)
		}
		out.Shape[0] += p.Shape[0]
		out.Floats = append(out.Floats, p.Floats...)
	}
	return out, nil
}

func (r *reader) of(op tflite.Op, x *graph.Value) *graph.Value { return r.g.Add(op, nil, x.Shape, x) }

func (r *reader) mul(a, b *graph.Value) *graph.Value {
	return r.g.Add(tflite.Mul, tflite.MulOptions{}, a.Shape, a, b)
}
