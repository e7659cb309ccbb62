package table

import (
	"fmt"
	"math"
	"slices"
)

// pace is how stamps run on, by differences over one line and over several: what a stamp is late or early by
// does not add up, what an interval is longer or shorter by does.
type pace struct {
	usual, median float64 // seconds from a line to the next: in the long run, and the middle one
	limit         float64 // from where on a step is a gap
	short, long   float64 // most steps are between these
	near, far     float64 // spread of differences over 1 and over farLines lines
	wander        float64 // far without the steps that may be gaps
	gaps, back    float64 // share of steps that are much longer, and that run back
	distant, fine float64 // share of the others that are far from the usual one; the column's resolution
}

// Limits of paces.
const (
	farLines   = 16
	mostGaps   = 0.05 // share of steps
	mostNear   = 0.2  // spread of steps that are steady, in steps: more look like gaps
	mostJitter = 0.7  // of a stamp, in steps
	wanders    = 0.3  // from so many steps of spread over farLines on, intervals differ
	mostUneven = 4.0  // long steps, in usual ones: with longer ones nobody knows what is between
	mostBack   = 0.01 // share of steps of a column that is still time
)

// paceOf measures stamps, of which there are three or more.
func paceOf(times []float64, quantum float64) pace {
	steps := stepsOf(times)
	lines := max(1, min(farLines, len(steps)/4))
	far := apart(times, lines)
	sorted := slices.Sorted(slices.Values(steps))
	at := func(share float64) float64 { return sorted[int(share*float64(len(sorted)-1))] }
	p := pace{
		usual: far[len(far)/2] / float64(lines), short: at(0.05), long: at(0.95), fine: quantum,
		near: spread(sorted), far: spread(far),
	}
	p.median, p.limit = usualStep(steps, quantum)
	even := make([]float64, len(times))
	for i, d := range steps {
		switch {
		case d < 0:
			p.back++
			d = p.median
		case d > p.limit:
			p.gaps++
			d = p.median
		case math.Abs(d-p.median) > 0.5*p.median+quantum:
			p.distant++
		}
		even[i+1] = even[i] + d
	}
	p.wander = spread(apart(even, lines))
	n := float64(len(steps))
	p.back, p.gaps, p.distant = p.back/n, p.gaps/n, p.distant/n
	return p
}

// apart returns what lies between values so many lines apart, sorted.
func apart(values []float64, lines int) []float64 {
	out := make([]float64, 0, len(values))
	for i := lines; i < len(values); i++ {
		out = append(out, values[i]-values[i-lines])
	}
	slices.Sort(out)
	return out
}

// spread returns the standard deviation of sorted values by their middle half, which gaps do not change.
func spread(sorted []float64) float64 {
	n := len(sorted) - 1
	return (sorted[n*3/4] - sorted[n/4]) / 1.349
}

// steady says whether each step is about the usual one.
func (p *pace) steady() bool {
	adds := p.wander > max(2.5*p.near, wanders*p.usual, 2*p.fine)
	return !adds && p.near <= mostNear*p.median+p.fine && p.distant <= maxUneven && p.gaps+p.back <= mostGaps
}

// jitters says whether stamps lie about those of a steady rate, however far the steps differ.
func (p *pace) jitters() bool {
	return p.usual > 0 && p.near <= math.Sqrt2*mostJitter*p.usual && p.far <= 1.5*p.near+p.fine
}

// runsOn says whether samples so uneven can still be told what lies between.
func (p *pace) runsOn() bool {
	return p.median > 0 && p.back <= mostBack && p.long <= mostUneven*p.median
}

func (p *pace) String() string {
	return fmt.Sprintf("most steps of time are %s to %s, the usual one %s",
		seconds(p.short), seconds(p.long), seconds(p.median))
}

// jittery returns a clock for stamps that jitter: its step is the slope of the whole.
func (p *pace) jittery(times []float64) *clock {
	c := &clock{step: p.usual, quantum: p.fine, slack: p.slack()}
	n, sum, at := 0, 0.0, make([]float64, 0, len(times))
	for _, t := range times {
		n += int(min(c.advance(t), 1<<30))
		at = append(at, float64(n))
		sum += t
		n++
	}
	slope, doubt := slopeOf(at, times)
	jitter := p.near / math.Sqrt2
	return &clock{
		step: slope, rateHz: roundest(1/slope, max(doubt, crystal)), quantum: p.fine, slack: p.slack(),
		said: fmt.Sprintf("its time jitters by %s about a steady rate of %.6g Hz, which is taken", seconds(jitter), 1/slope),
	}
}

// slack is how far a stamp may be from what is expected.
func (p *pace) slack() float64 {
	const far = 4.0 // standard deviations
	return max(0.6*p.usual, 1.01*p.fine, far*p.near/math.Sqrt2)
}

// slopeOf returns the slope of the line through values at places (least squares), and by which share it may be
// wrong.
func slopeOf(at, values []float64) (slope, doubt float64) {
	n := float64(len(at))
	meanAt, mean := 0.0, 0.0
	for i := range at {
		meanAt += at[i] / n
		mean += values[i] / n
	}
	across, along := 0.0, 0.0
	for i := range at {
		across += (at[i] - meanAt) * (at[i] - meanAt)
		along += (at[i] - meanAt) * (values[i] - mean)
	}
	slope = along / across
	rest := 0.0
	for i := range at {
		d := values[i] - mean - slope*(at[i]-meanAt)
		rest += d * d
	}
	return slope, 2 * math.Sqrt(rest/n/across) / slope
}

// grid returns what brings samples of such a pace onto even times.
func (p *pace) grid() *grid {
	const (
		perLong = 0.2 // cycles in a long step: a cubic through the samples is .5 dB down there
		gap     = 2.0 // long steps
		like    = 0.05
	)
	// One of several series is not of another rate than the others by chance.
	rate := max(1, math.Round(roundest(1/p.median, like)))
	return &grid{
		rate: rate, goodHz: perLong / p.long, gapS: max(gap*p.long, mostUneven*p.median),
		said: fmt.Sprintf("its samples are not evenly spaced (%v): they are brought to %g Hz, "+
			"and are good up to %.3g Hz only; for more, record at a steady rate", p, rate, perLong/p.long),
	}
}

// errUneven says that stamps are of no rate.
type errUneven struct{ pace *pace }

func (e errUneven) Error() string {
	return fmt.Sprintf("its samples are not evenly spaced: %v, up to %.1f times it; "+
		"record at a steady rate, or give the rate by --table-rate to take them as they are",
		e.pace, e.pace.long/e.pace.median)
}
