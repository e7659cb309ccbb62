package detect

import (
	"fmt"
	"math"
)

// Bands describes each band's residual level on normal sound that the model was not fitted
// on, lowest band first: 10*log10 of the mean squared residual of an observation, in codes²;
// a code is (MaxDB-MinDB)/255 dB. Levels below one code count as one code, 0 dB.
//
// The settings keep it beside the ensemble's parts, for it is older than they are.
type Bands struct {
	BandMean   []float64 `json:"-"`
	BandStdDev []float64 `json:"-"`
}

// MinBandStdDev is the least that a band's residual level may be said to vary,
// in dB: from few recordings a band can seem steadier than it is.
const MinBandStdDev = 0.5

const maxLevel = 200 // dB

// Validate checks the bands as a detector's.
func (k *Bands) Validate(size Size) error {
	if len(k.BandMean) != size.Bands || len(k.BandStdDev) != size.Bands {
		return fmt.Errorf("band_mean has %d values and band_std_dev %d for %d bands",
			len(k.BandMean), len(k.BandStdDev), size.Bands)
	}
	for b, v := range k.BandMean {
		if !(math.Abs(v) <= maxLevel) {
			return fmt.Errorf("band_mean[%d] is %g: must be -%d to %[3]d", b, v, maxLevel)
		}
	}
	for b, v := range k.BandStdDev {
		if !(v >= MinBandStdDev && v <= maxLevel) {
			return fmt.Errorf("band_std_dev[%d] is %g: must be %g to %d", b, v, MinBandStdDev, maxLevel)
		}
	}
	return nil
}

// Details returns 0: what bands have to say stands in the evidence of all.
func (*Bands) Details() int { return 0 }

// Describe measures the bands of normal sound.
func (k *Bands) Describe(samples []Sample, bands int) {
	k.BandMean, k.BandStdDev = make([]float64, bands), make([]float64, bands)
	count := float64(len(samples))
	for b := range bands {
		mean, variance := 0.0, 0.0
		for i := range samples {
			mean += samples[i].ResidualDB[b] / count
		}
		for i := range samples {
			d := samples[i].ResidualDB[b] - mean
			variance += d * d / count
		}
		k.BandMean[b], k.BandStdDev[b] = mean, max(math.Sqrt(variance), MinBandStdDev)
	}
}
