package table

import (
	"fmt"
	"math"
	"slices"
)

// clock follows a time column: it gives the rate, and the samples that are missing where
// time runs on.
//
// The rate is that of the first lines: samples by time, without the steps that are gaps; or, where stamps
// jitter by more than half a step, that of the line through them.
// Then each line is expected one step after the one before, and the expectation follows the
// column slowly, so that neither jitter, nor stamps of a coarse clock, nor lines that were
// written in bursts look like gaps, and none adds up over a day.
type clock struct {
	step     float64 // seconds from one sample to the next
	rateHz   float64
	slack    float64 // how far from what is expected a stamp may be
	quantum  float64 // the column's resolution
	expected float64
	last     float64
	started  bool
	onlyTime bool // time of day, which begins anew at midnight
	said     string

	found breaks
}

// Limits of clocks.
const (
	follow     = 0.02    // share of a deviation that the expectation takes over at each line
	maxLost    = 1 << 40 // samples in one gap
	minStamps  = 3
	crystal    = 200e-6 // share by which a logger's clock may be off
	maxUneven  = 0.25   // share of steps that may be far from the usual one
	secondsDay = 86400
)

// newClock measures the first stamps, in seconds. quantum is the column's resolution.
func newClock(stamps []float64, quantum float64) (*clock, error) {
	times := slices.DeleteFunc(slices.Clone(stamps), math.IsNaN)
	if len(times) < minStamps {
		return nil, fmt.Errorf("%d moments are too few to tell a rate", len(times))
	}
	steps := stepsOf(times)
	pace := paceOf(times, quantum)
	if pace.median <= 0 {
		return nil, fmt.Errorf("its time does not run on: it starts at %g s and is %g s after %d lines",
			times[0], times[len(times)-1], len(times))
	}
	first, last := 0, len(steps)
	coarse := slices.ContainsFunc(steps, func(d float64) bool { return d == 0 })
	switch {
	case coarse || pace.steady():
	case pace.jitters():
		return pace.jittery(times), nil
	default:
		return nil, errUneven{&pace}
	}
	if coarse {
		// Whole periods of a coarse clock, from one change to the last, are exact.
		first, last = slices.IndexFunc(steps, func(d float64) bool { return d > 0 })+1, len(steps)
		for last > first && steps[last-1] == 0 {
			last--
		}
		if last <= first {
			first, last = 0, len(steps)
		}
	}
	span, n := 0.0, 0
	for _, d := range steps[first:last] {
		if d >= 0 && d <= pace.limit {
			span += d
			n++
		}
	}
	if n == 0 || span <= 0 {
		return nil, fmt.Errorf("its time does not run on evenly")
	}
	c := &clock{step: span / float64(n), quantum: max(quantum, math.Abs(times[0])*0x1p-51)}
	doubt := 0.5 * c.step / span
	if !coarse {
		doubt = c.fit(steps, pace.limit)
	}
	c.rateHz = roundest(1/c.step, max(doubt, crystal))
	c.measureSlack(times, pace.limit)
	return c, nil
}

// stepsOf returns what lies between one value and the next.
func stepsOf(values []float64) []float64 {
	steps := make([]float64, len(values)-1)
	for i := range steps {
		steps[i] = values[i+1] - values[i]
	}
	return steps
}

// usualStep returns the median of the steps that run on, and from where on a step is a
// gap.
func usualStep(steps []float64, quantum float64) (usual, limit float64) {
	var on []float64
	for _, d := range steps {
		if d > 0 {
			on = append(on, d)
		}
	}
	if len(on) == 0 {
		return 0, 0
	}
	slices.Sort(on)
	usual = on[len(on)/2]
	return usual, max(1.75*usual, usual+1.01*quantum)
}

// fit takes the slope of the line through the stamps (least squares), from which gaps were
// taken out, for the step, and returns by which share it may be wrong.
func (c *clock) fit(steps []float64, limit float64) (doubt float64) {
	n := float64(len(steps) + 1)
	middle := (n - 1) / 2
	at, sum, moment := 0.0, 0.0, 0.0
	each := func(do func(k, t float64)) {
		at = 0
		do(-middle, 0)
		for i, d := range steps {
			if d < 0 || d > limit {
				d = c.step
			}
			at += d
			do(float64(i+1)-middle, at)
		}
	}
	each(func(k, t float64) { sum += t; moment += k * t })
	slope, mean, spread := moment*12/(n*(n*n-1)), sum/n, 0.0
	each(func(k, t float64) { d := t - mean - slope*k; spread += d * d })
	c.step = slope
	return 2 * math.Sqrt(12*max(spread/n, c.quantum*c.quantum/12)) / (math.Pow(n, 1.5) * slope)
}

// measureSlack finds how far the first stamps are from what is expected.
func (c *clock) measureSlack(times []float64, limit float64) {
	c.slack = math.Inf(1)
	var off []float64
	for i, t := range times {
		if i > 0 && (t-times[i-1] > limit || t < times[i-1]) {
			c.started = false
		}
		if c.started {
			off = append(off, math.Abs(t-c.expected-c.step))
		}
		c.advance(t)
	}
	jitter := 0.0
	if len(off) > 0 {
		slices.Sort(off)
		jitter = off[len(off)-1-len(off)/50]
	}
	*c = clock{
		step: c.step, rateHz: c.rateHz, quantum: c.quantum,
		slack: max(0.6*c.step, 1.01*c.quantum, 1.5*jitter),
	}
}

// advance takes the next line's stamp and returns how many samples are missing before it.
func (c *clock) advance(t float64) (lost uint64) {
	if !c.started || math.IsNaN(t) {
		if !math.IsNaN(t) {
			c.started, c.expected, c.last = true, t, t
		} else {
			c.expected += c.step
		}
		return 0
	}
	if c.onlyTime && t < c.last-secondsDay/2 {
		c.expected -= secondsDay
	}
	c.expected += c.step
	off := t - c.expected
	switch {
	case off > c.slack && t > c.last:
		lost = uint64(min(max(math.Round(off/c.step), 1), maxLost))
		c.found.gaps++
		c.found.lost += lost
		c.found.longest = max(c.found.longest, off)
		c.expected = t
	case off < -c.slack && t < c.last:
		// The clock was set back, or files were joined: what is between is unknown.
		c.found.backwards++
		c.expected, lost = t, 1
	default:
		c.expected += follow * off
	}
	c.last = t
	return lost
}

// roundest returns the roundest number that is within a share of v: what a maker's data
// sheet would say.
func roundest(v, share float64) float64 {
	for _, unit := range []float64{1000, 500, 100, 50, 25, 10, 5, 1, 0.5, 0.25, 0.1} {
		if r := math.Round(v/unit) * unit; r > 0 && math.Abs(r-v) <= share*v {
			return r
		}
	}
	return v
}

// seconds writes a time as people read it.
func seconds(v float64) string {
	switch a := math.Abs(v); {
	case a == 0 || a >= 1:
		return fmt.Sprintf("%.4g s", v)
	case a >= 1e-3:
		return fmt.Sprintf("%.4g ms", v*1e3)
	default:
		return fmt.Sprintf("%.4g µs", v*1e6)
	}
}

// notes says what gaps there were.
func (c *clock) notes() []string {
	var said []string
	if c.said != "" {
		said = append(said, c.said)
	}
	return append(said, c.found.notes()...)
}

func times(n int) string {
	if n == 1 {
		return "once"
	}
	return fmt.Sprintf("%d times", n)
}
