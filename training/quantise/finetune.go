package quantise

import (
	"context"
	"fmt"

	"github.com/auscult/auscult/tflite"
	"github.com/auscult/auscult/training/dataset"
	"github.com/auscult/auscult/training/export"
	"github.com/auscult/auscult/training/network"
)

// FineTuning says how to fine-tune.
type FineTuning struct {
	Epochs       int
	Batch        int
	LearningRate float64 // at the start; 0 means DefaultFineRate
	Seed         uint64
	Threads      int
	Progress     func(network.Progress)
}

// DefaultFineRate is a hundredth of training's: the weights are to settle between
// codes, not to learn anew.
const DefaultFineRate = 1e-5

// FineTune goes on training a network, rounded as Quantise will round it:
// quantisation-aware training. It begins with the weights of m, which is of's model or one
// that Equalise made of that. The model that it returns is to be quantised with
// Options.KeepBias, since it has learned what rounding shifts; of and m stay as they are.
func FineTune(
	ctx context.Context, of *export.Lowered, m *tflite.Model, windows dataset.NormalWindows, o Options, f FineTuning,
) (*tflite.Model, error) {
	o, err := o.filled()
	if err != nil {
		return nil, err
	}
	if f.LearningRate == 0 {
		f.LearningRate = DefaultFineRate
	}
	net, err := of.Load(m)
	if err != nil {
		return nil, fmt.Errorf("quantise: fine-tuning: %w", err)
	}
	p, err := newPlan(ctx, m, windows, o)
	if err != nil {
		return nil, err
	}
	grids := make([]network.Grid, len(of.Outputs))
	for i, t := range of.Outputs {
		if t != export.None {
			c := p.of(t)
			grids[i] = network.Grid{Low: float32(c.value(-128)), High: float32(c.value(127)), Step: c.scale}
		}
	}
	net.SetThreads(f.Threads)
	if _, err := net.Fit(ctx, windows, network.Config{
		Epochs: f.Epochs, Batch: f.Batch, LearningRate: f.LearningRate, Seed: f.Seed,
		Grids: grids, Progress: f.Progress,
	}); err != nil {
		return nil, fmt.Errorf("quantise: fine-tuning: %w", err)
	}
	tuned, err := export.Network(net, m.Description)
	if err != nil {
		return nil, err
	}
	return tuned.Model, nil
}
