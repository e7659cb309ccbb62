package ensemble

import (
	"fmt"
	"math"
	"slices"

	"github.com/auscult/auscult/agent/detect"
)

// Sample is an observation of normal sound.
type Sample struct {
	Clip           string // of the same name: heard together
	Target         bool   // of the domain that little was recorded of, if there are two
	Observation    detect.Observation
	Reconstruction float64 // score of that detector, of statistics that leave the sample out
}

// Clone returns an observation that shares no memory with o.
func Clone(o *detect.Observation) detect.Observation {
	c := *o
	c.ResidualDB, c.MeanDB = slices.Clone(o.ResidualDB), slices.Clone(o.MeanDB)
	c.DeviationDB, c.Power = slices.Clone(o.DeviationDB), slices.Clone(o.Power)
	c.Embedding = slices.Clone(o.Embedding)
	return c
}

// Deaf returns an ensemble that finds nothing: with it a model that reconstructs nothing
// can be asked what it observes, before there is anything to compare with.
func Deaf() *detect.Ensemble {
	return &detect.Ensemble{Fusion: detect.Max, Parts: []detect.Part{{
		Name: detect.ByLevel, Calibration: uncalibrated(),
		Levels: &detect.Levels{First: []int{0}, MeanDB: make([]float64, 2), StdDevDB: []float64{detect.MinLevelStdDevDB, detect.MinLevelStdDevDB}},
	}}}
}

// uncalibrated stands where a calibration is still to come: only own scores are used.
func uncalibrated() detect.Calibration {
	return detect.Calibration{Score: []float64{0}, Surprise: []float64{0}, Slope: 1}
}

// maxGroups bounds how often everything is fitted to cross-fit it.
const maxGroups = 16

// Fit returns an ensemble of the named detectors, fitted to all samples and calibrated
// by cross-fitting, and for each sample its cross-fitted surprises, a part each.
// EdgeHz gives the lower edge of a band in Hz. Samples of a clip stand together.
func Fit(samples []Sample, parts []detect.Name, fusion detect.Fusion, edgeHz func(band int) float64) (*detect.Ensemble, [][]float64, error) {
	if len(samples) < 2 {
		return nil, nil, fmt.Errorf("ensemble: %d observations: at least 2 are needed", len(samples))
	}
	whole := fit(samples, parts, edgeHz)
	whole.Fusion = fusion
	raw := make([][]float64, len(samples)) // cross-fitted, by sample and part
	groups := group(samples)
	for g := range groups.Count {
		kept := whole
		if groups.Count > 1 {
			kept = fit(Without(groups, samples, g), parts, edgeHz)
		}
		if err := kept.score(samples, groups.Of, g, raw); err != nil {
			return nil, nil, err
		}
	}
	surprises := make([][]float64, len(samples))
	for i := range surprises {
		surprises[i] = make([]float64, len(whole.Parts))
	}
	for part := range whole.Parts {
		whole.Parts[part].Calibration = Calibrate(column(raw, part), groups.clips)
		for i, row := range raw {
			surprises[i][part] = whole.Parts[part].Calibration.Of(row[part])
		}
	}
	return &whole.Ensemble, surprises, nil
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

func group(samples []Sample) Groups {
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

// column returns one part's scores.
func column(raw [][]float64, part int) []float64 {
	all := make([]float64, len(raw))
	for i, row := range raw {
		all[i] = row[part]
	}
	return all
}

// fitted is an ensemble that is not calibrated yet.
type fitted struct{ detect.Ensemble }

func fit(samples []Sample, parts []detect.Name, edgeHz func(int) float64) *fitted {
	f := &fitted{}
	f.Fusion = detect.Mean // whatever: only the parts' own scores are used
	for _, name := range detect.Names() {
		if !slices.Contains(parts, name) {
			continue
		}
		p := detect.Part{Name: name, Calibration: uncalibrated()}
		switch name {
		case detect.ByLevel:
			p.Levels = fitLevels(samples, edgeHz)
		case detect.ByCovariance:
			p.Covariance, p.Target = fitDomains(samples)
		case detect.ByNeighbours:
			p.Neighbours = fitNeighbours(samples)
		case detect.ByDivergence:
			p.Divergence = fitDivergence(samples)
		case detect.ByEmbedding:
			p.Embedding = fitEmbedding(samples)
		}
		f.Parts = append(f.Parts, p)
	}
	return f
}

// score writes the parts' own scores of a group's samples to raw.
func (f *fitted) score(samples []Sample, of []int, group int, raw [][]float64) error {
	bands := len(samples[0].Observation.MeanDB)
	if err := f.Validate(bands); err != nil {
		return fmt.Errorf("ensemble: fitted to something odd: %w", err)
	}
	scorer, err := f.NewScorer(bands)
	if err != nil {
		return err
	}
	evidence := make([]float64, f.EvidenceLen())
	for i := range samples {
		if of[i] == group {
			scorer.Score(&samples[i].Observation, samples[i].Reconstruction, evidence)
			raw[i] = slices.Clone(scorer.Raw())
		}
	}
	return nil
}

// moments returns mean and standard deviation of a column of values.
func moments(n int, at func(i int) float64) (mean, deviation float64) {
	for i := range n {
		mean += at(i) / float64(n)
	}
	for i := range n {
		d := at(i) - mean
		deviation += d * d / float64(max(1, n-1))
	}
	return mean, math.Sqrt(deviation)
}
