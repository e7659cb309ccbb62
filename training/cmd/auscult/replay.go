package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"path/filepath"
	"text/tabwriter"
	"time"

	"github.com/auscult/auscult/agent/config"
	"github.com/auscult/auscult/agent/model"
	"github.com/auscult/auscult/training/dataset"
	"github.com/auscult/auscult/training/replay"
	"github.com/auscult/auscult/training/report"
)

type replayCommand struct {
	Clips      []string           `arg:"" type:"path" name:"clip" help:"Recordings, or folders of them: WAV, FLAC, AIFF, W64, AU, CAF, Ogg, Opus, MP3, or tables of accelerations (CSV, TSV, NPY, NPZ, MAT, Parquet)."`
	Config     string             `type:"path" placeholder:"FILE" help:"The node's configuration."`
	Source     string             `placeholder:"NAME" help:"The source of the configuration that listens. (the only one)"`
	Model      string             `type:"path" placeholder:"FILE" help:"Model to use instead of the configuration's."`
	Conditions map[string]float64 `name:"condition" placeholder:"NAME=VALUE" help:"Operating condition of the recordings, for a model that takes any."`
	tableFlags `embed:""`
	Series     bool `help:"Hear the recordings one after the other as one: an event may go on from one to the next, which those that are shorter than an alarm takes need. (folders of such)"`
	Strict     bool `help:"Stop at a recording that cannot be used, with exit code ${exit_strict}, instead of going on with the others."`
	Scores     bool `help:"Also print every observation."`
	JSON       bool `name:"json" help:"Print JSON."`
}

// Help shows a use.
func (replayCommand) Help() string {
	return `Runs recordings through the node's own pipeline and decision as fast as they can be read, and
prints the events that the node would have reported, with times from the recording's start.
The result is that of the live run on the same samples. Each recording is heard by a node that
has just started; an event that is open at its end, ends there. Of a folder all recordings are
heard, in the order of their names. Where these are shorter than an alarm takes, as bearing rigs
write them, they are heard as one series (2 before 10), and the decision goes on from one to the next.

Example:
  auscult replay --config /etc/auscult/auscultd.toml yesterday.wav
  auscult replay --model pump-7.tflite --condition speed_rpm=1480 clip.wav
  auscult replay --model pump-7.tflite --column z --unit mg vibration.csv
  auscult replay --model bearing.tflite rig/2026-03-01/
  auscult replay --model pump-7.tflite --scores --json clips/*.wav > events.json`
}

// replaySummary is what the command prints as JSON.
type replaySummary struct {
	Model       string           `json:"model"`
	ModelSHA256 string           `json:"model_sha256"`
	Source      string           `json:"source"`
	Clips       []*replay.Result `json:"clips"`
	LeftOut     []leftOut        `json:"left_out,omitempty"`
	Warnings    []string         `json:"warnings,omitempty"` // of folders
	Events      int              `json:"events"`
	NotJudged   int              `json:"not_judged"` // of the clips
	DurationS   float64          `json:"duration_s"` // of the recordings
	TookS       float64          `json:"took_s"`
}

// add adds what a recording, or a series, gave.
func (s *replaySummary) add(r *replay.Result) {
	s.Clips = append(s.Clips, r)
	s.Events += len(r.Events)
	if !r.Judged {
		s.NotJudged++
	}
	s.DurationS += time.Duration(r.Duration).Seconds()
}

// leftOut is a recording that cannot be used.
type leftOut struct {
	File string `json:"file"`
	Why  string `json:"why"`
}

// Run replays the clips.
func (c *replayCommand) Run(ctx context.Context, std streams) error {
	o, err := c.options()
	if err != nil {
		return err
	}
	sum := replaySummary{
		Model: o.Model.Settings.Name, ModelSHA256: o.Model.Hash(), Source: o.Source.Name, Clips: []*replay.Result{},
	}
	start := time.Now()
	var runs []replayRun
	if runs, sum.Warnings, err = c.runs(&o); err != nil {
		return err
	}
	single := len(runs) == 1 && runs[0].folder == ""
	left := func(path string, err error) error {
		switch {
		case ctx.Err() != nil || single:
			return err
		case c.Strict:
			return fmt.Errorf("replay: %w: %w", dataset.ErrStrict, err)
		}
		sum.LeftOut = append(sum.LeftOut, leftOut{path, err.Error()})
		return nil
	}
	for i := range runs {
		if err := runs[i].play(ctx, o, &sum, left); err != nil {
			return err
		}
	}
	sum.TookS = time.Since(start).Seconds()
	if len(sum.Clips) == 0 {
		return fmt.Errorf("replay: none of %d recordings can be used; the first: %s", len(sum.LeftOut), sum.LeftOut[0].Why)
	}
	printed := sum.print
	if c.JSON {
		printed = func(w io.Writer) error { return printJSON(w, sum) }
	}
	return errors.Join(printed(std.out), sum.warn(std.err))
}

// warn says how many recordings could not be used, which and why.
func (s *replaySummary) warn(w io.Writer) error {
	for _, text := range s.Warnings {
		if _, err := fmt.Fprintf(w, "warning: %s\n", clean(text)); err != nil {
			return err
		}
	}
	if len(s.LeftOut) == 0 {
		return nil
	}
	used := 0
	for _, r := range s.Clips {
		used += max(1, r.Files)
	}
	text := dataset.LeftOut(len(s.LeftOut), len(s.LeftOut)+used)
	for _, l := range s.LeftOut {
		text += fmt.Sprintf("\nwarning: %s", clean(l.Why))
	}
	_, err := fmt.Fprintf(w, "warning: %s\n", text)
	return err
}

func (c *replayCommand) options() (replay.Options, error) {
	var o replay.Options
	if c.Config == "" && c.Model == "" {
		return o, usageError{errors.New("replay: give the node's --config, or a --model")}
	}
	if c.Config == "" && c.Source != "" {
		return o, usageError{errors.New("replay: --source needs the --config that names it")}
	}
	cfg := config.Default()
	if c.Config != "" {
		var err error
		if cfg, err = config.Load(c.Config); err != nil {
			return o, err
		}
	}
	// A configuration without sources serves every recording.
	source := &config.Source{Name: "replay"}
	if len(cfg.Sources) > 0 || c.Source != "" {
		var err error
		source, err = cfg.Find(c.Source)
		if errors.Is(err, config.ErrAmbiguous) {
			return o, usageError{fmt.Errorf("%w; choose by --source", err)}
		}
		if err != nil {
			return o, err
		}
	}
	path := c.Model
	if path == "" {
		path = cfg.ModelOf(source)
	}
	m, err := model.Load(path)
	if err != nil {
		return o, err
	}
	if c.Config == "" {
		source.Channel = m.Settings.Provenance.Channel
	}
	values := make([]float64, len(m.Settings.Conditions))
	for i, condition := range m.Settings.Conditions {
		v, ok := c.Conditions[condition.Name]
		if !ok {
			v = math.NaN()
		}
		values[i] = v
	}
	o = replay.Options{Decision: cfg.Decision.Setup(), Source: source.Setup(), Model: m, KeepObservations: c.Scores}
	if o.Table, err = c.as(m); err != nil {
		return o, err
	}
	return o.Under(values), nil
}

// raisedBy says what contributes most to an event, and over how long, where that took long.
func raisedBy(e *replay.Event) string {
	text := report.BandsText(e.Bands)
	if e.OverS > 0 {
		text += fmt.Sprintf(" (mean of %.0f s)", time.Duration(e.OverS).Seconds())
	}
	return text
}

func (s *replaySummary) print(w io.Writer) error {
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(tw, "clip\tstart\talert\tend\tpeak\tratio\tended by\tcontributes most")
	for _, r := range s.Clips {
		for _, o := range r.Scores {
			fmt.Fprintf(tw, "%s\t%v\t\t%v\t\t%.2f\t%s\t\n", printable(r.File), o.Start, o.End, o.Score/r.Threshold, o.State)
		}
		for _, e := range r.Events {
			name := r.File
			if e.File != "" {
				name = filepath.Join(r.File, e.File)
			}
			fmt.Fprintf(tw, "%s\t%v\t%v\t%v\t%v\t%.2f\t%s\t%s\n", printable(name), e.Start, e.Alert, e.End, e.Peak, e.Ratio,
				e.Over, raisedBy(&e))
		}
		if !r.Judged {
			fmt.Fprintf(tw, "%s\tnot judged\t\t\t\t-\t\t\n", printable(r.File))
		} else if len(r.Events) == 0 {
			fmt.Fprintf(tw, "%s\tno event\t\t\t\t%.2f\t\t\n", printable(r.File), r.MaxRatio)
		}
	}
	if err := tw.Flush(); err != nil {
		return err
	}
	for _, r := range s.Clips {
		if r.Files > 0 {
			fmt.Fprintf(w, "note: %s: %d recordings were heard as one, one after the other: times count the sound of all\n",
				printable(r.File), r.Files)
		}
		if r.Clipped > 0 {
			fmt.Fprintf(w, "note: %s: it is clipped: %d samples reached full scale; record at a lower gain\n",
				printable(r.File), r.Clipped)
		}
		if r.Table != nil {
			fmt.Fprintf(w, "note: %s: read as a table: %s\n", printable(r.File), clean(r.Table.Text))
		}
		for _, note := range r.Notes {
			fmt.Fprintf(w, "note: %s: %s\n", printable(r.File), clean(note))
		}
	}
	unjudged := ""
	if s.NotJudged > 0 {
		unjudged = fmt.Sprintf(", %d of them not judged", s.NotJudged)
	}
	_, err := fmt.Fprintf(w, "%d events in %d clips%s, %.0f s of sound in %.2f s (%.0f times real time)",
		s.Events, len(s.Clips), unjudged, s.DurationS, s.TookS, s.DurationS/s.TookS)
	if err == nil {
		_, err = fmt.Fprintf(w, "; model %s (%.12s), source %s\n", printable(s.Model), s.ModelSHA256, s.Source)
	}
	return err
}
