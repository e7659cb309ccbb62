package main

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/auscult/auscult/agent/detect"
	"github.com/auscult/auscult/agent/model"
	"github.com/auscult/auscult/tflite"
	"github.com/auscult/auscult/training/outlook"
	"github.com/auscult/auscult/training/report"
)

type inspectCommand struct {
	Model string `arg:"" type:"path" help:"The .tflite model."`
	All   bool   `help:"Show tensors, operators and all settings of a model of auscult's too, as of any other."`
	JSON  bool   `name:"json" help:"Print JSON."`
}

// Help shows a use.
func (inspectCommand) Help() string {
	return `Says whether a node serves a model, why not, what the model promises and what it was learned of. With --all, and
of a model without settings from 'auscult train', shows what is in it: tensors with types, shapes and quantisation,
operators with their work, memory and signatures. Names all operators that cannot run. A file that is not valid is
shown as far as it can be read; the exit code is then 1.

Example:
  auscult inspect model.tflite
  auscult inspect --all model.tflite
  auscult inspect --json model.tflite | jq .refused`
}

// inspection is what the command found.
type inspection struct {
	File        string `json:"file"`
	Bytes       int    `json:"bytes"`
	Description string `json:"description"`
	inspectGraph
	Subgraphs     []inspectGraph     `json:"subgraphs,omitempty"` // beside the first, from number 1
	Signatures    []inspectSignature `json:"signatures,omitempty"`
	ArenaBytes    int                `json:"arena_bytes,omitempty"`
	PreparedBytes int                `json:"prepared_bytes,omitempty"`
	Kernels       string             `json:"kernels,omitempty"` // the family that computes here
	MACs          int64              `json:"macs,omitempty"`
	NotValid      string             `json:"not_valid,omitempty"` // what is wrong with the file
	NotRun        string             `json:"not_run,omitempty"`   // why the interpreter refuses the model
	Refused       []inspectRefusal   `json:"refused,omitempty"`   // the operators that cannot run
	Settings      *model.Settings    `json:"settings,omitempty"`
	Outlook       *outlook.Outlook   `json:"outlook,omitempty"`    // what the decision promises
	NotServed     string             `json:"not_served,omitempty"` // why a node refuses the model
	Metadata      []string           `json:"metadata"`
}

// Run reads the model and prints what it holds.
func (c *inspectCommand) Run(std streams) error {
	data, err := tflite.ReadFile(c.Model)
	if err != nil {
		return err
	}
	graph, err := tflite.Read(data)
	if graph == nil {
		return fmt.Errorf("%s: %w", c.Model, err)
	}
	found := inspect(c.Model, data, graph, err)
	if c.JSON {
		if printErr := printJSON(std.out, found); printErr != nil {
			return printErr
		}
	} else if printErr := found.show(std.out, c.All); printErr != nil {
		return printErr
	}
	if err != nil {
		return fmt.Errorf("%s: %w", c.Model, err)
	}
	return nil
}

// show prints what was found: the verdict first, and all that is in the file where it is asked for, or is all there is.
func (f *inspection) show(w io.Writer, all bool) error {
	fmt.Fprintf(w, "%s: %d bytes", f.File, f.Bytes)
	if f.Description != "" {
		fmt.Fprintf(w, ", %q", f.Description)
	}
	fmt.Fprintln(w)
	if f.Numbers != "" {
		fmt.Fprintf(w, "computes in %s\n", f.Numbers)
	}
	switch {
	case f.NotValid != "":
		fmt.Fprintf(w, "not valid, shown as far as it was read: %s\n", clean(f.NotValid))
	case len(f.Refused) > 0:
		printRefused(w, f.Refused)
	case f.NotRun != "":
		fmt.Fprintf(w, "cannot run here: %s\n", clean(f.NotRun))
	default:
		fmt.Fprintf(w, "%.3f million MACs an inference, %.1f KiB arena, %.1f KiB packed weights and tables, %s kernels\n",
			float64(f.MACs)/1e6, float64(f.ArenaBytes)/1024, float64(f.PreparedBytes)/1024, f.Kernels)
	}
	if f.Settings != nil && f.NotValid == "" && f.NotRun == "" && len(f.Refused) == 0 {
		fmt.Fprintln(w, "a node serves it")
		if f.Outlook != nil {
			printOutlook(w, f.Outlook)
		}
	}
	if f.Settings == nil || all {
		if err := f.writeGraphs(w); err != nil {
			return err
		}
	}
	if f.Settings == nil {
		_, err := fmt.Fprintf(w, "\na node refuses this model: %s\n", clean(f.NotServed))
		return err
	}
	if err := printSettings(w, f.Settings, all); err != nil || all {
		return err
	}
	_, err := fmt.Fprintln(w, "\n--all shows tensors, operators, what each detector's scores mean, and each change that is noticed")
	return err
}

// writeGraphs prints all that is computed, and what else lies in the file.
func (f *inspection) writeGraphs(w io.Writer) error {
	if err := f.write(w); err != nil {
		return err
	}
	for _, g := range f.Subgraphs {
		fmt.Fprintf(w, "\nsubgraph %d, %q: inputs %v, outputs %v\n", g.Index, printable(g.Name), indices(g.Inputs), indices(g.Outputs))
		if err := g.write(w); err != nil {
			return err
		}
	}
	printSignatures(w, f.Signatures)
	if len(f.Metadata) > 0 {
		fmt.Fprintf(w, "\nmetadata: %s\n", clean(strings.Join(f.Metadata, ", ")))
	}
	return nil
}

// printable returns a name without what could drive a terminal, cut to fit a line.
func printable(name string) string {
	name = clean(name)
	if len(name) > 120 {
		name = name[:117] + "..."
	}
	return name
}

// clean returns text without what could drive a terminal.
func clean(text string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || (r >= 0x80 && r < 0xa0) {
			return '?'
		}
		return r
	}, text)
}

// cleanLines returns lines of text without what could drive a terminal.
func cleanLines(text string) string {
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		lines[i] = clean(line)
	}
	return strings.Join(lines, "\n")
}

// printSettings prints what the node goes by; all of it, or what people ask for.
func printSettings(w io.Writer, s *model.Settings, all bool) error {
	p, n, d, pr := s.Profile, s.Normal, s.Decision, s.Provenance
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintf(tw, "\nsettings\tversion %d, %q, family %s\n", s.Version, printable(s.Name), printable(s.Family))
	fmt.Fprintf(tw, "front end\t%d Hz, frames of %d every %d, %d %s bands%s %g to %g Hz, int8 spans %g to %g dB\n",
		p.SampleRateHz, p.FrameLength, p.HopLength, p.Bands, p.Scale, report.OfMagnitudes(p), p.MinHz, p.MaxHz,
		p.MinDB, p.MaxDB)
	fmt.Fprintf(tw, "window\t%d frames every %d, %s\n", s.Window.Frames, s.Window.StrideFrames, s.Window.Layout)
	if len(s.Outputs) > 0 {
		fmt.Fprintf(tw, "outputs\t%s\n", fmt.Sprint(s.Outputs))
	}
	for _, c := range s.Conditions {
		fmt.Fprintf(tw, "condition\t%s, %g to %g %s\n", printable(c.Name), c.Min, c.Max, printable(c.Unit))
	}
	fmt.Fprintf(tw, "detector\t%s, %d windows pooled, top %d of %d bands\n",
		s.Detector.Kind(), s.Detector.PoolWindows, s.Detector.TopBands(), p.Bands)
	if e := s.Detector.Ensemble; e.Fusion != detect.Alone && all {
		for _, p := range e.Parts {
			last := len(p.Calibration.Score) - 1
			fmt.Fprintf(tw, "  %s\tsurprise 0 at a score of %.4g, %.2f at %.4g%s\n", p.Name, p.Calibration.Score[0],
				p.Calibration.Surprise[last], p.Calibration.Score[last], statesText(p.Detector))
		}
		fmt.Fprintf(tw, "  fusion\t%s\n", e.Fusion)
	}
	fmt.Fprintf(tw, "decision\tthreshold %.4g (%s); alarm at %d of %d, ends below %.4g\n",
		d.Threshold, printable(d.Method), d.K, d.N, d.ClearRatio*d.Threshold)
	if text := report.ScalesText(d.Scales, s.ObservationPeriod()); text != "" {
		fmt.Fprintf(tw, "  slower scales\t%s\n", text)
	}
	if all {
		if err := printPromise(tw, s); err != nil {
			return err
		}
	}
	fmt.Fprintf(tw, "normal sound\t%d clips, %.0f s, %.1f dBFS; observations %d, mean %.4g, standard deviation %.3g, max %.4g (%d folds)\n",
		n.Clips, n.DurationS, n.LevelDBFS, n.Observations, n.ScoreMean, n.ScoreStdDev, n.ScoreMax, n.CrossFitFolds)
	if h := n.Heard; h != nil {
		fmt.Fprintf(tw, "  as heard\tlevels %+.1f to %+.1f dB around their mean, bands %.1f dB apart in 95 of 100 stretches of %.2g s: "+
			"far beyond, the sensor is taken for ill\n", h.LowDB, h.HighDB, h.SpreadDB,
			float64(h.Frames*p.HopLength)/float64(p.SampleRateHz))
	}
	for i, r := range pr.Recorded {
		fmt.Fprintf(tw, "%s\t%v\n", []string{"learned clips", ""}[min(i, 1)], r)
	}
	if pr.Table != nil {
		fmt.Fprintf(tw, "tables\tread by %s\n", printable(pr.Table.String()))
	}
	fmt.Fprintf(tw, "made by\t%s, seed %d, %d epochs, loss %.4g, data %.12s…\n",
		printable(pr.Tool), pr.Seed, pr.Epochs, pr.FinalLoss, printable(pr.DataSHA256))
	return tw.Flush()
}

// statesText names the operating states that a detector of level tells apart.
func statesText(d detect.Detector) string {
	l, ok := d.(*detect.Level)
	if !ok || len(l.Louder) == 0 {
		return ""
	}
	var levels []string
	for _, s := range l.States() {
		levels = append(levels, fmt.Sprintf("%.1f", s.MeanDB[0]))
	}
	return fmt.Sprintf("; %d operating states, at %s dB", len(levels), strings.Join(levels, ", "))
}
