package model

import (
	"math"
	"slices"

	"github.com/auscult/auscult/dsp"
)

// TopBandsFor returns how many bands a whitened score averages unless told
// otherwise: one in sixteen, so that what stands out in half an octave counts.
func TopBandsFor(bands int) int { return max(1, bands/16) }

// detector turns pooled squared residuals into scores.
type detector struct {
	Detector
	frames   int
	codeDB   float64 // dB that a code stands for
	decibels dsp.Decibels
	levels   []float64 // of the last score, see Detector.BandMean
	ranked   []float64 // scratch
}

func newDetector(s *Settings) *detector {
	return &detector{
		Detector: s.Detector,
		frames:   s.Window.Frames,
		codeDB:   (s.Profile.MaxDB - s.Profile.MinDB) / 255,
		decibels: dsp.NewDecibels(),
		levels:   make([]float64, s.Profile.Bands),
		ranked:   make([]float64, s.Profile.Bands),
	}
}

// score writes each band's part of the score of pooled windows to parts and
// returns the score.
func (d *detector) score(sums []uint64, windows int, parts []float64) float64 {
	cells := uint64(d.frames * windows)
	one := d.decibels.Of(cells * residualOne * residualOne) // a residual of one code everywhere
	for b, sum := range sums {
		d.levels[b] = max(d.decibels.Of(sum)-one, 0).Float64()
	}
	if d.Kind == Whitened {
		return d.Whiten(d.levels, parts, d.ranked)
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
	d := newDetector(&m.Settings)
	if d.Kind != MSE {
		return nil
	}
	parts := make([]float64, len(d.BandMean))
	for b, level := range d.BandMean {
		parts[b] = math.Pow(10, level/10) * d.codeDB * d.codeDB / float64(len(parts))
	}
	return parts
}
