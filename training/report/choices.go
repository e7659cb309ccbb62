package report

import (
	"fmt"
	"strings"

	"github.com/auscult/auscult/agent/detect"
	"github.com/auscult/auscult/agent/model"
	"github.com/auscult/auscult/dsp"
	"github.com/auscult/auscult/training/bench"
	"github.com/auscult/auscult/training/families"
	"github.com/auscult/auscult/training/report/content"
)

func budgetSection(s *content.Study, _ *drawer) (*section, error) {
	sec := &section{ID: "budget", Title: "Threshold and false alarms"}
	d := s.Settings.Decision
	sec.Blocks = append(sec.Blocks, block{Text: fmt.Sprintf("The model's threshold is %.4g: %s. The alarm is raised when %d of %d observations are above it, and is over when %d in a row are at or below %.0f %% of it.",
		d.Threshold, d.Method, d.K, d.N, d.N, 100*d.ClearRatio)})
	if text := ScalesText(d.Scales, s.Settings.ObservationPeriod()); text != "" {
		sec.Blocks = append(sec.Blocks, block{Text: "What is smaller and lasts raises the alarm too: " + text + "."})
	}
	sec.Blocks = append(sec.Blocks, promise(s)...)
	if s.Budget == nil {
		if s.NoBudget != "" {
			sec.Blocks = append(sec.Blocks,
				block{Class: "dim", Text: "No threshold by a budget of false alarms: " + s.NoBudget + "."})
		}
		return sec, nil
	}
	c := s.Budget
	t := &table{Head: head("", "threshold#", "alarm at", "alarms in the replay#", "")}
	t.add(fmt.Sprintf("at most %.3g a month", c.PerMonth), fmt.Sprintf("%.4g", c.Decision.Threshold),
		fmt.Sprintf("%d of %d", c.Decision.K, c.Decision.N),
		fmt.Sprint(c.Replayed),
		fmt.Sprintf("95 %%: %.3g to %.3g; %.3g without a margin",
			c.ThresholdInterval.Low, c.ThresholdInterval.High, c.Estimate))
	for _, o := range c.Others {
		t.add(o.Name, fmt.Sprintf("%.4g", o.Threshold), fmt.Sprintf("%d of %d", c.Decision.K, c.Decision.N),
			fmt.Sprint(o.Alarms), o.Note)
	}
	class := "warn"
	if c.Shown {
		class = "words"
	}
	sec.Blocks = append(sec.Blocks,
		block{Heading: fmt.Sprintf("What a budget of %.3g a machine-month would take", c.PerMonth),
			Text: "Judged by the normal test clips: " + c.Verdict() + ".", Class: class},
		block{Table: t},
		block{Text: "This rests on:", List: append(append([]string(nil), c.Assumptions...), c.Notes...)})
	return sec, nil
}

func deploySection(s *content.Study, _ *drawer) (*section, error) {
	p, w := s.Settings.Profile, s.Settings.Window
	windowsPerS := float64(p.SampleRateHz) / float64(p.HopLength*w.StrideFrames)
	sec := &section{ID: "deployment", Title: "Deployment", Blocks: []block{{Text: fmt.Sprintf(
		"A new window every %.0f ms: %.3g million multiply-accumulates a second for each source. The file has %s; weights and activations are int8.",
		1000/windowsPerS, float64(s.MACs)*windowsPerS/1e6, bytesText(s.Bytes))}}}
	t := &table{Head: head("machine", "inference p50, µs#", "p99#", "whole hop p50, µs#", "times real time#",
		"sources at half load#", "how")}
	if s.Bench != nil && s.Stages != nil {
		t.add(machineName(s.Machine)+" (this page)", us(s.Bench.Latency.P50US), us(s.Bench.Latency.P99US),
			us(s.Stages.Hop.P50US), fmt.Sprintf("%.0f", s.Stages.RealTime), fmt.Sprint(s.Stages.Sources),
			"measured for half a second, "+s.Bench.Kernels+" kernels")
	}
	for _, b := range s.Boards {
		hop, speed, sources := "–", "–", "–"
		if st := b.Stages; st != nil {
			hop, speed, sources = us(st.Hop.P50US), fmt.Sprintf("%.0f", st.RealTime), fmt.Sprint(st.Sources)
		}
		how := "measured, " + b.Kernels + " kernels"
		if b.Published {
			how += ", five windows of 10 s"
		}
		if b.SHA256 != s.Model.Hash() {
			how += fmt.Sprintf("; of another model (%.8s)", b.SHA256)
		}
		t.add(machineName(b.Before), us(b.Latency.P50US), us(b.Latency.P99US), hop, speed, sources, how)
	}
	if len(t.Rows) > 0 {
		sec.Blocks = append(sec.Blocks, block{Table: t})
	}
	if st := s.Stages; st != nil {
		parts := &table{Head: head("step, µs", "p50#", "p90#", "p99#", "max#")}
		for _, l := range []struct {
			name string
			l    bench.Latency
		}{
			{"front end, one frame", st.FrontEnd}, {"inference, one window", st.Inference}, {"score, one window", st.Score},
			{"decision, one observation", st.Decision},
		} {
			parts.add(l.name, us(l.l.P50US), us(l.l.P90US), us(l.l.P99US), us(l.l.MaxUS))
		}
		sec.Blocks = append(sec.Blocks, block{Table: parts})
	}
	if len(s.Boards) == 0 {
		sec.Blocks = append(sec.Blocks, block{Class: "dim", Text: "No board has been measured. Run 'auscult bench --publish --json MODEL > board.json' on it and give the file to 'auscult report --bench'. Nothing here is an estimate."})
	}
	return sec, nil
}

// us writes microseconds with three digits and no exponent.
func us(v float64) string {
	if v >= 100 {
		return fmt.Sprintf("%.0f", v)
	}
	return fmt.Sprintf("%.3g", v)
}

func machineName(m *bench.Machine) string {
	if m == nil {
		return "unknown machine"
	}
	name := m.Board
	if name == "" {
		name = m.Processor
	}
	if name == "" {
		name = m.Arch
	}
	return fmt.Sprintf("%s, %d CPUs", name, m.CPUs)
}

// OfMagnitudes says what a profile's bands sum, where that is not power.
func OfMagnitudes(p dsp.Profile) string {
	if p.Magnitude {
		return " of magnitudes"
	}
	return ""
}

// choiceSection says in plain words what was chosen and why, from what was run.
func choiceSection(s *content.Study, _ *drawer) (*section, error) {
	t := &table{}
	add := func(name, text string) { t.Rows = append(t.Rows, []cell{{Text: name, Head: true}, {Text: text}}) }
	set := s.Settings
	p, n := set.Profile, set.Normal
	windowS := float64((set.Window.Frames-1)*p.HopLength+p.FrameLength) / float64(p.SampleRateHz)
	add("Front end", fmt.Sprintf("%d Hz, frames of %d samples every %d, %d %s bands%s from %g to %g Hz, %g to %g dB in an int8: the range is fixed, so a louder machine looks louder; nothing is normalised per clip, which no node could do on a stream.",
		p.SampleRateHz, p.FrameLength, p.HopLength, p.Bands, p.Scale, OfMagnitudes(p), p.MinHz, p.MaxHz, p.MinDB, p.MaxDB))
	architecture := fmt.Sprintf("A window is %d frames (%.2f s). ", set.Window.Frames, windowS)
	if f, err := families.Of(set.Family); err == nil && f.Hears != "" {
		architecture += f.Hears
	} else {
		architecture += "Family " + set.Family + "."
	}
	add("Architecture", architecture+fmt.Sprintf(" %.3g to 1 through the narrowest layer.", s.Compression))
	add("Training", fmt.Sprintf("On normal sound only, %d epochs, seed %d; abnormal clips can reach neither weights nor quantisation nor threshold.", set.Provenance.Epochs, set.Provenance.Seed))
	add("Score", detectorText(set.Detector))
	folds := fmt.Sprintf("on clips that the scoring model had not learned (%d folds)", n.CrossFitFolds)
	if n.CrossFitFolds == 0 {
		folds = "on the learned clips themselves, for want of others, so it is too low"
	}
	add("Threshold", fmt.Sprintf("%.4g, %s; %s. %d of %d observations, so that one passing noise is no alarm.",
		set.Decision.Threshold, set.Decision.Method, folds, set.Decision.K, set.Decision.N))
	add("Deployment", deployText(s))
	if text := absent(s); text != "" {
		add("Not in this report", text)
	}
	return &section{ID: "choices", Title: "Choices and their reasons", Blocks: []block{{Table: t}}}, nil
}

// absent says what is not here, and what would bring it.
func absent(s *content.Study) string {
	var lines []string
	if s.Float == nil {
		lines = append(lines, "The network before it was quantised: 'auscult train --float' keeps it, --float shows it.")
	}
	if s.Learning == nil {
		lines = append(lines, "The learning curve and the error of quantisation by layer: 'auscult train --json' tells them, --training shows them.")
	}
	if len(s.Noise) == 0 {
		lines = append(lines, "Noise: it takes clips of both labels, and no --quick.")
	}
	return strings.Join(append(lines, "Slow drift over weeks needs recordings of weeks; what is shown of it is simulated."), " ")
}

func deployText(s *content.Study) string {
	if s.Stages == nil {
		return "Not measured here."
	}
	slowest, name := s.Stages.FrontEnd.MeanUS, "the front end"
	perHop := float64(s.Stages.Inference.Count) / float64(max(s.Stages.Hop.Count, 1))
	if v := s.Stages.Inference.MeanUS * perHop; v > slowest {
		slowest, name = v, "inference"
	}
	return fmt.Sprintf("Of %.0f µs for each %.0f ms of sound, %s takes most (%.0f µs). int8 on the processor: no accelerator is needed.", s.Stages.Hop.MeanUS, s.Stages.HopMS, name, slowest)
}

func detectorText(d model.Detector) string {
	switch part := d.Parts[0].Detector.(type) {
	case *detect.MSE:
		return fmt.Sprintf("Mean squared reconstruction error of %d windows, dB².", d.PoolWindows)
	case *detect.Whitened:
		if d.Fusion == detect.Alone {
			return fmt.Sprintf("For each band, how many standard deviations its reconstruction error lies above that of normal sound that was not learned; mean of the %d bands that stand out most, over %d windows: a fault that lives in a few bands is not drowned by the others.", part.TopBands, d.PoolWindows)
		}
	}
	names := make([]string, len(d.Parts))
	for i, p := range d.Parts {
		names[i] = string(p.Name)
	}
	rule := "the score is that of the detector that is most surprised, since a fault needs to be seen by one only"
	if d.Fusion == detect.Mean {
		rule = "the score is the mean of their surprises, so that several must agree"
	}
	return fmt.Sprintf("%d detectors (%s) look at %d windows together. Each one's score becomes a surprise by normal sound that it was not fitted on: 2 is once in a hundred observations. Then %s.", len(names), strings.Join(names, ", "), d.PoolWindows, rule)
}
