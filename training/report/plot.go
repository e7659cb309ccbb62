package report

import (
	"fmt"
	"image/color"
	"io"
	"slices"
	"strings"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"

	"github.com/auscult/auscult/training/report/content"
)

// PlotKind names one of a report's charts.
type PlotKind string

// plots are the charts that can be had alone.
var plots = []struct {
	kind PlotKind
	draw func(*content.Study) (*chart, error)
}{
	{"roc", func(s *content.Study) (*chart, error) { return rocChart(s.Result) }},
	{"pr", func(s *content.Study) (*chart, error) { return prChart(s.Result) }},
	{"scores", scoreDensity},
	{"trend", trendChart},
	{"spectrum", func(s *content.Study) (*chart, error) {
		if s.Float64 == nil {
			return nil, nil
		}
		return spectrumChart(s.Float64)
	}},
	{"difference", func(s *content.Study) (*chart, error) {
		if s.Float64 == nil {
			return nil, nil
		}
		return differenceChart(s.Float64)
	}},
	{"contributions", contributions},
	{"noise", func(s *content.Study) (*chart, error) { return noiseChart(s.Noise) }},
	{"drift", func(s *content.Study) (*chart, error) {
		if s.Drift == nil {
			return nil, nil
		}
		return driftChart(s.Drift)
	}},
}

// PlotKinds lists what Plot can draw.
func PlotKinds() (kinds []PlotKind) {
	for i := range plots {
		kinds = append(kinds, plots[i].kind)
	}
	return kinds
}

// Takes says whether a kind needs noise and drift, which take longest.
func (k PlotKind) Takes() bool { return k == "noise" || k == "drift" }

// Plot writes one chart of a study as a PNG.
func Plot(w io.Writer, s *content.Study, kind PlotKind) error {
	at := slices.IndexFunc(PlotKinds(), func(k PlotKind) bool { return k == kind })
	if at < 0 {
		return fmt.Errorf("report: plot %q: use one of %s", kind, strings.Trim(fmt.Sprint(PlotKinds()), "[]"))
	}
	c, err := plots[at].draw(s)
	if err != nil {
		return err
	}
	if c == nil {
		return fmt.Errorf("report: these recordings give no %s to draw", kind)
	}
	return c.png(w)
}

// PlotLoss writes how a training went as a PNG.
func PlotLoss(w io.Writer, l *content.Learning) error {
	what := "mean squared error (" + l.LossUnit + ")"
	if l.LossUnit == "nats" {
		what = "loss (nats)"
	}
	figures, err := lossCharts(l, what)
	if err != nil {
		return err
	}
	c, ok := figures[0].Drawing.(*chart)
	if !ok {
		return fmt.Errorf("report: there is no curve to draw")
	}
	return c.png(w)
}

// pngDPI is that of pictures for slides and tickets.
const pngDPI = 150

// png writes the chart as a picture on white.
func (c *chart) png(w io.Writer) error {
	canvas := vgimg.NewWith(vgimg.UseWH(c.width, c.height), vgimg.UseDPI(pngDPI), vgimg.UseBackgroundColor(color.White))
	c.plot.Draw(draw.Crop(draw.New(canvas), vg.Points(last)/2, -vg.Points(last), vg.Points(last)/2, -vg.Points(last)/2))
	if _, err := (vgimg.PngCanvas{Canvas: canvas}).WriteTo(w); err != nil {
		return fmt.Errorf("report: chart: %w", err)
	}
	return nil
}
