package learn

import (
	"math"
	"slices"

	"github.com/auscult/auscult/agent/model"
	"github.com/auscult/auscult/training/ensemble"
)

// Sound that topBands adds to normal sound: so many neighbouring bands, in so many places,
// to so many observations, with up to so many decibels of residual.
var addedBands = []int{1, 3, 8, 32}

const (
	addedPlaces       = 8
	addedObservations = 64
	mostAddedDB       = 60
	addedSurprise     = 3   // once in a thousand observations
	hardlyMore        = 1.1 // times the decibels
)

// topBands returns over how many bands the whitened score is averaged, of 1, 2, 4 and so on.
// For each it asks how many decibels it takes, in the geometric mean over sounds of different
// width, until half of the places where the residual of some neighbouring bands is raised
// score as one in a thousand observations of normal sound does. Few bands miss what is
// broad, many drown what is narrow. The largest number is taken that needs hardly more than
// the best one: an average rests on no single band. Only normal sound has a say in it.
func topBands(normal []observation, d model.Detector) int {
	bands := len(d.BandMean)
	shown := make([]observation, min(len(normal), addedObservations))
	for i := range shown {
		shown[i] = normal[i*len(normal)/len(shown)]
	}
	a := adder{d: d, levels: make([]float64, bands), parts: make([]float64, bands), ranked: make([]float64, bands)}
	clips := clipCount(normal)
	var needed []float64 // by the power of two
	for k := 1; k <= max(1, bands/2); k *= 2 {
		a.d.TopBands = k
		calibration := ensemble.Calibrate(scores(normal, a.d), clips)
		above, sum, widths := calibration.At(addedSurprise), 0.0, 0.0
		for _, width := range addedBands {
			if width <= max(1, bands/4) {
				sum += math.Log(a.needed(shown, width, above))
				widths++
			}
		}
		needed = append(needed, math.Exp(sum/widths))
	}
	least := slices.Min(needed)
	for i := len(needed) - 1; i > 0; i-- {
		if needed[i] <= hardlyMore*least {
			return 1 << i
		}
	}
	return 1
}

// clipCount counts clips whose observations stand together.
func clipCount(all []observation) int {
	n := 0
	for i := range all {
		if i == 0 || all[i].clip != all[i-1].clip {
			n++
		}
	}
	return n
}

// adder raises residuals.
type adder struct {
	d                     model.Detector
	levels, parts, ranked []float64
}

// needed returns by how many decibels the residual of some neighbouring bands must rise
// until half of the places and observations score above a value.
func (a *adder) needed(shown []observation, width int, above float64) float64 {
	bands := len(a.levels)
	places := min(addedPlaces, bands-width+1)
	low, high := 0.0, float64(mostAddedDB)
	for high-low > 0.05 {
		db := (low + high) / 2
		hits := 0
		for i := range shown {
			for p := range places {
				at := p * (bands - width) / max(1, places-1)
				copy(a.levels, shown[i].ResidualDB)
				for b := at; b < at+width; b++ {
					a.levels[b] += db
				}
				if a.d.Whiten(a.levels, a.parts, a.ranked) > above {
					hits++
				}
			}
		}
		if 2*hits >= len(shown)*places {
			high = db
		} else {
			low = db
		}
	}
	return high
}
