package detectors

import (
	"fmt"
	"slices"

	"github.com/auscult/auscult/agent/detect"
)

// Deaf returns an ensemble that finds nothing: with it a model can be asked what it
// observes, before there is anything to compare with.
func Deaf() detect.Ensemble {
	whole := detect.Levels{First: []int{0}, LevelState: detect.LevelState{
		MeanDB: make([]float64, 2), StdDevDB: slices.Repeat([]float64{detect.MinLevelStdDevDB}, 2),
	}}
	return detect.Ensemble{Fusion: detect.Max, Parts: []detect.Part{{
		Name: detect.ByLevel, Detector: &detect.Level{Levels: whole},
		Calibration: detect.Calibration{Score: []float64{0}, Surprise: []float64{0}, Slope: 1},
	}}}
}

// CrossFitted is an ensemble fitted to samples, and what it says of each of them when it does not
// know them.
type CrossFitted struct {
	*detect.Ensemble
	// Rows hold, for each sample, its cross-fitted surprises, a part each; of a detector that
	// stands alone its own scores.
	Rows [][]float64

	n        *detect.Normal
	left     groups
	byGroup  [][]detect.Part // fitted without the samples of each group
	position map[detect.Name]int
}

// Fit returns an ensemble of the named detectors, fitted to all samples and calibrated
// by cross-fitting.
func Fit(n *detect.Normal, names []detect.Name, fusion detect.Fusion) (*CrossFitted, error) {
	if len(n.Samples) < 2 {
		return nil, fmt.Errorf("detectors: %d observations: at least 2 are needed", len(n.Samples))
	}
	c := &CrossFitted{
		Ensemble: &detect.Ensemble{Fusion: fusion, Parts: fit(n, names)},
		Rows:     make([][]float64, len(n.Samples)), n: n, left: group(n.Samples), position: map[detect.Name]int{},
	}
	leftOut, err := c.crossFit()
	if err != nil {
		return nil, err
	}
	for i := range c.Rows {
		c.Rows[i] = make([]float64, len(c.Parts))
	}
	clip, _ := clipsOf(n.Samples)
	for part, scores := range leftOut {
		if fusion != detect.Alone {
			c.Parts[part].Calibration = calibrate(scores, clip)
		}
		for i, score := range scores {
			c.Rows[i][part] = c.seen(part, score)
		}
	}
	return c, nil
}

// seen returns what is seen of a part's own score.
func (c *CrossFitted) seen(part int, score float64) float64 {
	if c.Fusion == detect.Alone {
		return score
	}
	return c.Parts[part].Calibration.Of(score)
}

// crossFit returns the own scores of each part, by sample, that it gives when it does not know
// the sample.
func (c *CrossFitted) crossFit() ([][]float64, error) {
	scores := make([][]float64, len(c.Parts))
	var grouped []detect.Name
	elsewhere := fittings()
	for i, p := range c.Parts {
		c.position[p.Name] = i
		if leave := elsewhere[p.Name].leaveOut; leave != nil {
			scores[i] = leave(p.Detector, c.n.Samples)
			continue
		}
		scores[i] = make([]float64, len(c.n.Samples))
		grouped = append(grouped, p.Name)
	}
	for g := range c.left.count {
		others := *c.n
		if c.left.count > 1 {
			others.Samples = without(c.left, c.n.Samples, g)
		}
		parts := fit(&others, grouped)
		c.byGroup = append(c.byGroup, parts)
		for _, p := range parts {
			if err := scoreGroup(p, c.n, c.left, g, scores[c.position[p.Name]]); err != nil {
				return nil, err
			}
		}
	}
	return scores, nil
}

// NewScorer returns what scores samples of the same clips that were not fitted, as Rows has those
// that were: by what was fitted without their clip's group. Its result is valid until it is called
// again; it belongs to one goroutine.
func (c *CrossFitted) NewScorer() func(s *detect.Sample) []float64 {
	size := c.n.Size()
	bands := make([]float64, size.Bands)
	asked := func(d detect.Detector) func(o *detect.Observation) float64 {
		score, details := d.Scorer(size), make([]float64, d.Details())
		return func(o *detect.Observation) float64 {
			clear(bands)
			return score(o, detect.Evidence{Bands: bands, Details: details})
		}
	}
	byGroup := make([][]func(o *detect.Observation) float64, c.left.count) // by group and part
	for g := range byGroup {
		byGroup[g] = make([]func(o *detect.Observation) float64, len(c.Parts))
		for _, p := range slices.Concat(c.Parts, c.byGroup[g]) { // those of the group take the others' places
			byGroup[g][c.position[p.Name]] = asked(p.Detector)
		}
	}
	row := make([]float64, len(c.Parts))
	return func(s *detect.Sample) []float64 {
		// None of a clip that has no group was fitted: any group's detectors will do.
		for i, score := range byGroup[c.left.clip[s.Clip]%c.left.count] {
			row[i] = c.seen(i, score(&s.Observation))
		}
		return row
	}
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
