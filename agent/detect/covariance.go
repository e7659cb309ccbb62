package detect

import (
	"fmt"
	"math"
)

// ByCovariance names the covariance.
const ByCovariance Name = "covariance"

func covariance() Kind {
	return Kind{
		Name: ByCovariance, Needs: FromReconstruction, Joins: true,
		Listens: "errors of bands that no longer move together",
		New:     func() Detector { return &Covariance{} },
	}
}

// Covariance is the Mahalanobis distance of the residual's levels.
type Covariance struct {
	Domain `json:"covariance"`
	// Target is that of a second domain of normal sound, such as another speed or load, of
	// which less was recorded. The smaller of both distances counts (selective Mahalanobis).
	Target *Domain `json:"target,omitempty"`
}

// Domain is how the residual's levels vary together on one kind of normal sound: a covariance
// of a few axes, and the same variance in all other directions, so that many bands are not
// learned from fewer observations.
type Domain struct {
	// MeanDB and StdDevDB standardise each band's residual level.
	MeanDB   []float64 `json:"mean_db"`
	StdDevDB []float64 `json:"std_dev_db"`
	// Axes are unit vectors, orthogonal to each other, one element per band.
	Axes [][]float64 `json:"axes"`
	// Variance is that along each axis, Rest that in every other direction.
	Variance []float64 `json:"variance"`
	Rest     float64   `json:"rest"`
}

// MinVariance is the least that a direction may be said to vary.
const MinVariance = 0.05

const maxAxes = 16

// Validate implements Detector.
func (c *Covariance) Validate(size Size) error {
	if err := c.validate(size.Bands); err != nil {
		return err
	}
	if c.Target != nil {
		if err := c.Target.validate(size.Bands); err != nil {
			return fmt.Errorf("target domain: %w", err)
		}
	}
	return nil
}

// Details implements Detector.
func (*Covariance) Details() int { return 0 }

// Scorer implements Detector.
func (c *Covariance) Scorer(size Size) Score {
	z := make([]float64, size.Bands)
	return func(o *Observation, _ Evidence) float64 {
		distance := c.Distance(o.ResidualDB, z)
		if c.Target != nil {
			distance = min(distance, c.Target.Distance(o.ResidualDB, z))
		}
		return distance
	}
}

// Words implements Detector.
func (*Covariance) Words([]float64, func(int) (lo, hi float64)) string {
	return "the bands' errors differ together as they never did"
}

func (c *Domain) validate(bands int) error {
	if len(c.MeanDB) != bands || len(c.StdDevDB) != bands {
		return fmt.Errorf("%d means and %d deviations for %d bands", len(c.MeanDB), len(c.StdDevDB), bands)
	}
	for b := range c.MeanDB {
		if !inRange(c.MeanDB[b]) || !(c.StdDevDB[b] >= MinFeatureStdDevDB && c.StdDevDB[b] <= maxDB) {
			return fmt.Errorf("band %d has mean %g and deviation %g: must be -%d to %[4]d, and %g to %[4]d", b, c.MeanDB[b], c.StdDevDB[b], maxDB, MinFeatureStdDevDB)
		}
	}
	if len(c.Axes) > maxAxes || len(c.Variance) != len(c.Axes) {
		return fmt.Errorf("%d axes and %d variances: must be as many, at most %d", len(c.Axes), len(c.Variance), maxAxes)
	}
	for i, axis := range c.Axes {
		if len(axis) != bands {
			return fmt.Errorf("axis %d has %d elements for %d bands", i, len(axis), bands)
		}
		for b, v := range axis {
			if !(v >= -1 && v <= 1) {
				return fmt.Errorf("axis %d is %g at band %d: must be -1 to 1", i, v, b)
			}
		}
	}
	for i, v := range append([]float64{c.Rest}, c.Variance...) {
		if !(v >= MinVariance && v <= maxNumber) {
			return fmt.Errorf("variance %d is %g: must be %g to %g", i, v, MinVariance, float64(maxNumber))
		}
	}
	return nil
}

// Distance returns the distance of residual levels from normal: root mean
// square over bands, in standard deviations. z is scratch of one element per
// band.
func (c *Domain) Distance(levels, z []float64) float64 {
	rest := 0.0
	for b, level := range levels {
		z[b] = (level - c.MeanDB[b]) / c.StdDevDB[b]
		rest += float64(z[b] * z[b])
	}
	sum := 0.0
	for i, axis := range c.Axes {
		along := 0.0
		for b, v := range axis {
			along += float64(v * z[b])
		}
		square := float64(along * along)
		rest -= square
		sum += square / c.Variance[i]
	}
	sum += max(0, rest) / c.Rest
	return math.Sqrt(sum / float64(len(levels)))
}
