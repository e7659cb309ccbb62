package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/auscult/auscult/agent/model"
	"github.com/auscult/auscult/dsp"
	"github.com/auscult/auscult/training/external"
	"github.com/auscult/auscult/training/families"
	"github.com/auscult/auscult/training/learn"
)

type importCommand struct {
	SavedModel string `arg:"" type:"path" help:"Folder of the SavedModel, as Keras' model.export or tf.saved_model.save writes it."`

	learnFlags `embed:""`

	Signature string  `default:"${signature}" placeholder:"NAME" help:"Which of the SavedModel's signatures to take. (${default})"`
	Order     string  `default:"" enum:",frames,bands" placeholder:"NAME" help:"How the network's input lies: frames (frame after frame, all bands of each) or bands. (by the input's shape; in a row: frames)"`
	Levels    string  `default:"cell" enum:"cell,db" placeholder:"NAME" help:"What the network takes and gives: cell (0 to 1 for the range of the front end: -80 to 40 dB of sound) or db (log-mel in dB re full scale, as auscult features writes it). (${default})"`
	Mean      float64 `default:"0" placeholder:"X" help:"What was subtracted from --levels before training. (${default})"`
	Deviation float64 `default:"1" placeholder:"X" help:"By what the rest was divided. (${default})"`
}

// Help shows a use.
func (importCommand) Help() string {
	return `Takes an autoencoder that was trained in Keras, quantises it and calibrates it on normal
recordings, so that it runs on a node like one that auscult trained. Its windows are log-mel
frames as auscult features computes them: 'auscult features CLIP.wav CLIP.npy' gives the same
levels to train on. Give recordings that the network has not learned, or the threshold will
be too low. Chains of Dense, convolutions, normalisations, ReLU and sigmoid can be imported; the
result is compared with the SavedModel on random inputs. A SavedModel is a program: import
only what you trust.

Example:
  auscult import pump-keras --data pump-7 --out pump-7.tflite
  auscult import pump-keras --levels db --mean=-61.5 --deviation=9.8 --data pump-7 --out pump-7.tflite`
}

// Run imports and writes the model.
func (c *importCommand) Run(ctx context.Context, std streams) error {
	if c.Rate == 0 {
		c.Rate = dsp.DefaultProfile().SampleRateHz
	}
	if c.MaxHz == 0 {
		c.MaxHz = float64(c.Rate) / 2
	}
	// --unit, which is a table's, was once what --levels is.
	if c.Unit == "cell" || c.Unit == "db" {
		c.Levels, c.Unit = c.Unit, ""
	}
	o, err := c.options("import", families.ImportedName)
	if err != nil {
		return err
	}
	if !(c.Deviation > 0) {
		return usageError{errors.New("import: --deviation must be above 0")}
	}
	start := time.Now()
	program, err := external.Find(c.TensorFlow)
	if err != nil {
		return err
	}
	net, found, err := program.Import(ctx, c.SavedModel, c.Signature)
	if err != nil {
		return err
	}
	layout := map[string]model.Layout{"frames": model.FrameMajor, "bands": model.BandMajor}[c.Order]
	desc, err := families.Imported(net, found.Input, o.Profile.Bands, layout, c.cells(o.Profile))
	if err != nil {
		return err
	}
	o.Imported = &learn.Imported{Description: desc, Net: net}
	learned, said, err := train(ctx, o, std.err)
	if err != nil {
		return err
	}
	learned.Warnings = append(learned.Warnings,
		"the threshold is right only if the network has not learned these recordings")
	if err := c.write("import", learned); err != nil {
		return err
	}
	sum := c.summary(learned, start)
	sum.Import, sum.said = &found, said
	return sum.tell(std.out, c.JSON)
}

// cells says what the network takes for a cell.
func (c *importCommand) cells(p dsp.Profile) families.Cells {
	scale, offset := 1.0, 0.0
	if c.Levels == "db" {
		scale, offset = p.MaxDB-p.MinDB, p.MinDB
	}
	return families.Cells{Scale: scale / c.Deviation, Offset: (offset - c.Mean) / c.Deviation}
}

// importText says what was imported.
func importText(i *external.Import) string {
	return fmt.Sprintf("taken from a SavedModel for inputs of %v; its outputs differ from the SavedModel's by at most %.1g of the largest\n", i.Input, i.Difference)
}
