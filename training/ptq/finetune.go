package ptq

import (
	"context"
	"fmt"

	"github.com/auscult/auscult/training/dataset"
	"github.com/auscult/auscult/training/nn"
)

// FineTuning says how to fine-tune.
type FineTuning struct {
	Epochs       int
	Batch        int
	LearningRate float64 // at the start; 0 means DefaultFineRate
	Seed         uint64
	Threads      int
	Progress     func(nn.Progress)
}

// DefaultFineRate is a hundredth of training's: the weights are to settle between
// codes, not to learn anew.
const DefaultFineRate = 1e-5

// FineTune goes on training a network without batch normalisation, rounded as
// Quantise will round it: quantisation-aware training. The network that it returns
// is to be quantised with Options.KeepBias, since it has learned what rounding
// shifts; net stays as it is.
func FineTune(ctx context.Context, net *nn.Network, windows dataset.NormalWindows, o Options, f FineTuning) (*nn.Network, error) {
	if o.MaxWindows < 1 {
		o.MaxWindows = defaultWindows
	}
	if o.Raise == 0 {
		o.Raise = DefaultRaise
	}
	if f.LearningRate == 0 {
		f.LearningRate = DefaultFineRate
	}
	b, err := newBuilder(net, windows, o)
	if err != nil {
		return nil, err
	}
	grids := make([]nn.Grid, len(b.specs))
	for i, op := range b.ops {
		if op.main {
			c := b.outputCodes(i)
			grids[op.at] = nn.Grid{Low: float32(c.value(-128)), High: float32(c.value(127)), Step: c.scale}
		}
	}
	tuned, err := net.Fold() // a copy: there is nothing left to fold
	if err != nil {
		return nil, err
	}
	tuned.SetThreads(f.Threads)
	if _, err := tuned.Fit(ctx, windows, nn.Config{
		Epochs: f.Epochs, Batch: f.Batch, LearningRate: f.LearningRate, Seed: f.Seed, Grids: grids, Progress: f.Progress,
	}); err != nil {
		return nil, fmt.Errorf("ptq: fine-tuning: %w", err)
	}
	return tuned, nil
}
