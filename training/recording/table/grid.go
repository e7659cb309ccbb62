package table

import (
	"errors"
	"fmt"
	"io"
	"math"
)

// grid brings samples of uneven times onto even ones, by a cubic through the two on either side. It begins with
// the first sample. Where time runs on without samples, or runs back, is a gap: nothing is made up there.
type grid struct {
	rate   float64
	goodHz float64 // up to which it is within half a decibel
	gapS   float64 // a step that is longer is a gap
	said   string

	onlyTime bool // time of day, which begins anew at midnight

	samples run
	next    uint64  // sample of the grid
	zero    float64 // time of sample 0
	begun   bool
	last    float64 // time of the last sample that was read
	dayS    float64 // that were added at midnights
	found   breaks
}

// run is samples without a gap, as many as are needed to fill the interval behind points[at].
type run struct {
	points  [4]point
	have    int
	at      int
	over    bool  // no more samples of this run come
	held    point // the first of the next run
	waiting bool  // whether there is one
	ended   bool  // no more come at all
}

// breaks counts where time does not run on as it should.
type breaks struct {
	gaps      int
	lost      uint64  // samples, in all gaps
	longest   float64 // seconds
	backwards int
}

// point is a sample.
type point struct {
	t float64
	v []float64
}

func (p *point) set(t float64, v []float64) {
	p.t, p.v = t, append(p.v[:0], v...)
}

// read gives the next sample of the table, at its time; v is valid until the next call.
type read func() (t float64, v []float64, err error)

// sample fills out with the next even sample, and returns how many are missing before it; io.EOF at the end.
func (g *grid) sample(out []float64, from read) (lost uint64, err error) {
	r := &g.samples
	for {
		switch {
		case r.at+1 < r.have && (r.at+2 < r.have || r.over):
			if t := g.zero + float64(g.next)/g.rate; t <= r.points[r.at+1].t {
				r.interpolate(out, t)
				g.next++
				return lost, nil
			}
			r.shift()
		case r.over && r.waiting:
			lost += g.begin()
		case r.over && r.ended:
			return 0, io.EOF
		default:
			if err := g.take(from); err != nil {
				return 0, err
			}
		}
	}
}

// shift goes on to the next interval.
func (r *run) shift() {
	if r.at == 0 {
		r.at = 1
		return
	}
	first := r.points[0]
	copy(r.points[:], r.points[1:r.have])
	r.have--
	r.points[r.have] = first // its memory
}

// begin begins a run with the sample that waits, and returns how many are missing before it.
func (g *grid) begin() (lost uint64) {
	r := &g.samples
	r.points[0], r.held = r.held, r.points[0]
	r.have, r.at, r.over, r.waiting = 1, 0, r.ended, false
	t := r.points[0].t
	if !g.begun {
		g.begun, g.zero = true, t
		return 0
	}
	next := math.Ceil((t-g.zero)*g.rate - 1e-6)
	if next <= float64(g.next) { // the clock was set back: what is between is unknown
		g.zero = t - float64(g.next+1)/g.rate
		g.next++
		return 1
	}
	lost = uint64(min(next-float64(g.next), maxLost))
	g.next += lost
	if lost == maxLost {
		g.zero = t - float64(g.next)/g.rate
	}
	g.found.lost += lost
	return lost
}

// take reads a sample.
func (g *grid) take(from read) error {
	r := &g.samples
	t, v, err := from()
	if errors.Is(err, io.EOF) {
		r.over, r.ended = true, true
		return nil
	}
	if err != nil {
		return err
	}
	if g.onlyTime && g.begun && t+g.dayS < g.last-secondsDay/2 {
		g.dayS += secondsDay
	}
	t += g.dayS
	step := t - g.last
	switch {
	case math.IsNaN(t), r.have > 0 && step == 0:
		return nil
	case r.have == 0:
	case step < 0:
		g.found.backwards++
	case step > g.gapS:
		g.found.gaps++
		g.found.longest = max(g.found.longest, step)
	default:
		g.last = t
		r.points[r.have].set(t, v)
		r.have++
		return nil
	}
	g.last = t
	r.held.set(t, v)
	r.over, r.waiting = true, true
	return nil
}

// interpolate fills out with what was at a time between run[at] and the sample behind it.
func (r *run) interpolate(out []float64, t float64) {
	a, b := &r.points[r.at], &r.points[r.at+1]
	h := b.t - a.t
	x := (t - a.t) / h
	for i := range out {
		rise := (b.v[i] - a.v[i]) / h
		atA, atB := rise, rise
		if r.at > 0 {
			atA = slopeBetween(&r.points[r.at-1], a, i, rise, h)
		}
		if r.at+2 < r.have {
			atB = slopeBetween(b, &r.points[r.at+2], i, rise, h)
		}
		// Hermite's cubic by its values and slopes at both ends.
		y, z := 1-x, x*(1-x)
		out[i] = a.v[i]*y*y*(1+2*x) + b.v[i]*x*x*(3-2*x) + h*z*(atA*y-atB*x)
	}
}

// slopeBetween returns the slope of the parabola through a, b and a third sample where the interval from a to b meets
// one of length h, over which it rises so steeply.
func slopeBetween(a, b *point, i int, rise, h float64) float64 {
	w := b.t - a.t
	return ((b.v[i]-a.v[i])/w*h + rise*w) / (h + w)
}

// notes says what there is to be known of the samples.
func (g *grid) notes() []string { return append([]string{g.said}, g.found.notes()...) }

// notes says what gaps there were.
func (b *breaks) notes() []string {
	var said []string
	if b.gaps > 0 {
		said = append(said, fmt.Sprintf("time runs on without samples %s: %d samples are missing, up to %s in a row",
			times(b.gaps), b.lost, seconds(b.longest)))
	}
	if b.backwards > 0 {
		said = append(said, fmt.Sprintf("time runs back %s: it is taken for a gap", times(b.backwards)))
	}
	return said
}
