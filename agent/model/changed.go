package model

import "fmt"

// Changed is what normal sound scores that is made a little louder: how small a change is noticed, and
// how soon, depends on the decision, and is found by playing these scores to it.
type Changed struct {
	// FromHz and ToHz are the edges of what is louder; both 0: everything is.
	FromHz float64 `json:"from_hz,omitempty"`
	ToHz   float64 `json:"to_hz,omitempty"`
	// LevelDB is the mean level of normal sound's bands between them, as the profile's range has it.
	LevelDB float64 `json:"level_db"`
	GainDB  float64 `json:"gain_db"`
	// Scores are observations in the order in which they were heard, by models that had not learned them.
	Scores []float32 `json:"scores"`
}

// Limits of changes that come from a file.
const (
	maxChanged       = 64
	MaxChangedScores = 256
	maxChangeDB      = 120
	maxChangedScore  = 1e9
)

func validateChanged(all []Changed) error {
	if len(all) > maxChanged {
		return fmt.Errorf("%d changes: at most %d", len(all), maxChanged)
	}
	for i, c := range all {
		switch {
		case !(c.FromHz >= 0 && c.ToHz >= c.FromHz && c.ToHz < 1e9):
			return fmt.Errorf("change %d from %g to %g Hz: must rise from 0", i+1, c.FromHz, c.ToHz)
		case !(c.GainDB >= -maxChangeDB && c.GainDB <= maxChangeDB):
			return fmt.Errorf("change %d by %g dB: must be within %d", i+1, c.GainDB, maxChangeDB)
		case len(c.Scores) < 1 || len(c.Scores) > MaxChangedScores:
			return fmt.Errorf("change %d has %d scores: must be 1 to %d", i+1, len(c.Scores), MaxChangedScores)
		}
		for _, v := range c.Scores {
			if !(v >= 0 && v <= maxChangedScore) {
				return fmt.Errorf("change %d has a score of %g: must be 0 to %g", i+1, v, float64(maxChangedScore))
			}
		}
	}
	return nil
}
