package detectors

import (
	"fmt"
	"slices"

	"github.com/auscult/auscult/agent/detect"
)

// Deaf returns an ensemble that finds nothing: with it a model can be asked what it
// observes, before there is anything to compare with.
func Deaf() detect.Ensemble {
	whole := detect.Levels{
		First: []int{0}, MeanDB: make([]float64, 2), StdDevDB: slices.Repeat([]float64{detect.MinLevelStdDevDB}, 2),
	}
	return detect.Ensemble{Fusion: detect.Max, Parts: []detect.Part{{
		Name: detect.ByLevel, Detector: &detect.Level{Levels: whole},
		Calibration: detect.Calibration{Score: []float64{0}, Surprise: []float64{0}, Slope: 1},
	}}}
}

// Fit returns an ensemble of the named detectors, fitted to all samples and calibrated
// by cross-fitting, and for each sample its cross-fitted surprises, a part each; of a detector
// that stands alone its own scores.
func Fit(n *detect.Normal, names []detect.Name, fusion detect.Fusion) (*detect.Ensemble, [][]float64, error) {
	if len(n.Samples) < 2 {
		return nil, nil, fmt.Errorf("detectors: %d observations: at least 2 are needed", len(n.Samples))
	}
	whole := &detect.Ensemble{Fusion: fusion, Parts: fit(n, names)}
	left := group(n.Samples)
	leftOut, err := crossFit(n, whole.Parts, left)
	if err != nil {
		return nil, nil, err
	}
	rows := make([][]float64, len(n.Samples)) // by sample and part
	for i := range rows {
		rows[i] = make([]float64, len(whole.Parts))
	}
	for part, scores := range leftOut {
		seen := func(score float64) float64 { return score }
		if fusion != detect.Alone {
			whole.Parts[part].Calibration = calibrate(scores, left.clips)
			seen = whole.Parts[part].Calibration.Of
		}
		for i, score := range scores {
			rows[i][part] = seen(score)
		}
	}
	return whole, rows, nil
}

// crossFit returns the own scores of each part, by sample, that it gives when it does not know
// the sample.
func crossFit(n *detect.Normal, parts []detect.Part, left groups) ([][]float64, error) {
	scores := make([][]float64, len(parts))
	column := map[detect.Name]int{}
	var grouped []detect.Name
	elsewhere := fittings()
	for i, p := range parts {
		if leave := elsewhere[p.Name].leaveOut; leave != nil {
			scores[i] = leave(p.Detector, n.Samples)
			continue
		}
		scores[i], column[p.Name] = make([]float64, len(n.Samples)), i
		grouped = append(grouped, p.Name)
	}
	for g := range left.count {
		others := *n
		if left.count > 1 {
			others.Samples = without(left, n.Samples, g)
		}
		for _, p := range fit(&others, grouped) {
			if err := scoreGroup(p, n, left, g, scores[column[p.Name]]); err != nil {
				return nil, err
			}
		}
	}
	return scores, nil
}

// scoreGroup writes a part's own scores of a group's samples.
func scoreGroup(p detect.Part, n *detect.Normal, left groups, group int, scores []float64) error {
	size := n.Size()
	if err := p.Detector.Validate(size); err != nil {
		return fmt.Errorf("detectors: fitted to something odd: part %s: %w", p.Name, err)
	}
	score := p.Detector.Scorer(size)
	e := detect.Evidence{Bands: make([]float64, size.Bands), Details: make([]float64, p.Detector.Details())}
	for i := range n.Samples {
		if left.of[i] == group {
			scores[i] = score(&n.Samples[i].Observation, e)
		}
	}
	return nil
}
