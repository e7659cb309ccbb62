package ensemble

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

// maxGroups bounds how often everything is fitted to cross-fit it.
const maxGroups = 16

// Fit returns an ensemble of the named detectors, fitted to all samples and calibrated
// by cross-fitting, and for each sample its cross-fitted surprises, a part each; of a detector
// that stands alone its own scores.
func Fit(n *detect.Normal, names []detect.Name, fusion detect.Fusion) (*detect.Ensemble, [][]float64, error) {
	if len(n.Samples) < 2 {
		return nil, nil, fmt.Errorf("ensemble: %d observations: at least 2 are needed", len(n.Samples))
	}
	whole := &detect.Ensemble{Fusion: fusion, Parts: fit(n, names)}
	groups := group(n.Samples)
	rows := make([][]float64, len(n.Samples)) // cross-fitted, by sample and part
	for i := range rows {
		rows[i] = make([]float64, len(whole.Parts))
	}
	leftOut, err := crossFit(n, whole.Parts, groups)
	if err != nil {
		return nil, nil, err
	}
	for part, scores := range leftOut {
		p := &whole.Parts[part]
		if fusion != detect.Alone {
			p.Calibration = Calibrate(scores, groups.clips)
		}
		for i, score := range scores {
			if rows[i][part] = score; fusion != detect.Alone {
				rows[i][part] = p.Calibration.Of(score)
			}
		}
	}
	return whole, rows, nil
}

// crossFit returns the own scores of each part, by sample, that it gives when it does not know
// the sample.
func crossFit(n *detect.Normal, parts []detect.Part, groups Groups) ([][]float64, error) {
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
	for g := range groups.Count {
		others := *n
		if groups.Count > 1 {
			others.Samples = Without(groups, n.Samples, g)
		}
		for _, p := range fit(&others, grouped) {
			if err := scoreGroup(p, n, groups, g, scores[column[p.Name]]); err != nil {
				return nil, err
			}
		}
	}
	return scores, nil
}

// scoreGroup writes a part's own scores of a group's samples.
func scoreGroup(p detect.Part, n *detect.Normal, groups Groups, group int, scores []float64) error {
	size := n.Size()
	if err := p.Detector.Validate(size); err != nil {
		return fmt.Errorf("ensemble: fitted to something odd: part %s: %w", p.Name, err)
	}
	score := p.Detector.Scorer(size)
	e := detect.Evidence{Bands: make([]float64, size.Bands), Details: make([]float64, p.Detector.Details())}
	for i := range n.Samples {
		if groups.Of[i] == group {
			scores[i] = score(&n.Samples[i].Observation, e)
		}
	}
	return nil
}

// Groups says which observations are left out together.
type Groups struct {
	Of    []int // of each observation
	Count int
	clips int
}

// GroupClips deals the clips of n observations to groups in turn, so that all of a clip is in
// one; many clips share groups.
func GroupClips(n int, clip func(i int) string) Groups {
	g := Groups{Of: make([]int, n)}
	clips := map[string]int{}
	for i := range n {
		if _, known := clips[clip(i)]; !known {
			clips[clip(i)] = len(clips)
		}
	}
	g.clips = len(clips)
	g.Count = min(g.clips, maxGroups)
	for i := range n {
		g.Of[i] = clips[clip(i)] % g.Count
	}
	return g
}

func group(samples []detect.Sample) Groups {
	return GroupClips(len(samples), func(i int) string { return samples[i].Clip })
}

// Without returns what belongs to observations outside a group.
func Without[T any](g Groups, all []T, group int) (kept []T) {
	for i, v := range all {
		if g.Of[i] != group {
			kept = append(kept, v)
		}
	}
	return kept
}
