package pace

import (
	"context"
	"sync"
	"time"

	"github.com/auscult/auscult/hw"
)

// Pacer says when samples were taken and, paced, waits for them.
type Pacer struct {
	rate  uint64
	paced bool
	now   func() time.Time
	start time.Time
	timer *time.Timer

	halted chan struct{}
	once   sync.Once
}

// New returns a pacer of samples at rateHz. A nil now is time.Now.
func New(rateHz int, paced bool, now func() time.Time) *Pacer {
	if now == nil {
		now = time.Now
	}
	return &Pacer{rate: uint64(rateHz), paced: paced, now: now, halted: make(chan struct{})}
}

// Halt ends waiting. It reports whether it was the first call.
func (p *Pacer) Halt() (first bool) {
	p.once.Do(func() {
		close(p.halted)
		first = true
	})
	return first
}

// Stopped returns hw.ErrHalted after Halt, else the context's error.
func (p *Pacer) Stopped(ctx context.Context) error {
	select {
	case <-p.halted:
		return hw.ErrHalted
	default:
		return ctx.Err()
	}
}

// Time returns when a sample was taken. Sample 0 is taken when a time is first
// asked for.
func (p *Pacer) Time(sample uint64) time.Time {
	if p.start.IsZero() {
		p.start = p.now()
	}
	second := time.Duration(sample/p.rate) * time.Second
	return p.start.Add(second + time.Duration(sample%p.rate*uint64(time.Second)/p.rate))
}

// Wait returns once a sample has been taken: at once unless paced. It returns
// earlier with the reason when the context ends or Halt is called.
func (p *Pacer) Wait(ctx context.Context, sample uint64) error {
	until := p.Time(sample)
	if !p.paced {
		return nil
	}
	d := until.Sub(p.now())
	if d <= 0 {
		return nil
	}
	if p.timer == nil {
		p.timer = time.NewTimer(d)
	} else {
		p.timer.Reset(d)
	}
	defer p.timer.Stop()
	select {
	case <-p.timer.C:
		return nil
	case <-p.halted:
		return hw.ErrHalted
	case <-ctx.Done():
		return ctx.Err()
	}
}
