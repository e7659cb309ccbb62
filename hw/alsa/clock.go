package alsa

import "time"

// creepPPM is how far the sample clock may run from its nominal rate.
const creepPPM = 200

// clock says when samples were taken. Times are CLOCK_MONOTONIC in ns.
type clock struct {
	rate  uint64
	known bool
	base  int64 // when sample 0 was taken, as far as is known
	last  int64 // of the latest observation
}

// span returns how long n samples take, in ns.
func (c *clock) span(n uint64) int64 {
	return int64(n/c.rate)*int64(time.Second) + int64(n%c.rate*uint64(time.Second)/c.rate)
}

// observe takes in that sample n was the next to come at a time. The times are
// late, never early: the earliest is the best, and older ones are forgotten at
// the rate at which the clocks may part.
func (c *clock) observe(n uint64, ns int64) {
	base := ns - c.span(n)
	if c.known {
		base = min(base, c.base+max(ns-c.last, 0)*creepPPM/1e6)
	}
	c.base, c.last, c.known = base, ns, true
}

// at returns when sample n was or will be taken.
func (c *clock) at(n uint64) int64 { return c.base + c.span(n) }

// samples returns how many samples fit into a time, to the nearest.
func (c *clock) samples(ns int64) uint64 {
	if ns <= 0 {
		return 0
	}
	n := uint64(ns)
	return n/1e9*c.rate + (n%1e9*c.rate+5e8)/1e9
}
