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
	mu  sync.Mutex
	now time.Duration
}

// epoch is what the clock shows first. Any time does.
var epoch = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// Now returns the present.
func (c *Clock) Now() time.Time { return epoch.Add(c.elapsed()) }

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
