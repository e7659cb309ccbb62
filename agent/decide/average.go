package decide

import (
	"math"
	"time"
)

// average makes observations of windows.
type average struct {
	windows  int
	score    float64
	evidence []float64
	start    time.Time
	rejected uint64 // windows whose score was not a finite number
}

// push adds a window and reports whether it completed an observation of so many, which
// it then writes to o.
func (a *average) push(t time.Time, score float64, evidence []float64, windows int, o *Observation) bool {
	if math.IsNaN(score) || math.IsInf(score, 0) {
		a.rejected++
		return false
	}
	if a.windows == 0 {
		a.start = t
	}
	a.windows++
	a.score += score
	for b, v := range evidence {
		a.evidence[b] += v
	}
	if a.windows < windows {
		return false
	}
	n := float64(a.windows)
	o.Start, o.Time = a.start, t
	o.Score = a.score / n
	for b, v := range a.evidence {
		o.Evidence[b] = v / n
	}
	a.reset()
	return true
}

// reset drops the windows of the observation that is being averaged.
func (a *average) reset() {
	a.windows, a.score = 0, 0
	clear(a.evidence)
}
