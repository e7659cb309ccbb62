package detect

import (
	"fmt"
	"math"
)

// Divergence describes what a variational autoencoder's latent values are like on
// normal sound: how far from the distribution that all of it has, in nats.
type Divergence struct {
	Mean   float64 `json:"mean"`
	StdDev float64 `json:"std_dev"`
}

// MinDivergenceStdDev is the least that a divergence may be said to vary, in nats.
const MinDivergenceStdDev = 0.01

func (d *Divergence) validate() error {
	if !(math.Abs(d.Mean) <= maxNumber && d.StdDev >= MinDivergenceStdDev && d.StdDev <= maxNumber) {
		return fmt.Errorf("mean %g and deviation %g: must be at most %g, and the deviation at least %g", d.Mean, d.StdDev, float64(maxNumber), MinDivergenceStdDev)
	}
	return nil
}

// score returns by how many standard deviations a divergence is off, either way:
// latent values that say less than ever are no more normal than those that say more.
func (d *Divergence) score(nats float64) float64 { return math.Abs(nats-d.Mean) / d.StdDev }
