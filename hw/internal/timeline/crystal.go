package timeline

import "time"

// creepPPM is how far a crystal may run from its nominal rate.
const creepPPM = 200

// crystal is the clock of a device whose rate is known well: better than it could be
// measured within a minute, whatever holds observations up.
type crystal struct {
	rate  uint64 // samples a second
	known bool
	base  int64 // when the count was 0, as far as is known
	last  int64 // of the latest observation
}

// span returns how long n samples take, in ns.
func (c *crystal) span(n uint64) int64 {
	return int64(n/c.rate)*int64(time.Second) + int64(n%c.rate*uint64(time.Second)/c.rate)
}

// observe notes that n samples had been taken at a moment. Observations are late,
// never early: the earliest is the best, and older ones are forgotten at the rate at
// which the clocks may part.
func (c *crystal) observe(n uint64, at int64) {
	base := at - c.span(n)
	if c.known {
		base = min(base, c.base+c.doubt(at))
	}
	c.base, c.last, c.known = base, at, true
}

// doubt returns by how much the clocks may have parted since the latest observation.
func (c *crystal) doubt(at int64) int64 { return max(at-c.last, 0) * creepPPM / 1e6 }

// At returns when the count of samples reached n or will reach it.
func (c *crystal) At(n uint64) int64 { return c.base + c.span(n) }

// samples returns how many samples fit into a time, to the nearest.
func (c *crystal) samples(ns int64) uint64 {
	if ns <= 0 {
		return 0
	}
	n := uint64(ns)
	return n/1e9*c.rate + (n%1e9*c.rate+5e8)/1e9
}
