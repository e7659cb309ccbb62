package decide

import "fmt"

// Expected is what a decision does on normal sound like that by which it was chosen.
type Expected struct {
	// PerWeek is how many events there will be in a week of 168 hours of running machine.
	PerWeek float64 `json:"per_week"`
	// Low and High are how few and how many there may be in one, at 90 %: with what so few clips can
	// tell of PerWeek, and with chance.
	Low  float64 `json:"low"`
	High float64 `json:"high"`
	// Clips and DurationS are those that were heard for that.
	Clips     int     `json:"clips"`
	DurationS float64 `json:"duration_s"`
	// MoreS is how many seconds more, of other clips, would halve what is uncertain of PerWeek.
	MoreS float64 `json:"more_s"`
	// Drifts says that they were not at their end what they were at their begin: there may be many more.
	Drifts bool `json:"drifts,omitempty"`
}

// maxExpected bounds the numbers of an Expected from a file.
const maxExpected = 1e12

func (e *Expected) validate() error {
	if e == nil {
		return nil
	}
	for _, v := range []float64{e.PerWeek, e.Low, e.High, e.DurationS, e.MoreS, float64(e.Clips)} {
		if !(v >= 0 && v <= maxExpected) {
			return fmt.Errorf("decide: expected: %g: must be 0 to %g", v, float64(maxExpected))
		}
	}
	if e.Low > e.High {
		return fmt.Errorf("decide: expected: low %g is above high %g", e.Low, e.High)
	}
	return nil
}
