package timeline

import (
	"math"
	"time"
)

const (
	// sureAfter is how often in a row a Ring's clock must say the same before a loss that its
	// count does not know is counted.
	sureAfter = 3
	// inRounds is the part of a ring by which the clock may be wrong in saying that whole
	// rounds are missing.
	inRounds = 16
)

// Ring is the line of a device that writes into a ring, round and round, and is
// followed from interrupt to interrupt: when interrupts are held up for a whole
// round, the count is short by a multiple of the ring, and the clock says by which.
type Ring struct {
	Line
	crystal crystal
	nominal uint64 // samples a second
	size    uint64 // sample times
	period  uint64 // sample times between two interrupts

	running bool   // whether samples have come since the device was started
	seen    uint64 // the count that was seen last
	rounds  uint64 // how many may have gone unnoticed
	behind  int64  // by how much the count is late then, at least
	sure    int    // how often in a row the clock has said so
	stall   stall
}

// NewRing returns the line of a device with a nominal rate, idle. Now is the present,
// at what the device's clock shows then.
func NewRing(rateHz int, now time.Time, at int64) *Ring {
	r := &Ring{crystal: newCrystal(rateHz), nominal: uint64(rateHz)}
	r.begin(&r.crystal, now, at)
	return r
}

// Restart makes the line idle: the device was started, with a ring of size sample
// times and an interrupt at each period.
func (r *Ring) Restart(size, period uint64) {
	r.size, r.period, r.running = size, period, false
}

// Estimate returns what is known of the device's clock. It may be called from any
// goroutine.
func (r *Ring) Estimate() Estimate { return r.crystal.slope.Estimate() }

// Span returns how many samples are taken within a time, by the nominal rate.
func (r *Ring) Span(d time.Duration) uint64 {
	return uint64(math.Round(d.Seconds() * float64(r.nominal)))
}

// resume begins to run: the first samples have come of a device that was started at a
// moment. What it would have taken since it stopped is lost.
func (r *Ring) resume(started int64) {
	if r.crystal.known {
		r.Lose(r.crystal.samples(started - r.crystal.At(r.next)))
		r.crystal.forget()
	}
	r.running = true
	r.stall = stall{}
}

// Observe notes that ahead sample times more than were given had been taken at a
// moment, by the count of a device that was started at another. It returns how many
// rounds it has counted as lost, and sure false while it cannot tell yet. A count that is late by more than half a
// ring may only be reported late: bursts of a busy bus, a virtual machine that was not
// run. So it is taken for short when it has moved on as fast as it should and is as late
// as before, several times in a row.
func (r *Ring) Observe(ahead uint64, at, started int64) (rounds uint64, sure bool) {
	if !r.running {
		if ahead == 0 {
			return 0, true // a codec may take its time to wake up
		}
		r.resume(started)
	} else if rounds = r.Unnoticed(ahead, at); rounds > 0 {
		count := r.next + ahead
		late := r.crystal.late(count, at)
		moved, due := count-r.seen, r.crystal.samples(at-r.crystal.last)
		runs := moved >= due/2 && moved <= 2*due+r.period
		r.seen, r.crystal.last = count, at
		if rounds != r.rounds || !runs {
			r.rounds, r.sure, r.behind = rounds, 0, late
			return 0, false
		}
		r.behind = min(r.behind, late)
		if r.sure++; r.sure < sureAfter {
			return 0, false
		}
		r.Lose(r.missing(rounds))
	}
	r.rounds, r.sure = 0, 0
	r.seen = r.next + ahead
	if r.crystal.known {
		r.follow(at)
	}
	r.crystal.observe(r.seen, at)
	return rounds, true
}

// missing returns how many sample times a count misses that has gone round unnoticed so often,
// or whose device stood still for about as long.
func (r *Ring) missing(rounds uint64) uint64 {
	whole := rounds * r.size
	if off := r.behind - r.crystal.span(whole); max(off, -off) <= r.crystal.span(r.size)/inRounds {
		return whole
	}
	return r.crystal.samples(r.behind)
}

// follow looks at how late the count is that was seen at a moment.
func (r *Ring) follow(at int64) {
	switch lost, drifts := r.stall.observe(r.crystal.late(r.seen, at), at); {
	case !r.crystal.slope.fitted.ready:
		r.stall = stall{}
	case lost > 0:
		n := r.crystal.samples(lost)
		r.Lose(n)
		r.seen += n
	case drifts:
		r.crystal.doubtRate()
	}
}

// Unnoticed returns how often the device seems to have gone round without the count
// noticing, when it says at a moment that ahead sample times more than were given had
// been taken.
func (r *Ring) Unnoticed(ahead uint64, at int64) uint64 {
	if !r.crystal.known || r.crystal.doubt(at) > r.crystal.span(r.size)/4 {
		return 0 // nobody looked for so long that the clock cannot tell any more
	}
	return (r.crystal.samples(r.crystal.late(r.next+ahead, at)) + r.size/2) / r.size
}
