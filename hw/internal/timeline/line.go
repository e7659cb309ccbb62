package timeline

import (
	"math"
	"sync/atomic"
	"time"
)

// Mark is where a block of samples stands.
type Mark struct {
	First uint64    // index of its first sample time
	Lost  uint64    // sample times lost directly before it
	Time  time.Time // when its first sample was taken, with Go's monotonic reading
}

// Line counts the sample times of one source. Ring, FIFO and Stamps are Lines.
type Line struct {
	clock  reacher
	next   uint64 // sample time that is given next
	lost   uint64 // since the last mark
	total  atomic.Uint64
	opened time.Time // the host's time at moment -shift
	shift  int64     // from nanoseconds since opened to moments of the line
	latest int64     // of the last mark, in nanoseconds since opened
}

// reacher is a clock that says at which moment a count of sample times was reached.
type reacher interface{ At(count uint64) int64 }

// begin makes a line whose moment at is the present.
func (l *Line) begin(clock reacher, now time.Time, at int64) {
	l.clock, l.opened, l.shift, l.latest = clock, now, at, math.MinInt64
}

// Next returns the index of the sample time that is given next.
func (l *Line) Next() uint64 { return l.next }

// Lost returns how many sample times were lost until now.
func (l *Line) Lost() uint64 { return l.total.Load() }

// Lose counts n sample times as lost before what is given next.
func (l *Line) Lose(n uint64) {
	l.next += n
	l.lost += n
	l.total.Add(n)
}

// Moment returns where a reading of the host's clock stands on the line.
func (l *Line) Moment(now time.Time) int64 { return int64(now.Sub(l.opened)) + l.shift }

// Take gives n sample times. Now is the present.
func (l *Line) Take(n uint64, now time.Time) Mark { return l.take(n, now, now.Sub(l.opened)) }

// take is Take with the time since the line was opened: the present's wall clock may
// have been set since then.
func (l *Line) take(n uint64, now time.Time, since time.Duration) Mark {
	l.latest = max(l.latest, l.clock.At(l.next+1)-l.shift)
	m := Mark{First: l.next, Lost: l.lost, Time: now.Add(time.Duration(l.latest) - since)}
	l.next += n
	l.lost = 0
	return m
}
