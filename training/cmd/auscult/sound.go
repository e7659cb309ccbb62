package main

import (
	"errors"
	"fmt"
	"slices"

	"github.com/auscult/auscult/training/foreign/trainedon"
)

// soundFlags say of which levels a network's input is made, and in which numbers.
type soundFlags struct {
	Features string   `default:"" enum:",${presets}" placeholder:"NAME" help:"Features of a published baseline: ${presets_help}. They are in dB; the flags below change them."`
	Bands    int      `default:"0" placeholder:"N" help:"Bands of the filter bank. (by the network's shape, else ${bands})"`
	Frame    int      `default:"0" placeholder:"N" help:"Samples of one frame, n_fft: even, half of it a product of 2, 3 and 5. (${frame})"`
	Hop      int      `default:"0" placeholder:"N" help:"Samples from one frame's start to the next: hop_length. (${hop})"`
	Scale    string   `default:"" enum:",slaney,htk,linear" placeholder:"NAME" help:"Spacing of the bands: slaney (librosa), htk (torchaudio) or linear. (${scale})"`
	Norm     string   `default:"" enum:",area,slaney,none" placeholder:"NAME" help:"Triangles of unit area (librosa's norm='slaney'), or none: of height 1 (torchaudio). (area)"`
	MinHz    *float64 `name:"min-hz" placeholder:"HZ" help:"Lower edge of the lowest band. (0)"`
	Power    float64  `default:"0" placeholder:"X" help:"Exponent of the spectrum that is summed: 2, the power, or 1, the magnitude. (2)"`

	Levels    string    `default:"auto" enum:"auto,cell,db,ln,log10" placeholder:"NAME" help:"What the network takes and gives: cell (0 to 1 for the range of the front end: -80 to 40 dB of sound, -100 to 20 of magnitudes), db (10 log10 of power, 20 log10 of magnitude), ln or log10. (import: cell, or db with --features; features: db)"`
	Mean      []float64 `placeholder:"X" help:"What is subtracted from --levels before training: one number, or one for each band. (0)"`
	Deviation []float64 `aliases:"std" placeholder:"X" help:"By what the rest is divided, likewise. (1)"`
	Min       []float64 `placeholder:"X" help:"Instead: the level that becomes 0 …"`
	Max       []float64 `placeholder:"X" help:"… and the one that becomes 1."`
	Stats     string    `type:"path" placeholder:"FILE.npz" help:"Take these from a file that numpy.savez wrote: arrays mean and std, or min and max."`
}

// units takes a --unit that says what --levels says now: it was called so, and a table's unit is another thing.
func (c *soundFlags) units(unit *string) {
	if slices.Contains(trainedon.Units(), *unit) {
		c.Levels, *unit = *unit, ""
	}
}

// scaled reports whether the flags ask for other numbers than levels in dB.
func (c *soundFlags) scaled() bool {
	return c.Features != "" || c.Norm != "" || c.Levels != "auto" && c.Levels != "" ||
		c.Mean != nil || c.Deviation != nil || c.Min != nil || c.Max != nil || c.Stats != ""
}

// features returns what the flags say.
func (c *soundFlags) features() (trainedon.Features, error) {
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
