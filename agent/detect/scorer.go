package detect

import (
	"fmt"
	"slices"
)

// layout says where in a row of evidence the numbers of each part are: first each band's
// part, then, of parts that are calibrated, their surprises, then their details.
type layout struct {
	surprises int   // where they begin; also the number of bands
	details   []int // where each part's begin, and where the last one's end
}

func (e *Ensemble) layout(bands int) layout {
	at := bands
	if e.Fusion != Alone {
		at += len(e.Parts)
	}
	l := layout{surprises: bands, details: []int{at}}
	for _, p := range e.Parts {
		at += p.Detector.Details()
		l.details = append(l.details, at)
	}
	return l
}

// of returns the place of one part in a row.
func (l *layout) of(row []float64, part int) Evidence {
	return Evidence{Bands: row[:l.surprises], Details: row[l.details[part]:l.details[part+1]]}
}

// EvidenceLen returns how many numbers stand behind a score of so many bands.
func (e *Ensemble) EvidenceLen(bands int) int {
	l := e.layout(bands)
	return l.details[len(e.Parts)]
}

// Scorer scores observations.
type Scorer struct {
	fusion Fusion
	parts  []Part
	score  []Score // by part
	off    []bool  // by part: switched off
	row    layout
	raw    []float64
	fused  []float64 // scratch: the surprises that count
}

// NewScorer returns a Scorer for a valid ensemble and observations of a size that
// leaves the named detectors out. Those that the ensemble lacks do not matter,
// but one must be left; a detector that stands alone is always left.
func (e *Ensemble) NewScorer(size Size, without ...Name) (*Scorer, error) {
	s := &Scorer{
		fusion: e.Fusion, parts: e.Parts, row: e.layout(size.Bands),
		off: make([]bool, len(e.Parts)), raw: make([]float64, len(e.Parts)), fused: make([]float64, 0, len(e.Parts)),
	}
	left := 0
	for i, p := range e.Parts {
		s.score = append(s.score, p.Detector.Scorer(size))
		if s.off[i] = e.Fusion != Alone && slices.Contains(without, p.Name); !s.off[i] {
			left++
		}
	}
	if left == 0 {
		return nil, fmt.Errorf("detect: all of the model's detectors are switched off: leave one of %v", e.Names())
	}
	return s, nil
}

// Raw returns each part's own score in the last Score, in its own unit. The next
// Score overwrites it.
func (s *Scorer) Raw() []float64 { return s.raw }

// Score returns the score of an observation and writes the evidence, EvidenceLen numbers. A
// part that is switched off has no surprise.
func (s *Scorer) Score(o *Observation, evidence []float64) float64 {
	clear(evidence[:s.row.surprises])
	s.fused = s.fused[:0]
	for i := range s.parts {
		s.raw[i] = s.score[i](o, s.row.of(evidence, i))
		if s.fusion == Alone {
			return s.raw[i]
		}
		surprise := 0.0
		if !s.off[i] {
			surprise = s.parts[i].Calibration.Of(s.raw[i])
			s.fused = append(s.fused, surprise)
		}
		evidence[s.row.surprises+i] = surprise
	}
	return s.fusion.Of(s.fused)
}
