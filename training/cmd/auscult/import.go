package main

import (
	"context"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/auscult/auscult/agent/model"
	"github.com/auscult/auscult/training/export"
	"github.com/auscult/auscult/training/external"
	"github.com/auscult/auscult/training/foreign"
	"github.com/auscult/auscult/training/foreign/trainedon"
	"github.com/auscult/auscult/training/graph"
	"github.com/auscult/auscult/training/learn"
	"github.com/auscult/auscult/training/report"
)

type importCommand struct {
	Network string `arg:"" type:"path" help:"The network: a float32 .tflite or .onnx file, or the folder of a SavedModel."`

	learnFlags  `embed:""`
	soundFlags  `embed:""`
	importFlags `embed:""`

	Signature string `default:"${signature}" placeholder:"NAME" help:"Which of a SavedModel's signatures to take. (${default})"`
}

// importFlags say how a network lies in its file.
type importFlags struct {
	Frames   int    `default:"0" placeholder:"N" help:"Frames of a window, where the network's shape leaves that open. (by the shape)"`
	Order    string `default:"" enum:",frames,bands" placeholder:"NAME" help:"How the network's input lies: frames (frame after frame, all bands of each) or bands. (by the input's shape; in a row: frames)"`
	Predicts int    `default:"-1" placeholder:"N" help:"First frame, from 0, that a network predicts which gives fewer frames than the window has. (those in the middle)"`
}

// Help shows a use.
func (importCommand) Help() string {
	return `Takes an autoencoder that was trained in another framework, quantises it and calibrates it on
normal recordings, so that it runs on a node like one that auscult trained. Neither Python nor
TensorFlow is needed for .tflite and .onnx files. Say what features it was trained on: the model
carries them and the node computes them; 'auscult features' with the same flags writes the same
numbers to train on. Give recordings that the network has not learned, or the threshold will be
too low.

How to write such a file:
  Keras    keras.saving.load_model('ae.keras', compile=False), then
           tf.lite.TFLiteConverter.from_keras_model(m).convert()
  PyTorch  torch.onnx.export(net.eval(), (one_window,), 'ae.onnx')
A SavedModel is a program, which auscult-tf runs (make tensorflow): import only what you trust.

Example:
  auscult import ae.onnx --features dcase2020 --data pump-7 --out pump-7.tflite
  auscult import ae.tflite --levels db --mean=-61.5 --std=9.8 --data pump-7 --out pump-7.tflite
  auscult import ae.onnx --scale htk --norm none --levels ln --stats stats.npz --data pump-7 --out pump-7.tflite`
}

// Run imports and writes the model.
func (c *importCommand) Run(ctx context.Context, std streams) error {
	c.units(&c.Unit)
	features, err := c.features()
	if err != nil {
		return usageError{fmt.Errorf("import: %w", err)}
	}
	if _, err := features.Complete(0); err != nil {
		return usageError{fmt.Errorf("import: %w", err)}
	}
	maxHz := c.MaxHz
	if c.Rate == 0 {
		if complete, err := features.Complete(0); err == nil {
			c.Rate = complete.RateHz
		}
	}
	if maxHz == 0 {
		c.MaxHz = float64(c.Rate) / 2
	}
	o, err := c.options("import", "imported")
	if err != nil {
		return err
	}
	start := time.Now()
	g, said, err := c.open(ctx)
	if err != nil {
		return err
	}
	features.RateHz, features.MaxHz = c.Rate, maxHz
	net, err := c.fit(g, features, &o)
	if err != nil {
		return err
	}
	o.Imported = &learn.Imported{Window: net.Window, Float: net.Model, Params: net.Params, MACs: net.MACs}
	fmt.Fprint(std.err, c.understood(&o, net))
	learned, warned, err := train(ctx, o, std.err)
	if err != nil {
		return err
	}
	learned.Warnings = append(learned.Warnings,
		"the threshold is right only if the network has not learned these recordings")
	if err := c.write("import", learned); err != nil {
		return err
	}
	sum, err := c.summary(learned, start)
	if err != nil {
		return err
	}
	sum.Import, sum.said = said, warned
	return sum.tell(std.out, c.JSON)
}

// open returns the network, and what auscult-tf says of a SavedModel.
func (c *importCommand) open(ctx context.Context) (*graph.Graph, *external.Import, error) {
	info, err := os.Stat(c.Network)
	if err != nil {
		return nil, nil, fmt.Errorf("import: %w", err)
	}
	if !info.IsDir() {
		g, err := foreign.Open(c.Network, foreign.Options{Frames: c.Frames})
		return g, nil, err
	}
	program, err := external.Find(c.TensorFlow)
	if err != nil {
		return nil, nil, err
	}
	net, found, err := program.Import(ctx, c.Network, c.Signature)
	if err != nil {
		return nil, nil, err
	}
	lowered, err := export.Network(net, "imported")
	if err != nil {
		return nil, nil, err
	}
	g, err := foreign.Of(lowered.Model, found.Input)
	return g, &found, err
}

// fit makes what a node can use of the network, and sets the profile that it needs.
func (c *importCommand) fit(g *graph.Graph, features trainedon.Features, o *learn.Options) (*foreign.Network, error) {
	features, err := features.Complete(foreign.GuessBands(g.Input.Shape))
	if err != nil {
		return nil, usageError{fmt.Errorf("import: %w", err)}
	}
	if o.Profile, err = features.Profile(); err != nil {
		return nil, usageError{fmt.Errorf("import: %w", err)}
	}
	scale, offset, err := features.Scaling(o.Profile)
	if err != nil {
		return nil, usageError{fmt.Errorf("import: %w", err)}
	}
	return foreign.Use{
		Bands:    o.Profile.Bands,
		Layout:   map[string]model.Layout{"frames": model.FrameMajor, "bands": model.BandMajor}[c.Order],
		Cells:    foreign.Cells{Scale: scale, Offset: offset},
		Predicts: c.Predicts,
	}.Fit(g)
}

// understood says what the network is taken for.
func (c *importCommand) understood(o *learn.Options, net *foreign.Network) string {
	p, w := o.Profile, net.Window
	text := fmt.Sprintf("%s: %d operators, %d parameters; windows of %d frames of %d bands%s (%s), %s scale from %g to %g Hz, "+
		"frames of %d samples every %d at %d Hz\n", clean(c.Network), len(net.Model.Operators), net.Params, w.Frames, p.Bands, report.OfMagnitudes(p),
		strings.ReplaceAll(string(w.Layout), "_", " "), p.Scale, p.MinHz, p.MaxHz, p.FrameLength, p.HopLength, p.SampleRateHz)
	for _, note := range net.Notes {
		text += note + "\n"
	}
	return text
}

// importText says what was imported.
func importText(i *external.Import) string {
	return fmt.Sprintf("taken from a SavedModel for inputs of %v; its outputs differ from the SavedModel's by at most %.1g of the largest\n", i.Input, i.Difference)
}
