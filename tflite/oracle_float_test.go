package tflite_test

import (
	"encoding/binary"
	"flag"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/auscult/auscult/tflite"
	"github.com/auscult/auscult/tflite/tflitetest"
)

var floatPack = flag.String("float-pack", "testdata/float.pack.gz", "pack of float32 models with LiteRT's outputs")

// floatTolerance bounds the distance from LiteRT's outputs, relative to the largest
// output of the model and to 1: LiteRT adds in other orders, fuses products and sums,
// and approximates exp.
const floatTolerance = 1e-5

// dynamicTolerance is the bound where weights are int8 and activations are not: LiteRT quantises these anew for each
// layer, to steps of 1/255 of their range, which is what it is away from the exact sums that are computed here: by less
// than 3 % for 297 of 300 random models, 0.4 % for trained ones.
const dynamicTolerance = 0.2

// TestFloatOracle compares random float32 models' outputs with LiteRT's, with every family of kernels.
func TestFloatOracle(t *testing.T) {
	f, err := os.Open(*floatPack)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	cases, err := tflitetest.ReadPack(f)
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range tflite.CPUs() {
		if k.Missing == "" {
			t.Run(k.Name, func(t *testing.T) { compareFloats(t, cases, tflite.Options{CPU: k.Name}) })
		}
	}
}

func compareFloats(t *testing.T, cases []tflitetest.Case, opts tflite.Options) {
	type count struct {
		models, numbers int
		worst           float64
	}
	counts := map[string]*count{}
	for i, c := range cases {
		n := counts[c.Kind]
		if n == nil {
			n = new(count)
			counts[c.Kind] = n
		}
		bytes, err := infer(c.Model, c.Input, opts)
		if err != nil || c.Refused || len(bytes) != len(c.Output) {
			t.Errorf("case %d (%s): %d bytes, error %v; LiteRT gives %d, refused %v",
				i, c.Kind, len(bytes), err, len(c.Output), c.Refused)
			continue
		}
		bytes, output, err := numbers(c.Model, bytes, c.Output)
		if err != nil {
			t.Errorf("case %d (%s): %v", i, c.Kind, err)
			continue
		}
		got, want := reals(bytes), reals(output)
		scale := 1.0
		for _, v := range want {
			if !math.IsNaN(v) && !math.IsInf(v, 0) {
				scale = max(scale, math.Abs(v))
			}
		}
		n.models++
		n.numbers += len(got)
		for k, v := range got {
			if math.IsNaN(v) && math.IsNaN(want[k]) || v == want[k] {
				continue // roots and logarithms of negative numbers, and of 0
			}
			d := math.Abs(v-want[k]) / scale
			tolerance := floatTolerance
			if c.Kind == "dynamic-range" {
				tolerance = dynamicTolerance
			}
			if !(d <= tolerance) { // NaN fails
				t.Errorf("case %d (%s): output %d is %v, LiteRT's %v", i, c.Kind, k, v, want[k])
				break
			}
			n.worst = max(n.worst, d)
		}
	}
	for _, k := range tflitetest.FloatKinds {
		if counts[k] == nil {
			t.Errorf("no case of kind %s", k)
			continue
		}
		t.Logf("%-30s %5d models %8d numbers, at most %.1e away", k, counts[k].models, counts[k].numbers, counts[k].worst)
	}
	for k := range counts {
		if !slices.Contains(tflitetest.FloatKinds, k) {
			t.Errorf("kind %q is unknown", k)
		}
	}
}

// numbers gives those parts of a model's outputs that are float32. The others must be the same bytes.
func numbers(model, got, want []byte) (gotReals, wantReals []byte, err error) {
	m, err := tflite.Parse(model)
	if err != nil {
		return nil, nil, err
	}
	it, err := tflite.NewInterpreter(m, tflite.Options{})
	if err != nil {
		return nil, nil, err
	}
	for k, info := range it.Outputs() {
		a, b := got[:info.Bytes], want[:info.Bytes]
		got, want = got[info.Bytes:], want[info.Bytes:]
		switch {
		case info.Type == tflite.Float32:
			gotReals, wantReals = append(gotReals, a...), append(wantReals, b...)
		case string(a) != string(b):
			return nil, nil, fmt.Errorf("output %d, of %v, is %v, LiteRT's %v", k, info.Type, a, b)
		}
	}
	return gotReals, wantReals, nil
}

func reals(data []byte) []float64 {
	values := make([]float64, len(data)/4)
	for i := range values {
		values[i] = float64(math.Float32frombits(binary.LittleEndian.Uint32(data[4*i:])))
	}
	return values
}

// TestFloatRefusals changes float32 models so that they contradict themselves.
func TestFloatRefusals(t *testing.T) {
	stretch := func(m *tflite.Model) { // the output
		out := &m.Tensors[m.Outputs[0]]
		out.Shape = append(slices.Clone(out.Shape[:len(out.Shape)-1]), out.Shape[len(out.Shape)-1]+1)
	}
	int8Input := func(m *tflite.Model) {
		in := &m.Tensors[m.Inputs[0]]
		in.Type, in.Quant = tflite.Int8, &tflite.Quantisation{Scales: []float32{1}, ZeroPoints: []int64{0}}
	}
	for _, c := range []struct {
		kind   string
		change func(m *tflite.Model)
		want   string
	}{
		{"ADD", stretch, "output 0 has shape"},
		{"ADD", func(m *tflite.Model) {
			for _, i := range m.Operators[0].Inputs {
				m.Tensors[i].Shape, m.Tensors[i].Data = []int{2 + i}, nil
			}
			m.Inputs = m.Operators[0].Inputs
		}, "do not broadcast"},
		{"ADD", int8Input, "is int8, needs float32"},
		{"PAD", stretch, "output 0 has shape"},
		{"PAD", int8Input, "is int8, needs float32"},
		{"TILE", stretch, "output 0 has shape"},
		{"TILE", int8Input, "is int8, needs float32"},
		{"AVERAGE_POOL_2D", stretch, "output 0 has shape"},
		{"AVERAGE_POOL_2D", func(m *tflite.Model) {
			m.Operators[0].Options = tflite.Pool2DOptions{
				Padding: tflite.Valid, StrideH: 1, StrideW: 1, FilterH: 1 << 10, FilterW: 1,
			}
		}, "does not fit"},
		{"SOFTMAX", stretch, "output 0 has shape"},
		{"SOFTMAX", func(m *tflite.Model) {
			m.Operators[0].Options = tflite.SoftmaxOptions{Beta: float32(math.NaN())}
		}, "beta is NaN"},
		{"SOFTMAX", func(m *tflite.Model) {
			m.Tensors[m.Inputs[0]].Shape, m.Tensors[m.Outputs[0]].Shape = nil, nil
		}, "no dimensions"},
	} {
		m, _ := tflitetest.RandomFloat(rand.New(rand.NewPCG(8, 0)), c.kind)
		c.change(m)
		if _, err := tflite.NewInterpreter(m, tflite.Options{}); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, expected one with %q", c.kind, err, c.want)
		}
	}
}
