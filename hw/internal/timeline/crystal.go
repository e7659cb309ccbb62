package timeline

import (
	"math"
	"time"
)

const (
	// unknownPPM is how far a clock may run from its nominal rate before it was measured.
	unknownPPM = 15_000
	// creepPPM is how much a clock's rate may change while it is measured anew: by
	// temperature, mostly.
	creepPPM = 30
	// slopeError is what the ends of the time that a rate was measured over are good for.
	slopeError = 3 * time.Millisecond
)

// crystal is the clock of a device whose rate is near its nominal one, and measured. Its
// line lies at the least late observations, and moves from there at the rate that was
// measured: by more only as far as that may be wrong.
type crystal struct {
	slope *Oscillator
	trust time.Duration // what the rate was measured over
	known bool
	n     uint64 // the count of the latest observation
	t     int64  // when it was reached, as far as is known
	last  int64  // when it was observed
}

func newCrystal(rateHz int) crystal {
	return crystal{slope: NewOscillator(float64(time.Second) / float64(rateHz))}
}

// span returns how long n samples take, in ns.
func (c *crystal) span(n uint64) int64 {
	return int64(math.Round(float64(n) * c.slope.fitted.period))
}

// observe notes that n samples had been taken at a moment. Observations are late,
// never early: the earliest is the best, and older ones are forgotten at the rate at
// which the clocks may part.
func (c *crystal) observe(n uint64, at int64) {
	fitted := &c.slope.fitted
	measured := fitted.ready
	c.slope.Observe(n, at)
	switch {
	case !c.known:
		c.t = at
	case fitted.ready && !measured:
		// Until now it may have run away from the nominal rate.
		c.t = min(at, c.slope.At(n))
	default:
		c.t = min(at, c.At(n)+c.doubt(at))
	}
	if fitted.ready {
		c.trust = max(c.trust, fitted.over)
	}
	c.n, c.last, c.known = n, at, true
}

// doubt returns by how much the clocks may have parted since the latest observation.
func (c *crystal) doubt(at int64) int64 {
	ppm := float64(unknownPPM)
	if c.trust > 0 {
		ppm = min(ppm, creepPPM+float64(slopeError)/float64(c.trust)*1e6)
	}
	return int64(float64(max(at-c.last, 0)) * ppm * 1e-6)
}

// doubtRate says that the rate seems to have changed: it is measured anew.
func (c *crystal) doubtRate() {
	c.trust = 0
	c.slope.restart()
}

// forget drops what was observed, but keeps the rate: the device was started anew.
func (c *crystal) forget() {
	c.known = false
	c.slope.Forget()
}

// At returns when the count of samples reached n or will reach it.
func (c *crystal) At(n uint64) int64 {
	return c.t + int64(math.Round(float64(int64(n-c.n))*c.slope.fitted.period))
}

// late returns by how much a count lies behind the clock at a moment.
func (c *crystal) late(n uint64, at int64) int64 { return at - c.At(n) }

// samples returns how many samples fit into a time, to the nearest.
func (c *crystal) samples(ns int64) uint64 {
	if ns <= 0 {
		return 0
	}
	return uint64(math.Round(float64(ns) / c.slope.fitted.period))
}
