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

// MaxSQNRDB is what a layer without any difference reads.
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
}

// Compare runs at most limit windows, evenly spread, through network and model.
// The model must come from Quantise of the same network.
func Compare(ctx context.Context, net *nn.Network, m *tflite.Model, windows Windows, limit int) (Report, error) {
	var r Report
	layers, err := outputLayers(net, m)
	if err != nil {
		return r, err
	}
	probe := *m
	probe.Outputs = nil
	for _, op := range m.Operators {
		probe.Outputs = append(probe.Outputs, op.Outputs[0])
	}
	it, err := tflite.NewInterpreter(&probe, tflite.Options{})
	if err != nil {
		return r, fmt.Errorf("ptq: %w", err)
	}
	size := net.In().Size()
	if windows.Len() == 0 || windows.Size() != size || limit < 1 {
		return r, fmt.Errorf("ptq: %d windows of %d cells: need some of %d", windows.Len(), windows.Size(), size)
	}
	infos := it.Outputs()
	signal, noise := make([]float64, len(layers)), make([]float64, len(layers))
	x, codes := make([]float32, size), make([]int8, size)
	var floats, ints []float64
	for _, w := range pick(windows.Len(), limit) {
		if err := ctx.Err(); err != nil {
			return r, err
		}
		windows.Sample(w, x)
		windows.Codes(w, codes)
		in := it.InputBytes(0)
		for i, c := range codes {
			in[i] = byte(c)
		}
		it.Invoke()
		at := 0
		y := net.Trace(x, 1, func(l int, y []float32) {
			if at == len(layers) || layers[at] != l {
				return
			}
			got := it.OutputBytes(at)
			for i, v := range y {
				d := float64(v) - dequantise(got[i], infos[at])
				signal[at] += float64(v) * float64(v)
				noise[at] += d * d
			}
			at++
		})
		last := len(layers) - 1
		got := it.OutputBytes(last)
		ef, ei := 0.0, 0.0
		for i, v := range x {
			df, di := float64(y[i])-float64(v), dequantise(got[i], infos[last])-float64(v)
			ef += df * df
			ei += di * di
		}
		floats, ints = append(floats, ef), append(ints, ei)
	}
	r.Windows = len(floats)
	for i, l := range layers {
		r.Layers = append(r.Layers, LayerReport{Name: infos[i].Name, Kind: net.Specs()[l].Kind.String(), Scale: infos[i].Scale,
			Zero: infos[i].ZeroPoint, SQNRDB: decibels(signal[i], noise[i])})
	}
	r.Correlation = correlation(floats, ints)
	r.ScoreRatio = mean(ints) / max(mean(floats), math.SmallestNonzeroFloat64)
	return r, nil
}

// outputLayers returns the layer of net that each operator of m computes the
// output of.
func outputLayers(net *nn.Network, m *tflite.Model) ([]int, error) {
	specs := net.Specs()
	ops, err := operators(specs)
	if err != nil {
		return nil, err
	}
	if len(ops) != len(m.Operators) {
		return nil, fmt.Errorf("ptq: the model has %d operators, the network gives %d", len(m.Operators), len(ops))
	}
	layers := make([]int, len(ops))
	for i, op := range m.Operators {
		layers[i] = ops[i].last
		if len(op.Outputs) != 1 || elements(m.Tensors[op.Outputs[0]].Shape) != specs[layers[i]].Out.Size() {
			return nil, fmt.Errorf("ptq: operator %d (%v) does not give what layer %d does", i, op.Op, layers[i])
		}
	}
	return layers, nil
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
	return min(MaxSQNRDB, 10*math.Log10(max(signal, math.SmallestNonzeroFloat64)/noise))
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
