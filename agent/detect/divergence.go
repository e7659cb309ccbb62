package detect

import (
	"fmt"
	"math"
)

// ByDivergence names the divergence of latent values.
const ByDivergence Name = "divergence"

func divergence() Kind {
	return Kind{
		Name: ByDivergence, Needs: FromDivergence, Joins: true,
		Listens: "latent values that are not those of normal sound",
		New:     func() Detector { return &Divergence{} },
	}
}

// Divergence describes what a variational autoencoder's latent values are like on
// normal sound: how far from the distribution that all of it has.
type Divergence struct {
	Nats Spread `json:"divergence"`
}

// Spread is what a number is like on normal sound.
type Spread struct {
	Mean   float64 `json:"mean"`
	StdDev float64 `json:"std_dev"`
}

// MinDivergenceStdDev is the least that a divergence may be said to vary, in nats.
const MinDivergenceStdDev = 0.01

// Validate implements Detector.
func (d *Divergence) Validate(Size) error {
	if s := d.Nats; !(math.Abs(s.Mean) <= maxNumber && s.StdDev >= MinDivergenceStdDev && s.StdDev <= maxNumber) {
		return fmt.Errorf("mean %g and deviation %g: must be at most %g, and the deviation at least %g",
			s.Mean, s.StdDev, float64(maxNumber), MinDivergenceStdDev)
	}
	return nil
}

// Details implements Detector.
func (*Divergence) Details() int { return 0 }

// Scorer implements Detector. It counts by how many standard deviations a divergence is off,
// either way: latent values that say less than ever are no more normal than those that say
// more.
func (d *Divergence) Scorer(Size) Score {
	return func(o *Observation, _ Evidence) float64 { return math.Abs(o.Divergence-d.Nats.Mean) / d.Nats.StdDev }
}

// Words implements Detector.
func (*Divergence) Words([]float64, func(int) (lo, hi float64)) string {
	return "the latent values are not those of normal sound"
}

// Fit implements Fitter.
func (d *Divergence) Fit(n *Normal) {
	mean, deviation := n.Moments(func(i int) float64 { return n.Samples[i].Divergence })
	d.Nats = Spread{Mean: Rounded(mean), StdDev: max(MinDivergenceStdDev, Rounded(deviation))}
}
