package main

import (
	"context"
	"errors"
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
)

type importCommand struct {
	Network string `arg:"" type:"path" help:"The network: a float32 .tflite or .onnx file, or the folder of a SavedModel."`

	learnFlags  `embed:""`
	importFlags `embed:""`

	Signature string `default:"${signature}" placeholder:"NAME" help:"Which of a SavedModel's signatures to take. (${default})"`
}

// importFlags say what a network was trained on.
type importFlags struct {
	Features string   `default:"" enum:",${presets}" placeholder:"NAME" help:"Features of a published baseline: ${presets_help}. They are in dB; the flags below change them."`
	Bands    int      `default:"0" placeholder:"N" help:"Bands of the filter bank. (by the network's shape)"`
	Frames   int      `default:"0" placeholder:"N" help:"Frames of a window, where the network's shape leaves that open. (by the shape)"`
	Frame    int      `default:"0" placeholder:"N" help:"Samples of one frame: n_fft. (${frame})"`
	Hop      int      `default:"0" placeholder:"N" help:"Samples from one frame's start to the next: hop_length. (${hop})"`
	Scale    string   `default:"" enum:",slaney,htk,linear" placeholder:"NAME" help:"Spacing of the bands: slaney (librosa), htk (torchaudio) or linear. (${scale})"`
	Norm     string   `default:"" enum:",area,slaney,none" placeholder:"NAME" help:"Triangles of unit area (librosa's norm='slaney'), or none: of height 1 (torchaudio). (area)"`
	MinHz    *float64 `name:"min-hz" placeholder:"HZ" help:"Lower edge of the lowest band. (0)"`
	Power    float64  `default:"0" placeholder:"X" help:"Exponent of the spectrum that is summed; a node has 2. (2)"`

	Order     string    `default:"" enum:",frames,bands" placeholder:"NAME" help:"How the network's input lies: frames (frame after frame, all bands of each) or bands. (by the input's shape; in a row: frames)"`
	Levels    string    `default:"auto" enum:"auto,cell,db,ln,log10" placeholder:"NAME" help:"What the network takes and gives: cell (0 to 1 for the range of the front end: -80 to 40 dB of sound), db (10 log10 of power, as auscult features writes it), ln or log10 (of power). (cell, or db with --features)"`
	Mean      []float64 `placeholder:"X" help:"What was subtracted from --levels before training: one number, or one for each band. (0)"`
	Deviation []float64 `aliases:"std" placeholder:"X" help:"By what the rest was divided, likewise. (1)"`
	Min       []float64 `placeholder:"X" help:"Instead: the level that became 0 …"`
	Max       []float64 `placeholder:"X" help:"… and the one that became 1."`
	Stats     string    `type:"path" placeholder:"FILE.npz" help:"Take these from a file that numpy.savez wrote: arrays mean and std, or min and max."`
	Predicts  int       `default:"-1" placeholder:"N" help:"First frame, from 0, that a network predicts which gives fewer frames than the window has. (those in the middle)"`
}

// Help shows a use.
func (importCommand) Help() string {
	return `Takes an autoencoder that was trained in another framework, quantises it and calibrates it on
normal recordings, so that it runs on a node like one that auscult trained. Neither Python nor
TensorFlow is needed for .tflite and .onnx files. Say what features it was trained on: the model
carries them and the node computes them; 'auscult features CLIP.wav CLIP.npy' writes the same
levels to train on. Give recordings that the network has not learned, or the threshold will be
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
	// --unit, which is a table's, was once what --levels is.
	if c.Unit == "cell" || c.Unit == "db" || c.Unit == "ln" || c.Unit == "log10" {
		c.Levels, c.Unit = c.Unit, ""
	}
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

// features returns what the flags say of what the network was trained on.
func (c *importFlags) features() (trainedon.Features, error) {
	f := trainedon.Features{
		Preset: c.Features, Bands: c.Bands, Frame: c.Frame, Hop: c.Hop, Scale: c.Scale, Norm: c.Norm, MinHz: c.MinHz,
		Power: c.Power, Unit: c.Levels, Mean: c.Mean, Std: c.Deviation, Min: c.Min, Max: c.Max,
	}
	for _, d := range c.Deviation {
		if !(d > 0) {
			return f, errors.New("--deviation must be above 0")
		}
	}
	if f.Unit == "auto" {
		f.Unit = ""
	}
	if c.Stats != "" {
		if c.Mean != nil || c.Deviation != nil || c.Min != nil || c.Max != nil {
			return f, errors.New("--stats takes the place of --mean, --deviation, --min and --max")
		}
		if err := f.Stats(c.Stats); err != nil {
			return f, fmt.Errorf("--stats: %w", err)
		}
	}
	return f, nil
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
	text := fmt.Sprintf("%s: %d operators, %d parameters; windows of %d frames of %d bands (%s), %s scale from %g to %g Hz, "+
		"frames of %d samples every %d at %d Hz\n", clean(c.Network), len(net.Model.Operators), net.Params, w.Frames, p.Bands,
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
