package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"text/tabwriter"

	"github.com/auscult/auscult/agent/model"
	"github.com/auscult/auscult/training/dataset"
	"github.com/auscult/auscult/training/eval"
	"github.com/auscult/auscult/training/judge"
	"github.com/auscult/auscult/training/report"
)

type evaluateCommand struct {
	Model   string `required:"" type:"path" placeholder:"FILE" help:"The model, from 'auscult train'."`
	Data    string `required:"" type:"path" placeholder:"DIR" help:"Folder with normal/ and abnormal/, searched for WAV files at any depth."`
	Channel int    `default:"-1" placeholder:"N" help:"Channel of multichannel clips, from 0. (the one that was learned)"`
	Seed    int64  `default:"1" placeholder:"N" help:"Seed of the bootstrap intervals. (${default})"`
	JSON    bool   `name:"json" help:"Print everything as JSON."`
}

// Help shows a use.
func (evaluateCommand) Help() string {
	return `Scores every clip as the node would, and prints AUC and pAUC(0.1) with 95 % intervals by
clip, precision, recall and F1 at the model's threshold, and a score per clip. Loudness alone can
tell clips apart, so AUC is given three ways: as recorded, with all clips at one RMS level,
and with the mean of the log-mel spectrum moved to one value.

Example:
  auscult evaluate --model pump-7.tflite --data pump-7-test
  auscult evaluate --model pump-7.tflite --data pump-7-test --json > result.json`
}

// Run judges the model and prints the result.
func (c *evaluateCommand) Run(ctx context.Context, std streams) error {
	if c.Seed < 0 {
		return usageError{fmt.Errorf("evaluate: --seed cannot be below 0")}
	}
	m, err := model.Load(c.Model)
	if err != nil {
		return err
	}
	r, err := evaluate(ctx, m, c.Data, c.Channel, uint64(c.Seed), std.err)
	if err != nil {
		return err
	}
	if c.JSON {
		enc := json.NewEncoder(std.out)
		enc.SetIndent("", "  ")
		return enc.Encode(r)
	}
	return printResult(std.out, r)
}

// evaluate runs the library with a progress bar on w. A channel below 0 means
// the one that was learned.
func evaluate(ctx context.Context, m *model.Model, dir string, channel int, seed uint64, w io.Writer) (*judge.Result, error) {
	set, err := dataset.Open(dir)
	if err != nil {
		return nil, err
	}
	if channel < 0 {
		channel = m.Settings.Provenance.Channel
	}
	bar := newBar(w, "scoring", len(set.Clips()))
	defer bar.done()
	return judge.Run(ctx, m, set, judge.Options{
		Channel: channel, Seed: seed,
		Progress: func(done, _ int) { bar.set(done) },
	})
}

func printResult(w io.Writer, r *judge.Result) error {
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(tw, "clip\tlevel\tscore\tratio\tverdict\tcontributes most")
	for i := range r.Clips {
		c := &r.Clips[i]
		fmt.Fprintf(tw, "%s\t%.1f dBFS\t%.3f\t%.2f\t%s\t%s\n", printable(c.File), c.LevelDBFS, c.Score, c.Ratio, verdict(c), report.BandsText(c.Bands))
	}
	if err := tw.Flush(); err != nil {
		return err
	}
	fmt.Fprintf(w, "\n%d normal and %d abnormal clips, threshold %.4g, detector %s\n", r.Normal, r.Abnormal, *r.Threshold, r.Detector)
	if err := printLevels(w, r); err != nil {
		return err
	}
	fmt.Fprintf(w, "at the threshold: precision %s, recall %s, F1 %s (%d caught, %d missed, %d false alarms)\n",
		decimal(r.Precision), decimal(r.Recall), decimal(r.F1), r.Confusion.TruePositives, r.Confusion.FalseNegatives, r.Confusion.FalsePositives)
	fmt.Fprintf(w, "the node's decision would have raised the alarm on %d abnormal and %d normal clips\n", r.Alarms, r.FalseAlarms)
	for _, text := range append(append([]string(nil), r.Notes...), r.Warnings...) {
		fmt.Fprintf(w, "note: %s\n", printable(text))
	}
	return nil
}

// printLevels prints the AUC at every level.
func printLevels(w io.Writer, r *judge.Result) error {
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, level := range judge.Levels() {
		m := r.Levels[level]
		fmt.Fprintf(tw, "%s\tAUC %s\t%s\tpAUC(0.1) %s\n", report.LevelText(level), decimal(m.AUC), interval(m.AUCInterval), decimal(m.PAUC))
	}
	return tw.Flush()
}

func verdict(c *judge.Clip) string {
	switch {
	case c.Alarm:
		return "ALARM"
	case c.Flagged:
		return "above"
	default:
		return "normal"
	}
}

func decimal(v *float64) string {
	if v == nil {
		return "-"
	}
	return fmt.Sprintf("%.3f", *v)
}

func interval(i *eval.Interval) string {
	if i == nil {
		return ""
	}
	return fmt.Sprintf("(95 %%: %.3f to %.3f)", i.Low, i.High)
}
