package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/auscult/auscult/agent/atomicfile"
	"github.com/auscult/auscult/agent/model"
	"github.com/auscult/auscult/tflite"
	"github.com/auscult/auscult/training/dataset"
	"github.com/auscult/auscult/training/falsealarms"
	"github.com/auscult/auscult/training/outlook"
)

type budgetCommand struct {
	Model string `required:"" type:"path" placeholder:"FILE" help:"The model, from 'auscult train'."`

	dataFlags `embed:""`

	PerMonth   float64       `required:"" placeholder:"N" help:"False alarms per machine-month (30 days) that are allowed."`
	Write      string        `type:"path" placeholder:"FILE" help:"Write the model with the choice in its settings; may be the same file."`
	MaxDelay   time.Duration `default:"15s" placeholder:"D" help:"How long a fault may sound before the alarm. (${default})"`
	Confidence float64       `default:"${confidence}" placeholder:"P" help:"Confidence of the threshold, 0.5 to 0.99. (${default})"`
	Channel    int           `default:"-1" placeholder:"N" help:"Channel of multichannel clips, from 0. (the one that was learned)"`
	Seed       int64         `default:"1" placeholder:"N" help:"Seed of bootstrap and folds. (${default})"`
	JSON       bool          `name:"json" help:"Print JSON."`
}

// Help shows a use.
func (budgetCommand) Help() string {
	return `Replays normal recordings through the node's own pipeline and decision and chooses threshold, k of n
and hysteresis so that false alarms come as seldom as allowed. Says with what confidence, under
which assumptions, and how many hours of recordings are missing to show it.

Example:
  auscult budget --model pump-7.tflite --data pump-7-weeks --per-month 1
  auscult budget --model pump-7.tflite --data pump-7-weeks --per-month 1 --write pump-7.tflite`
}

// budgetSummary is what the command prints as JSON.
type budgetSummary struct {
	Model       string `json:"model"`
	ModelSHA256 string `json:"model_sha256"`
	Data        string `json:"data"`
	Verdict     string `json:"verdict"`
	*falsealarms.Choice
	Outlook       *outlook.Outlook `json:"outlook"` // of the chosen decision
	Written       string           `json:"written,omitempty"`
	WrittenSHA256 string           `json:"written_sha256,omitempty"`
}

// Run chooses and, if asked, writes the model.
func (c *budgetCommand) Run(ctx context.Context, std streams) error {
	if c.Seed < 0 || c.MaxDelay <= 0 {
		return usageError{errors.New("budget: --seed cannot be below 0, --max-delay must be above 0")}
	}
	// The model itself may be replaced.
	if err := writable("budget", []input{{"--data", c.Data}}, output{
		flag: "--write", path: c.Write, ending: ".tflite",
	}); err != nil {
		return err
	}
	data, m, err := readModel(c.Model)
	if err != nil {
		return err
	}
	set, err := c.unlearned(m)
	if err != nil {
		return err
	}
	choice, err := c.choose(ctx, m, set, falsealarms.Options{
		PerMonth: c.PerMonth, Confidence: c.Confidence, MaxDelay: c.MaxDelay, Seed: uint64(c.Seed),
		Surprises: m.Settings.Detector.Surprises(),
	})
	if err != nil {
		return err
	}
	sum := budgetSummary{
		Model: m.Settings.Name, ModelSHA256: m.Hash(), Data: c.Data, Verdict: choice.Verdict(), Choice: choice,
	}
	chosen := m.Settings
	chosen.Decision = choice.Decision
	if sum.Outlook, err = outlook.Of(&chosen); err != nil {
		return err
	}
	if c.Write != "" {
		if sum.WrittenSHA256, err = writeDecision(c.Write, data, m, choice); err != nil {
			return fmt.Errorf("budget: write %s: %w", c.Write, err)
		}
		sum.Written = c.Write
	}
	if c.JSON {
		return printJSON(std.out, sum)
	}
	return sum.print(std.out, m)
}

// choose replays the set's normal clips and chooses.
func (c *budgetCommand) choose(
	ctx context.Context, m *model.Model, set *dataset.Set, o falsealarms.Options,
) (*falsealarms.Choice, error) {
	channel := c.Channel
	if channel < 0 {
		channel = m.Settings.Provenance.Channel
	}
	clips := set.Label(dataset.Normal)
	set.Release() // of many clips no more is kept than their scores
	count := len(clips)
	recordings, notes, err := falsealarms.Record(ctx, m, channel, clips)
	if err != nil {
		return nil, err
	}
	notes = append(set.Warnings(), notes...)
	if err := dataset.Strictly(notes); c.Strict && err != nil {
		return nil, fmt.Errorf("budget: %w", err)
	}
	if left := dataset.LeftOut(count-len(recordings), count); left != "" {
		notes = append([]string{left}, notes...)
	}
	notes = append(notes, falsealarms.Tables(recordings)...)
	choice, err := falsealarms.Choose(recordings, m.Settings.ObservationPeriod(), m.Settings.Decision, o)
	if errors.Is(err, falsealarms.ErrTooFew) && len(notes) > 0 {
		return nil, fmt.Errorf("%w (%s)", err, strings.Join(notes[:min(len(notes), 2)], "; "))
	}
	if err != nil {
		return nil, err
	}
	choice.Notes = append(choice.Notes, notes...)
	return choice, nil
}

// writeDecision writes the model with the chosen decision and returns its
// hash.
func writeDecision(path string, data []byte, m *model.Model, choice *falsealarms.Choice) (string, error) {
	graph, err := tflite.Parse(data)
	if err != nil {
		return "", err
	}
	settings := m.Settings
	settings.Decision = choice.Decision
	out, err := model.Encode(graph, &settings)
	if err != nil {
		return "", err
	}
	written, err := model.Parse(out)
	if err != nil {
		return "", err
	}
	return written.Hash(), atomicfile.WriteBytes(path, 0o644, out)
}

func (s *budgetSummary) print(w io.Writer, m *model.Model) error {
	d, was := s.Decision, m.Settings.Decision
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(tw, "\tnow\tchosen")
	fmt.Fprintf(tw, "threshold\t%.4g\t%.4g  (95 %%: %.4g to %.4g; without margin %.4g)\n", was.Threshold, d.Threshold,
		s.ThresholdInterval.Low, s.ThresholdInterval.High, s.Estimate)
	fmt.Fprintf(tw, "alarm at\t%d of %d\t%d of %d observations\n", was.K, was.N, d.K, d.N)
	fmt.Fprintf(tw, "over at\t%.0f %%\t%.0f %% of the threshold, %d in a row\n", 100*was.ClearRatio, 100*d.ClearRatio, d.N)
	if err := tw.Flush(); err != nil {
		return err
	}
	fmt.Fprintf(w, "\n%s\n", s.Verdict)
	fmt.Fprintf(w, "in the replay of the same recordings: %d; at the chosen threshold:\n", s.Replayed)
	printOutlook(w, s.Outlook)
	fmt.Fprintln(w)
	tw = tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(tw, "other thresholds\tvalue\talarms in the replay\t")
	for _, o := range s.Others {
		fmt.Fprintf(tw, "%s\t%.4g\t%d\t%s\n", o.Name, o.Threshold, o.Alarms, o.Note)
	}
	if err := tw.Flush(); err != nil {
		return err
	}
	fmt.Fprintln(w, "\nassumed:")
	for _, text := range s.Assumptions {
		fmt.Fprintf(w, "  - %s\n", text)
	}
	for _, text := range s.Notes {
		fmt.Fprintf(w, "note: %s\n", clean(text))
	}
	if s.Written != "" {
		fmt.Fprintf(w, "written: %s (sha256 %.12s…)\n", s.Written, s.WrittenSHA256)
	}
	return nil
}
