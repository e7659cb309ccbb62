package timeline

import (
	"math"
	"time"
)

const (
	// stallWindow is how long lateness is watched before its least counts.
	stallWindow = 500 * time.Millisecond
	// perWindow is how many observations that takes at least.
	perWindow = 8
	// stood is by how much a count must be late to have stood still.
	stood = int64(20 * time.Millisecond)
	// steady is by how much the least lateness of two windows may differ.
	steady = int64(3 * time.Millisecond)
	// drifted is from where on lateness that grows is a change of rate.
	drifted = int64(2 * time.Millisecond)
)

// stall watches how late a count is. A host that is late is so for once; a device that
// stood still, although its count goes on as if nothing had been, is late from then on, by
// the same in every window; and one whose rate has changed is a little later each time.
type stall struct {
	least [2]int64 // of the two windows before
	ready int      // how many of them there are
	now   int64    // least lateness of this window
	seen  int      // observations in this window
	since int64
}

// observe notes a lateness at a moment. It returns for how long the device stood still, or
// whether its rate seems to have changed.
func (s *stall) observe(late, at int64) (lost int64, drifts bool) {
	if s.seen == 0 {
		s.now, s.since = math.MaxInt64, at
	}
	s.now = min(s.now, late)
	if s.seen++; s.seen < perWindow || at-s.since < int64(stallWindow) {
		return 0, false
	}
	s.seen = 0
	before, then, now := s.least[0], s.least[1], s.now
	s.least = [2]int64{then, now}
	if s.ready++; s.ready < 3 {
		return 0, false
	}
	jumped := then-before > stood-steady
	if jumped && then > stood && max(now-then, then-now) < steady {
		*s = stall{}
		return min(then, now), false
	}
	return 0, !jumped && then > drifted/2 && now > drifted && now-then < stood-steady
}
