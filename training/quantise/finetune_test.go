package quantise

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/auscult/auscult/tflite"
	"github.com/auscult/auscult/training/export"
	"github.com/auscult/auscult/training/network"
)

// TestFineTune wants the int8 model to restore no worse than without, and the
// network that it started from unchanged.
func TestFineTune(t *testing.T) {
	for name, s := range smallNets(t) {
		t.Run(name, func(t *testing.T) {
			if s.net.Out().Size() != s.net.In().Size() {
				f := FineTuning{Epochs: 1, Batch: 16}
				if _, err := FineTune(t.Context(), s.lowered(t), s.float(t), s.normal, Options{}, f); err == nil {
					t.Error("an encoder has nothing to reproduce: no error")
				}
				return
			}
			first := slices.Clone(s.net.Weights(0).W)
			low := s.lowered(t)
			data := slices.Clone(low.Model.Tensors[1].Data)
			f := FineTuning{Epochs: 4, Batch: 16, LearningRate: 1e-4, Seed: 1, Threads: 2}
			tuned, err := FineTune(t.Context(), low, low.Model, s.normal, Options{}, f)
			if err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(first, s.net.Weights(0).W) || !slices.Equal(data, low.Model.Tensors[1].Data) {
				t.Error("the network was changed")
			}
			learned, err := low.Load(tuned)
			if err != nil {
				t.Fatal(err)
			}
			if slices.Equal(first, learned.Weights(0).W) {
				t.Error("nothing was learned")
			}
			ratio := func(float *tflite.Model, o Options) float64 {
				m, err := Quantise(t.Context(), float, s.normal, o)
				if err != nil {
					t.Fatal(err)
				}
				r, err := Compare(t.Context(), low.Model, m, s.normal, 1000)
				if err != nil {
					t.Fatal(err)
				}
				return r.ScoreRatio
			}
			before, after := ratio(low.Model, Options{}), ratio(tuned, Options{KeepBias: true})
			t.Logf("int8's error by float's: %.4f without, %.4f with fine-tuning", before, after)
			if !(after <= before*1.005) {
				t.Errorf("fine-tuning made int8 worse: %.4f, %.4f without", after, before)
			}
		})
	}
}

func TestFineTuneRefuses(t *testing.T) {
	s := smallNets(t)["dense"]
	normed, err := network.New(cells().Dense(4, false).BatchNorm().Dense(2*bands, true).Specs(), 1)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := export.Network(normed, ""); err == nil || !strings.Contains(err.Error(), "fold the network first") {
		t.Errorf("batch normalisation: %v", err)
	}
	low := s.lowered(t)
	refused := func(ctx context.Context, m *tflite.Model, epochs int) error {
		_, err := FineTune(ctx, low, m, s.normal, Options{}, FineTuning{Epochs: epochs, Batch: 8})
		return err
	}
	other := smallNets(t)["conv"].float(t)
	if err := refused(t.Context(), other, 1); err == nil || !strings.Contains(err.Error(), "the network gives") {
		t.Errorf("another network's model: %v", err)
	}
	if err := refused(t.Context(), low.Model, 0); err == nil || !strings.Contains(err.Error(), "0 epochs") {
		t.Errorf("no epochs: %v", err)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if err := refused(ended, low.Model, 1); !errors.Is(err, context.Canceled) {
		t.Errorf("an ended context: %v", err)
	}
}
