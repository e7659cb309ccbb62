package quantise

import (
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/auscult/auscult/tflite"
)

// Windows are model inputs, as cells from 0 to 1 and as the codes that they come
// from; dataset's windows, of any sound, are some.
type Windows interface {
	Len() int
	Size() int
	Sample(i int, dst []float32)
	Codes(i int, dst []int8)
	// Conditions writes the operating conditions, ConditionCount of them, 0 to 1.
	Conditions(i int, dst []float32)
	ConditionCount() int
}

// Compare runs at most limit windows, evenly spread, through a float32 model and the int8
// model that Quantise made of it or of the same graph with other weights.
func Compare(ctx context.Context, float, ints *tflite.Model, windows Windows, limit int) (Report, error) {
	c, err := newComparison(float, ints)
	if err != nil {
		return Report{}, err
	}
	if err := c.g.suits(windows); err != nil {
		return Report{}, err
	}
	if limit < 1 {
		return Report{}, fmt.Errorf("quantise: %d windows to compare: need some", limit)
	}
	defer c.it.EndWith(ctx)()
	for _, w := range pick(windows.Len(), limit) {
		if err := c.compare(ctx, windows, w); err != nil {
			return Report{}, err
		}
	}
	return c.report(), nil
}

// comparison runs two models side by side.
type comparison struct {
	g      *graph
	runner *runner
	it     *tflite.Interpreter // whose outputs are those of all operators
	infos  []tflite.TensorInfo
	scored int // operator that gives the first output

	signal, noise []float64 // of each operator's output
	floats, ints  []float64 // the windows' squared residuals

	cells, conditions []float32
	codes             []int8
}

func newComparison(float, ints *tflite.Model) (*comparison, error) {
	g, err := newGraph(float)
	if err != nil {
		return nil, err
	}
	watched := *ints
	watched.Outputs = nil
	for i := range float.Operators {
		out := g.out(i) // the int8 model keeps the tensors' numbers
		if out >= len(ints.Tensors) || elements(ints.Tensors[out].Shape) != g.size(out) ||
			!gives(ints, float.Operators[i].Op, out) {
			return nil, fmt.Errorf("quantise: the int8 model has no operator for the float32 model's %d (%v)",
				i, float.Operators[i].Op)
		}
		watched.Outputs = append(watched.Outputs, out)
	}
	size, count := g.size(g.Inputs[0]), len(float.Operators)
	c := &comparison{
		g: g, scored: g.producer[float.Outputs[0]], signal: make([]float64, count), noise: make([]float64, count),
		cells: make([]float32, size), codes: make([]int8, size), conditions: make([]float32, g.conditions()),
	}
	if c.it, err = tflite.NewInterpreter(&watched, tflite.Options{}); err != nil {
		return nil, fmt.Errorf("quantise: %w", err)
	}
	c.infos = c.it.Outputs()
	c.runner, err = newRunner(g, 1)
	return c, err
}

// gives reports whether an operator of a kind computes a tensor.
func gives(m *tflite.Model, op tflite.Op, tensor int) bool {
	return slices.ContainsFunc(m.Operators, func(o tflite.Operator) bool {
		return o.Op == op && slices.Contains(o.Outputs, tensor)
	})
}

// compare runs window w through both models.
func (c *comparison) compare(ctx context.Context, windows Windows, w int) error {
	windows.Sample(w, c.cells)
	windows.Codes(w, c.codes)
	windows.Conditions(w, c.conditions)
	for i, code := range c.codes {
		c.it.InputBytes(0)[i] = byte(code)
	}
	for i, v := range c.conditions {
		c.it.InputBytes(1)[i] = byte(int8(input.quantise(float64(v))))
	}
	c.it.Invoke()
	return c.runner.run(ctx, c.cells, c.conditions, 1, func(op int, y []float32) {
		got := c.it.OutputBytes(op)
		float, ints := 0.0, 0.0
		for i, v := range y {
			code := dequantise(got[i], c.infos[op])
			d := float64(v) - code
			c.signal[op] += float64(v) * float64(v)
			c.noise[op] += d * d
			// Of a reconstruction the residual, of an encoder the distance from 0.
			want := 0.0
			if len(y) == len(c.cells) {
				want = float64(c.cells[i])
			}
			float += (float64(v) - want) * (float64(v) - want)
			ints += (code - want) * (code - want)
		}
		if op == c.scored {
			c.floats, c.ints = append(c.floats, float), append(c.ints, ints)
		}
	})
}

func (c *comparison) report() Report {
	r := Report{Windows: len(c.floats)}
	for i := range c.g.Operators {
		r.Layers = append(r.Layers, LayerReport{
			Name: c.infos[i].Name, Kind: c.g.Operators[i].Op.String(),
			Scale: c.infos[i].Scale, Zero: c.infos[i].ZeroPoint, SQNRDB: decibels(c.signal[i], c.noise[i]),
		})
	}
	r.Correlation = correlation(c.floats, c.ints)
	r.ScoreRatio = mean(c.ints) / max(mean(c.floats), math.SmallestNonzeroFloat64)
	return r
}

func dequantise(b byte, t tflite.TensorInfo) float64 {
	return float64(int(int8(b))-t.ZeroPoint) * float64(t.Scale)
}
