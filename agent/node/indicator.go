package node

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/auscult/auscult/agent/backoff"
	"github.com/auscult/auscult/agent/fault"
	"github.com/auscult/auscult/agent/state"
	"github.com/auscult/auscult/hw/board"
	"github.com/auscult/auscult/hw/indicator"
)

// lamp is the indicator, where one is configured.
type lamp struct {
	indicator atomic.Pointer[indicator.Indicator] // nil: none
	changed   chan struct{}                       // receives when another one is configured
}

// relight has the indicator be what the configuration says now.
func (l *lamp) relight() {
	select {
	case l.changed <- struct{}{}:
	default:
	}
}

// runIndicator shows the state on the configured pin until the context ends. A
// pin that cannot be used is a fault; the node listens without it, and tries again.
func (n *Node) runIndicator(ctx context.Context) {
	for ctx.Err() == nil {
		lit, cancel := context.WithCancel(ctx)
		var work sync.WaitGroup
		work.Go(func() { n.keepIndicator(lit) })
		select {
		case <-n.changed:
		case <-ctx.Done():
		}
		cancel()
		work.Wait()
		n.clear(fault.Indicator, "")
	}
}

// keepIndicator tries to show the state until the context ends.
func (n *Node) keepIndicator(ctx context.Context) {
	pause := backoff.Delay{First: retryFirst, Cap: retryCap}
	for n.config.Load().Indicator.Pin != "" {
		err := n.lightIndicator(ctx)
		n.indicator.Store(nil)
		if ctx.Err() != nil || err == nil {
			return
		}
		n.raise(fault.Indicator, "", fmt.Errorf("node: indicator: %w", err))
		if pause.Sleep(ctx) != nil {
			return
		}
	}
}

// lightIndicator shows the state until the context ends or the pin fails.
func (n *Node) lightIndicator(ctx context.Context) error {
	c := n.config.Load().Indicator
	pin, err := board.Pin(c.Pin)
	if err != nil {
		return err
	}
	i, err := indicator.New(pin, indicator.Options{Relay: c.Relay, ActiveLow: c.ActiveLow})
	if err != nil {
		return err
	}
	n.clear(fault.Indicator, "")
	n.indicator.Store(i)
	i.Show(signals[n.worst()])
	return i.Run(ctx)
}

// showState brings the indicator up to date.
func (n *Node) showState() {
	if i := n.indicator.Load(); i != nil {
		i.Show(signals[n.worst()])
	}
}

// signals say how each state is shown. A relay is drawn while the machine may be
// believed to run well.
var signals = map[state.State]indicator.Signal{
	state.Off:      {Light: indicator.Dark},
	state.Offline:  {Light: indicator.Dark},
	state.Learning: {Light: indicator.Slow, Drawn: true},
	state.Normal:   {Light: indicator.Steady, Drawn: true},
	state.Warning:  {Light: indicator.TwoFlashes, Drawn: true},
	state.Alarm:    {Light: indicator.Rapid},
	state.Fault:    {Light: indicator.ThreeFlashes},
	state.Unfit:    {Light: indicator.FourFlashes},
}

// worst returns the state of the source that needs a person most. Sources that have
// said nothing yet do not count.
func (n *Node) worst() state.State {
	sources := n.list()
	if len(sources) == 0 {
		return state.Fault
	}
	states := make([]state.State, len(sources))
	for i, s := range sources {
		states[i] = s.status().State
	}
	if worst := state.Worst(states...); worst != "" {
		return worst
	}
	return state.Learning
}
