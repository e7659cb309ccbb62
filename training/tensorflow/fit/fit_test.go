package fit

import (
	"context"
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/auscult/auscult/training/external"
	"github.com/auscult/auscult/training/families"
	"github.com/auscult/auscult/training/network"
)

// waves are smooth pictures.
type waves struct{ shape network.Shape }

func (w waves) Len() int { return 37 }

func (w waves) Sample(i int, dst []float32) {
	for k := range dst {
		dst[k] = float32(0.5 + 0.4*math.Sin(float64(i)+0.3*float64(k%w.shape.W)+0.1*float64(k/w.shape.W)))
	}
}

// Conditions are two that waves have.
func (w waves) Conditions(i int, dst []float32) {
	dst[0], dst[1] = float32(i%5)/4, float32(i%3)/2
}

// TestLikeNN trains every kind of layer here and with package network.
func TestLikeNN(t *testing.T) {
	picture := network.Shape{H: 16, W: 8, C: 1}
	row := network.Shape{H: 1, W: 1, C: 24}
	for name, specs := range map[string][]network.Spec{
		"dense": network.NewChain(row).Dense(12, false).BatchNorm().ReLU().Dense(5, true).Dense(24, true).Specs(),
		"conv": network.NewChain(picture).Conv2D(4, 3, 2, false).BatchNorm().ReLU().
			DepthwiseConv2D(3, 2, false).BatchNorm().ReLU().Conv2D(6, 1, 1, true).
			ConvTranspose2D(4, 3, 2, false).BatchNorm().ReLU().ConvTranspose2D(1, 3, 2, true).Sigmoid().Specs(),
		"bottleneck": network.NewChain(picture).Conv2D(4, 4, 4, false).BatchNorm().ReLU().
			Reshape(network.Shape{H: 1, W: 1, C: 32}).Dense(5, true).Dense(32, true).ReLU().
			Reshape(network.Shape{H: 4, W: 2, C: 4}).ConvTranspose2D(1, 4, 4, true).Sigmoid().Specs(),
		"vae": network.NewChain(picture).Conv2D(4, 3, 2, false).BatchNorm().ReLU().Conv2D(6, 1, 1, true).Sample().
			ConvTranspose2D(1, 3, 2, true).Sigmoid().Specs(),
		"contrast": network.NewChain(picture).Conv2D(4, 3, 2, false).BatchNorm().ReLU().Conv2D(6, 1, 1, true).MeanPool().
			Dense(5, true).ReLU().Dense(4, true).Specs(),
		"conditioned": network.NewChain(row).Dense(12, false).BatchNorm().Condition(2).ReLU().Dense(24, true).Specs(),
	} {
		t.Run(name, func(t *testing.T) {
			var data network.Samples = waves{specs[0].In}
			cfg := network.Config{Epochs: 4, Batch: 8, Seed: 5}
			if name == "contrast" {
				data = families.Views{Samples: data, Look: families.Look{Bands: picture.H, Frames: picture.W, SpanDB: 120}}
				cfg.Temperature = 0.2
			}
			ours, err := network.New(specs, 3)
			if err != nil {
				t.Fatal(err)
			}
			start, err := ours.Begin(data.Len(), cfg)
			if err != nil {
				t.Fatal(err)
			}
			want, err := ours.Fit(context.Background(), data, cfg)
			if err != nil {
				t.Fatal(err)
			}
			job := jobOf(t, start, data)
			told := 0
			got, err := Run(job, 1, func(external.Step) error { told++; return nil })
			if err != nil {
				t.Fatal(err)
			}
			if told != cfg.Epochs*(start.Plan().Steps()+1) {
				t.Errorf("told %d times", told)
			}
			for i, l := range want.Loss {
				if d := math.Abs(got.Loss[i]/l - 1); d > 1e-4 {
					t.Errorf("epoch %d: loss %g, package network has %g", i+1, got.Loss[i], l)
				}
			}
			for i, s := range job.Checkpoint.States() {
				w := ours.Weights(i)
				for what, pair := range map[string][2][]float32{
					"weights": {s.W, w.W}, "offsets": {s.Bias, w.Bias}, "gamma": {s.Gamma, w.Gamma}, "mean": {s.Mean, w.Mean},
					"variance": {s.Var, w.Var},
				} {
					for k, v := range pair[0] {
						if d := math.Abs(float64(v - pair[1][k])); d > 2e-3 {
							t.Fatalf("layer %d (%v): %s %d is %g, package network has %g", i, s.Spec.Kind, what, k, v, pair[1][k])
						}
					}
				}
			}
		})
	}
}

func jobOf(t *testing.T, start *network.Checkpoint, data network.Samples) *external.Job {
	t.Helper()
	dir := t.TempDir()
	if err := external.WriteJob(dir, start, data); err != nil {
		t.Fatal(err)
	}
	job, err := external.OpenJob(dir)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(dir, "samples.f32")); err != nil {
		t.Fatal(err)
	}
	return job
}
