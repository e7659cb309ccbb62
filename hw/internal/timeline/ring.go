package timeline

import "time"

// sureAfter is how often in a row a Ring's clock must say the same before a round is
// counted as lost.
const sureAfter = 3

// Ring is the line of a device that writes into a ring, round and round, and is
// followed from interrupt to interrupt: when interrupts are held up for a whole
// round, the count is short by a multiple of the ring, and the clock says by which.
type Ring struct {
	Line
	crystal crystal
	size    uint64 // sample times
	period  uint64 // sample times between two interrupts

	running bool   // whether samples have come since the device was started
	seen    uint64 // the count that was seen last
	rounds  uint64 // how many may have gone unnoticed
	sure    int    // how often in a row the clock has said so
}

// NewRing returns the line of a device with a nominal rate, idle. Now is the present,
// at what the device's clock shows then.
func NewRing(rateHz int, now time.Time, at int64) *Ring {
	r := &Ring{crystal: crystal{rate: uint64(rateHz)}}
	r.begin(&r.crystal, now, at)
	return r
}

// Restart makes the line idle: the device was started, with a ring of size sample
// times and an interrupt at each period.
func (r *Ring) Restart(size, period uint64) {
	r.size, r.period, r.running = size, period, false
}

// Span returns how many samples are taken within a time, by the nominal rate.
func (r *Ring) Span(d time.Duration) uint64 { return r.crystal.samples(int64(d)) }

// resume begins to run: the first samples have come of a device that was started at a
// moment. What it would have taken since it stopped is lost.
func (r *Ring) resume(started int64) {
	if r.crystal.known {
		r.Lose(r.crystal.samples(started - r.crystal.At(r.next)))
		r.crystal.known = false
	}
	r.running = true
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
		moved, due := count-r.seen, r.crystal.samples(at-r.crystal.last)
		runs := moved >= due/2 && moved <= 2*due+r.period
		r.seen, r.crystal.last = count, at
		if rounds != r.rounds || !runs {
			r.rounds, r.sure = rounds, 0
			return 0, false
		}
		if r.sure++; r.sure < sureAfter {
			return 0, false
		}
		r.Lose(rounds * r.size)
	}
	r.rounds, r.sure = 0, 0
	r.seen = r.next + ahead
	r.crystal.observe(r.seen, at)
	return rounds, true
}

// Unnoticed returns how often the device seems to have gone round without the count
// noticing, when it says at a moment that ahead sample times more than were given had
// been taken.
func (r *Ring) Unnoticed(ahead uint64, at int64) uint64 {
	if r.crystal.doubt(at) > r.crystal.span(r.size)/4 {
		return 0 // nobody looked for so long that the clock cannot tell any more
	}
	late := at - r.crystal.At(r.next+ahead)
	return (r.crystal.samples(late) + r.size/2) / r.size
}
