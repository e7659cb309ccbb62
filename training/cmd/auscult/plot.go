package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/auscult/auscult/agent/atomicfile"
	"github.com/auscult/auscult/agent/model"
	"github.com/auscult/auscult/training/report"
	"github.com/auscult/auscult/training/report/content"
)

type plotCommand struct {
	Kind string `arg:"" enum:"${plot_kinds}" help:"What to draw: ${plot_kinds}."`
	File string `arg:"" optional:"" type:"path" help:"For spectrogram and residual the recording, for loss what 'auscult train --json' printed."`

	Model string `type:"path" placeholder:"FILE" help:"The model, from 'auscult train'. (spectrogram and loss need none)"`
	Data  string `type:"path" placeholder:"DIR" help:"The recordings to judge it by, as for 'auscult report'. (spectrogram, residual and loss need none)"`

	setFlags `embed:""`

	Out      string  `type:"path" placeholder:"FILE.png" help:"The picture to write. (KIND.png)"`
	Mains    float64 `placeholder:"HZ" help:"The mains, 50 or 60 Hz, for spectrum and difference; -1: none. (looked for in normal sound)"`
	ShaftRPM float64 `name:"shaft-rpm" placeholder:"N" help:"The shaft's revolutions a minute, likewise."`
	Rate     int     `placeholder:"HZ" help:"For spectrogram: the sample rate to analyse at. (16000, or the recording's where that is lower)"`
	Channel  int     `default:"-1" placeholder:"N" help:"Channel of multichannel clips, from 0. (the one that was learned)"`
	Seed     int64   `default:"1" placeholder:"N" help:"Seed of intervals and noise. (${default})"`
}

// Help shows a use.
func (plotCommand) Help() string {
	return `Draws one picture of the report as a PNG on white, for a slide or a ticket. spectrogram draws any recording,
Hz over seconds, without a model; residual what a model made of one: heard, restored, and the difference.

Example:
  auscult plot spectrogram pump-7.wav --out pump-7.png
  auscult plot residual strange.wav --model pump-7.tflite
  auscult plot loss train.json
  auscult plot roc --model pump-7.tflite --data pump-7-test
  auscult plot spectrum --model pump-7.tflite --data pump-7-test --shaft-rpm 1480 --out spectrum.png`
}

// Kinds that are drawn of one file.
const (
	spectrogramKind = "spectrogram"
	residualKind    = "residual"
	lossKind        = "loss"
)

// plotKinds lists what can be drawn.
func plotKinds() []string {
	kinds := []string{spectrogramKind, residualKind, lossKind}
	for _, k := range report.PlotKinds() {
		kinds = append(kinds, string(k))
	}
	return kinds
}

// complete checks what kong cannot, and fills in the picture's name.
func (c *plotCommand) complete() error {
	single := slices.Contains([]string{spectrogramKind, residualKind, lossKind}, c.Kind)
	fail := func(format string, args ...any) error { return usageError{fmt.Errorf("plot: "+format, args...)} }
	switch {
	case c.Seed < 0:
		return fail("--seed cannot be below 0")
	case single && c.File == "":
		return fail("%s: which file? As in: auscult plot %[1]s FILE", c.Kind)
	case !single && c.File != "":
		return fail("%s is drawn of many recordings: name their folder with --data", c.Kind)
	case !single && (c.Model == "" || c.Data == ""):
		return fail("%s needs --model FILE and --data DIR", c.Kind)
	case c.Kind == residualKind && c.Model == "":
		return fail("residual needs --model FILE")
	case c.Rate != 0 && c.Kind != spectrogramKind:
		return fail("--rate belongs to spectrogram")
	}
	if c.Out == "" {
		c.Out = c.Kind + ".png"
	}
	inputs := []input{{"the file", c.File}, {"--model", c.Model}, {"--data", c.Data}}
	return writable("plot", inputs, output{flag: "--out", path: c.Out, ending: ".png"})
}

// Run judges and draws.
func (c *plotCommand) Run(ctx context.Context, std streams) error {
	if err := c.complete(); err != nil {
		return err
	}
	var draw func(io.Writer) error
	var err error
	switch c.Kind {
	case spectrogramKind:
		draw, err = c.spectrogram(ctx, std.err)
	case residualKind:
		draw, err = c.residual(ctx, std.err)
	case lossKind:
		draw, err = c.loss()
	default:
		draw, err = c.chart(ctx, std.err)
	}
	if err != nil {
		return err
	}
	if err := atomicfile.Write(c.Out, 0o644, draw); err != nil {
		return fmt.Errorf("plot: %s: %w", c.Out, err)
	}
	info, err := os.Stat(c.Out)
	if err != nil {
		return fmt.Errorf("plot: %w", err)
	}
	_, err = fmt.Fprintf(std.out, "%s: %s, %d bytes\n", filepath.Base(c.Out), c.Kind, info.Size())
	return err
}

// chart judges a model and draws one of the report's charts.
func (c *plotCommand) chart(ctx context.Context, progress io.Writer) (func(io.Writer) error, error) {
	known, err := knownMachine("plot", c.Mains, c.ShaftRPM)
	if err != nil {
		return nil, err
	}
	o := content.Options{
		Channel: c.Channel, Seed: uint64(c.Seed), Strict: c.Strict, Quick: !report.PlotKind(c.Kind).Takes(),
		Machine: known,
	}
	var m *model.Model
	if o.File, m, err = readModel(c.Model); err != nil {
		return nil, err
	}
	if o.Set, err = c.open(c.Data, m); err != nil {
		return nil, err
	}
	s, err := gather(ctx, o, progress)
	if err != nil {
		return nil, err
	}
	return func(w io.Writer) error { return report.Plot(w, s, report.PlotKind(c.Kind)) }, nil
}

// loss draws how a training went.
func (c *plotCommand) loss() (func(io.Writer) error, error) {
	learning, err := readTraining(c.File)
	if err != nil {
		return nil, errors.New("plot: " + strings.TrimPrefix(err.Error(), "report: "))
	}
	return func(w io.Writer) error { return report.PlotLoss(w, learning) }, nil
}
