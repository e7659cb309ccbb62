package quantise

import (
	"fmt"
	"slices"

	"github.com/auscult/auscult/tflite"
)

// graph is a float32 model with what follows from its structure.
type graph struct {
	*tflite.Model
	producer  []int   // operator that gives each tensor, none for inputs and constants
	consumers [][]int // operators that take each tensor
	// divergences are the parts that compute the divergence of latent values.
	divergences []divergence
}

// none stands for no operator and for no tensor.
const none = -1

// newGraph checks that a model is one that can be run and quantised here: float32
// throughout, with one input of cells and at most one of operating conditions.
func newGraph(m *tflite.Model) (*graph, error) {
	if _, err := tflite.NewInterpreter(m, tflite.Options{}); err != nil {
		return nil, fmt.Errorf("quantise: %w", err)
	}
	if len(m.Inputs) > 2 {
		return nil, fmt.Errorf("quantise: %d inputs: a model takes cells, and conditions at most", len(m.Inputs))
	}
	n := len(m.Tensors)
	g := &graph{Model: m, producer: slices.Repeat([]int{none}, n), consumers: make([][]int, n)}
	for i := range m.Operators {
		op := &m.Operators[i]
		_, ok := int8Versions[op.Op]
		if !ok || len(op.Outputs) != 1 || m.Tensors[op.Outputs[0]].Type != tflite.Float32 {
			return nil, fmt.Errorf("quantise: operator %d (%v) cannot be quantised here", i, op.Op)
		}
		if !slices.ContainsFunc(op.Inputs, func(t int) bool { return t >= 0 && !g.isConstant(t) }) {
			return nil, fmt.Errorf("quantise: operator %d (%v) computes a constant: it must be one", i, op.Op)
		}
		g.producer[op.Outputs[0]] = i
		for _, t := range op.Inputs {
			if t >= 0 {
				g.consumers[t] = append(g.consumers[t], i)
			}
		}
	}
	for _, i := range m.Inputs {
		if t := &m.Tensors[i]; t.Type != tflite.Float32 || t.Shape[0] != 1 {
			return nil, fmt.Errorf("quantise: input %q is %v of shape %v: needs float32 with a batch of 1",
				t.Name, t.Type, t.Shape)
		}
	}
	for i := range m.Operators {
		if d, ok := g.divergenceAt(i); ok {
			g.divergences = append(g.divergences, d)
		}
	}
	return g, nil
}

// int8Versions are the oldest definitions of the operators with what int8 needs
// (per-channel weights, fused ReLU and bias).
var int8Versions = map[tflite.Op]int{
	tflite.Abs:                   2,
	tflite.Add:                   2,
	tflite.AveragePool2D:         2,
	tflite.BatchMatMul:           4,
	tflite.BroadcastTo:           2,
	tflite.Concatenation:         2,
	tflite.Conv2D:                3,
	tflite.DepthwiseConv2D:       3,
	tflite.Elu:                   1,
	tflite.Exp:                   2,
	tflite.FullyConnected:        5,
	tflite.Gather:                2,
	tflite.Gelu:                  2,
	tflite.HardSwish:             1,
	tflite.LeakyRelu:             2,
	tflite.Log:                   2,
	tflite.Logistic:              2,
	tflite.MaxPool2D:             2,
	tflite.Maximum:               2,
	tflite.Mean:                  2,
	tflite.Minimum:               2,
	tflite.MirrorPad:             2,
	tflite.Mul:                   2,
	tflite.Pad:                   2,
	tflite.PadV2:                 2,
	tflite.Prelu:                 1,
	tflite.ReduceMax:             2,
	tflite.ReduceMin:             2,
	tflite.Relu:                  2,
	tflite.Relu6:                 2,
	tflite.Reshape:               1,
	tflite.ResizeBilinear:        3,
	tflite.ResizeNearestNeighbor: 3,
	tflite.Rsqrt:                 2,
	tflite.Slice:                 2,
	tflite.Softmax:               2,
	tflite.Sqrt:                  2,
	tflite.SquaredDifference:     2,
	tflite.StridedSlice:          2,
	tflite.Sub:                   2,
	tflite.Sum:                   2,
	tflite.Tanh:                  2,
	tflite.Tile:                  1,
	tflite.Transpose:             2,
	tflite.TransposeConv:         4,
}

// out returns the tensor that an operator gives.
func (g *graph) out(op int) int { return g.Operators[op].Outputs[0] }

// isConstant reports whether a tensor is a constant.
func (g *graph) isConstant(t int) bool { return g.Tensors[t].Data != nil }

// size returns the number of a tensor's values.
func (g *graph) size(t int) int { return elements(g.Tensors[t].Shape) }

// channels returns the length of a tensor's last dimension.
func (g *graph) channels(t int) int {
	shape := g.Tensors[t].Shape
	if len(shape) == 0 {
		return 1
	}
	return shape[len(shape)-1]
}

// conditions returns the number of operating conditions, 0 for none.
func (g *graph) conditions() int {
	if len(g.Inputs) < 2 {
		return 0
	}
	return g.size(g.Inputs[1])
}

// only returns the single operator that takes a tensor, which is no output.
func (g *graph) only(t int) (op int, ok bool) {
	if len(g.consumers[t]) != 1 || slices.Contains(g.Outputs, t) {
		return none, false
	}
	return g.consumers[t][0], true
}

func elements(shape []int) int {
	n := 1
	for _, d := range shape {
		n *= d
	}
	return n
}
