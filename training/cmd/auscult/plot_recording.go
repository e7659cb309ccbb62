package main

import (
	"context"
	"fmt"
	"io"
	"math"
	"path/filepath"

	"gonum.org/v1/plot/palette/moreland"

	"github.com/auscult/auscult/dsp"
	"github.com/auscult/auscult/training/learn"
	"github.com/auscult/auscult/training/recording"
	"github.com/auscult/auscult/training/report/content"
)

// spectrogram draws a recording as the node would hear it without being told otherwise.
func (c *plotCommand) spectrogram(ctx context.Context, progress io.Writer) (func(io.Writer) error, error) {
	f, err := c.features()
	if err != nil {
		return nil, err
	}
	p, l, err := f.heard(ctx, progress)
	if err != nil {
		return nil, err
	}
	defer func() { _ = l.close() }() // nothing in it is wanted any more
	rows, frames, err := l.pooled(plotColumns)
	if err != nil {
		return nil, fmt.Errorf("plot: %w", err)
	}
	title := filepath.Base(c.File)
	return func(w io.Writer) error { return writePlot(w, p, frames, soundPanel(title, rows)) }, nil
}

// features returns what makes the frames.
func (c *plotCommand) features() (*featuresCommand, error) {
	f := &featuresCommand{Clip: c.File, Model: c.Model, Channel: max(0, c.Channel), tableFlags: c.tableFlags}
	if c.Model != "" {
		return f, nil
	}
	p, err := c.profile()
	if err != nil {
		return nil, err
	}
	f.Rate, f.Frame, f.Hop, f.Bands = p.SampleRateHz, p.FrameLength, p.HopLength, p.Bands
	f.Scale, f.MinHz, f.MaxHz = string(p.Scale), &p.MinHz, p.MaxHz
	return f, nil
}

// fewFrames is how many a picture has at least, where the recording is long enough for frames at all.
const fewFrames = 16

// profile is that of the recording's rate, with shorter frames where it is short.
func (c *plotCommand) profile() (p dsp.Profile, err error) {
	tables, err := c.options()
	if err != nil {
		return p, err
	}
	tables.DefaultRateHz = rateOf(c.Rate)
	r, err := recording.OpenFile(c.File, recording.Options{Table: tables})
	if err != nil {
		return p, fmt.Errorf("plot: %w (%s)", err, c.File)
	}
	defer r.Halt() //nolint:errcheck // closing what was only read cannot lose anything
	rate := c.Rate
	if rate == 0 {
		rate = min(r.Format().SampleRateHz, dsp.DefaultProfile().SampleRateHz)
	}
	p = learn.ProfileAt(rate)
	if err := p.Validate(); err != nil {
		return p, usageError{fmt.Errorf("plot: --rate: %w", err)}
	}
	count, known := r.SampleTimes()
	if !known {
		return p, nil
	}
	samples := float64(count) * float64(rate) / float64(r.Format().SampleRateHz)
	for samples < float64(p.FrameLength+fewFrames*p.HopLength) {
		shorter := p
		shorter.FrameLength, shorter.HopLength = p.FrameLength/2, max(1, p.HopLength/2)
		shorter.Bands = min(p.Bands, shorter.FrameLength/4)
		if shorter.Bands < 1 || shorter.Validate() != nil {
			break
		}
		p = shorter
	}
	return p, nil
}

// residual draws what a model makes of a recording.
func (c *plotCommand) residual(ctx context.Context, progress io.Writer) (func(io.Writer) error, error) {
	file, m, err := readModel(c.Model)
	if err != nil {
		return nil, err
	}
	f, err := c.features()
	if err != nil {
		return nil, err
	}
	p, l, err := f.heard(ctx, progress)
	if err != nil {
		return nil, err
	}
	defer func() { _ = l.close() }() // nothing in it is wanted any more
	pooled := (l.frames + plotColumns - 1) / plotColumns
	columns := (l.frames + pooled - 1) / pooled
	sheets := [3][]float32{} // heard, restored, and the first less the second
	for i := range sheets {
		sheets[i] = make([]float32, p.Bands*columns)
		for k := range sheets[i] {
			sheets[i][k] = float32(math.NaN())
		}
	}
	heard := false
	frames := func(yield func([]float32) bool) {
		_ = l.each(func(_ int, cells []float32) { // what was written can be read
			yield(cells)
		})
	}
	err = content.Restored(ctx, m, file, frames, func(frame int, input, restored []float32) {
		for b := range input {
			k := b*columns + frame/pooled
			furthest := sheets[2][k] != sheets[2][k] || math.Abs(float64(input[b]-restored[b])) > math.Abs(float64(sheets[2][k]))
			if furthest {
				sheets[0][k], sheets[1][k], sheets[2][k] = input[b], restored[b], input[b]-restored[b]
			}
		}
		heard = true
	})
	if err == nil && !heard {
		err = fmt.Errorf("%s is shorter than a window of the model, %v", c.File, m.Settings.WindowSpan())
	}
	if err != nil {
		return nil, fmt.Errorf("plot: %w", err)
	}
	return func(w io.Writer) error { return writePlot(w, p, pooled, residualPanels(c.File, sheets)...) }, nil
}

// residualPanels have one scale for sound, and one to either side of nothing for what is left.
func residualPanels(name string, sheets [3][]float32) []panel {
	heard := soundPanel(filepath.Base(name)+": heard", sheets[0])
	restored := soundPanel("restored", sheets[1])
	restored.low, restored.high = heard.low, heard.high
	most := 10.0
	for _, v := range sheets[2] {
		if v == v { // no gap
			most = max(most, math.Abs(float64(v)))
		}
	}
	left := panel{"residual: above 0 there is more sound than the model expects", sheets[2], -most, most,
		moreland.SmoothBlueRed(), "dB"}
	return []panel{heard, restored, left}
}
