package report

import (
	"fmt"
	"math"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"

	"github.com/auscult/auscult/training/report/content"
)

// spectrumSection shows power spectra of the recordings themselves, with what is known to be heard there.
func spectrumSection(s *content.Study, _ *drawer) (*section, error) {
	f := s.Float64
	if f == nil {
		return nil, nil
	}
	levels, err := spectrumChart(f)
	if err != nil {
		return nil, err
	}
	sec := &section{ID: "spectra", Title: "Lines in the spectrum", Blocks: []block{{
		Text: fmt.Sprintf("Of the recordings themselves, without the model: Welch's estimate in floating point, %.3g Hz apart, Hann windows that overlap by half, the mean over up to %d clips of a kind. What runs at one speed makes lines.",
			f.StepHz, maxSpectrumClips(f)),
		Figures: []figure{{Drawing: levels, Caption: "Power density by frequency. " + linesText(f)}},
	}}}
	if len(f.Kinds) < 2 {
		return sec, nil
	}
	difference, err := differenceChart(f)
	if err != nil {
		return nil, err
	}
	t := &table{Head: head("kind", "clips#", "rises most at, Hz#", "by, dB#", "falls most at, Hz#", "by, dB#",
		"known there")}
	for i := 1; i < len(f.Kinds); i++ {
		up, down := extremes(f, &f.Kinds[i])
		t.add(f.Kinds[i].Name, fmt.Sprint(f.Kinds[i].Clips),
			fmt.Sprintf("%.1f", up.hz), fmt.Sprintf("%+.1f", up.db), fmt.Sprintf("%.1f", down.hz),
			fmt.Sprintf("%+.1f", down.db), f.At(up.hz))
	}
	sec.Blocks = append(sec.Blocks, block{
		Figures: []figure{{Drawing: difference, Caption: "By how much each kind lies above normal sound, drawn smoothed; the table below has the finest values."}}, Table: t,
	})
	return sec, nil
}

func maxSpectrumClips(f *content.Spectra) (most int) {
	for i := range f.Kinds {
		most = max(most, f.Kinds[i].Clips)
	}
	return most
}

// linesText says which lines are marked and how to have others.
func linesText(f *content.Spectra) string {
	if len(f.Lines) == 0 {
		return "No line is marked: --mains, --shaft-rpm and --bearing say what is known of the machine."
	}
	kinds := map[content.LineKind]bool{}
	for _, l := range f.Lines {
		kinds[l.Kind] = true
	}
	text := "Marked:"
	for i, kind := range []content.LineKind{content.Mains, content.Shaft, content.Bearing} {
		if kinds[kind] {
			text += fmt.Sprintf(" %s (%s)", kind, []string{"grey", "green", "violet"}[i])
		}
	}
	if !kinds[content.Shaft] {
		text += "; --shaft-rpm and --bearing mark those of the machine"
	}
	return text + "."
}

// place is a frequency and what was measured there.
type place struct{ hz, db float64 }

// extremes returns where a kind lies most above and below normal sound.
func extremes(f *content.Spectra, kind *content.Spectrum) (up, down place) {
	up.db, down.db = math.Inf(-1), math.Inf(1)
	for i, db := range kind.Difference(&f.Kinds[0]) {
		if hz := f.StepHz * float64(i); hz >= lowestShown {
			if db > up.db {
				up = place{hz, db}
			}
			if db < down.db {
				down = place{hz, db}
			}
		}
	}
	return up, down
}

// What a chart of spectra shows.
const (
	lowestShown  = 10  // Hz
	pointsShown  = 420 // by the logarithm of frequency
	legendShare  = 0.35
	widthInches  = 7.6
	heightInches = 3.2
)

// logPoints returns a spectrum's values at points that lie evenly on a logarithmic axis, each the mean of
// what lies about it.
func logPoints(values []float64, stepHz float64) (out plotter.XYs) {
	first := max(lowestShown, stepHz)
	top := stepHz * float64(len(values)-1)
	if top <= first {
		return nil
	}
	ratio := math.Log(top/first) / pointsShown
	last := -1
	for k := range pointsShown + 1 {
		from, to := first*math.Exp(ratio*(float64(k)-0.5)), first*math.Exp(ratio*(float64(k)+0.5))
		lo, hi := int(math.Round(from/stepHz)), int(math.Round(to/stepHz))
		lo, hi = max(lo, last+1), min(hi, len(values)-1)
		if lo > hi {
			continue
		}
		sum := 0.0
		for i := lo; i <= hi; i++ {
			sum += values[i] / float64(hi-lo+1)
		}
		out = append(out, plotter.XY{X: stepHz * float64(lo+hi) / 2, Y: sum})
		last = hi
	}
	return out
}

func spectrumChart(f *content.Spectra) (*chart, error) {
	var lines []curve
	for i := range f.Kinds {
		k := &f.Kinds[i]
		name := fmt.Sprintf("%s (%d)", k.Name, k.Clips)
		lines = append(lines, curve{name, lineColors[i%len(lineColors)], logPoints(k.DB, f.StepHz)})
	}
	return logChart(f, lines, "dB re full scale per Hz")
}

func differenceChart(f *content.Spectra) (*chart, error) {
	var lines []curve
	for i := 1; i < len(f.Kinds); i++ {
		k := &f.Kinds[i]
		difference := logPoints(k.Difference(&f.Kinds[0]), f.StepHz)
		lines = append(lines, curve{k.Name + " - normal", lineColors[i%len(lineColors)], difference})
	}
	return logChart(f, lines, "difference (dB)")
}

// logChart draws curves over the logarithm of frequency, with the known lines.
func logChart(f *content.Spectra, curves []curve, y string) (*chart, error) {
	p := newPlot("frequency (Hz)", y)
	p.X.Scale, p.X.Tick.Marker = plot.LogScale{}, decimalTicks{}
	lo, hi := math.Inf(1), math.Inf(-1)
	low, top := math.Inf(1), 0.0
	curves = drawn(curves)
	for _, c := range curves {
		for _, at := range c.points {
			lo, hi = min(lo, at.Y), max(hi, at.Y)
			low, top = min(low, at.X), max(top, at.X)
		}
	}
	if len(curves) == 0 || !(hi > lo) {
		return nil, nil
	}
	hi += legendShare * (hi - lo)
	colors := map[content.LineKind]int{content.Shaft: 2, content.Bearing: 3}
	for _, l := range f.Lines {
		if l.Hz < low || l.Hz > top {
			continue
		}
		c := curve{"", ink, plotter.XYs{{X: l.Hz, Y: lo}, {X: l.Hz, Y: hi}}}
		if k, ok := colors[l.Kind]; ok {
			c.color = lineColors[k]
		}
		if err := addThin(p, c); err != nil {
			return nil, err
		}
	}
	for _, c := range curves {
		if err := addLine(p, c, nil); err != nil {
			return nil, err
		}
	}
	p.X.Min, p.X.Max, p.Y.Min, p.Y.Max = low, top, lo, hi
	return sized(p, widthInches*vg.Inch, heightInches*vg.Inch)
}

// addThin draws a mark that is no curve.
func addThin(p *plot.Plot, c curve) error {
	line, err := plotter.NewLine(c.points)
	if err != nil {
		return fmt.Errorf("report: chart: %w", err)
	}
	line.Color, line.Width, line.Dashes = c.color, vg.Points(0.8), []vg.Length{vg.Points(2), vg.Points(2)}
	p.Add(line)
	return nil
}
