package quantise

import (
	"context"
	"math"
	"testing"

	"github.com/auscult/auscult/tflite"
)

// TestEqualise stretches the channels of a network, and has them evened out.
func TestEqualise(t *testing.T) {
	nets := map[string]smallNet{
		"dense": train(t, cells().Dense(12, true).ReLU().Dense(5, true).Dense(2*bands, true)),
		"pictures": train(t, picture().Conv2D(6, 3, 2, true).ReLU().DepthwiseConv2D(3, 1, true).ReLU().
			Conv2D(7, 1, 1, true).ReLU().ConvTranspose2D(4, 3, 1, true).ReLU().
			ConvTranspose2D(1, 3, 2, true).Sigmoid()),
	}
	for name, s := range nets {
		t.Run(name, func(t *testing.T) {
			low := s.lowered(t)
			uneven, err := newGraph(low.Model)
			if err != nil {
				t.Fatal(err)
			}
			stretched := 0
			for op := range uneven.Operators {
				if before, behind, ok := uneven.joined(op); ok {
					uneven.stretch(before, behind)
					stretched++
				}
			}
			if layers := len(uneven.Operators); stretched < 2 || stretched < layers-2 {
				t.Fatalf("%d of %d operators can be stretched", stretched, layers)
			}
			even, err := Equalise(t.Context(), uneven.Model, s.normal, Options{})
			if err != nil {
				t.Fatal(err)
			}
			net, err := low.Load(even)
			if err != nil {
				t.Fatal(err)
			}
			x := make([]float32, s.normal.Size())
			s.normal.Sample(3, x)
			want := append([]float32(nil), s.net.Forward(x, 1)...)
			for i, v := range net.Forward(x, 1) {
				if math.Abs(float64(v-want[i])) > 1e-4 {
					t.Fatalf("output %d is %g, before %g", i, v, want[i])
				}
			}
			// Pictures lose little: depthwise weights have a scale for each channel anyway.
			if before, after := noise(t, uneven.Model, s), noise(t, even, s); name == "dense" && !(after > before+3) {
				t.Errorf("signal to noise %.1f dB evened out, %.1f dB uneven", after, before)
			}
		})
	}
}

// stretch makes every other channel between two operators 6 times weaker.
func (g *graph) stretch(before, behind kernel) {
	c := before.outputs()
	for i := range before.weights {
		if before.output(i)%2 == 1 {
			before.weights[i] /= 6
		}
	}
	for i := range before.offsets {
		if i%2 == 1 {
			before.offsets[i] /= 6
		}
	}
	for i := range behind.weights {
		if behind.input(i, c)%2 == 1 {
			behind.weights[i] *= 6
		}
	}
	g.put(before, behind)
}

// noise returns the signal to noise ratio of the last weights' output in int8, dB.
func noise(t *testing.T, float *tflite.Model, s smallNet) float64 {
	t.Helper()
	m, err := Quantise(t.Context(), float, s.normal, Options{})
	if err != nil {
		t.Fatal(err)
	}
	r, err := Compare(context.Background(), float, m, s.all, 100)
	if err != nil {
		t.Fatal(err)
	}
	worst := math.Inf(1)
	for _, l := range r.Layers {
		worst = min(worst, l.SQNRDB)
	}
	return worst
}
