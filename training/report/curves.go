package report

import (
	"html/template"
	"image/color"

	"gonum.org/v1/plot/plotter"

	"github.com/auscult/auscult/training/dataset"
	"github.com/auscult/auscult/training/evaluate"
	"github.com/auscult/auscult/training/metrics"
	"github.com/auscult/auscult/training/report/content"
)

// curves draws ROC and precision against recall, for clips as recorded and
// with their level removed.
func curves(r *evaluate.Result) (roc, pr template.HTML, err error) {
	scores := map[evaluate.Level][2][]float64{} // normal, abnormal
	for _, c := range r.Clips.All() {
		for _, level := range evaluate.Levels() {
			pair := scores[level]
			k := 0
			if c.Label == dataset.Abnormal {
				k = 1
			}
			pair[k] = append(pair[k], c.Scores.At(level))
			scores[level] = pair
		}
	}
	var rocs, prs []curve
	for i, level := range evaluate.Levels() {
		pair := scores[level]
		points, err := metrics.ROC(pair[0], pair[1])
		if err != nil {
			return "", "", err
		}
		line := make(plotter.XYs, len(points))
		for k, p := range points {
			line[k] = plotter.XY{X: p.FPR, Y: p.TPR}
		}
		rocs = append(rocs, curve{levelText[level][0], lineColors[i], line})
		steps, err := metrics.PrecisionRecall(pair[0], pair[1])
		if err != nil {
			return "", "", err
		}
		line = make(plotter.XYs, len(steps))
		for k, p := range steps {
			line[k] = plotter.XY{X: p.Recall, Y: p.Precision}
		}
		prs = append(prs, curve{levelText[level][0], lineColors[i], line})
	}
	if roc, err = lineChart("false alarms", "caught faults", rocs, true); err != nil {
		return "", "", err
	}
	pr, err = lineChart("recall", "precision", prs, true)
	return roc, pr, err
}

// contributions draws the mean part of each band in the score, by label.
func contributions(s *content.Study) (template.HTML, error) {
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

// noiseChart draws AUC and the shares of alarms over the level of noise.
func noiseChart(sweep []content.NoisePoint) (template.HTML, error) {
	lines := []curve{
		{name: "AUC", color: third}, {name: "abnormal clips with alarm", color: abnormal},
		{name: "normal clips with alarm", color: normal},
	}
	guess := curve{name: "guessing", color: color.Color(faint)}
	for _, p := range sweep {
		if p.SNRdB == nil || p.Metrics.AUC == nil {
			continue
		}
		x := *p.SNRdB
		for i, y := range []float64{
			*p.Metrics.AUC, share(p.Alarms, p.Metrics.Abnormal), share(p.FalseAlarms, p.Metrics.Normal),
		} {
			lines[i].points = append(lines[i].points, plotter.XY{X: x, Y: y})
		}
		guess.points = append(guess.points, plotter.XY{X: x, Y: 0.5})
	}
	if len(guess.points) == 0 {
		return "", nil
	}
	return wideChart("signal to noise (dB)", "share", append(lines, guess), 0, 1)
}

func share(n, of int) float64 { return float64(n) / float64(max(of, 1)) }
