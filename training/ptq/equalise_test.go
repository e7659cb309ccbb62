package ptq

import (
	"context"
	"math"
	"testing"

	"github.com/auscult/auscult/agent/model"
	"github.com/auscult/auscult/training/nn"
)

// TestEqualise stretches the channels of a network, and has them evened out.
func TestEqualise(t *testing.T) {
	nets := map[string]smallNet{
		"dense": train(t, nn.NewChain(nn.Shape{H: 1, W: 1, C: 2 * bands}).Dense(12, true).ReLU().Dense(5, true).Dense(2*bands, true).Specs(),
			model.Window{Frames: 2, StrideFrames: 1, Layout: model.FrameMajor}),
		"pictures": train(t, nn.NewChain(nn.Shape{H: bands, W: frames, C: 1}).Conv2D(6, 3, 2, true).ReLU().DepthwiseConv2D(3, 1, true).ReLU().
			Conv2D(7, 1, 1, true).ReLU().ConvTranspose2D(4, 3, 1, true).ReLU().ConvTranspose2D(1, 3, 2, true).Sigmoid().Specs(),
			model.Window{Frames: frames, StrideFrames: 2, Layout: model.BandMajor}),
	}
	for name, s := range nets {
		t.Run(name, func(t *testing.T) {
			uneven, err := s.net.First(len(s.net.Specs()))
			if err != nil {
				t.Fatal(err)
			}
			layers := weighted(uneven)
			for k, layer := range layers[:len(layers)-1] {
				stretch(uneven, layer, layers[k+1])
			}
			even, err := Equalise(t.Context(), uneven, s.normal, Options{})
			if err != nil {
				t.Fatal(err)
			}
			x := make([]float32, s.normal.Size())
			s.normal.Sample(3, x)
			want := append([]float32(nil), s.net.Forward(x, 1)...)
			for i, v := range even.Forward(x, 1) {
				if math.Abs(float64(v-want[i])) > 1e-4 {
					t.Fatalf("output %d is %g, before %g", i, v, want[i])
				}
			}
			// Pictures lose little: depthwise weights have a scale for each channel anyway.
			if before, after := noise(t, uneven, s), noise(t, even, s); name == "dense" && !(after > before+3) {
				t.Errorf("signal to noise %.1f dB evened out, %.1f dB uneven", after, before)
			}
		})
	}
}

// weighted lists the layers with weights.
func weighted(net *nn.Network) []int {
	var layers []int
	for i := range net.Specs() {
		if net.Weights(i).W != nil {
			layers = append(layers, i)
		}
	}
	return layers
}

// stretch makes every other channel between two layers 6 times weaker.
func stretch(net *nn.Network, before, behind int) {
	first, second := net.Weights(before), net.Weights(behind)
	s, c := net.Specs()[behind], len(first.Bias)
	for i := range first.W {
		if i%c%2 == 1 {
			first.W[i] /= 6
		}
	}
	for i := range first.Bias {
		if i%2 == 1 {
			first.Bias[i] /= 6
		}
	}
	for i := range second.W {
		if inputOf(s, i, len(second.W))%2 == 1 {
			second.W[i] *= 6
		}
	}
}

// noise returns the signal to noise ratio of the last weights' output in int8, dB.
func noise(t *testing.T, net *nn.Network, s smallNet) float64 {
	t.Helper()
	m, err := Quantise(net, s.normal, Options{})
	if err != nil {
		t.Fatal(err)
	}
	r, err := Compare(context.Background(), net, m, s.all, 100)
	if err != nil {
		t.Fatal(err)
	}
	worst := math.Inf(1)
	for _, l := range r.Layers {
		worst = min(worst, l.SQNRDB)
	}
	return worst
}
