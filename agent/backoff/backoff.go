package backoff

import (
	"context"
	"math/rand/v2"
	"time"
)

// Delay is the state of one series of attempts. The zero value waits not at
// all; set First and Cap.
type Delay struct {
	First time.Duration // upper limit of the first delay
	Cap   time.Duration // upper limit of every delay
	// Rand draws from [0, n); nil stands for the global generator.
	Rand func(n int64) int64

	limit time.Duration
}

// Next returns the delay before the next attempt.
func (d *Delay) Next() time.Duration {
	switch {
	case d.limit == 0:
		d.limit = min(d.First, d.Cap)
	case d.limit > d.Cap/2:
		d.limit = d.Cap
	default:
		d.limit *= 2
	}
	if d.limit <= 0 {
		return 0
	}
	draw := d.Rand
	if draw == nil {
		draw = rand.Int64N
	}
	return time.Duration(draw(int64(d.limit) + 1))
}

// Reset starts the series anew: the next delay is short again.
func (d *Delay) Reset() { d.limit = 0 }

// Sleep waits for the next delay and returns nil, or the context's error as
// soon as that is done.
func (d *Delay) Sleep(ctx context.Context) error { return Wait(ctx, d.Next()) }

// Wait waits for a time and returns nil, or the context's error as soon as that is done.
func Wait(ctx context.Context, pause time.Duration) error {
	t := time.NewTimer(pause)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
