package report

import (
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"strings"

	"gonum.org/v1/plot/plotter"

	"github.com/auscult/auscult/agent/decide"
	"github.com/auscult/auscult/agent/model"
	"github.com/auscult/auscult/training/dataset"
	"github.com/auscult/auscult/training/eval"
	"github.com/auscult/auscult/training/judge"
	"github.com/auscult/auscult/training/learn"
)

//go:embed page.html
var pageSource string

var page = template.Must(template.New("page").Parse(pageSource))

// pageData is what the template shows.
type pageData struct {
	Title    string
	Model    *model.Model
	Normal   model.NormalStats
	Result   *judge.Result
	Cards    []card
	Warnings []string

	Treatments               []levelRow
	Threshold                string
	Precision, Recall, F1    string
	Scores, ROC, Loss, Bands template.HTML
	Clips                    []clipRow
	Facts                    []fact
}

type (
	card     struct{ Value, Label, Class string }
	levelRow struct{ Name, AUC, Interval, PAUC, Meaning string }
	clipRow  struct{ File, Label, Level, Score, Ratio, Verdict, Class, RMS, MLM, Bands string }
	fact     struct{ Name, Text string }
)

// Write writes the page about a model that was learned and judged.
func Write(w io.Writer, learned *learn.Outcome, result *judge.Result) error {
	m := learned.Model
	data := &pageData{
		Title: m.Settings.Name, Model: m, Normal: m.Settings.Normal, Result: result,
		Cards:     cards(result),
		Warnings:  append(append([]string(nil), learned.Warnings...), result.Notes...),
		Threshold: fmt.Sprintf("%.4g", *result.Threshold),
		Precision: percent(result.Precision), Recall: percent(result.Recall), F1: number(result.F1),
		Facts: facts(learned),
	}
	for _, t := range judge.Levels() {
		data.Treatments = append(data.Treatments, levelOf(t, result.Levels[t]))
	}
	for i := range result.Clips {
		data.Clips = append(data.Clips, row(&result.Clips[i]))
	}
	if err := data.charts(learned, result); err != nil {
		return err
	}
	if err := page.Execute(w, data); err != nil {
		return fmt.Errorf("report: %w", err)
	}
	return nil
}

func cards(r *judge.Result) []card {
	missed := r.Abnormal - r.Alarms
	return []card{
		{fmt.Sprintf("%d of %d", r.Alarms, r.Abnormal), "abnormal clips raised the alarm", class(missed == 0)},
		{fmt.Sprintf("%d of %d", r.FalseAlarms, r.Normal), "normal clips raised a false alarm", class(r.FalseAlarms == 0)},
		{number(r.AUC), "AUC, " + interval(r.Metrics), ""},
		{fmt.Sprintf("%.0f µs", r.WindowUS), "per window on the machine that made this page", ""},
	}
}

func class(good bool) string {
	if good {
		return "good"
	}
	return "bad"
}

var levelText = map[judge.Level][2]string{
	judge.AsRecorded:        {"as recorded", "what the node hears: level and character"},
	judge.RMSNormalised:     {"RMS-normalised", "all clips at one level; a strong tone moves the other bands down"},
	judge.MeanLogMelRemoved: {"mean log-mel removed", "the shape of the spectrum alone"},
}

// LevelText names a level for people.
func LevelText(l judge.Level) string { return levelText[l][0] }

func levelOf(t judge.Level, m eval.Metrics) levelRow {
	words := levelText[t]
	return levelRow{words[0], number(m.AUC), interval(m), number(m.PAUC), words[1]}
}

func row(c *judge.Clip) clipRow {
	r := clipRow{
		File: c.File, Label: string(c.Label), Level: fmt.Sprintf("%.1f", c.LevelDBFS),
		Score: fmt.Sprintf("%.3g", c.Score), Ratio: fmt.Sprintf("%.2f", c.Ratio),
		RMS: fmt.Sprintf("%.3g", c.Scores[judge.RMSNormalised]), MLM: fmt.Sprintf("%.3g", c.Scores[judge.MeanLogMelRemoved]),
		Bands: BandsText(c.Bands),
	}
	wanted := c.Label == dataset.Abnormal
	switch {
	case c.Alarm && wanted:
		r.Verdict = "alarm"
	case c.Alarm:
		r.Verdict = "false alarm"
	case wanted:
		r.Verdict = "missed"
	default:
		r.Verdict = "quiet"
	}
	r.Class = class(c.Alarm == wanted)
	return r
}

// bandsShown is how many ranges of bands are worth reading.
const bandsShown = 3

// BandsText writes the bands that contribute most as people read them:
// "47–125 Hz 61 %".
func BandsText(bands []decide.BandRange) string {
	bands = bands[:min(len(bands), bandsShown)]
	parts := make([]string, len(bands))
	for i, b := range bands {
		parts[i] = fmt.Sprintf("%.0f–%.0f Hz %.0f %%", b.FromHz, b.ToHz, 100*b.Share)
	}
	return strings.Join(parts, ", ")
}

func facts(learned *learn.Outcome) []fact {
	s := &learned.Model.Settings
	p, n := s.Profile, s.Normal
	return []fact{
		{"Learned", fmt.Sprintf("%d normal clips, %.0f s, median level %.1f dBFS; %d epochs, seed %d", n.Clips, n.DurationS, n.LevelDBFS, s.Provenance.Epochs, s.Provenance.Seed)},
		{"Network", fmt.Sprintf("%s autoencoder, %d parameters, %.2f million multiply-accumulates a window, int8, %d bytes", s.Family, learned.Params, float64(learned.MACs)/1e6, len(learned.File))},
		{"Front end", fmt.Sprintf("%d Hz, %d-sample frames every %d, %d %s bands from %g to %g Hz", p.SampleRateHz, p.FrameLength, p.HopLength, p.Bands, p.Scale, p.MinHz, p.MaxHz)},
		{"Window", fmt.Sprintf("%d frames (%.2f s), a new one every %d", s.Window.Frames, float64((s.Window.Frames-1)*p.HopLength+p.FrameLength)/float64(p.SampleRateHz), s.Window.StrideFrames)},
		{"Score", detectorText(s.Detector)},
		{"Threshold", fmt.Sprintf("%.4g: %s", s.Decision.Threshold, s.Decision.Method)},
		{"Decision", fmt.Sprintf("alarm when %d of %d observations are above the threshold, over when %d in a row are at or below %.0f %% of it", s.Decision.K, s.Decision.N, s.Decision.N, 100*s.Decision.ClearRatio)},
	}
}

func detectorText(d model.Detector) string {
	if d.Kind == model.Whitened {
		return fmt.Sprintf("for each band, how many standard deviations its reconstruction error lies above that of normal sound that was not learned; mean of the %d bands that stand out most, over %d windows", d.TopBands, d.PoolWindows)
	}
	return fmt.Sprintf("mean squared reconstruction error of %d windows, dB²", d.PoolWindows)
}

// charts draws everything that is drawn.
func (d *pageData) charts(learned *learn.Outcome, r *judge.Result) (err error) {
	scores := map[judge.Level][2][]float64{} // normal, abnormal
	for i := range r.Clips {
		c := &r.Clips[i]
		k := 0
		if c.Label == dataset.Abnormal {
			k = 1
		}
		for _, t := range judge.Levels() {
			pair := scores[t]
			pair[k] = append(pair[k], c.Scores[t])
			scores[t] = pair
		}
	}
	raw := scores[judge.AsRecorded]
	unit := "standard deviations"
	if learned.Model.Settings.Detector.Kind == model.MSE {
		unit = "dB²"
	}
	if d.Scores, err = scoreChart([]series{
		{"learning, cross-fitted", ink, learned.Observations},
		{"test, normal", normal, raw[0]},
		{"test, abnormal", abnormal, raw[1]},
	}, *r.Threshold, unit); err != nil {
		return err
	}
	if d.Loss, err = lineChart("epoch", "mean squared error (dB²)", []curve{{"", normal, enumerate(learned.Loss)}}, false); err != nil {
		return err
	}
	if len(raw[0]) > 0 && len(raw[1]) > 0 {
		if d.ROC, err = rocChart(scores); err != nil {
			return err
		}
	}
	d.Bands, err = contributions(learned.Model, r)
	return err
}

func rocChart(scores map[judge.Level][2][]float64) (template.HTML, error) {
	colors := map[judge.Level]int{judge.AsRecorded: 0, judge.RMSNormalised: 1, judge.MeanLogMelRemoved: 2}
	var curves []curve
	for _, t := range judge.Levels() {
		points, err := eval.ROC(scores[t][0], scores[t][1])
		if err != nil {
			return "", err
		}
		var line plotter.XYs
		for _, p := range points {
			line = append(line, plotter.XY{X: p.FPR, Y: p.TPR})
		}
		curves = append(curves, curve{levelText[t][0], palette[colors[t]], line})
	}
	return lineChart("false alarms", "caught faults", curves, true)
}

func contributions(m *model.Model, r *judge.Result) (template.HTML, error) {
	bands := m.Settings.Profile.Bands
	hz := make([]float64, bands)
	for b := range hz {
		lo, hi := m.BandHz(b)
		hz[b] = (lo + hi) / 2
	}
	var curves []curve
	for _, class := range []struct {
		label dataset.Label
		index int
	}{{dataset.Normal, 0}, {dataset.Abnormal, 1}} {
		mean := make([]float64, bands)
		clips := 0
		for i := range r.Clips {
			if c := &r.Clips[i]; c.Label == class.label && len(c.BandParts) == bands {
				clips++
				for b, v := range c.BandParts {
					mean[b] += v
				}
			}
		}
		if clips == 0 {
			continue
		}
		line := make(plotter.XYs, bands)
		for b := range line {
			line[b] = plotter.XY{X: hz[b], Y: mean[b] / float64(clips)}
		}
		curves = append(curves, curve{"test, " + string(class.label), palette[class.index], line})
	}
	return bandChart(hz, curves, "part of the score")
}

func enumerate(values []float64) plotter.XYs {
	points := make(plotter.XYs, len(values))
	for i, v := range values {
		points[i] = plotter.XY{X: float64(i + 1), Y: v}
	}
	return points
}

func number(v *float64) string {
	if v == nil {
		return "–"
	}
	return fmt.Sprintf("%.3f", *v)
}

func percent(v *float64) string {
	if v == nil {
		return "–"
	}
	return fmt.Sprintf("%.0f %%", 100**v)
}

func interval(m eval.Metrics) string {
	if m.AUCInterval == nil {
		return "–"
	}
	return fmt.Sprintf("%.3f to %.3f", m.AUCInterval.Low, m.AUCInterval.High)
}
