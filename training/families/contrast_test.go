package families

import (
	"context"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/auscult/auscult/training/pumptest"
)

func TestViews(t *testing.T) {
	d, err := Contrast(testBands, 16)
	if err != nil {
		t.Fatal(err)
	}
	v := viewsOf(windows(t, pumptest.Hum(t, testBands), d.Window), 120)
	cells := v.Bands * v.Frames
	one, again, other := make([]float32, cells), make([]float32, cells), make([]float32, cells)
	v.View(3, rand.New(rand.NewPCG(1, 1)), one)
	v.View(3, rand.New(rand.NewPCG(1, 1)), again)
	v.View(3, rand.New(rand.NewPCG(1, 2)), other)
	if !slices.Equal(one, again) || slices.Equal(one, other) {
		t.Error("a view must depend on its random numbers, and on nothing else")
	}
	mean := func(x []float32) (sum float64) {
		for _, c := range x {
			if !(c >= 0 && c <= 1) {
				t.Fatalf("a cell is %g", c)
			}
			sum += float64(c) / float64(len(x))
		}
		return sum
	}
	plain := make([]float32, v.Bands*v.Frames)
	v.Sample(3, plain)
	for seed := range uint64(50) {
		v.View(3, rand.New(rand.NewPCG(2, seed)), one)
		if off := (mean(one) - mean(plain)) * 120; math.Abs(off) > viewGainDB+viewTiltDB+1 {
			t.Errorf("view %d is %.1f dB off", seed, off)
		}
	}
}

// TestMixture compares the table with powers that are added.
func TestMixture(t *testing.T) {
	const a, b = 63.0, 71.0 // codes of 0.5 dB
	got := a*0.5 + mixture(0.1, 0.5)[255+int(b-a)]
	want := 10 * math.Log10(0.9*math.Pow(10, a*0.05)+0.1*math.Pow(10, b*0.05))
	if math.Abs(got-want) > 1e-9 {
		t.Errorf("%g dB, want %g", got, want)
	}
	if c := mixture(0, 0.5); c[0] != 0 || c[510] != 0 {
		t.Errorf("nothing added changes the level by %g and %g dB", c[0], c[510])
	}
}

// TestTrainContrast trains an encoder: what is exported has no projection, gives each
// axis a deviation about 1, and lays what sounds alike together.
func TestTrainContrast(t *testing.T) {
	d, err := Contrast(testBands, 16)
	if err != nil {
		t.Fatal(err)
	}
	w := windows(t, pumptest.Hum(t, testBands), d.Window)
	if _, err := Train(context.Background(), d, w, Config{Epochs: 1}); err == nil {
		t.Error("trained without knowing what cells stand for")
	}
	got, err := Train(context.Background(), d, w, Config{Epochs: 20, Batch: 16, Seed: 1, SpanDB: 120})
	if err != nil {
		t.Fatal(err)
	}
	if loss := got.History.Loss; !(loss[19] < 0.95*loss[0]) {
		t.Errorf("losses %.4g", loss)
	}
	if got.Net.Out().Size() != embeddingSize {
		t.Fatalf("gives %v", got.Net.Out())
	}
	x := make([]float32, w.Size())
	place := func() []float32 { return slices.Clone(got.Net.Forward(x, 1)) }
	squares := 0.0
	for i := range w.Len() {
		w.Sample(i, x)
		for _, v := range place() {
			squares += float64(v) * float64(v) / float64(w.Len()*embeddingSize)
		}
	}
	if !(squares > 0.5 && squares < 2) {
		t.Errorf("mean square of an axis %g, want about 1", squares)
	}
	distance := func(a, b []float32) (sum float64) {
		for k := range a {
			sum += float64(a[k]-b[k]) * float64(a[k]-b[k])
		}
		return sum
	}
	rng := rand.New(rand.NewPCG(5, 5))
	w.Sample(0, x)
	at := place()
	for i := range x {
		x[i] = rng.Float32()
	}
	noise := distance(at, place())
	v := viewsOf(w, 120)
	v.View(0, rng, x)
	if seen := distance(at, place()); !(seen < noise/2) {
		t.Errorf("a view lies %.3g away, noise %.3g", seen, noise)
	}
}
