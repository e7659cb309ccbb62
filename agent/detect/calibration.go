package detect

import "fmt"

// Calibration turns a detector's score into a surprise. Between two points it
// is linear, below the first 0, above the last it grows by Slope: normal scores
// are taken to fall off exponentially where too few were heard to count.
type Calibration struct {
	Score    []float64 `json:"score"`    // rising
	Surprise []float64 `json:"surprise"` // rising from 0: -log10 of the share of normal observations that score as high
	Slope    float64   `json:"slope"`    // surprise per unit of score above the last point, above 0
}

// Of returns the surprise of a score: 0 or more.
func (c *Calibration) Of(score float64) float64 {
	last := len(c.Score) - 1
	switch {
	case score >= c.Score[last]:
		return c.Surprise[last] + float64((score-c.Score[last])*c.Slope)
	case !(score > c.Score[0]):
		return 0
	}
	i := 1
	for score >= c.Score[i] {
		i++
	}
	part := (score - c.Score[i-1]) / (c.Score[i] - c.Score[i-1])
	return c.Surprise[i-1] + float64(part*(c.Surprise[i]-c.Surprise[i-1]))
}

// At returns the lowest score with this surprise, the inverse of Of.
func (c *Calibration) At(surprise float64) float64 {
	last := len(c.Score) - 1
	if over := surprise - c.Surprise[last]; over >= 0 {
		return c.Score[last] + over/c.Slope
	}
	i := 0
	for c.Surprise[i] < surprise {
		i++
	}
	if i == 0 {
		return c.Score[0]
	}
	part := (surprise - c.Surprise[i-1]) / (c.Surprise[i] - c.Surprise[i-1])
	return c.Score[i-1] + part*(c.Score[i]-c.Score[i-1])
}

const (
	maxPoints = 64
	maxNumber = 1e9 // of scores, slopes and surprises
)

func (c *Calibration) validate() error {
	if len(c.Score) < 1 || len(c.Score) > maxPoints || len(c.Surprise) != len(c.Score) {
		return fmt.Errorf("calibration of %d scores and %d surprises: must be as many, 1 to %d", len(c.Score), len(c.Surprise), maxPoints)
	}
	for i, v := range c.Score {
		s := c.Surprise[i]
		if !(v >= -maxNumber && v <= maxNumber && s >= 0 && s <= maxNumber) ||
			i > 0 && (v <= c.Score[i-1] || s < c.Surprise[i-1]) {
			return fmt.Errorf("calibration point %d is %g, %g: both must rise, from -%g and 0 to %[4]g", i, v, s, float64(maxNumber))
		}
	}
	if !(c.Slope > 0 && c.Slope <= maxNumber) {
		return fmt.Errorf("calibration slope %g: must be above 0, at most %g", c.Slope, float64(maxNumber))
	}
	return nil
}
