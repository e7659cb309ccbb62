package report

import (
	"fmt"
	"image/color"
	"slices"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"github.com/auscult/auscult/training/dataset"
	"github.com/auscult/auscult/training/evaluate"
	"github.com/auscult/auscult/training/metrics"
	"github.com/auscult/auscult/training/report/content"
)

// judged are the scores of normal and of abnormal clips.
type judged [2][]float64

// side is the index of a label in judged.
func side(label dataset.Label) int {
	if label == dataset.Abnormal {
		return 1
	}
	return 0
}

// scoresAt returns the clips' scores at a level.
func scoresAt(r *evaluate.Result, level evaluate.Level) (scores judged) {
	for _, c := range r.Clips.All() {
		k := side(c.Label)
		scores[k] = append(scores[k], c.Scores.At(level))
	}
	return scores
}

// Colours of what stands about a curve.
var (
	shade  = color.NRGBA{0x2f, 0x8f, 0xd8, 0x30}
	dashes = []vg.Length{vg.Points(4), vg.Points(3)}
)

// rocChart draws the receiver operating characteristic for clips as recorded, with its band and where
// the threshold lies on it, and with their level removed.
func rocChart(r *evaluate.Result) (*chart, error) {
	p := newPlot("false alarms, share of normal clips", "caught, share of abnormal clips")
	return shareChart(p, r, func(scores judged) (c shareCurve, err error) {
		points, err := metrics.ROC(scores[0], scores[1])
		if err != nil {
			return c, err
		}
		for _, at := range points {
			c.line = append(c.line, plotter.XY{X: at.FPR, Y: at.TPR})
		}
		lower, upper := metrics.ROCBand(points, len(scores[0]), len(scores[1]))
		for _, at := range upper {
			c.band = append(c.band, plotter.XY{X: at.FPR, Y: at.TPR})
		}
		for _, at := range slices.Backward(lower) {
			c.band = append(c.band, plotter.XY{X: at.FPR, Y: at.TPR})
		}
		c.guess = plotter.XYs{{X: 0, Y: 0}, {X: 1, Y: 1}}
		return c, nil
	}, r.FalseAlarm, r.Recall)
}

// prChart draws precision against recall likewise.
func prChart(r *evaluate.Result) (*chart, error) {
	p := newPlot("recall, share of abnormal clips that are caught", "precision, share of alarms that are right")
	return shareChart(p, r, func(scores judged) (c shareCurve, err error) {
		points, err := metrics.PrecisionRecall(scores[0], scores[1])
		if err != nil {
			return c, err
		}
		for _, at := range points {
			c.line = append(c.line, plotter.XY{X: at.Recall, Y: at.Precision})
		}
		at, intervals := metrics.PRBand(points, len(scores[1]))
		for k := range at {
			c.band = append(c.band, plotter.XY{X: at[k].Recall, Y: intervals[k].High})
		}
		for k := len(at) - 1; k >= 0; k-- {
			c.band = append(c.band, plotter.XY{X: at[k].Recall, Y: intervals[k].Low})
		}
		chance := float64(len(scores[1])) / float64(len(scores[0])+len(scores[1]))
		c.guess = plotter.XYs{{X: 0, Y: chance}, {X: 1, Y: chance}}
		return c, nil
	}, r.Recall, r.Precision)
}

// shareCurve is a curve of two shares, the edge of its band, and what guessing gives.
type shareCurve struct{ line, band, guess plotter.XYs }

// shareChart draws such a curve at each level, as recorded on top, and where the threshold lies.
func shareChart(
	p *plot.Plot, r *evaluate.Result, curveOf func(judged) (shareCurve, error), x, y *float64,
) (*chart, error) {
	for i, level := range slices.Backward(evaluate.Levels()) {
		c, err := curveOf(scoresAt(r, level))
		if err != nil {
			return nil, err
		}
		if level == evaluate.AsRecorded {
			if err := addBand(p, c.band); err != nil {
				return nil, err
			}
			if err := addLine(p, curve{"guessing", ink, c.guess}, dashes); err != nil {
				return nil, err
			}
		}
		if err := addLine(p, curve{levelText[level][0], lineColors[i], c.line}, nil); err != nil {
			return nil, err
		}
	}
	if x != nil && y != nil {
		if err := addPoint(p, "at the threshold", *x, *y); err != nil {
			return nil, err
		}
	}
	return squared(p)
}

// squared gives axes of shares, as wide as high.
func squared(p *plot.Plot) (*chart, error) {
	const room = 0.02 // what lies on an axis is to be seen
	p.X.Min, p.X.Max, p.Y.Min, p.Y.Max = -room, 1+room, -room, 1+room
	p.X.Tick.Marker, p.Y.Tick.Marker = roundTicks(0, 1, 5), roundTicks(0, 1, 5)
	p.Legend.Top, p.Legend.XOffs = false, vg.Points(70)
	return sized(p, 4.2*vg.Inch, 4*vg.Inch)
}

// addBand shades what lies between two edges of a curve.
func addBand(p *plot.Plot, edge plotter.XYs) error {
	if len(edge) < 3 {
		return nil
	}
	band, err := plotter.NewPolygon(edge)
	if err != nil {
		return fmt.Errorf("report: chart: %w", err)
	}
	band.Color, band.Width = shade, 0
	p.Add(band)
	p.Legend.Add("95 %", band)
	return nil
}

// addLine draws a curve; dashed where dashes are given.
func addLine(p *plot.Plot, c curve, dashes []vg.Length) error {
	line, err := plotter.NewLine(c.points)
	if err != nil {
		return fmt.Errorf("report: chart: %w", err)
	}
	line.Color, line.Width, line.Dashes = c.color, vg.Points(1.8), dashes
	p.Add(line)
	if c.name != "" {
		p.Legend.Add(c.name, line)
	}
	return nil
}

// addPoint marks a place.
func addPoint(p *plot.Plot, name string, x, y float64) error {
	dot, err := plotter.NewScatter(plotter.XYs{{X: x, Y: y}})
	if err != nil {
		return fmt.Errorf("report: chart: %w", err)
	}
	dot.GlyphStyle = draw.GlyphStyle{Color: abnormal, Radius: vg.Points(4.5), Shape: draw.RingGlyph{}}
	p.Add(dot)
	p.Legend.Add(name, dot)
	return nil
}

// contributions draws the mean part of each band in the score, by label.
func contributions(s *content.Study) (*chart, error) {
	d := newDrawer(s)
	bands := len(d.centre)
	var lines []curve
	for i, label := range []dataset.Label{dataset.Normal, dataset.Abnormal} {
		mean, clips := make([]float64, bands), 0
		for _, c := range s.Result.Clips.All() {
			if c.Label == label && c.Detail != nil && len(c.BandParts) == bands {
				clips++
				for b, v := range c.BandParts {
					mean[b] += v
				}
			}
		}
		if clips == 0 {
			continue
		}
		for b := range mean {
			mean[b] /= float64(clips)
		}
		lines = append(lines, curve{"test, " + string(label), lineColors[i], points(d.centre, mean)})
	}
	return bandChart(d.centre, lines, "part of the score")
}
