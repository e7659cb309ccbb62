package detect

import (
	"fmt"
	"slices"
)

// ByReconstruction names the whitened residual.
const ByReconstruction Name = "reconstruction"

func whitened() Kind {
	return Kind{
		Name: ByReconstruction, Needs: FromReconstruction, Alone: "whitened", Joins: true,
		Listens: "bands that the autoencoder cannot restore",
		New:     func() Detector { return &Whitened{} },
	}
}

// Whitened asks of each band how many standard deviations its residual's level lies above
// what it is on normal sound, and takes the mean over the TopBands bands that stand out most:
// a fault that lives in a few bands is not drowned by the others. It has no unit; 0 is the
// least.
type Whitened struct {
	Bands
	// TopBands is how many bands are averaged, 1 to all; learning chooses it by normal sound.
	TopBands int `json:"-"`
}

// Validate implements Detector.
func (w *Whitened) Validate(size Size) error {
	if w.TopBands < 1 || w.TopBands > size.Bands {
		return fmt.Errorf("top_bands %d: must be 1 to %d", w.TopBands, size.Bands)
	}
	return w.Bands.Validate(size)
}

// Scorer implements Detector.
func (w *Whitened) Scorer(size Size) Score {
	ranked := make([]float64, size.Bands)
	return func(o *Observation, e Evidence) float64 { return w.Whiten(o.ResidualDB, e.Bands, ranked) }
}

// Words implements Detector.
func (*Whitened) Words([]float64, func(int) (lo, hi float64)) string {
	return "the autoencoder cannot restore some bands"
}

// Whiten writes each band's part of the score of residual levels to parts and returns the
// score. The three slices have one element per band; ranked is scratch.
func (w *Whitened) Whiten(levels, parts, ranked []float64) float64 {
	for b, level := range levels {
		parts[b] = max(0, (level-w.BandMean[b])/w.BandStdDev[b])
	}
	copy(ranked, parts)
	slices.Sort(ranked)
	least := ranked[len(ranked)-w.TopBands] // the lowest that counts
	ties := 0                               // of those as low, how many count
	for _, v := range ranked[len(ranked)-w.TopBands:] {
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
		parts[b] = z / float64(w.TopBands)
		value += parts[b]
	}
	return value
}
