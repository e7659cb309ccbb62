package quantise

import (
	"encoding/binary"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/auscult/auscult/tflite"
)

// TestDequantise compares the float32 graph with the network that it is of, and the
// dequantised one with the int8 model.
func TestDequantise(t *testing.T) {
	for name, s := range smallNets(t) {
		t.Run(name, func(t *testing.T) {
			float := s.float(t)
			m, err := Quantise(t.Context(), float, s.normal, Options{})
			if err != nil {
				t.Fatal(err)
			}
			rough, err := Dequantise(m)
			if err != nil {
				t.Fatal(err)
			}
			x := make([]float32, s.normal.Size())
			s.normal.Sample(0, x)
			conditions := make([]float32, s.net.Conditions())
			s.normal.Conditions(0, conditions)
			s.net.SetConditions(conditions)
			want := slices.Clone(s.net.Forward(x, 1))
			if kl := s.net.Divergences(1); kl != nil {
				want = append(want, float32(kl[0]))
			}
			for what, c := range map[string]struct {
				graph *tflite.Model
				bound float64
			}{"the network": {float, 5e-5}, "the dequantised model": {rough, 0.05}} {
				far := 0.0
				for i, v := range infer(t, c.graph, x, conditions) {
					far = max(far, math.Abs(float64(v-want[i]))/max(1, math.Abs(float64(want[i]))))
				}
				if !(far <= c.bound) {
					t.Errorf("%s is %g from the network's output, want %g", what, far, c.bound)
				}
			}
		})
	}
}

// infer returns the first output and, behind it, the sum of the second, if any.
func infer(t *testing.T, graph *tflite.Model, inputs ...[]float32) (y []float32) {
	t.Helper()
	it, err := tflite.NewInterpreter(graph, tflite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for i := range it.Inputs() {
		for k, v := range inputs[i] {
			binary.LittleEndian.PutUint32(it.InputBytes(i)[4*k:], math.Float32bits(v))
		}
	}
	it.Invoke()
	for o := range it.Outputs() {
		sum := float32(0)
		for b := it.OutputBytes(o); len(b) > 0; b = b[4:] {
			v := math.Float32frombits(binary.LittleEndian.Uint32(b))
			sum += v
			if o == 0 {
				y = append(y, v)
			}
		}
		if o > 0 {
			y = append(y, sum)
		}
	}
	return y
}

func TestDequantiseRefuses(t *testing.T) {
	nets := smallNets(t)
	dense, err := Quantise(t.Context(), nets["dense"].float(t), nets["dense"].normal, Options{})
	if err != nil {
		t.Fatal(err)
	}
	_, err = Compare(t.Context(), nets["conv"].float(t), dense, nets["conv"].all, 5)
	if err == nil || !strings.Contains(err.Error(), "the float32 model") {
		t.Errorf("another network's graph: %v", err)
	}
	bare := *dense
	bare.Tensors = append([]tflite.Tensor{}, dense.Tensors...)
	bare.Tensors[1].Quant = nil
	if _, err := Dequantise(&bare); err == nil || !strings.Contains(err.Error(), "without a scale") {
		t.Errorf("weights without a scale: %v", err)
	}
}
