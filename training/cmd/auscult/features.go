package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"github.com/auscult/auscult/agent/atomicfile"
	"github.com/auscult/auscult/agent/model"
	"github.com/auscult/auscult/dsp"
	"github.com/auscult/auscult/hw"
	"github.com/auscult/auscult/training/foreign/trainedon"
	"github.com/auscult/auscult/training/recording"
	"github.com/auscult/auscult/training/recording/table"
)

type featuresCommand struct {
	Clip string `arg:"" type:"path" help:"The recording: WAV, FLAC, AIFF, W64, AU, CAF, Ogg, Opus, MP3, or a table of accelerations (CSV, TSV, NPY, NPZ, MAT, Parquet)."`
	Out  string `arg:"" optional:"" type:"path" help:"The .npy file to write: float32, bands x frames."`

	Model   string  `type:"path" placeholder:"FILE" help:"Take all parameters from this model."`
	Rate    int     `default:"0" placeholder:"HZ" help:"Sample rate to analyse at; a clip of a higher rate is converted first. (${rate})"`
	MaxHz   float64 `name:"max-hz" placeholder:"HZ" help:"Upper edge of the highest band. (half the rate)"`
	Channel int     `default:"0" placeholder:"N" help:"Channel of the clip, from 0. (${default})"`
	Frames  int     `default:"0" placeholder:"N" help:"Write windows of so many frames instead, each one frame behind the other: windows x frames x bands. (bands x frames of the whole clip)"`

	soundFlags `embed:""`
	tableFlags `embed:""`

	Plot    string `type:"path" placeholder:"FILE.png" help:"Also draw the spectrogram: Hz over s, colours in dB re full scale."`
	Compare string `type:"path" placeholder:"FILE.npy" help:"Also compare with levels that another program computed, bands x frames in dB."`

	SeedNormalise bool `help:"Scale the clip to 0..1 by its own lowest and highest level instead of dB, as early prototypes did; a node cannot do that on a stream."`
	JSON          bool `name:"json" help:"Print the summary as JSON."`
}

// Help shows a use.
func (featuresCommand) Help() string {
	return `Writes the log-mel spectrogram in dB re full scale, float32, one row per band (lowest
first) and one column per frame. Frame i starts at sample i*hop; there is no padding. No frame
spans a gap, and where samples are missing the columns hold no number (NaN).
Equal to librosa.power_to_db(librosa.feature.melspectrogram(y, center=False, ...), top_db=None)
within the error bound that package dsp states. With --model, what the model hears: without the
constant that microphones add, and without stretches of one value.

The flags that 'auscult import' has for what a network was trained on write that: levels in other
units, scaled by means and deviations, in windows. Levels below -80 dB are -80 dB then, and those
above 40 dB are 40, as on a node. With --power 1 bands sum magnitudes, as librosa's power=1 does, and
levels are 20 log10 of that, from -100 to 20 dB. What a stream cannot give, as a maximum over the clip,
or MFCC, has no flag.

Example:
  auscult features pump.wav pump.npy
  auscult features --plot pump.png --compare librosa.npy pump.wav
  auscult features --column z --table-rate 1600 --rate 1600 --scale linear vibration.csv vibration.npy
  auscult features --features mimii --frames 5 pump.wav windows.npy
  auscult features --bands 64 --scale htk --norm none --levels ln --stats stats.npz pump.wav pump.npy
  auscult features --rate 48000 --frame 2048 --hop 1024 ultrasound.wav out.npy`
}

// settings returns the front end's, and how a table is read: as the flags say, and as for the model; and what levels
// become, nil for dB as they are.
func (c *featuresCommand) settings() (p dsp.Profile, tables table.Options, into *scaling, err error) {
	c.units(&c.Unit)
	if c.Frames < 0 || c.Frames > mostFrames {
		return p, tables, nil, usageError{fmt.Errorf("features: --frames %d: must be 1 to %d", c.Frames, mostFrames)}
	}
	if c.Model != "" {
		if c.scaled() {
			return p, tables, nil, usageError{errors.New("features: --model says what it hears: --features, --levels and " +
				"what scales them have no place beside it")}
		}
		m, err := model.Load(c.Model)
		if err != nil {
			return p, tables, nil, err
		}
		tables, err = c.as(m)
		p = m.Settings.Profile
		p.Motion = false // the file holds levels
		return p, tables, nil, err
	}
	f, err := c.features()
	if err != nil {
		return p, tables, nil, usageError{fmt.Errorf("features: %w", err)}
	}
	if f.RateHz, f.MaxHz = c.Rate, c.MaxHz; f.Unit == "" {
		f.Unit = trainedon.DB
	}
	if f, err = f.Complete(0); err != nil {
		return p, tables, nil, usageError{fmt.Errorf("features: %w", err)}
	}
	if p, err = f.Profile(); err != nil {
		return p, tables, nil, usageError{err}
	}
	if c.scaled() {
		if into, err = newScaling(f, p); err == nil {
			err = into.fits(p.Bands, c.Frames)
		}
		if err != nil {
			return p, tables, nil, usageError{fmt.Errorf("features: %w", err)}
		}
	}
	tables, err = c.options()
	tables.DefaultRateHz = rateOf(p.SampleRateHz)
	return p, tables, into, err
}

// mostFrames bounds a window, as import does.
const mostFrames = 1024

// featuresSummary is what the command prints.
type featuresSummary struct {
	File     string  `json:"file,omitempty"`
	Bands    int     `json:"bands"`
	Frames   int     `json:"frames"`
	MinDB    float64 `json:"min_db"`
	MaxDB    float64 `json:"max_db"`
	RateHz   int     `json:"sample_rate_hz"`
	Channels int     `json:"channels"`
	Windows  int     `json:"windows,omitempty"` // that --frames cut
	Gaps     int     `json:"gaps,omitempty"`
	Empty    int     `json:"empty_frames,omitempty"` // of gaps

	Compared *levelComparison `json:"compared,omitempty"`
	Table    *table.Reading   `json:"table,omitempty"` // how a table was understood
}

// Run computes the frames and writes them.
func (c *featuresCommand) Run(ctx context.Context, std streams) error {
	p, tables, into, err := c.settings()
	if err != nil {
		return err
	}
	if err := writable("features", []input{{"the recording", c.Clip}, {"--model", c.Model}, {"--compare", c.Compare}},
		output{flag: "the output", path: c.Out, ending: ".npy"}, output{flag: "--plot", path: c.Plot, ending: ".png"},
	); err != nil {
		return err
	}
	l, format, err := c.listen(ctx, p, tables, std.err)
	if err != nil {
		return err
	}
	defer func() { _ = l.close() }() // nothing in it is wanted any more
	sum := featuresSummary{
		File: c.Out, Bands: p.Bands, Frames: l.frames, RateHz: format.SampleRateHz, Channels: format.Channels,
		MinDB: float64(l.low), MaxDB: float64(l.high), Table: l.table,
		Gaps: l.grid.gaps, Empty: l.grid.empty,
	}
	if c.Compare != "" {
		compared, err := compareWith(c.Compare, p, l)
		if err != nil {
			return err
		}
		sum.Compared = &compared
	}
	if err := c.write(p, l, into, &sum); err != nil {
		return err
	}
	if c.JSON {
		return json.NewEncoder(std.out).Encode(sum)
	}
	name := c.Out
	if name == "" {
		name = c.Clip
	}
	_, err = fmt.Fprintf(std.out, "%s: %d bands x %d frames, %.1f to %.1f dB re full scale (%s)\n",
		filepath.Base(name), sum.Bands, sum.Frames, sum.MinDB, sum.MaxDB, strings.TrimSpace(format.String()))
	if err == nil && sum.Windows > 0 {
		_, err = fmt.Fprintf(std.out, "%d windows of %d frames\n", sum.Windows, c.Frames)
	}
	if err == nil && sum.Table != nil {
		_, err = fmt.Fprintf(std.out, "read as a table: %s\n", clean(sum.Table.Text))
	}
	if err == nil && sum.Compared != nil {
		err = sum.Compared.writeTo(std.out)
	}
	return err
}

// heard computes the frames of the recording as the flags say.
func (c *featuresCommand) heard(ctx context.Context, progress io.Writer) (p dsp.Profile, l *levels, err error) {
	p, tables, _, err := c.settings()
	if err != nil {
		return p, nil, err
	}
	l, _, err = c.listen(ctx, p, tables, progress)
	return p, l, err
}

// listen computes the frames of the recording, with a progress bar on w.
func (c *featuresCommand) listen(
	ctx context.Context, p dsp.Profile, tables table.Options, w io.Writer,
) (*levels, hw.Format, error) {
	r, err := recording.OpenFile(c.Clip, recording.Options{Table: tables})
	if err != nil {
		return nil, hw.Format{}, fmt.Errorf("features: %w (%s)", err, c.Clip)
	}
	defer r.Halt() //nolint:errcheck // closing what was only read cannot lose anything
	format := r.Format()
	if format.SampleRateHz < p.LowestRateHz() {
		return nil, format, fmt.Errorf("features: %s is sampled at %d Hz and the front end runs at %d: give --rate %[2]d",
			c.Clip, format.SampleRateHz, p.SampleRateHz)
	}
	l, err := newLevels(p)
	if err != nil {
		return nil, format, fmt.Errorf("features: %w", err)
	}
	n, _ := r.SampleTimes()
	defer func() { l.table = r.Table() }()
	bar := newBar(w, "features", int(max(n, 1)))
	samples, err := c.logMel(ctx, p, r, l, func(done uint64) { bar.set(int(done)) })
	bar.done()
	switch {
	case err != nil && ctx.Err() == nil:
		err = fmt.Errorf("%s: %w", c.Clip, err)
	case err == nil && l.frames == 0:
		why := append([]string{"record longer, or give a shorter --frame"}, r.Notes()...)
		err = fmt.Errorf("features: %s has %d samples, and a frame takes %d (%.2g s): %s", c.Clip, samples, p.FrameLength,
			float64(p.FrameLength)/float64(p.SampleRateHz), strings.Join(why, "; "))
	}
	if err != nil {
		return nil, format, errors.Join(err, l.close())
	}
	notes := r.Notes()
	if text := l.note(); text != "" {
		notes = append(notes, text)
	}
	for _, note := range notes {
		fmt.Fprintf(w, "note: %s: %s\n", printable(c.Clip), clean(note))
	}
	return l, format, nil
}

// write writes the plot and the frames where they are wanted.
func (c *featuresCommand) write(p dsp.Profile, l *levels, into *scaling, sum *featuresSummary) error {
	if c.Plot != "" {
		rows, frames, err := l.pooled(plotColumns)
		if err != nil {
			return fmt.Errorf("features: %w", err)
		}
		err = atomicfile.Write(c.Plot, 0o644, func(w io.Writer) error {
			return writePlot(w, p, frames, soundPanel(filepath.Base(c.Clip), rows))
		})
		if err != nil {
			return fmt.Errorf("features: write %s: %w", c.Plot, err)
		}
	}
	change := func(_ int, v float32) float32 { return v }
	if into != nil {
		change = into.of
	}
	if c.SeedNormalise {
		if into != nil {
			return usageError{errors.New("features: --seed-normalise and --levels or --features: give one of them")}
		}
		if sum.MaxDB == sum.MinDB {
			return errors.New("features: --seed-normalise: every cell has the same level, so it is undefined")
		}
		change = func(_ int, v float32) float32 { return float32((float64(v) - sum.MinDB) / (sum.MaxDB - sum.MinDB)) }
	}
	if c.Out == "" {
		return nil
	}
	var err error
	if c.Frames > 0 {
		sum.Windows, err = l.writeWindows(c.Out, c.Frames, change)
	} else {
		err = l.write(c.Out, change)
	}
	if err != nil {
		return fmt.Errorf("features: write %s: %w", c.Out, err)
	}
	return nil
}
