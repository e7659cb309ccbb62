package decide

import (
	"fmt"
	"slices"
)

// Settings are the numbers that turn scores into events. They are chosen when
// the model is trained and travel inside it.
type Settings struct {
	// Threshold is the observation score above which sound counts as not
	// normal, in the detector's unit.
	Threshold float64 `json:"threshold"`
	// Method says in words how Threshold was chosen.
	Method string `json:"method"`
	// AverageWindows is how many consecutive window scores are averaged to one
	// observation, 1 to 4096. Observations do not overlap.
	AverageWindows int `json:"average_windows"`
	// K of the last N observations above Threshold raise the alarm,
	// 1 <= K <= N <= 64.
	K int `json:"k"`
	N int `json:"n"`
	// ClearRatio sets the hysteresis: the alarm ends after N consecutive
	// observations at or below ClearRatio*Threshold, 0 < ClearRatio <= 1.
	ClearRatio float64 `json:"clear_ratio"`
	// Scales are slower decisions, by rising length; each can open an event as well.
	Scales []Scale `json:"scales,omitempty"`
	// Expected is what normal sound says of the decision; nil: it was not asked.
	Expected *Expected `json:"expected,omitempty"`
}

// Times returns the settings with every threshold so many times as high, of which nothing is expected
// any more.
func (s Settings) Times(ratio float64) Settings {
	s.Threshold *= ratio
	s.Expected = nil
	s.Scales = slices.Clone(s.Scales)
	for i := range s.Scales {
		s.Scales[i].Threshold *= ratio
		s.Scales[i].Clear *= ratio
	}
	return s
}

// Limits on settings that come from a file.
const (
	maxAverageWindows = 4096
	maxN              = 64
)

// Validate returns nil when a Decider can be built from s, else an error that
// names the setting.
func (s Settings) Validate() error {
	switch {
	case !(s.Threshold > 0) || s.Threshold > 1e30:
		return fmt.Errorf("decide: threshold %g: must be above 0", s.Threshold)
	case s.AverageWindows < 1 || s.AverageWindows > maxAverageWindows:
		return fmt.Errorf("decide: average_windows %d: must be 1 to %d", s.AverageWindows, maxAverageWindows)
	case s.N < 1 || s.N > maxN:
		return fmt.Errorf("decide: n %d: must be 1 to %d", s.N, maxN)
	case s.K < 1 || s.K > s.N:
		return fmt.Errorf("decide: k %d: must be 1 to n (%d)", s.K, s.N)
	case !(s.ClearRatio > 0) || s.ClearRatio > 1:
		return fmt.Errorf("decide: clear_ratio %g: must be above 0 and at most 1", s.ClearRatio)
	}
	if err := s.Expected.validate(); err != nil {
		return err
	}
	return validateScales(s.Scales, s.Threshold)
}
