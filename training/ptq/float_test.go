package ptq

import (
	"encoding/binary"
	"math"
	"strings"
	"testing"

	"github.com/auscult/auscult/tflite"
)

// TestFloat compares the float32 graph with the network that it is of, and the
// dequantised one with the int8 model.
func TestFloat(t *testing.T) {
	for name, s := range smallNets(t) {
		t.Run(name, func(t *testing.T) {
			m, err := Quantise(s.net, s.normal, Options{})
			if err != nil {
				t.Fatal(err)
			}
			float, err := Float(s.net, m)
			if err != nil {
				t.Fatal(err)
			}
			rough, err := Dequantise(m)
			if err != nil {
				t.Fatal(err)
			}
			x := make([]float32, s.normal.Size())
			s.normal.Sample(0, x)
			want := s.net.Trace(x, 1, func(int, []float32) {})
			for what, c := range map[string]struct {
				graph *tflite.Model
				bound float64
			}{"the network": {float, 1e-5}, "the dequantised model": {rough, 0.05}} {
				far := 0.0
				for i, v := range infer(t, c.graph, x) {
					far = max(far, math.Abs(float64(v-want[i])))
				}
				if !(far <= c.bound) {
					t.Errorf("%s is %g from the network's output, want %g", what, far, c.bound)
				}
			}
		})
	}
}

func infer(t *testing.T, graph *tflite.Model, x []float32) []float32 {
	t.Helper()
	it, err := tflite.NewInterpreter(graph, tflite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for i, v := range x {
		binary.LittleEndian.PutUint32(it.InputBytes(0)[4*i:], math.Float32bits(v))
	}
	it.Invoke()
	y := make([]float32, len(x))
	for i := range y {
		y[i] = math.Float32frombits(binary.LittleEndian.Uint32(it.OutputBytes(0)[4*i:]))
	}
	return y
}

func TestFloatRefuses(t *testing.T) {
	nets := smallNets(t)
	dense, err := Quantise(nets["dense"].net, nets["dense"].normal, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Float(nets["conv"].net, dense); err == nil || !strings.Contains(err.Error(), "the network gives") {
		t.Errorf("another network's graph: %v", err)
	}
	bare := *dense
	bare.Tensors = append([]tflite.Tensor{}, dense.Tensors...)
	bare.Tensors[1].Quant = nil
	if _, err := Dequantise(&bare); err == nil || !strings.Contains(err.Error(), "without a scale") {
		t.Errorf("weights without a scale: %v", err)
	}
}
