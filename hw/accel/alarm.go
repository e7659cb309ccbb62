package accel

import (
	"context"
	"fmt"
	"time"

	"periph.io/x/conn/v3/gpio"

	"github.com/auscult/auscult/hw/internal/halt"
)

const (
	// longestWait bounds one wait for the interrupt, so that an ended context is
	// seen.
	longestWait = 100 * time.Millisecond
	// shortestWait keeps a fast sensor with a small watermark from being polled
	// without pause.
	shortestWait = 200 * time.Microsecond
)

// alarm wakes a reader when a FIFO is likely to hold a watermark's worth: by the
// chip's interrupt line, or by the time.
type alarm struct {
	pin    gpio.PinIn // nil: by the time
	clock  Clock
	end    *halt.Switch
	plan   time.Duration // a watermark's worth of samples
	period time.Duration // of one sample
	looked time.Time     // when the level was last asked for
	polls  int
}

// arm takes the interrupt line into use, if there is one.
func (a *alarm) arm(pin gpio.PinIn) error {
	if pin == nil {
		return nil
	}
	if err := pin.In(gpio.PullNoChange, gpio.RisingEdge); err != nil {
		return fmt.Errorf("interrupt line %s: %w", pin, err)
	}
	a.pin = pin
	return nil
}

// disarm gives the line back, which ends a wait for it.
func (a *alarm) disarm() error {
	if a.pin == nil {
		return nil
	}
	if err := a.pin.Halt(); err != nil {
		return fmt.Errorf("interrupt line %s: %w", a.pin, err)
	}
	return nil
}

// wait returns when the FIFO is likely to hold a watermark's worth, or when it
// is time to look whether reading ends.
func (a *alarm) wait(ctx context.Context) error {
	due := a.plan - a.clock.Now().Sub(a.looked)
	if due <= 0 {
		// Reading the last burst, or whoever took it, was slow: it waits already,
		// and the line may be up since before the last edge was seen.
		return a.end.Stopped(ctx)
	}
	if a.pin == nil {
		// Polls at a multiple of the sample's period would all see the same phase
		// of it. Spread over a period, the least late of them sees it as it begins.
		a.polls++
		due += time.Duration(a.polls*5%8) * a.period / 8
		return a.clock.Wait(ctx, a.end.Off(), max(due, shortestWait))
	}
	// The edge comes at the watermark. Half as long again, and the line is
	// doubted: an edge that got lost costs a look at the level, not the samples.
	timeout := min(max(due+a.plan/2, time.Millisecond), longestWait)
	a.pin.WaitForEdge(timeout)
	return a.end.Stopped(ctx)
}
