package pace

import (
	"context"
	"time"

	"github.com/auscult/auscult/hw"
	"github.com/auscult/auscult/hw/internal/halt"
)

// Pacer says when samples were taken and, paced, waits for them. Its switch ends
// waiting.
type Pacer struct {
	*halt.Switch
	rate  uint64
	paced bool
	now   func() time.Time
	start time.Time
	timer *time.Timer
}

// New returns a pacer of samples at rateHz. A nil now is time.Now.
func New(rateHz int, paced bool, now func() time.Time) *Pacer {
	if now == nil {
		now = time.Now
	}
	return &Pacer{Switch: halt.New(), rate: uint64(rateHz), paced: paced, now: now}
}

// Time returns when a sample was taken. Sample 0 is taken when a time is first
// asked for. The time is laid out from the present, so it follows when the clock is set.
func (p *Pacer) Time(sample uint64) time.Time {
	now := p.now()
	if p.start.IsZero() {
		p.start = now
	}
	return now.Add(p.span(sample) - now.Sub(p.start))
}

// span returns how long samples take.
func (p *Pacer) span(samples uint64) time.Duration {
	return time.Duration(samples/p.rate)*time.Second + time.Duration(samples%p.rate*uint64(time.Second)/p.rate)
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
	case <-p.Off():
		return hw.ErrHalted
	case <-ctx.Done():
		return ctx.Err()
	}
}
