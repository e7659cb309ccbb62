package model

import (
	"math"
	"slices"

	"github.com/auscult/auscult/agent/detect"
	"github.com/auscult/auscult/dsp"
)

// detector turns pooled squared residuals into scores.
type detector struct {
	Detector
	frames   int
	codeDB   float64 // dB that a code stands for
	decibels dsp.Decibels
	heard    listener
	observed detect.Observation // of the last score
	ranked   []float64          // scratch
	ensemble *detect.Scorer     // of Calibrated, else nil
}

func newDetector(s *Settings, without ...detect.Name) (*detector, error) {
	d := &detector{
		Detector: s.Detector,
		frames:   s.Window.Frames,
		codeDB:   (s.Profile.MaxDB - s.Profile.MinDB) / 255,
		decibels: dsp.NewDecibels(),
		ranked:   make([]float64, s.Profile.Bands),
	}
	d.heard = newListener(s.Profile.Bands, d.codeDB)
	d.observed = detect.Observation{
		ResidualDB: make([]float64, s.Profile.Bands), MeanDB: make([]float64, s.Profile.Bands),
		DeviationDB: make([]float64, s.Profile.Bands), Power: make([]uint64, s.Profile.Bands),
	}
	var err error
	if d.Ensemble != nil {
		d.ensemble, err = d.Ensemble.NewScorer(s.Profile.Bands, without...)
	}
	return d, err
}

// score writes what stands behind the score of pooled windows to evidence, each
// band's part first, and returns the score.
func (d *detector) score(sums []uint64, windows int, evidence []float64) float64 {
	parts := evidence[:len(sums)]
	if len(d.BandMean) == 0 {
		clear(parts)
		d.heard.describe(&d.observed)
		return d.ensemble.Score(&d.observed, 0, evidence[len(sums):])
	}
	cells := uint64(d.frames * windows)
	one := d.decibels.Of(cells * residualOne * residualOne) // a residual of one code everywhere
	for b, sum := range sums {
		d.observed.ResidualDB[b] = max(d.decibels.Of(sum)-one, 0).Float64()
	}
	d.heard.describe(&d.observed)
	switch d.Kind {
	case Whitened:
		return d.Whiten(d.observed.ResidualDB, parts, d.ranked)
	case Calibrated:
		return d.ensemble.Score(&d.observed, d.Whiten(d.observed.ResidualDB, parts, d.ranked), evidence[len(sums):])
	}
	value := 0.0
	perUnit := float64(d.codeDB*d.codeDB) / float64(residualOne*residualOne)
	for b, sum := range sums {
		mean := float64(sum) / float64(cells)
		parts[b] = float64(mean*perUnit) / float64(len(sums))
		value += parts[b]
	}
	return value
}

// Whiten writes each band's part of the whitened score of residual levels to
// parts and returns the score. The three slices have one element per band;
// ranked is scratch.
func (d *Detector) Whiten(levels, parts, ranked []float64) float64 {
	for b, level := range levels {
		parts[b] = max(0, (level-d.BandMean[b])/d.BandStdDev[b])
	}
	copy(ranked, parts)
	slices.Sort(ranked)
	least := ranked[len(ranked)-d.TopBands] // the lowest that counts
	ties := 0                               // of those as low, how many count
	for _, v := range ranked[len(ranked)-d.TopBands:] {
		if v == least {
			ties++
		}
	}
	value := 0.0
	for b, z := range parts {
		counts := z > least
		if z == least && ties > 0 {
			counts = true
			ties--
		}
		if !counts {
			parts[b] = 0
			continue
		}
		parts[b] = z / float64(d.TopBands)
		value += parts[b]
	}
	return value
}

// NormalParts returns each band's part of the score on normal sound, as
// Score.Bands has them; nil for detectors whose parts are zero by then.
func (m *Model) NormalParts() []float64 {
	s := &m.Settings
	if s.Detector.Kind != MSE {
		return nil
	}
	codeDB := (s.Profile.MaxDB - s.Profile.MinDB) / 255
	parts := make([]float64, len(s.Detector.BandMean))
	for b, level := range s.Detector.BandMean {
		parts[b] = math.Pow(10, level/10) * codeDB * codeDB / float64(len(parts))
	}
	return parts
}

// EvidenceLen returns how many numbers stand behind a score.
func (m *Model) EvidenceLen() int { return m.Settings.evidenceLen() }

func (s *Settings) evidenceLen() int {
	n := s.Profile.Bands
	if s.Detector.Ensemble != nil {
		n += s.Detector.Ensemble.EvidenceLen()
	}
	return n
}

// BandParts returns the part of evidence that tells each band's share of how
// badly the sound was restored, lowest band first.
func (m *Model) BandParts(evidence []float64) []float64 {
	return evidence[:m.Settings.Profile.Bands]
}

// Findings says what each detector of an ensemble has to say; nil for a detector
// that stands alone.
func (m *Model) Findings(evidence []float64) []detect.Finding {
	if m.Settings.Detector.Ensemble == nil {
		return nil
	}
	return m.Settings.Detector.Ensemble.Findings(evidence[m.Settings.Profile.Bands:], m.BandHz)
}
