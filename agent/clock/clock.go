package clock

import (
	"sync/atomic"
	"time"
)

// stepped is by how much the clock must have been set for times to be moved with it. What it
// wanders by is left: a time is said the same way twice.
const stepped = time.Second

// Clock is this machine's, which may be set while it is looked at. Its methods may be called
// from any goroutine, Look from one at a time.
type Clock struct {
	root   string
	boot   string
	now    func() time.Time
	uptime func() time.Duration
	last   time.Time // that was looked at
	synced atomic.Bool
	booted atomic.Pointer[time.Time] // when the machine was, by the clock as it was last set
}

// New returns the clock of the machine whose files are below root. Now and uptime are where
// its times come from; nil is this machine's.
func New(root string, now func() time.Time, uptime func() time.Duration) *Clock {
	if now == nil {
		now = time.Now
	}
	if uptime == nil {
		uptime = sinceBoot
	}
	c := &Clock{root: root, boot: bootID(root), now: now, uptime: uptime}
	c.Look()
	return c
}

// Look notices that the clock was set, or that it can be trusted now or no more, and reports
// whether times that were told before are to be told anew.
func (c *Clock) Look() (news bool) {
	now, synced := c.now(), Synced(c.root)
	if !c.last.IsZero() {
		moved := c.last.Add(now.Sub(c.last)) // where the clock would be, had nobody set it
		news = moved.Round(0).Sub(now.Round(0)).Abs() >= stepped
	}
	c.last = now
	news = c.synced.Swap(synced) != synced || news
	if news || c.booted.Load() == nil {
		booted := now.Add(-c.uptime()).Round(0)
		c.booted.Store(&booted)
	}
	return news
}

// Synced reports whether the clock was set by a time server when it was last looked at.
func (c *Clock) Synced() bool { return c.synced.Load() }

// Present returns this moment.
func (c *Clock) Present() Moment {
	return Moment{Now: c.now(), Synced: c.synced.Load(), boot: c.boot, uptime: c.uptime(), booted: *c.booted.Load()}
}

// Moment is a moment by a Clock as it goes then.
type Moment struct {
	Now    time.Time
	Synced bool
	boot   string
	uptime time.Duration
	booted time.Time
}

// Of returns what time t was by the clock as it goes at the moment. They differ where the
// clock was set in between, which Go's monotonic readings of both show; a time without one
// stays as it is.
func (m Moment) Of(t time.Time) time.Time {
	moved := m.Now.Add(t.Sub(m.Now))
	if moved.Round(0).Sub(t.Round(0)).Abs() < stepped {
		return t
	}
	return moved
}

// SinceBoot returns the boot of the machine and how long it had been up at time t, or false
// where that is not known.
func (m Moment) SinceBoot(t time.Time) (boot string, up time.Duration, known bool) {
	up = m.uptime - m.Now.Sub(t)
	return m.boot, up, m.boot != "" && m.uptime > 0 && up > 0
}

// Recall returns when the machine had been up for so long, or false where it was started since
// then, or the clock cannot be trusted at the moment either. The answer is the same until the
// clock is set again.
func (m Moment) Recall(boot string, up time.Duration) (time.Time, bool) {
	if !m.Synced || boot != m.boot || boot == "" || m.uptime <= 0 {
		return time.Time{}, false
	}
	return m.booted.Add(up), true
}
