package families

import (
	"cmp"
	"context"
	"fmt"

	"github.com/auscult/auscult/training/dataset"
	"github.com/auscult/auscult/training/network"
)

// Config says how to train. Zero values mean the description's proposals.
type Config struct {
	Epochs       int // must be given
	Batch        int
	LearningRate float64
	Constant     bool   // the learning rate stays; else it falls to 0 by a cosine
	Seed         uint64 // of weights and order
	Threads      int
	Progress     func(network.Progress)

	// Validation, if it holds windows, decides which epoch's weights are the
	// result; it should come from other clips than the windows that are learned.
	Validation dataset.NormalWindows
	// Patience ends training after as many epochs without a better loss of
	// Validation; 0 means never.
	Patience int
	// Save, Label and Resume are network.Config's.
	Save   func(*network.Checkpoint) error
	Label  string
	Resume *network.Checkpoint
	// SpanDB is the profile's range, that cells from 0 to 1 stand for. A family that restores
	// nothing needs it.
	SpanDB float64
	// Engine does the training; nil is nn's own.
	Engine Engine
}

// Engine trains a network as network.Network.Fit does.
type Engine interface {
	Fit(ctx context.Context, net *network.Network, data network.Samples, cfg network.Config,
		threads int) (network.History, error)
}

// own is package network.
type own struct{}

// Fit is network.Network.Fit.
func (own) Fit(ctx context.Context, net *network.Network, data network.Samples, cfg network.Config,
	_ int) (network.History, error) {
	return net.Fit(ctx, data, cfg)
}

// Trained is an autoencoder that can be used and exported.
type Trained struct {
	Description
	// Net takes and gives cells from 0 to 1; it has no batch normalisation.
	Net *network.Network
	// History tells how training went. Its losses are in squared cells, 0 to 1, or, of
	// a family that restores nothing, in nats.
	History network.History
}

// Train fits the described autoencoder to windows of normal sound. When ctx ends
// it returns what it has so far together with the context's error.
func Train(ctx context.Context, d Description, windows dataset.NormalWindows, cfg Config) (*Trained, error) {
	for _, set := range []dataset.NormalWindows{windows, cfg.Validation} {
		if err := d.takes(set); err != nil {
			return nil, err
		}
	}
	fail := func(err error) (*Trained, error) { return nil, fmt.Errorf("families: %s: %w", d.Name, err) }
	net, err := network.New(d.Layers, cfg.Seed)
	if err != nil {
		return fail(err)
	}
	net.SetThreads(cfg.Threads)
	if have := windows.ConditionCount(); have != net.Conditions() {
		return nil, fmt.Errorf("families: windows with %d operating conditions: %s needs %d",
			have, d.Name, net.Conditions())
	}
	s := newStandard(d, windows)
	samples, fit, err := d.sampled(windows, s, cfg)
	if err != nil {
		return fail(err)
	}
	engine := cfg.Engine
	if engine == nil {
		engine = own{}
	}
	history, fitErr := engine.Fit(ctx, net, samples, fit, cfg.Threads)
	if fitErr != nil && ctx.Err() == nil {
		return fail(fitErr)
	}
	for _, losses := range [][]float64{history.Loss, history.Validation} {
		for i := range losses {
			losses[i] *= s.deviation * s.deviation
		}
	}
	if net, err = d.Objective.kept(net); err != nil {
		return fail(err)
	}
	folded, err := net.Fold()
	if err != nil {
		return fail(err)
	}
	if fitErr == nil {
		if err := d.Objective.settle(folded, windows); err != nil {
			return fail(err)
		}
	}
	if d.Standardise != Nothing {
		s.foldInto(folded)
	}
	return &Trained{Description: d, Net: folded, History: history}, fitErr
}

// takes returns nil when the network takes windows such as these.
func (d Description) takes(windows dataset.NormalWindows) error {
	w := windows.Window()
	if windows.Len() == 0 || windows.Bands() == d.Bands && w.Frames == d.Window.Frames && w.Layout == d.Window.Layout {
		return nil
	}
	return fmt.Errorf("families: windows of %d frames of %d bands (%s): %s needs %d of %d (%s)",
		w.Frames, windows.Bands(), w.Layout, d.Name, d.Window.Frames, d.Bands, d.Window.Layout)
}

// sampled returns windows as training sees them, and how nn trains on them.
func (d Description) sampled(windows dataset.NormalWindows, s standard,
	cfg Config) (network.Samples, network.Config, error) {
	fit := network.Config{
		Epochs: cfg.Epochs, Batch: cmp.Or(cfg.Batch, d.Batch), LearningRate: cfg.LearningRate, Seed: cfg.Seed,
		Constant: cfg.Constant,
		Patience: cfg.Patience, Save: cfg.Save, Label: cfg.Label, Resume: cfg.Resume,
	}
	if cfg.Progress != nil {
		fit.Progress = func(p network.Progress) {
			p.Loss *= s.deviation * s.deviation
			cfg.Progress(p)
		}
	}
	samples, temperature, err := d.Objective.samples(windows, s, cfg.SpanDB)
	if err != nil {
		return nil, fit, err
	}
	fit.Temperature = temperature
	if cfg.Validation.Len() > 0 {
		fit.Validation, _, err = d.Objective.samples(cfg.Validation, s, cfg.SpanDB)
	}
	return samples, fit, err
}
