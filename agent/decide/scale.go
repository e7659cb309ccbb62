package decide

import (
	"fmt"
	"math"
	"time"
)

// Scale is a slower decision beside K of N: it takes the mean of many observations, so that what
// is small and lasts is told, which a threshold for single observations must let pass.
type Scale struct {
	// Observations is how many of the last ones are averaged, 2 to 4096. Each counts up to
	// Settings.Threshold: a bang is the quick decision's to tell.
	Observations int `json:"observations"`
	// Threshold is the mean above which an event opens, above 0 and at most that of Settings.
	Threshold float64 `json:"threshold"`
	// Clear is the mean at or below which an event that the scale opened ends, above 0 and
	// below Threshold.
	Clear float64 `json:"clear"`
}

// Limits on scales that come from a file.
const (
	maxScales            = 8
	MaxScaleObservations = 4096
)

func validateScales(scales []Scale, threshold float64) error {
	if len(scales) > maxScales {
		return fmt.Errorf("decide: %d scales: must be at most %d", len(scales), maxScales)
	}
	last := 1
	for i, s := range scales {
		switch {
		case s.Observations <= last || s.Observations > MaxScaleObservations:
			return fmt.Errorf("decide: scale %d has %d observations: must rise, from 2 to %d", i+1, s.Observations, MaxScaleObservations)
		case !(s.Threshold > 0) || s.Threshold > threshold:
			return fmt.Errorf("decide: scale %d has threshold %g: must be above 0 and at most %g", i+1, s.Threshold, threshold)
		case !(s.Clear > 0) || s.Clear >= s.Threshold:
			return fmt.Errorf("decide: scale %d clears at %g: must be above 0 and below %g", i+1, s.Clear, s.Threshold)
		}
		last = s.Observations
	}
	return nil
}

// lasting averages the last observations on each scale.
type lasting struct {
	scales []Scale
	ring   []float64 // as many as the longest scale takes
	starts []time.Time
	at     int // of the next one
	filled int
	sums   []float64 // of each scale's last ones
}

func newLasting(scales []Scale) lasting {
	longest := 0
	for _, s := range scales {
		longest = max(longest, s.Observations)
	}
	return lasting{
		scales: scales, sums: make([]float64, len(scales)),
		ring: make([]float64, longest), starts: make([]time.Time, longest),
	}
}

// add takes the score of an observation in that began at a time.
func (l *lasting) add(start time.Time, score float64) {
	size := len(l.ring)
	if size == 0 {
		return
	}
	for i, s := range l.scales {
		l.sums[i] += score
		if l.filled >= s.Observations {
			l.sums[i] -= l.ring[(l.at-s.Observations+size)%size]
		}
	}
	l.ring[l.at], l.starts[l.at] = score, start
	l.at = (l.at + 1) % size
	l.filled = min(l.filled+1, size)
	if l.at == 0 {
		l.sumAnew() // roundings do not add up for months
	}
}

func (l *lasting) sumAnew() {
	size := len(l.ring)
	for i, s := range l.scales {
		l.sums[i] = 0
		for age := min(s.Observations, l.filled); age > 0; age-- {
			l.sums[i] += l.ring[(l.at-age+size)%size]
		}
	}
}

// mean returns that of a scale, and whether it has heard enough for one.
func (l *lasting) mean(scale int) (mean float64, known bool) {
	n := l.scales[scale].Observations
	return l.sums[scale] / float64(n), l.filled >= n
}

// above returns the scale that is the farthest above its threshold, and its mean; -1 where none is.
func (l *lasting) above(shift float64) (scale int, mean float64) {
	scale, highest := -1, 1.0
	for i, s := range l.scales {
		if m, known := l.mean(i); known && m > (s.Threshold+shift)*highest {
			scale, mean, highest = i, m, m/(s.Threshold+shift)
		}
	}
	return scale, mean
}

// start returns since when the observations of a scale's mean have been above a level most clearly:
// what raised the mean need not be as old as its oldest.
func (l *lasting) start(scale int, level float64) (since time.Time) {
	size := len(l.ring)
	sum, highest := 0.0, math.Inf(-1)
	for age := 1; age <= l.scales[scale].Observations; age++ {
		at := (l.at - age + size) % size
		if sum += l.ring[at] - level; sum >= highest {
			since, highest = l.starts[at], sum
		}
	}
	return since
}

// forget starts anew.
func (l *lasting) forget() {
	l.at, l.filled = 0, 0
	clear(l.sums)
}
