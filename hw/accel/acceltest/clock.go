package acceltest

import (
	"context"
	"sync"
	"time"

	"github.com/auscult/auscult/hw"
)

// Clock is a clock that stands still until somebody waits on it. Its zero value
// is ready for use.
type Clock struct {
	// Set returns what people see of a time, when the wall clock was set; nil leaves it.
	Set func(time.Time) time.Time

	mu  sync.Mutex
	now time.Duration
}

// epoch is what the clock shows first. Any time does that has a monotonic reading.
var epoch = time.Now()

// Now returns the present.
func (c *Clock) Now() time.Time {
	now := epoch.Add(c.elapsed())
	if c.Set != nil {
		now = c.Set(now)
	}
	return now
}

func (c *Clock) elapsed() time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// Advance lets time pass.
func (c *Clock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now += max(d, 0)
}

// Wait lets d pass at once, unless reading has ended.
func (c *Clock) Wait(ctx context.Context, halted <-chan struct{}, d time.Duration) error {
	select {
	case <-halted:
		return hw.ErrHalted
	default:
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	c.Advance(d)
	return nil
}
