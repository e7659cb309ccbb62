package accel

import (
	"math"
	"time"
)

// effort is what reading a sensor takes.
type effort struct {
	began time.Time
	busy  time.Duration // in all, with its bus
	quick float64       // the least time that reading an entry took, in ns
}

// spend counts a look at the sensor, and returns the share of the time since the
// beginning that such looks took.
func (e *effort) spend(from, to time.Time) (share float64) {
	e.busy += to.Sub(from)
	return float64(e.busy) / float64(max(to.Sub(e.began), 1))
}

// paused reports whether samples may have been lost while entries of a FIFO were
// read, which filled on: reading paused for longer than the room that was left. Of
// such a gap no level tells.
func (e *effort) paused(entries int, took time.Duration, c *Config) bool {
	if entries == 0 {
		return false
	}
	period := c.PeriodNS()
	e.quick = math.Min(e.quick, float64(took)/float64(entries))
	room := float64(c.FIFODepth) - math.Max(float64(entries), float64(took)/period)
	return float64(took)-e.quick*float64(entries) > room*period
}
