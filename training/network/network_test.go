package network

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// rows are samples in memory.
type rows struct {
	x    []float32
	size int
}

func (r rows) Len() int                    { return len(r.x) / r.size }
func (r rows) Sample(i int, dst []float32) { copy(dst, r.x[i*r.size:]) }

// ramps returns n samples of the given size that lie on a curve, with noise.
func ramps(n, size int, seed uint64) rows {
	rng := rand.New(rand.NewPCG(seed, 3))
	r := rows{x: make([]float32, n*size), size: size}
	for i := range n {
		phase, gain := rng.Float64()*6, 0.2+0.2*rng.Float64()
		for j := range size {
			r.x[i*size+j] = float32(0.5 + gain*math.Sin(phase+float64(j)*0.3) + 0.01*rng.NormFloat64())
		}
	}
	return r
}

func small() []Spec {
	return NewChain(Shape{1, 1, 24}).Dense(16, false).BatchNorm().ReLU().Dense(4, true).ReLU().Dense(24, true).Specs()
}

// middleConv has layers wide enough for tiles of every family.
func middleConv() []Spec {
	return NewChain(Shape{8, 8, 1}).Conv2D(32, 3, 2, false).BatchNorm().ReLU().Conv2D(64, 3, 2, false).BatchNorm().ReLU().
		ConvTranspose2D(32, 3, 2, false).BatchNorm().ReLU().ConvTranspose2D(1, 3, 2, true).Sigmoid().Specs()
}

func depthwiseConv() []Spec {
	return NewChain(Shape{8, 8, 1}).Conv2D(16, 3, 1, false).BatchNorm().ReLU().
		DepthwiseConv2D(3, 2, false).BatchNorm().ReLU().
		Conv2D(8, 1, 1, false).BatchNorm().ReLU().ConvTranspose2D(1, 3, 2, true).Sigmoid().Specs()
}

func smallConv() []Spec {
	return NewChain(Shape{8, 8, 1}).Conv2D(6, 3, 2, false).BatchNorm().ReLU().Conv2D(3, 1, 1, true).ReLU().
		ConvTranspose2D(1, 3, 2, true).Sigmoid().Specs()
}

func mustNew(t testing.TB, specs []Spec, seed uint64) *Network {
	t.Helper()
	n, err := New(specs, seed)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func allWeights(n *Network) []float32 {
	var w []float32
	for i := range n.specs {
		v := n.Weights(i)
		w = slices.Concat(w, v.W, v.Bias, v.Gamma, v.Beta, v.Mean, v.Var)
	}
	return w
}

// TestFitIsTheSameForAnyThreads also takes batches that do not divide the
// samples, tiles or shards.
func TestFitIsTheSameForAnyThreads(t *testing.T) { eachKernels(t, fitWithThreads) }

func fitWithThreads(t *testing.T, kernel string) {
	for name, c := range map[string]struct {
		specs []Spec
		data  rows
	}{
		"dense": {small(), ramps(333, 24, 1)},
		"conv":  {smallConv(), ramps(61, 64, 2)},
		"wide":  {middleConv(), ramps(61, 64, 2)},
		"depth": {depthwiseConv(), ramps(61, 64, 2)},
	} {
		t.Run(name, func(t *testing.T) {
			var first []float32
			for _, threads := range []int{1, 2, 3, 7} {
				n := mustNew(t, c.specs, 5)
				if err := n.UseKernels(kernel); err != nil {
					t.Fatal(err)
				}
				n.SetThreads(threads)
				h, err := n.Fit(context.Background(), c.data, Config{Epochs: 4, Batch: 50, Seed: 9})
				if err != nil {
					t.Fatal(err)
				}
				if !(h.Loss[3] < h.Loss[0]) {
					t.Errorf("loss rose from %g to %g", h.Loss[0], h.Loss[3])
				}
				if first == nil {
					first = allWeights(n)
				} else if !slices.Equal(first, allWeights(n)) {
					t.Errorf("%d threads give other weights than 1", threads)
				}
			}
			other := mustNew(t, c.specs, 5)
			if err := other.UseKernels(kernel); err != nil {
				t.Fatal(err)
			}
			if _, err := other.Fit(context.Background(), c.data, Config{Epochs: 4, Batch: 50, Seed: 10}); err != nil {
				t.Fatal(err)
			}
			if slices.Equal(first, allWeights(other)) {
				t.Error("another seed gives the same weights")
			}
		})
	}
}

// TestFitLearns asks for more than the data's mean can give.
func TestFitLearns(t *testing.T) {
	data := ramps(400, 24, 4)
	variance, mean := 0.0, 0.0
	for _, v := range data.x {
		mean += float64(v) / float64(len(data.x))
	}
	for _, v := range data.x {
		variance += (float64(v) - mean) * (float64(v) - mean) / float64(len(data.x))
	}
	n := mustNew(t, small(), 1)
	h, err := n.Fit(context.Background(), data, Config{Epochs: 60, Batch: 40, LearningRate: 5e-3})
	if err != nil {
		t.Fatal(err)
	}
	if last := h.Loss[len(h.Loss)-1]; !(last < variance/10) {
		t.Errorf("loss %g after 60 epochs, variance of the data %g", last, variance)
	}
}

func TestFoldComputesTheSame(t *testing.T) {
	for name, c := range map[string]struct {
		specs []Spec
		data  rows
	}{
		"dense": {small(), ramps(100, 24, 1)},
		"conv":  {smallConv(), ramps(40, 64, 2)},
		"depth": {depthwiseConv(), ramps(40, 64, 2)},
	} {
		t.Run(name, func(t *testing.T) {
			n := mustNew(t, c.specs, 5)
			if _, err := n.Fit(context.Background(), c.data, Config{Epochs: 3, Batch: 16}); err != nil {
				t.Fatal(err)
			}
			f, err := n.Fold()
			if err != nil {
				t.Fatal(err)
			}
			for _, s := range f.Specs() {
				if s.Kind == BatchNorm || s.hasWeights() && !s.Bias {
					t.Errorf("folded network has %+v", s)
				}
			}
			want := append([]float32(nil), n.Forward(c.data.x, 30)...)
			got := f.Forward(c.data.x, 30)
			for i := range want {
				if d := math.Abs(float64(want[i] - got[i])); d > 2e-5 {
					t.Fatalf("value %d: %g, folded %g", i, want[i], got[i])
				}
			}
		})
	}
}

func TestFitRefuses(t *testing.T) {
	good := Config{Epochs: 1, Batch: 8}
	wide := NewChain(Shape{1, 1, 4}).Dense(5, true).Specs()
	for name, c := range map[string]struct {
		specs []Spec
		data  rows
		cfg   Config
	}{
		"no epochs":      {small(), ramps(9, 24, 1), Config{Batch: 8}},
		"no batch":       {small(), ramps(9, 24, 1), Config{Epochs: 1}},
		"one sample":     {small(), ramps(1, 24, 1), good},
		"rate":           {small(), ramps(9, 24, 1), Config{Epochs: 1, Batch: 8, LearningRate: math.NaN()}},
		"not an encoder": {wide, ramps(9, 4, 1), good},
	} {
		if _, err := mustNew(t, c.specs, 1).Fit(context.Background(), c.data, c.cfg); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	bad := ramps(20, 24, 1)
	bad.x[30] = float32(math.NaN())
	if _, err := mustNew(t, small(), 1).Fit(context.Background(), bad, good); !errors.Is(err, ErrDiverged) {
		t.Errorf("NaN in the data: %v, want ErrDiverged", err)
	}
}

func TestFitStops(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	n := mustNew(t, small(), 1)
	before := allWeights(n)
	steps := 0
	h, err := n.Fit(ctx, ramps(100, 24, 1), Config{Epochs: 10, Batch: 10, Progress: func(p Progress) {
		steps++
		if p.Step != steps || p.Steps != 100 {
			t.Errorf("call %d says step %d of %d", steps, p.Step, p.Steps)
		}
		if p.Step == 25 {
			cancel()
		}
	}})
	if !errors.Is(err, context.Canceled) || len(h.Loss) != 2 || steps != 25 {
		t.Errorf("stopped with %v after %d epochs, %d steps", err, len(h.Loss), steps)
	}
	if slices.Equal(before, allWeights(n)) {
		t.Error("nothing was learned before the stop")
	}
}

func TestNewRefuses(t *testing.T) {
	vec, pic := Shape{1, 1, 8}, Shape{8, 8, 1}
	for name, specs := range map[string][]Spec{
		"nothing":        nil,
		"relu first":     NewChain(vec).ReLU().Specs(),
		"dense on image": NewChain(pic).Dense(3, true).Specs(),
		"no outputs":     NewChain(vec).Dense(0, true).Specs(),
		"huge":           NewChain(vec).Dense(1<<22, true).Specs(),
		"overflow":       NewChain(Shape{1 << 21, 1 << 21, 1 << 22}).Conv2D(2, 3, 2, true).Specs(),
		"no stride":      NewChain(pic).Conv2D(2, 3, 0, true).Specs(),
		"holes":          NewChain(pic).ConvTranspose2D(2, 1, 2, true).Specs(),
		"mismatch":       {{Kind: Dense, In: vec, Out: vec}, {Kind: ReLU, In: pic, Out: pic}},
		"wrong output":   {{Kind: Conv2D, In: pic, Out: pic, Kernel: 3, Stride: 2}},
		"biased relu": append(NewChain(vec).Dense(2, true).Specs(),
			Spec{Kind: ReLU, In: Shape{1, 1, 2}, Out: Shape{1, 1, 2}, Bias: true}),
		"unknown": {{Kind: 99, In: vec, Out: vec}},
	} {
		if _, err := New(specs, 1); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func TestSpecCounts(t *testing.T) {
	specs := NewChain(Shape{8, 6, 2}).Conv2D(4, 3, 2, true).BatchNorm().ReLU().ConvTranspose2D(2, 3, 2, false).Specs()
	params, macs := 0, int64(0)
	for _, s := range specs {
		params += s.Params()
		macs += s.MACs()
	}
	if want := 9*2*4 + 4 + 8 + 9*4*2; params != want {
		t.Errorf("%d parameters, want %d", params, want)
	}
	if want := int64(2 * 9 * 2 * 4 * 12); macs != want {
		t.Errorf("%d MACs, want %d", macs, want)
	}
}

// TestStepAllocatesNothing covers every kind of layer, with goroutines.
func TestStepAllocatesNothing(t *testing.T) {
	n := mustNew(t, smallConv(), 1)
	n.SetThreads(2)
	defer n.engine.start()()
	data := ramps(64, 64, 1)
	dy := make([]float32, 64*64)
	loss := newMeanSquares(&n.engine)
	opt := newAdam(&n.engine, n.params)
	step := func() {
		y := n.forward(data.x, 64, true, nil)
		loss.gradient(dy, y, data.x)
		n.backward(dy, 64, false, nil)
		opt.update(1e-3)
	}
	step()
	if a := testing.AllocsPerRun(5, step); a != 0 {
		t.Errorf("%v allocations in one step", a)
	}
}

func denseAE() []Spec {
	c := NewChain(Shape{1, 1, 640})
	for _, out := range []int{128, 128, 128, 128, 8, 128, 128, 128, 128} {
		c.Dense(out, false).BatchNorm().ReLU()
	}
	return c.Dense(640, true).Specs()
}

// BenchmarkDenseEpoch is one epoch of the dense autoencoder over 2,500 vectors.
func BenchmarkDenseEpoch(b *testing.B) {
	data := ramps(2500, 640, 1)
	n := mustNew(b, denseAE(), 1)
	for b.Loop() {
		if _, err := n.Fit(context.Background(), data, Config{Epochs: 1, Batch: 128}); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkConvWindows is one epoch of the convolutional autoencoder over 32
// windows.
func BenchmarkConvWindows(b *testing.B) {
	c := NewChain(Shape{128, 64, 1})
	for _, out := range []int{32, 64, 128, 256} {
		c.Conv2D(out, 3, 2, false).BatchNorm().ReLU()
	}
	c.Conv2D(16, 1, 1, false).BatchNorm().ReLU().Conv2D(256, 1, 1, false).BatchNorm().ReLU()
	for _, out := range []int{128, 64, 32} {
		c.ConvTranspose2D(out, 3, 2, false).BatchNorm().ReLU()
	}
	c.ConvTranspose2D(1, 3, 2, true).Sigmoid()
	data := ramps(32, 8192, 1)
	n := mustNew(b, c.Specs(), 1)
	for b.Loop() {
		if _, err := n.Fit(context.Background(), data, Config{Epochs: 1, Batch: 32}); err != nil {
			b.Fatal(err)
		}
	}
}
