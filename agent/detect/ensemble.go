package detect

import (
	"fmt"
	"slices"

	"github.com/auscult/auscult/dsp"
)

// Name names a detector.
type Name string

// The detectors.
const (
	ByReconstruction Name = "reconstruction"
	ByLevel          Name = "level"
	ByCovariance     Name = "covariance"
	ByNeighbours     Name = "neighbours"
	ByDivergence     Name = "divergence"
	ByEmbedding      Name = "embedding"
)

// Names lists the detectors in the order in which an ensemble has them.
func Names() []Name {
	return []Name{ByReconstruction, ByLevel, ByCovariance, ByNeighbours, ByDivergence, ByEmbedding}
}

// Part is one detector of an ensemble. Of the fields behind the calibration the one that
// the name says is set; the parameters of ByReconstruction are the model's.
type Part struct {
	Name        Name        `json:"name"`
	Calibration Calibration `json:"calibration"`
	Levels      *Levels     `json:"levels,omitempty"`
	Covariance  *Covariance `json:"covariance,omitempty"`
	// Target is that of a second domain of normal sound, such as another speed or load, of
	// which less was recorded. The smaller of both distances counts (selective Mahalanobis).
	Target     *Covariance `json:"target,omitempty"`
	Neighbours *Neighbours `json:"neighbours,omitempty"`
	Divergence *Divergence `json:"divergence,omitempty"`
	Embedding  *Neighbours `json:"embedding,omitempty"`
}

// Fusion says how the parts' surprises become one score.
type Fusion string

// The rules of fusion, over the parts that are not switched off.
const (
	// Mean is the mean surprise: what several parts find odd counts more than what
	// one of them finds very odd.
	Mean Fusion = "mean"
	// Max is the highest surprise: one part is enough.
	Max Fusion = "max"
)

// Fusions lists the rules.
func Fusions() []Fusion { return []Fusion{Mean, Max} }

// Of returns the score of some surprises, each 0 or more.
func (f Fusion) Of(surprises []float64) float64 {
	sum, highest := 0.0, 0.0
	for _, v := range surprises {
		sum += v
		highest = max(highest, v)
	}
	if f == Max {
		return highest
	}
	return sum / float64(len(surprises))
}

// Ensemble is what is known of normal sound.
type Ensemble struct {
	Fusion Fusion `json:"fusion"`
	Parts  []Part `json:"parts"` // in the order of Names, each at most once
}

const maxDB = 400

// inRange reports whether a level is one; never true for a NaN.
func inRange(db float64) bool { return db >= -maxDB && db <= maxDB }

// Validate returns nil when a Scorer can be built for a number of bands, else an
// error that names the part.
func (e *Ensemble) Validate(bands int) error {
	if len(e.Parts) == 0 {
		return fmt.Errorf("ensemble without parts")
	}
	if !slices.Contains(Fusions(), e.Fusion) {
		return fmt.Errorf("fusion %q: must be one of %q", e.Fusion, Fusions())
	}
	last := -1
	for i := range e.Parts {
		p := &e.Parts[i]
		at := slices.Index(Names(), p.Name)
		if at <= last {
			return fmt.Errorf("part %q: the parts are %v, each once, in this order", p.Name, Names())
		}
		last = at
		if err := p.validate(bands); err != nil {
			return fmt.Errorf("part %s: %w", p.Name, err)
		}
	}
	return nil
}

func (p *Part) validate(bands int) error {
	for name, has := range map[Name]bool{
		ByLevel: p.Levels != nil, ByCovariance: p.Covariance != nil, ByNeighbours: p.Neighbours != nil,
		ByDivergence: p.Divergence != nil, ByEmbedding: p.Embedding != nil,
	} {
		if has != (p.Name == name) {
			return fmt.Errorf("has not the parameters that its name says")
		}
	}
	if err := p.Calibration.validate(); err != nil {
		return err
	}
	if p.Target != nil {
		if p.Name != ByCovariance {
			return fmt.Errorf("has a target domain, which belongs to %s", ByCovariance)
		}
		if err := p.Target.validate(bands); err != nil {
			return fmt.Errorf("target domain: %w", err)
		}
	}
	switch p.Name {
	case ByLevel:
		return p.Levels.validate(bands)
	case ByCovariance:
		return p.Covariance.validate(bands)
	case ByNeighbours:
		return p.Neighbours.validate(2*bands, MinFeatureStdDevDB)
	case ByDivergence:
		return p.Divergence.validate()
	case ByEmbedding:
		if n := p.Embedding.Size(); n < 1 || n > maxEmbedding {
			return fmt.Errorf("%d features: must be 1 to %d", n, maxEmbedding)
		}
		return p.Embedding.validate(p.Embedding.Size(), MinEmbeddingStdDev)
	}
	return nil
}

// EvidenceLen returns how many numbers stand behind a score.
func (e *Ensemble) EvidenceLen() int {
	n := len(e.Parts)
	if l := e.levels(); l != nil {
		n += len(l.MeanDB)
	}
	return n
}

func (e *Ensemble) levels() *Levels {
	for i := range e.Parts {
		if e.Parts[i].Levels != nil {
			return e.Parts[i].Levels
		}
	}
	return nil
}

// Scorer scores observations.
type Scorer struct {
	fusion   Fusion
	parts    []Part
	off      []bool // by part: switched off
	decibels dsp.Decibels
	raw      []float64
	fused    []float64 // scratch: the surprises that count
	scratch  []float64
	steps    []int32
}

// NewScorer returns a Scorer for a valid ensemble and a number of bands that
// leaves the named detectors out. Those that the ensemble lacks do not matter,
// but one must be left.
func (e *Ensemble) NewScorer(bands int, without ...Name) (*Scorer, error) {
	s := &Scorer{
		fusion: e.Fusion, parts: e.Parts, decibels: dsp.NewDecibels(),
		off: make([]bool, len(e.Parts)), raw: make([]float64, len(e.Parts)),
		fused:   make([]float64, 0, len(e.Parts)),
		scratch: make([]float64, 2*bands), steps: make([]int32, max(2*bands, maxEmbedding)),
	}
	left := 0
	for i, p := range e.Parts {
		if s.off[i] = slices.Contains(without, p.Name); !s.off[i] {
			left++
		}
	}
	if left == 0 {
		return nil, fmt.Errorf("detect: all of the model's detectors are switched off: leave one of %v", e.names())
	}
	return s, nil
}

func (e *Ensemble) names() (all []Name) {
	for _, p := range e.Parts {
		all = append(all, p.Name)
	}
	return all
}

// Raw returns each part's own score in the last Score, in its own unit. The next
// Score overwrites it.
func (s *Scorer) Raw() []float64 { return s.raw }

// Score returns the fused surprise and writes the evidence, EvidenceLen
// numbers. reconstruction is the score of the detector of that name. A part that
// is switched off has no surprise.
func (s *Scorer) Score(o *Observation, reconstruction float64, evidence []float64) float64 {
	s.fused = s.fused[:0]
	for i := range s.parts {
		p := &s.parts[i]
		switch p.Name {
		case ByLevel:
			s.raw[i] = p.Levels.score(evidence[len(s.parts):], o, s.decibels)
		case ByCovariance:
			s.raw[i] = p.Covariance.Distance(o.ResidualDB, s.scratch[:len(o.ResidualDB)])
			if p.Target != nil {
				s.raw[i] = min(s.raw[i], p.Target.Distance(o.ResidualDB, s.scratch[:len(o.ResidualDB)]))
			}
		case ByNeighbours:
			s.raw[i] = p.Neighbours.score(s.scratch, s.steps[:len(s.scratch)], o)
		case ByDivergence:
			s.raw[i] = p.Divergence.score(o.Divergence)
		case ByEmbedding:
			steps := s.steps[:len(o.Embedding)]
			p.Embedding.Steps(steps, o.Embedding)
			s.raw[i] = p.Embedding.Distance(steps)
		default:
			s.raw[i] = reconstruction
		}
		evidence[i] = 0
		if !s.off[i] {
			evidence[i] = p.Calibration.Of(s.raw[i])
			s.fused = append(s.fused, evidence[i])
		}
	}
	return s.fusion.Of(s.fused)
}
