package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/auscult/auscult/agent/atomicfile"
	"github.com/auscult/auscult/agent/model"
	"github.com/auscult/auscult/training/report"
	"github.com/auscult/auscult/training/report/content"
)

type plotCommand struct {
	Kind string `arg:"" enum:"${plot_kinds}" help:"What to draw: ${plot_kinds}."`

	Model string `required:"" type:"path" placeholder:"FILE" help:"The model, from 'auscult train'."`

	dataFlags `embed:""`

	Out      string  `type:"path" placeholder:"FILE.png" help:"The picture to write. (KIND.png)"`
	Mains    float64 `placeholder:"HZ" help:"The mains, 50 or 60 Hz, for spectrum and difference; -1: none. (looked for in normal sound)"`
	ShaftRPM float64 `name:"shaft-rpm" placeholder:"N" help:"The shaft's revolutions a minute, likewise."`
	Channel  int     `default:"-1" placeholder:"N" help:"Channel of multichannel clips, from 0. (the one that was learned)"`
	Seed     int64   `default:"1" placeholder:"N" help:"Seed of intervals and noise. (${default})"`
}

// Help shows a use.
func (plotCommand) Help() string {
	return `Draws one chart of the report as a PNG on white, for a slide or a ticket. Spectrograms of a recording
are drawn by 'auscult features --plot'.

Example:
  auscult plot roc --model pump-7.tflite --data pump-7-test
  auscult plot spectrum --model pump-7.tflite --data pump-7-test --shaft-rpm 1480 --out spectrum.png`
}

// Run judges and draws.
func (c *plotCommand) Run(ctx context.Context, std streams) error {
	if c.Seed < 0 {
		return usageError{errors.New("plot: --seed cannot be below 0")}
	}
	known, err := knownMachine("plot", c.Mains, c.ShaftRPM)
	if err != nil {
		return err
	}
	if c.Out == "" {
		c.Out = c.Kind + ".png"
	}
	inputs := []input{{"--model", c.Model}, {"--data", c.Data}}
	if err := writable("plot", inputs, output{flag: "--out", path: c.Out, ending: ".png"}); err != nil {
		return err
	}
	o := content.Options{
		Channel: c.Channel, Seed: uint64(c.Seed), Strict: c.Strict, Quick: !report.PlotKind(c.Kind).Takes(),
		Machine: known,
	}
	var m *model.Model
	if o.File, m, err = readModel(c.Model); err != nil {
		return err
	}
	if o.Set, err = c.open(c.Data, m); err != nil {
		return err
	}
	s, err := gather(ctx, o, std.err)
	if err != nil {
		return err
	}
	if err := atomicfile.Write(c.Out, 0o644, func(w io.Writer) error {
		return report.Plot(w, s, report.PlotKind(c.Kind))
	}); err != nil {
		return fmt.Errorf("plot: %s: %w", c.Out, err)
	}
	info, err := os.Stat(c.Out)
	if err != nil {
		return fmt.Errorf("plot: %w", err)
	}
	_, err = fmt.Fprintf(std.out, "%s: %s, %d bytes\n", filepath.Base(c.Out), c.Kind, info.Size())
	return err
}
