package accel

import (
	"context"
	"time"

	"github.com/auscult/auscult/hw"
)

// Clock is where a Source and a driver take their time from. The system's
// clock serves; tests bring one of their own, see acceltest.
type Clock interface {
	// Now returns the present, with Go's monotonic reading where there is one.
	Now() time.Time
	// Wait returns nil after d. It returns earlier with the context's error when
	// the context ends, and with hw.ErrHalted when halted is closed; a nil halted
	// never is.
	Wait(ctx context.Context, halted <-chan struct{}, d time.Duration) error
}

// SystemClock returns a Clock on the system's time. It serves one goroutine at
// a time, and allocates only at its first Wait.
func SystemClock() Clock { return &systemClock{} }

type systemClock struct {
	timer *time.Timer
}

// Now returns the present.
func (c *systemClock) Now() time.Time { return time.Now() }

// Wait waits on one timer, used again and again.
func (c *systemClock) Wait(ctx context.Context, halted <-chan struct{}, d time.Duration) error {
	if c.timer == nil {
		c.timer = time.NewTimer(d)
	} else {
		c.timer.Reset(d)
	}
	defer c.timer.Stop()
	select {
	case <-c.timer.C:
		return nil
	case <-halted:
		return hw.ErrHalted
	case <-ctx.Done():
		return ctx.Err()
	}
}
