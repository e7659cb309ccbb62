package network

import (
	"math"
	"slices"
	"strings"
	"testing"
)

// TestRounding looks at a forward and a backward pass between grids.
func TestRounding(t *testing.T) {
	n, err := New(NewChain(Shape{H: 1, W: 1, C: 3}).Dense(2, true).ReLU().Dense(3, true).Specs(), 1)
	if err != nil {
		t.Fatal(err)
	}
	copy(n.Weights(0).W, []float32{1, 0.5, 0.004, -0.25, 0, 0.001}) // [in, out]: largest 1 and 0.5
	r := newRounding(n, []Grid{{}, {High: 0.5, Step: 0.1}, {Low: -1, High: 1, Step: 0.25}})
	if err := r.check(); err != nil {
		t.Fatal(err)
	}
	exact := slices.Clone(n.Weights(0).W)
	r.begin()
	want := []float64{1, 0.5, 1.0 / 127, -64 * 0.5 / 127, 0, 0}
	for i, v := range n.Weights(0).W {
		if math.Abs(float64(v)-want[i]) > 1e-6 {
			t.Errorf("weight %d is %g, want %g", i, v, want[i])
		}
	}
	r.end()
	if !slices.Equal(n.Weights(0).W, exact) {
		t.Error("the weights did not come back")
	}
	y := []float32{-1.3, -0.6, 0.3, 0.9, 1.2, 0.1}
	r.forward(2, y)
	if want := []float32{-1, -0.5, 0.25, 1, 1, 0}; !slices.Equal(y, want) {
		t.Errorf("activations %v, want %v", y, want)
	}
	dy := []float32{1, 2, 3, 4, 5, 6}
	r.backward(2, dy)
	if want := []float32{0, 2, 3, 4, 0, 6}; !slices.Equal(dy, want) {
		t.Errorf("gradients %v, want %v", dy, want)
	}
	kept := []float32{0.123}
	if r.forward(0, kept); kept[0] != 0.123 {
		t.Error("a layer without a grid was rounded")
	}
	for want, grids := range map[string][]Grid{
		"1 grids for 3 layers": {{}},
		"layer 1: grid":        {{}, {Low: 1, High: 2, Step: 0.1}, {}},
		"layer 2: grid":        {{}, {}, {Low: -1, High: 1, Step: 1e-9}},
	} {
		if err := newRounding(n, grids).check(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v: %v, want %q", grids, err, want)
		}
	}
}
