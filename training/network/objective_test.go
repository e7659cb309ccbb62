package network

import (
	"bytes"
	"context"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// driven are ramps whose slope is their condition: without it they cannot be told
// beforehand from noise.
type driven struct{ rows }

func (d driven) Conditions(i int, dst []float32) { dst[0] = float32(i%5) / 4 }

func (d driven) Sample(i int, dst []float32) {
	rng := rand.New(rand.NewPCG(9, uint64(i)))
	for j := range dst {
		dst[j] = 0.5 + float32(i%5-2)/8*float32(j)/float32(len(dst)) + 0.01*float32(rng.NormFloat64())
	}
}

// View shows a sample with noise.
func (d driven) View(i int, rng *rand.Rand, dst []float32) {
	d.Sample(i, dst)
	for j := range dst {
		dst[j] += 0.02 * float32(rng.NormFloat64())
	}
}

func latent() []Spec {
	return NewChain(Shape{1, 1, 24}).Dense(16, false).BatchNorm().ReLU().Dense(8, true).Sample().
		Dense(16, false).BatchNorm().ReLU().Dense(24, true).Specs()
}

func conditioned() []Spec {
	// Nothing but the conditions can tell: the bottleneck is too narrow.
	return NewChain(Shape{1, 1, 24}).Dense(1, false).BatchNorm().Condition(1).ReLU().
		Dense(16, false).BatchNorm().Condition(1).ReLU().
		Dense(24, true).Specs()
}

func encoder() []Spec {
	return NewChain(Shape{2, 12, 1}).Conv2D(6, 3, 2, false).BatchNorm().ReLU().Conv2D(8, 1, 1, true).MeanPool().
		Dense(8, true).ReLU().Dense(4, true).Specs()
}

// TestObjectivesAreLearned trains each kind of network: its loss must fall, and be the
// same to the last bit with other numbers of threads and after a stop.
func TestObjectivesAreLearned(t *testing.T) {
	data := driven{rows{size: 24, x: make([]float32, 60*24)}}
	for name, c := range map[string]struct {
		specs       []Spec
		temperature float64
		falls       float64 // to at least this part; of 60 samples 12 are alike, which cannot be told apart
	}{"latent": {latent(), 0, 0.7}, "conditioned": {conditioned(), 0, 0.7}, "contrast": {encoder(), 0.2, 0.87}} {
		t.Run(name, func(t *testing.T) {
			cfg := Config{Epochs: 12, Batch: 10, LearningRate: 1e-2, Seed: 3, Temperature: c.temperature, Validation: data}
			var half *Checkpoint
			cfg.Save = func(c *Checkpoint) error {
				if e, _ := c.Epoch(); e == 6 {
					half = c
				}
				return nil
			}
			n := mustNew(t, c.specs, 1)
			n.SetThreads(1)
			h, err := n.Fit(context.Background(), data, cfg)
			if err != nil {
				t.Fatal(err)
			}
			if last := h.Loss[11]; !(last < c.falls*h.Loss[0] && last > 0) ||
				!(slices.Min(h.Validation) < c.falls*h.Validation[0]) {
				t.Errorf("loss %.4g, validation %.4g", h.Loss, h.Validation)
			}
			var buf bytes.Buffer
			if err := half.Write(&buf); err != nil {
				t.Fatal(err)
			}
			if cfg.Resume, err = ReadCheckpoint(&buf); err != nil {
				t.Fatal(err)
			}
			cfg.Save = nil
			again := mustNew(t, c.specs, 2)
			again.SetThreads(3)
			h2, err := again.Fit(context.Background(), data, cfg)
			if err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(h.Loss, h2.Loss) || !slices.EqualFunc(n.usable(), again.usable(), slices.Equal) {
				t.Errorf("going on with three threads gives losses %v, not %v", h2.Loss, h.Loss)
			}
			if folded, err := n.Fold(); err != nil {
				t.Error(err)
			} else {
				x, cond := make([]float32, 24), []float32{0.25}
				data.Sample(1, x)
				n.SetConditions(cond)
				folded.SetConditions(cond)
				for i, want := range slices.Clone(n.Forward(x, 1)) {
					if got := folded.Forward(x, 1)[i]; math.Abs(float64(got-want)) > 1e-4*max(1, math.Abs(float64(want))) {
						t.Fatalf("folded: output %d is %g, want %g", i, got, want)
					}
				}
			}
		})
	}
}

// TestConditionsAreUsed gives a trained network the wrong condition: it must restore
// worse by far.
func TestConditionsAreUsed(t *testing.T) {
	data := driven{rows{size: 24, x: make([]float32, 60*24)}}
	n := mustNew(t, conditioned(), 1)
	if _, err := n.Fit(context.Background(), data, Config{Epochs: 60, Batch: 10, LearningRate: 1e-2}); err != nil {
		t.Fatal(err)
	}
	x := make([]float32, 24)
	data.Sample(4, x)
	squares := func(c float32) (sum float64) {
		n.SetConditions([]float32{c})
		for i, y := range n.Forward(x, 1) {
			sum += float64(y-x[i]) * float64(y-x[i])
		}
		return sum
	}
	if right, wrong := squares(1), squares(0); !(wrong > 5*right) {
		t.Errorf("squared error %.3g under the right condition, %.3g under the wrong one", right, wrong)
	}
}

func TestSamplesMustFitTheObjective(t *testing.T) {
	plain := ramps(20, 24, 1)
	for name, c := range map[string]struct {
		specs []Spec
		cfg   Config
	}{
		"no conditions":  {conditioned(), Config{Epochs: 1, Batch: 5}},
		"no views":       {encoder(), Config{Epochs: 1, Batch: 5, Temperature: 0.5}},
		"cold":           {encoder(), Config{Epochs: 1, Batch: 5, Temperature: 1e-9}},
		"alone":          {encoder(), Config{Epochs: 1, Batch: 1, Temperature: 0.5}},
		"no autoencoder": {encoder(), Config{Epochs: 1, Batch: 5}},
	} {
		if _, err := mustNew(t, c.specs, 1).Fit(context.Background(), plain, c.cfg); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	for name, specs := range map[string][]Spec{
		"odd channels":    NewChain(Shape{1, 1, 4}).Dense(3, true).Sample().Specs(),
		"two latents":     NewChain(Shape{1, 1, 4}).Dense(8, true).Sample().Sample().Specs(),
		"no conditions":   NewChain(Shape{1, 1, 4}).Dense(4, true).Condition(0).Specs(),
		"many conditions": NewChain(Shape{1, 1, 4}).Dense(4, true).Condition(17).Specs(),
		"uneven":          NewChain(Shape{1, 1, 4}).Dense(4, true).Condition(1).Condition(2).Specs(),
	} {
		if _, err := New(specs, 1); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
