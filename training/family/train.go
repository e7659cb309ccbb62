package family

import (
	"context"
	"fmt"
	"math"

	"github.com/auscult/auscult/training/dataset"
	"github.com/auscult/auscult/training/nn"
)

// Standardise names what is done to the cells before the first layer, and undone
// after the last.
type Standardise uint8

// Standardisations.
const (
	Nothing Standardise = iota // cells from 0 to 1
	Scalar                     // less the mean of all cells, by their deviation
	PerBand                    // less the band's mean, by one deviation for all
)

// Config says how to train. Zero values mean the description's proposals.
type Config struct {
	Epochs       int // must be given
	Batch        int
	LearningRate float64
	Seed         uint64 // of weights and order
	Threads      int
	Progress     func(nn.Progress)

	// Validation, if it holds windows, decides which epoch's weights are the
	// result; it should come from other clips than the windows that are learned.
	Validation dataset.NormalWindows
	// Patience ends training after as many epochs without a better loss of
	// Validation; 0 means never.
	Patience int
	// Save, Label and Resume are nn.Config's.
	Save   func(*nn.Checkpoint) error
	Label  string
	Resume *nn.Checkpoint
	// SpanDB is the profile's range, that cells from 0 to 1 stand for. A family with
	// an Encoder needs it.
	SpanDB float64
	// Engine does the training; nil is nn's own.
	Engine Engine
}

// Engine trains a network as nn.Network.Fit does.
type Engine interface {
	Fit(ctx context.Context, net *nn.Network, data nn.Samples, cfg nn.Config, threads int) (nn.History, error)
}

// own is package nn.
type own struct{}

// Fit is nn.Network.Fit.
func (own) Fit(ctx context.Context, net *nn.Network, data nn.Samples, cfg nn.Config, _ int) (nn.History, error) {
	return net.Fit(ctx, data, cfg)
}

// Trained is an autoencoder that can be used and exported.
type Trained struct {
	Description
	// Net takes and gives cells from 0 to 1; it has no batch normalisation.
	Net *nn.Network
	// History tells how training went. Its losses are in squared cells, 0 to 1, or, of
	// a family with an Encoder, in nats.
	History nn.History
}

// Train fits the described autoencoder to windows of normal sound. When ctx ends
// it returns what it has so far together with the context's error.
func Train(ctx context.Context, d Description, windows dataset.NormalWindows, cfg Config) (*Trained, error) {
	for _, set := range []dataset.NormalWindows{windows, cfg.Validation} {
		if w := set.Window(); set.Len() > 0 && (set.Bands() != d.Bands || w.Frames != d.Window.Frames || w.Layout != d.Window.Layout) {
			return nil, fmt.Errorf("family: windows of %d frames of %d bands (%s): %s needs %d of %d (%s)",
				w.Frames, set.Bands(), w.Layout, d.Name, d.Window.Frames, d.Bands, d.Window.Layout)
		}
	}
	net, err := nn.New(d.Layers, cfg.Seed)
	if err != nil {
		return nil, fmt.Errorf("family: %s: %w", d.Name, err)
	}
	net.SetThreads(cfg.Threads)
	s := newStandard(d, windows)
	batch := cfg.Batch
	if batch == 0 {
		batch = d.Batch
	}
	progress := cfg.Progress
	if progress != nil {
		progress = func(p nn.Progress) {
			p.Loss *= s.deviation * s.deviation
			cfg.Progress(p)
		}
	}
	fit := nn.Config{
		Epochs: cfg.Epochs, Batch: batch, LearningRate: cfg.LearningRate, Seed: cfg.Seed, Progress: progress,
		Patience: cfg.Patience, Save: cfg.Save, Label: cfg.Label, Resume: cfg.Resume,
	}
	if cfg.Validation.Len() > 0 {
		fit.Validation = standardised{cfg.Validation, s}
	}
	engine := cfg.Engine
	if engine == nil {
		engine = own{}
	}
	var samples nn.Samples = standardised{windows, s}
	if have := windows.ConditionCount(); have != net.Conditions() {
		return nil, fmt.Errorf("family: windows with %d operating conditions: %s needs %d", have, d.Name, net.Conditions())
	}
	if d.Encoder > 0 {
		if !(cfg.SpanDB > 0) {
			return nil, fmt.Errorf("family: %s: needs the profile's range", d.Name)
		}
		fit.Temperature = temperature
		samples = viewsOf(windows, cfg.SpanDB)
		if fit.Validation != nil {
			fit.Validation = viewsOf(cfg.Validation, cfg.SpanDB)
		}
	}
	history, fitErr := engine.Fit(ctx, net, samples, fit, cfg.Threads)
	if fitErr != nil && ctx.Err() == nil {
		return nil, fmt.Errorf("family: %s: %w", d.Name, fitErr)
	}
	for _, losses := range [][]float64{history.Loss, history.Validation} {
		for i := range losses {
			losses[i] *= s.deviation * s.deviation
		}
	}
	if d.Encoder > 0 {
		if net, err = net.First(d.Encoder); err != nil {
			return nil, fmt.Errorf("family: %s: %w", d.Name, err)
		}
	}
	folded, err := net.Fold()
	if err != nil {
		return nil, fmt.Errorf("family: %s: %w", d.Name, err)
	}
	if d.Encoder > 0 && fitErr == nil {
		if err := unitDeviation(folded, windows); err != nil {
			return nil, fmt.Errorf("family: %s: %w", d.Name, err)
		}
	}
	if d.Standardise != Nothing {
		s.foldInto(folded)
	}
	return &Trained{Description: d, Net: folded, History: history}, fitErr
}

// standard holds what standardises one window.
type standard struct {
	mean      []float64 // per cell of a window
	deviation float64
}

// standardised are windows as the layers see them.
type standardised struct {
	dataset.NormalWindows
	s standard
}

// Sample writes standardised window i to dst.
func (w standardised) Sample(i int, dst []float32) {
	w.NormalWindows.Sample(i, dst)
	if w.s.mean == nil {
		return
	}
	inv := float32(1 / w.s.deviation)
	for j, m := range w.s.mean {
		dst[j] = (dst[j] - float32(m)) * inv
	}
}

// newStandard measures the windows. Only the dense family standardises, so a
// window is frame after frame here.
func newStandard(d Description, windows dataset.NormalWindows) standard {
	if d.Standardise == Nothing || windows.Len() == 0 {
		return standard{deviation: 1}
	}
	size := windows.Size()
	sum, squares := make([]float64, d.Bands), make([]float64, d.Bands)
	codes := make([]int8, size)
	for i := range windows.Len() {
		windows.Codes(i, codes)
		for j, code := range codes {
			v := float64(int(code)+128) / 255
			sum[j%d.Bands] += v
			squares[j%d.Bands] += float64(v * v)
		}
	}
	perBand := float64(windows.Len() * d.Window.Frames)
	s := standard{mean: make([]float64, size)}
	all, variance := 0.0, 0.0
	for b := range sum {
		sum[b] /= perBand
		all += sum[b] / float64(d.Bands)
	}
	for b := range sum {
		centre := sum[b]
		if d.Standardise == Scalar {
			centre = all
		}
		variance += (squares[b]/perBand - 2*centre*sum[b] + centre*centre) / float64(d.Bands)
		for f := range d.Window.Frames {
			s.mean[f*d.Bands+b] = centre
		}
	}
	// Windows all alike have nothing to divide by; a code is 1/255.
	s.deviation = max(math.Sqrt(max(variance, 0)), 1.0/255)
	return s
}

// foldInto puts the standardisation into the first and the last layer of a
// folded network, which are dense.
func (s standard) foldInto(n *nn.Network) {
	first := n.Weights(0)
	out := len(first.Bias)
	offset := make([]float64, out)
	for i, m := range s.mean {
		for o, w := range first.W[i*out : (i+1)*out] {
			scaled := float64(w) / s.deviation
			offset[o] += float64(m * scaled)
			first.W[i*out+o] = float32(scaled)
		}
	}
	for o := range offset {
		first.Bias[o] = float32(float64(first.Bias[o]) - offset[o])
	}
	last := n.Weights(len(n.Specs()) - 1)
	for i := range last.W {
		last.W[i] = float32(float64(last.W[i]) * s.deviation)
	}
	for o, m := range s.mean {
		last.Bias[o] = float32(float64(last.Bias[o])*s.deviation + m)
	}
}
