package timeline

import (
	"math"
	"time"
)

const (
	// Ahead is how many stamps decide whether a gap is a loss or only lateness.
	Ahead = 4
	// wasSet is by how much a stamp that has jumped must lie in the future to say that its
	// clock was set: what was lost leaves a gap too, but is late for it.
	wasSet = int64(20 * time.Millisecond)
	// near is how many say when the next is due while the rate is not known, which may be some per cent
	// off.
	near = 4
	// recent is how many samples say how late the line is of late.
	recent = 16
	// aJump is how many periods between two stamps are one.
	aJump = 3
	// mostMissing bounds what one gap may claim.
	mostMissing = 1e9
)

// Stamps is the line of samples of which each comes with a time.
type Stamps struct {
	Line
	clock *Oscillator

	arrived bool
	zero    int64 // the stamp at moment 0
	newest  int64 // moment of the stamp that arrived last

	before [recent]point // samples that were observed last
	seen   int           // how many were observed
}

// NewStamps returns the line of samples with a nominal period in nanoseconds. Until a
// stamp arrives its moments are nanoseconds since now.
func NewStamps(periodNS float64, now time.Time) *Stamps {
	s := &Stamps{clock: NewOscillator(periodNS)}
	s.begin(s.clock, now, 0)
	return s
}

// Estimate returns what is known of the sensor's clock. It may be called from any
// goroutine.
func (s *Stamps) Estimate() Estimate { return s.clock.Estimate() }

// Arrive returns the moment of a stamp in nanoseconds that has arrived by now. Stamps
// come in order. The least late arrival says where the line lies in the host's time. A
// stamp's clock may have been set, if it is one that people see: then it has jumped into the
// future, or back, and the sample counts as the one that was due.
func (s *Stamps) Arrive(stamp int64, now time.Time) int64 { return s.arrive(stamp, now.Sub(s.opened)) }

// arrive is Arrive with the time since the line was opened.
func (s *Stamps) arrive(stamp int64, since time.Duration) int64 {
	present := int64(since) + s.shift
	at := stamp - s.zero
	switch {
	case !s.arrived:
		s.arrived, s.zero, at, present = true, stamp, 0, math.MinInt64
	case at < s.newest || at > present+wasSet && float64(at-s.newest) > aJump*s.clock.fitted.period:
		at = s.newest + int64(s.clock.fitted.period)
		s.zero = stamp - at
	}
	s.newest = at
	if at > present {
		s.shift = at - int64(since)
	}
	return at
}

// Missing returns how many sample times are missing before the first of the moments at,
// which follow ahead others that were observed but not given. A late interrupt
// delays a stamp or two; a loss delays all that follow, at once: what creeps up over many
// samples is an error of the measured rate, and to take that for losses would make the rate
// more wrong.
func (s *Stamps) Missing(ahead uint64, at []int64) uint64 {
	count := s.next + ahead
	least, usual := math.Inf(1), s.usual()
	for j, moment := range at[:min(len(at), Ahead)] {
		if s.clock.fitted.ready {
			least = math.Min(least, s.clock.behind(count+uint64(1+j), moment)-usual)
			continue
		}
		least = math.Min(least, (float64(moment)-s.due(count+uint64(1+j)))/s.clock.nominal)
	}
	if n := short(least); n >= 1 && n <= mostMissing {
		return uint64(n)
	}
	return 0
}

// Observe notes that ahead sample times more than were given had been taken at a
// moment.
func (s *Stamps) Observe(ahead uint64, at int64) {
	s.before[s.seen%recent] = point{s.next + ahead, float64(at)}
	s.seen++
	s.clock.Observe(s.next+ahead, at)
}

// due returns when a count is due by the nominal rate and the least late of the last samples. Nothing is
// due before the first.
func (s *Stamps) due(count uint64) float64 {
	due := math.Inf(1)
	for i := max(s.seen-near, 0); i < s.seen; i++ {
		p := s.before[i%recent]
		due = math.Min(due, p.t+float64(count-p.n)*s.clock.nominal)
	}
	return due
}

// usual returns by how many samples the least late of the last ones lies behind the clock.
func (s *Stamps) usual() float64 {
	if s.seen < recent {
		return 0
	}
	least := math.Inf(1)
	for _, p := range s.before {
		least = math.Min(least, s.clock.behind(p.n, int64(p.t)))
	}
	return least
}
