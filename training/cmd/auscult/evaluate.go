package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"text/tabwriter"
	"unicode/utf8"

	"github.com/auscult/auscult/agent/detect"
	"github.com/auscult/auscult/agent/model"
	"github.com/auscult/auscult/training/dataset"
	"github.com/auscult/auscult/training/evaluate"
	"github.com/auscult/auscult/training/metrics"
	"github.com/auscult/auscult/training/outlook"
	"github.com/auscult/auscult/training/report"
)

type evaluateCommand struct {
	Model string `required:"" type:"path" placeholder:"FILE" help:"The model, from 'auscult train'."`

	dataFlags `embed:""`

	Against string `type:"path" placeholder:"FILE" help:"Another model, to compare with on the same clips."`
	Channel int    `default:"-1" placeholder:"N" help:"Channel of multichannel clips, from 0. (the one that was learned)"`
	Seed    int64  `default:"1" placeholder:"N" help:"Seed of the bootstrap intervals. (${default})"`
	JSON    bool   `name:"json" help:"Print everything as JSON."`
}

// Help shows a use.
func (evaluateCommand) Help() string {
	return `Scores every clip as the node would, and prints AUC and pAUC(0.1) with 95 % intervals by
clip, precision, recall and F1 at the model's threshold, and a score per clip. Loudness alone can
tell clips apart, so AUC is given three ways: as recorded, with all clips at one RMS level,
and with the mean of the log-mel spectrum moved to one value. Clips that the model has learned
are left out: it carries their fingerprints.

Example:
  auscult evaluate --model pump-7.tflite --data pump-7-test
  auscult evaluate --model pump-7.tflite --data pump-7-test --json > result.json
  auscult evaluate --model conv.tflite --against dense.tflite --data pump-7-test
  auscult evaluate --model id_02.tflite --data 6_dB_pump.zip --machine id_02

Faults, machines, noise levels (6dB), sections and domains are also judged one by one where
folders or DCASE's file names tell them: abnormal/bearing/001.wav, normal/id_00/-6dB/001.wav.`
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
	models := []*model.Model{m}
	var against *model.Model
	if c.Against != "" {
		if against, err = model.Load(c.Against); err != nil {
			return err
		}
		models = append(models, against)
	}
	set, err := c.unlearned(models...)
	if err != nil {
		return err
	}
	r, err := c.score(ctx, m, set, against == nil, std.err)
	if err != nil {
		return err
	}
	out := evaluation{Result: r, Observed: outlook.Observe(
		m.Settings.Decision.Expected, r.FalseAlarms, r.NormalS())}
	if out.Outlook, err = outlook.Of(&m.Settings); err != nil {
		return err
	}
	if against != nil {
		if out.Against, err = c.compare(ctx, r, against, set, std.err); err != nil {
			return err
		}
	}
	if c.JSON {
		clips := r.Clips
		r.Clips = evaluate.Clips{}
		return printJSONList(std.out, out, "clips", func(yield func(any) bool) {
			for _, c := range clips.All() {
				if !yield(c) {
					return
				}
			}
		})
	}
	if err := printResult(std.out, r); err != nil {
		return err
	}
	printOutlook(std.out, out.Outlook)
	if out.Observed != nil {
		fmt.Fprintln(std.out, out.Observed)
	}
	return printComparison(std.out, out.Against, r)
}

// evaluation is what the command prints as JSON.
type evaluation struct {
	*evaluate.Result
	Outlook  *outlook.Outlook  `json:"outlook"` // what the model's decision promises
	Observed *outlook.Observed `json:"observed,omitempty"`
	Against  *comparison       `json:"against,omitempty"`
}

// comparison is a second model's result on the same clips.
type comparison struct {
	Model              string                                `json:"model"`
	ModelSHA256        string                                `json:"model_sha256"`
	metrics.Difference                                       // as recorded
	Levels             map[evaluate.Level]metrics.Difference `json:"levels"`
	Alarms             int                                   `json:"alarms"`
	FalseAlarms        int                                   `json:"false_alarms"`
}

// compare judges the second model and compares it with r.
func (c *evaluateCommand) compare(
	ctx context.Context, r *evaluate.Result, m *model.Model, set *dataset.Set, w io.Writer,
) (*comparison, error) {
	other, err := c.score(ctx, m, set, true, w)
	if err != nil {
		return nil, err
	}
	levels := map[evaluate.Level]metrics.Difference{}
	for _, level := range evaluate.Levels() {
		if levels[level], err = evaluate.Compare(r, other, level, uint64(c.Seed)); err != nil {
			return nil, fmt.Errorf("evaluate: compare: %w", err)
		}
	}
	return &comparison{
		Model: other.Model, ModelSHA256: other.ModelSHA256, Difference: levels[evaluate.AsRecorded], Levels: levels,
		Alarms: other.Alarms, FalseAlarms: other.FalseAlarms,
	}, nil
}

// printComparison says which model is better; nothing for nil.
func printComparison(w io.Writer, c *comparison, r *evaluate.Result) error {
	if c == nil {
		return nil
	}
	fmt.Fprintf(w, "\nagainst %s (%.12s), paired by clip:\n", printable(c.Model), c.ModelSHA256)
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, level := range evaluate.Levels() {
		d := c.Levels[level]
		words := "these clips do not settle which is better"
		if d.Settled() {
			words = "the difference is settled by these clips"
		}
		fmt.Fprintf(tw, "%s\tAUC %.3f to %.3f\tdifference %+.3f\t(95 %%: %+.3f to %+.3f)\t%s\n",
			report.LevelText(level), d.A, d.B, d.Value, d.Interval.Low, d.Interval.High, words)
	}
	if err := tw.Flush(); err != nil {
		return err
	}
	_, err := fmt.Fprintf(w, "alarms: %d to %d on abnormal clips, %d to %d on normal ones\n", r.Alarms, c.Alarms,
		r.FalseAlarms, c.FalseAlarms)
	return err
}

// score runs the library with a progress bar on w. The last time releases the set.
func (c *evaluateCommand) score(
	ctx context.Context, m *model.Model, set *dataset.Set, last bool, w io.Writer,
) (*evaluate.Result, error) {
	o := evaluate.Options{Channel: c.Channel, Seed: uint64(c.Seed), Strict: c.Strict, Words: c.JSON, Release: last}
	return scoreClips(ctx, m, set, o, w)
}

// scoreClips runs the library with a progress bar on w. A channel below 0 means
// the one that was learned.
func scoreClips(
	ctx context.Context, m *model.Model, set *dataset.Set, o evaluate.Options, w io.Writer,
) (*evaluate.Result, error) {
	if o.Channel < 0 {
		o.Channel = m.Settings.Provenance.Channel
	}
	bar := newBar(w, "scoring", 1000)
	defer bar.done()
	o.Progress = func(p dataset.Progress) { bar.setNote(int(1000*p.Share()), " "+p.String()) }
	return evaluate.Run(ctx, m, set, o)
}

func printResult(w io.Writer, r *evaluate.Result) error {
	if err := printClips(w, &r.Clips); err != nil {
		return err
	}
	fmt.Fprintf(w, "\n%d normal and %d abnormal clips, threshold %.4g, detector %s\n", r.Normal, r.Abnormal, *r.Threshold,
		r.Detector)
	if err := printLevels(w, r); err != nil {
		return err
	}
	if err := printGroups(w, r); err != nil {
		return err
	}
	fmt.Fprintf(w, "at the threshold: precision %s, recall %s, F1 %s (%d caught, %d missed, %d false alarms)\n",
		decimal(r.Precision), decimal(r.Recall), decimal(r.F1), r.Confusion.TruePositives, r.Confusion.FalseNegatives,
		r.Confusion.FalsePositives)
	fmt.Fprintf(w, "the node's decision would have raised the alarm on %d abnormal and %d normal clips\n", r.Alarms,
		r.FalseAlarms)
	fmt.Fprintf(w, "scored %.1f clips per second, %.0f times real time per core\n", r.Speed.ClipsPerS, r.Speed.RealTime)
	if left := dataset.LeftOut(r.LeftOut, r.LeftOut+r.Clips.Len()); left != "" {
		fmt.Fprintf(w, "note: %s\n", left)
	}
	for _, text := range append(append([]string(nil), r.Notes...), r.Warnings...) {
		fmt.Fprintf(w, "note: %s\n", clean(text))
	}
	return nil
}

// clipRow is a line of the table of clips.
type clipRow [6]string

func newClipRow(c *evaluate.Clip) clipRow {
	return clipRow{
		printable(c.File), fmt.Sprintf("%.1f dBFS", c.LevelDBFS), fmt.Sprintf("%.3f", c.Score),
		fmt.Sprintf("%.2f", c.Ratio), verdict(c), contributes(c),
	}
}

// printClips prints the table of clips line by line: a tabwriter would hold all of it.
func printClips(w io.Writer, clips *evaluate.Clips) error {
	const gap = 2
	head := clipRow{"clip", "level", "score", "ratio", "verdict", "contributes most"}
	last := len(head) - 1 // it is not padded
	var widths [len(head)]int
	measure := func(row clipRow) {
		for i, text := range row[:last] {
			widths[i] = max(widths[i], utf8.RuneCountInString(text)+gap)
		}
	}
	out := bufio.NewWriter(w)
	write := func(row clipRow) {
		for i, text := range row[:last] {
			fmt.Fprintf(out, "%-*s", widths[i], text)
		}
		fmt.Fprintln(out, row[last])
	}
	measure(head)
	for _, c := range clips.All() {
		measure(newClipRow(c))
	}
	write(head)
	for _, c := range clips.All() {
		write(newClipRow(c))
	}
	return out.Flush()
}

// contributes says what raises a clip's score.
func contributes(c *evaluate.Clip) string {
	text := report.BandsText(c.Bands)
	for _, d := range c.Detectors {
		if d.Detector == detect.ByLevel && d.Surprise >= evaluate.Notable {
			text = d.Text + "; " + text
		}
	}
	return text
}

// printLevels prints the AUC at every level.
func printLevels(w io.Writer, r *evaluate.Result) error {
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, level := range evaluate.Levels() {
		m := r.Levels[level]
		printMetrics(tw, report.LevelText(level), &m)
	}
	printMetrics(tw, "highest observation", &r.ByMax)
	for i := range r.Detectors {
		d := &r.Detectors[i]
		printMetrics(tw, fmt.Sprintf("%s alone", d.Detector), &d.Metrics)
	}
	return tw.Flush()
}

func printMetrics(w io.Writer, name string, m *metrics.Metrics) {
	fmt.Fprintf(w, "%s\tAUC %s\t%s\tpAUC(0.1) %s\tPR-AUC %s\n", name, decimal(m.AUC), interval(m.AUCInterval),
		decimal(m.PAUC), decimal(m.PRAUC))
}

// printGroups prints what is known of faults, machines and noise levels.
func printGroups(w io.Writer, r *evaluate.Result) error {
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for i := range r.Groups {
		g := &r.Groups[i]
		printMetrics(tw, fmt.Sprintf("%s %s (%d/%d)", g.Kind, printable(g.Name), g.Normal, g.Abnormal), &g.Metrics)
	}
	if err := tw.Flush(); err != nil {
		return err
	}
	if r.Official != nil {
		fmt.Fprintf(w, "DCASE's official score, the harmonic mean of %d areas: %.3f\n", len(r.Official.Parts),
			r.Official.Score)
	}
	return nil
}

func verdict(c *evaluate.Clip) string {
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

func interval(i *metrics.Interval) string {
	if i == nil {
		return ""
	}
	return fmt.Sprintf("(95 %%: %.3f to %.3f)", i.Low, i.High)
}
