package quantise

import (
	"context"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/auscult/auscult/tflite"
)

// around is an autoencoder of convolutions with what other frameworks put between them: an activation that bends, and
// pooling, padding and cutting. Channels differ in range, and what is cut off is large.
func around(act tflite.Op, options any) *tflite.Model {
	s := &sketch{rng: rand.New(rand.NewPCG(4, 5))}
	s.at = s.tensor(tflite.Tensor{Name: "input", Type: tflite.Float32, Shape: []int{1, bands, frames, 1}})
	s.m.Inputs = []int{s.at}
	conv := tflite.Conv2DOptions{Padding: tflite.Same, StrideH: 1, StrideW: 1, DilationH: 1, DilationW: 1}
	inner, wide := []int{1, bands, frames, 6}, []int{1, bands + 2, frames, 6}
	first := make([]float32, 6*9)
	for i := range first {
		first[i] = float32(s.rng.NormFloat64()) * []float32{0.1, 1, 4, 0.3, 2, 0.6}[i/9]
	}
	s.then(tflite.Conv2D, conv, inner, s.constant(first, 6, 3, 3, 1), s.random(100, 6))
	s.then(act, options, inner)
	s.then(tflite.Pad, nil, wide, s.whole([]int{0, 0, 1, 1, 0, 0, 0, 0}, 4, 2))
	s.then(tflite.Slice, nil, inner, s.whole([]int{0, 1, 0, 0}, 4), s.whole(inner, 4))
	s.then(tflite.Conv2D, conv, []int{1, bands, frames, 1}, s.random(54, 1, 3, 3, 6), s.random(100, 1))
	s.m.Outputs = []int{s.at}
	return &s.m
}

// TestEqualiseAround evens out channels on both sides of what passes their factors.
func TestEqualiseAround(t *testing.T) {
	s := train(t, picture().Conv2D(4, 3, 2, true).ReLU().ConvTranspose2D(1, 3, 2, true).Sigmoid())
	for act, options := range map[tflite.Op]any{
		tflite.LeakyRelu: tflite.LeakyReluOptions{Alpha: 0.2}, tflite.Relu: nil, tflite.Elu: nil,
	} {
		m := around(act, options)
		g, err := newGraph(m)
		if err != nil {
			t.Fatal(err)
		}
		if _, _, ok := g.joined(0); ok != (act != tflite.Elu) {
			t.Errorf("%v: factors can move: %v", act, ok)
		}
		even, err := evened(t.Context(), m, s.normal, Options{})
		if err != nil {
			t.Fatal(err)
		}
		a, b := outputOf(t, m, s), outputOf(t, even, s)
		for i := range a {
			if math.Abs(float64(a[i]-b[i])) > 1e-4 {
				t.Fatalf("%v: value %d is %g evened out, %g before", act, i, b[i], a[i])
			}
		}
		if before, after := signal(t, m, s), signal(t, even, s); act == tflite.LeakyRelu && !(after > before+1) {
			t.Errorf("%v: signal to noise %.1f dB evened out, %.1f dB before", act, after, before)
		}
	}
}

// signal returns the signal to noise ratio of the output in int8, dB, whatever its range.
func signal(t *testing.T, m *tflite.Model, s smallNet) float64 {
	t.Helper()
	ints, err := Quantise(t.Context(), m, s.normal, Options{OtherUnit: true})
	if err != nil {
		t.Fatal(err)
	}
	r, err := Compare(context.Background(), m, ints, s.all, 50)
	if err != nil {
		t.Fatal(err)
	}
	return r.Layers[len(r.Layers)-1].SQNRDB
}

// outputOf returns what a float32 model gives for a window.
func outputOf(t *testing.T, m *tflite.Model, s smallNet) []float32 {
	t.Helper()
	it, err := tflite.NewInterpreter(m, tflite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	x := make([]float32, s.normal.Size())
	s.normal.Sample(3, x)
	put(it.InputBytes(0), x)
	it.Invoke()
	y := make([]float32, len(it.OutputBytes(0))/4)
	get(y, it.OutputBytes(0))
	return y
}

// TestBent gives few codes to what an activation presses together.
func TestBent(t *testing.T) {
	g, err := newGraph(around(tflite.LeakyRelu, tflite.LeakyReluOptions{Alpha: 0.01}))
	if err != nil {
		t.Fatal(err)
	}
	f := g.bent(g.out(0))
	if f == nil || math.Abs(f(-2)+0.02) > 1e-6 || f(3) != 3 {
		t.Fatal("the activation is not seen")
	}
	if g.bent(g.Inputs[0]) != nil {
		t.Error("an activation behind what computes")
	}
	// Few values up to 2, and a tail down to -8 that hardly counts behind the activation.
	s := span{low: -8, high: 2, counts: make([]float64, histogramBins)}
	for i := range s.counts {
		if s.counts[i] = 1; i > histogramBins*3/4 {
			s.counts[i] = 100
		}
	}
	whole, own := s.choose(f), s.chooseFor(f)
	if own.scale > whole.scale*2/3 || own.value(127) < 1.8 {
		t.Errorf("steps of %g up to %g, by one factor for both ends %g", own.scale, own.value(127), whole.scale)
	}
}

// TestKept gives no codes to what is cut off.
func TestKept(t *testing.T) {
	s := train(t, picture().Conv2D(4, 3, 2, true).ReLU().ConvTranspose2D(1, 3, 2, true).Sigmoid())
	m := around(tflite.Tanh, nil)
	// The second convolution's result is cut to its middle, behind an addition of 100 to its first rows.
	far := make([]float32, bands*frames)
	for i := range 2 * frames {
		far[i] = 100
	}
	sk := &sketch{m: *m, at: m.Outputs[0]}
	sk.then(tflite.Add, tflite.AddOptions{}, []int{1, bands, frames, 1}, sk.constant(far, 1, bands, frames, 1))
	added := sk.at
	sk.then(tflite.Slice, nil, []int{1, bands - 4, frames, 1}, sk.whole([]int{0, 4, 0, 0}, 4),
		sk.whole([]int{1, bands - 4, frames, 1}, 4))
	sk.m.Outputs = []int{sk.at}
	ints, err := Quantise(t.Context(), &sk.m, s.normal, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if scale := ints.Tensors[added].Quant.Scales[0]; scale > 0.2 {
		t.Errorf("steps of %g", scale)
	}
	if r, err := Compare(context.Background(), &sk.m, ints, s.all, 50); err != nil ||
		!slices.ContainsFunc(r.Layers, func(l LayerReport) bool { return l.Kind == "SLICE" && l.SQNRDB > 20 }) {
		t.Errorf("%v, %v", r.Layers, err)
	}
}
