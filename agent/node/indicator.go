package node

import (
	"context"
	"fmt"

	"github.com/auscult/auscult/agent/backoff"
	"github.com/auscult/auscult/agent/fault"
	"github.com/auscult/auscult/agent/state"
	"github.com/auscult/auscult/hw/board"
	"github.com/auscult/auscult/hw/indicator"
)

// runIndicator shows the state on the configured pin until the context ends. A
// pin that cannot be used is a fault; the node listens without it, and tries again.
func (n *Node) runIndicator(ctx context.Context) {
	pause := backoff.Delay{First: retryFirst, Cap: retryCap}
	for {
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
	c := n.o.Config.Indicator
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
	states := make([]state.State, len(n.sources))
	for i, s := range n.sources {
		states[i] = s.status().State
	}
	switch worst := state.Worst(states...); {
	case worst != "":
		return worst
	case len(n.sources) == 0:
		return state.Fault
	}
	return state.Learning // until the first observation
}
