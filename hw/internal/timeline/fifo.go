package timeline

import (
	"math"
	"time"
)

const (
	// window is how many observations decide whether more was lost than was
	// counted at first. On a host so busy that it is late again and again, fewer
	// would all be late.
	window = 24
	// doubted is for how many windows a loss may show after its cause.
	doubted = 2
	// aSample is how many samples the count may lie behind the clock, by chance,
	// in the least late of several observations.
	aSample = 0.7
)

// FIFO is the line of a chip that says how many samples it holds, and whether it was
// full, but not how many it overwrote.
type FIFO struct {
	Line
	clock *Oscillator

	seen  int     // observations in this window
	least float64 // by how many samples the least late of them is late
	doubt int     // windows in which a loss may show
}

// NewFIFO returns the line of a chip with a nominal period in nanoseconds that was
// started at now, its moment 0.
func NewFIFO(periodNS float64, now time.Time) *FIFO {
	f := &FIFO{clock: NewOscillator(periodNS), least: math.Inf(1)}
	f.begin(f.clock, now, 0)
	return f
}

// Estimate returns what is known of the chip's clock. It may be called from any
// goroutine.
func (f *FIFO) Estimate() Estimate { return f.clock.Estimate() }

// Counted notes that ahead sample times more than were given had been taken at a
// moment, by the chip's own time, which misses none.
func (f *FIFO) Counted(ahead uint64, at int64) { f.clock.Observe(f.next+ahead, at) }

// Overran notes that the chip was full and holds ahead sample times, which was asked
// for at a moment. As many as the clock says had been taken, and this many are
// accounted for. The clock is late rather than early, so it errs towards too few; what
// is missing still is found by Observe.
func (f *FIFO) Overran(ahead uint64, asked int64) {
	if taken := f.clock.Taken(asked); taken > f.next+ahead {
		f.Lose(taken - f.next - ahead)
	}
	f.window(doubted)
}

// Doubt says that samples may have been lost unseen.
func (f *FIFO) Doubt() { f.doubt = doubted }

// window begins a window of observations.
func (f *FIFO) window(doubt int) { f.seen, f.least, f.doubt = 0, math.Inf(1), doubt }

// Observe notes that ahead sample times more than were given had been taken at a
// moment. The least late of a window of observations says by how many whole samples
// the count has fallen behind the clock; in doubt, that is how many were lost.
func (f *FIFO) Observe(ahead uint64, at int64) {
	count := f.next + ahead
	behind, isKnown := f.clock.behind(count, at), f.clock.fitted.ready
	switch {
	case f.doubt > 0 && !isKnown:
		// No clock yet to find a gap by, and a gap would spoil it.
		f.clock.Forget()
	case f.doubt == 0 || behind < aSample:
		f.clock.Observe(count, at)
	}
	f.least = math.Min(f.least, behind)
	if f.seen++; f.seen < window {
		return
	}
	if f.doubt > 0 && f.clock.fitted.ready {
		if n := short(f.least); n >= 1 {
			f.Lose(uint64(n))
		} else if n < 0 {
			f.clock.Forget()
		}
	}
	f.window(max(f.doubt-1, 0))
}

// short returns how many whole samples a count is short of that lies behind the
// clock, below 0 when it is ahead.
func short(behind float64) float64 { return math.Floor(behind + 1 - aSample) }
