package learn

import (
	"context"
	"fmt"
	"math"

	"github.com/auscult/auscult/agent/model"
	"github.com/auscult/auscult/tflite"
	"github.com/auscult/auscult/training/dataset"
	"github.com/auscult/auscult/training/export"
	"github.com/auscult/auscult/training/families"
	"github.com/auscult/auscult/training/network"
	"github.com/auscult/auscult/training/quantise"
)

// fitted is one trained and quantised model.
type fitted struct {
	graph   *tflite.Model
	float   *tflite.Model   // the same before it was quantised
	loss    quantise.Report // of quantisation
	history network.History // losses in squared cells, 0 to 1
	golden  model.Golden
}

// network trains on features and quantises. name is the checkpoint's.
func (t *trainer) network(ctx context.Context, features dataset.NormalFeatures, name, step string) (*fitted, error) {
	learned, held, err := t.holdBack(features)
	if err != nil {
		return nil, err
	}
	windows, err := t.windows(learned)
	if err != nil {
		return nil, err
	}
	if t.o.Imported != nil {
		return t.ready(ctx, windows, name, step)
	}
	trained, err := t.train(ctx, windows, learned, held, name, step)
	if err != nil {
		return nil, err
	}
	return t.quantise(ctx, trained, windows)
}

// quantise makes a model of a trained network by the windows that it has learned.
func (t *trainer) quantise(
	ctx context.Context, trained *families.Trained, windows dataset.NormalWindows,
) (*fitted, error) {
	lowered, err := export.Network(trained.Net, "auscult "+t.desc.Name+" autoencoder")
	if err != nil {
		return nil, err
	}
	options := quantise.Options{Threads: t.threads}
	float, err := quantise.Equalise(ctx, lowered.Model, windows, options)
	if err != nil {
		return nil, err
	}
	tuned := float
	if t.o.FineTune > 0 {
		if tuned, err = quantise.FineTune(ctx, lowered, float, windows, options, quantise.FineTuning{
			Epochs: t.o.FineTune, Batch: t.desc.Batch, Seed: t.o.Seed, Threads: t.threads,
		}); err != nil {
			return nil, err
		}
		options.KeepBias = true
	}
	f, err := t.fitted(ctx, float, tuned, windows, options)
	if err != nil {
		return nil, fmt.Errorf("learn: what was trained does not fit into 8 bits: it has outgrown what normal sound needs; "+
			"lower --learning-rate, use fewer --epochs or another --model, and see that the recordings are sound (%w)", err)
	}
	f.history = trained.History
	return f, nil
}

// fitted quantises tuned, which is float or what fine-tuning made of it, and compares it with
// float.
func (t *trainer) fitted(
	ctx context.Context, float, tuned *tflite.Model, windows dataset.NormalWindows, options quantise.Options,
) (*fitted, error) {
	graph, err := quantise.Quantise(ctx, tuned, windows, options)
	if err != nil {
		return nil, err
	}
	golden, err := t.goldenPair(graph, windows)
	if err != nil {
		return nil, err
	}
	report, err := quantise.Compare(ctx, float, graph, windows, comparedWindows)
	if err != nil {
		return nil, err
	}
	return &fitted{graph: graph, float: float, loss: report, golden: golden}, nil
}

// train trains on windows, which are those of learned.
func (t *trainer) train(ctx context.Context, windows dataset.NormalWindows, learned dataset.NormalFeatures,
	held dataset.NormalWindows, name, step string,
) (*families.Trained, error) {
	cfg := families.Config{
		Epochs: t.epochs(), LearningRate: t.o.Rate, Seed: t.o.Seed, Threads: t.threads, Validation: held, Engine: t.o.Engine,
		Constant: t.o.Constant,
		Progress: func(p network.Progress) { t.progress(step, p) }, SpanDB: t.spanDB(),
	}
	if held.Len() > 0 {
		cfg.Patience = t.o.Patience
	}
	if err := t.checkpointed(ctx, &cfg, name, learned, held); err != nil {
		return nil, err
	}
	trained, err := families.Train(ctx, t.desc, windows, cfg)
	if err != nil {
		return nil, err
	}
	t.ended(step)
	if name == keptName && t.desc.Objective.Restores() {
		mse, spread, err := trained.Error(windows)
		if err != nil {
			return nil, err
		}
		t.checkRestores(mse, spread, "lower --learning-rate, or train longer")
	}
	return trained, nil
}

// checkRestores warns when an autoencoder restores what it has learned worse than the mean
// of all cells would.
func (t *trainer) checkRestores(mse, spread float64, advice string) {
	if mse > spread {
		span := t.spanDB()
		t.warn(fmt.Sprintf("the network restores these recordings worse than their mean would (error %.1f dB, deviation %.1f dB): %s",
			math.Sqrt(mse)*span, math.Sqrt(spread)*span, advice))
	}
}

// mostWindows bounds the windows that a training goes through in an epoch: 4.7 hours of those of
// the family dense, a day of those of the others and more. Of more sound they are drawn evenly.
const mostWindows = 1 << 19

// windows cuts features to the windows that the family takes.
func (t *trainer) windows(features dataset.NormalFeatures) (dataset.NormalWindows, error) {
	windows, err := dataset.NewNormalWindows(features, t.desc.Window)
	windows = windows.Drawn(mostWindows, t.o.Seed)
	if err != nil || len(t.conditions) == 0 {
		return windows, err
	}
	return windows.WithConditions(t.conditions)
}

// keptName is the checkpoint of the model that is kept.
const keptName = "kept"

// comparedWindows is how many windows show what quantisation costs.
const comparedWindows = 256

// goldenPair runs the model on a window from the middle of what it learned.
func (t *trainer) goldenPair(graph *tflite.Model, windows dataset.NormalWindows) (model.Golden, error) {
	codes := make([]int8, windows.Size())
	windows.Codes(windows.Len()/2, codes)
	input := make([]byte, len(codes))
	for i, code := range codes {
		input[i] = byte(code)
	}
	cells := make([]float32, windows.ConditionCount())
	windows.Conditions(windows.Len()/2, cells)
	for _, cell := range cells {
		input = append(input, byte(int8(math.Round(float64(cell)*255)-128)))
	}
	return model.NewGolden(graph, t.outline(), input)
}
