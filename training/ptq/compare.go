package ptq

import (
	"context"
	"fmt"
	"math"

	"github.com/auscult/auscult/tflite"
	"github.com/auscult/auscult/training/nn"
)

// LayerReport is what quantisation did to one layer's output.
type LayerReport struct {
	Name   string  `json:"name"`
	Kind   string  `json:"kind"`
	Scale  float32 `json:"scale"`
	Zero   int     `json:"zero_point"`
	SQNRDB float64 `json:"sqnr_db"` // signal to quantisation noise, accumulated from the input on, at most MaxSQNRDB
}

// MaxSQNRDB is what a layer without any difference reads; one without any signal reads
// the negative.
const MaxSQNRDB = 200

// Report compares an int8 model with its float32 network.
type Report struct {
	Windows int           `json:"windows"`
	Layers  []LayerReport `json:"layers"`
	// Correlation of the windows' mean squared residuals, float against int8;
	// absent where one of them does not vary.
	Correlation *float64 `json:"correlation,omitempty"`
	// ScoreRatio is the mean int8 residual by the mean float residual.
	ScoreRatio float64 `json:"score_ratio"`
}

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

// Compare runs at most limit windows, evenly spread, through network and model.
// The model must come from Quantise of the same network.
func Compare(ctx context.Context, net *nn.Network, m *tflite.Model, windows Windows, limit int) (Report, error) {
	var r Report
	p, err := newProbe(net)
	if err != nil {
		return r, err
	}
	places, err := placed(m, p.ops)
	if err != nil {
		return r, err
	}
	watched := *m
	watched.Outputs = nil
	for i, at := range places {
		out := m.Operators[at].Outputs[0]
		if elements(m.Tensors[out].Shape) != p.ops[i].out.Size() {
			return r, fmt.Errorf("ptq: operator %d (%v) does not give what layer %d does", at, m.Operators[at].Op, p.ops[i].layer)
		}
		watched.Outputs = append(watched.Outputs, out)
	}
	it, err := tflite.NewInterpreter(&watched, tflite.Options{})
	if err != nil {
		return r, fmt.Errorf("ptq: %w", err)
	}
	size, count := net.In().Size(), net.Conditions()
	if windows.Len() == 0 || windows.Size() != size || windows.ConditionCount() != count || limit < 1 {
		return r, fmt.Errorf("ptq: %d windows of %d cells and %d conditions: need some of %d and %d", windows.Len(), windows.Size(), windows.ConditionCount(), size, count)
	}
	infos := it.Outputs()
	signal, noise := make([]float64, len(p.ops)), make([]float64, len(p.ops))
	x, codes, conditions := make([]float32, size), make([]int8, size), make([]float32, count)
	main := 0 // the operator that gives what is scored
	for i, op := range p.ops {
		if op.main {
			main = i
		}
	}
	var floats, ints []float64
	for _, w := range pick(windows.Len(), limit) {
		if err := ctx.Err(); err != nil {
			return r, err
		}
		windows.Sample(w, x)
		windows.Codes(w, codes)
		windows.Conditions(w, conditions)
		fillCodes(it, codes, conditions)
		it.Invoke()
		p.run(x, conditions, 1, func(op int, y []float32) {
			got := it.OutputBytes(op)
			ef, ei := 0.0, 0.0
			for i, v := range y {
				is := dequantise(got[i], infos[op])
				d := float64(v) - is
				signal[op] += float64(v) * float64(v)
				noise[op] += d * d
				if op == main {
					// Of a reconstruction the residual, of an encoder the distance from 0.
					want := 0.0
					if len(y) == len(x) {
						want = float64(x[i])
					}
					ef += (float64(v) - want) * (float64(v) - want)
					ei += (is - want) * (is - want)
				}
			}
			if op == main {
				floats, ints = append(floats, ef), append(ints, ei)
			}
		})
	}
	r.Windows = len(floats)
	for i, op := range p.ops {
		kind := net.Specs()[op.at].Kind.String()
		if op.do == multiply && !op.relu {
			kind = net.Specs()[op.layer].Kind.String()
		}
		r.Layers = append(r.Layers, LayerReport{Name: infos[i].Name, Kind: kind, Scale: infos[i].Scale,
			Zero: infos[i].ZeroPoint, SQNRDB: decibels(signal[i], noise[i])})
	}
	r.Correlation = correlation(floats, ints)
	r.ScoreRatio = mean(ints) / max(mean(floats), math.SmallestNonzeroFloat64)
	return r, nil
}

// fillCodes writes a window and its conditions to the inputs.
func fillCodes(it *tflite.Interpreter, codes []int8, conditions []float32) {
	in := it.InputBytes(0)
	for i, c := range codes {
		in[i] = byte(c)
	}
	for i, c := range conditions {
		it.InputBytes(1)[i] = byte(int8(input.quantise(float64(c))))
	}
}

// placed returns where the model has each operator of a plan.
func placed(m *tflite.Model, ops []operator) ([]int, error) {
	places := make([]int, len(ops))
	at := 0
	for i, op := range ops {
		places[i] = at
		at++
		if op.do == drive && (op.out.H > 1 || op.out.W > 1) {
			at++ // its output is brought into shape
		}
	}
	if at != len(m.Operators) {
		return nil, fmt.Errorf("ptq: the model has %d operators, the network gives %d", len(m.Operators), at)
	}
	return places, nil
}

func elements(shape []int) int {
	n := 1
	for _, d := range shape {
		n *= d
	}
	return n
}

func dequantise(b byte, t tflite.TensorInfo) float64 {
	return float64(int(int8(b))-t.ZeroPoint) * float64(t.Scale)
}

func decibels(signal, noise float64) float64 {
	if !(noise > 0) {
		return MaxSQNRDB
	}
	return max(-MaxSQNRDB, min(MaxSQNRDB, 10*math.Log10(signal/noise)))
}

func mean(x []float64) float64 {
	sum := 0.0
	for _, v := range x {
		sum += v
	}
	return sum / float64(len(x))
}

// correlation returns Pearson's coefficient, nil where it is not defined.
func correlation(a, b []float64) *float64 {
	ma, mb := mean(a), mean(b)
	var aa, bb, ab float64
	for i := range a {
		da, db := a[i]-ma, b[i]-mb
		aa, bb, ab = aa+da*da, bb+db*db, ab+da*db
	}
	if !(aa > 0) || !(bb > 0) {
		return nil
	}
	r := ab / math.Sqrt(aa*bb)
	return &r
}
