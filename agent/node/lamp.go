package node

import (
	"context"
	"fmt"

	"github.com/auscult/auscult/agent/decide"
	"github.com/auscult/auscult/agent/fault"
	"github.com/auscult/auscult/agent/message"
	"github.com/auscult/auscult/hw/board"
	"github.com/auscult/auscult/hw/indicator"
)

// runIndicator shows the state on the configured pin until the context ends. A
// pin that cannot be used is a fault; the node listens without it.
func (n *Node) runIndicator(ctx context.Context) {
	c := n.o.Config.Indicator
	err := func() error {
		pin, err := board.Pin(c.Pin)
		if err != nil {
			return err
		}
		light, err := indicator.New(pin, indicator.Options{Relay: c.Relay, ActiveLow: c.ActiveLow})
		if err != nil {
			return err
		}
		n.light.Store(light)
		light.Show(n.worst())
		return light.Run(ctx)
	}()
	if ctx.Err() == nil && err != nil {
		n.raise(fault.Indicator, "", fmt.Errorf("node: indicator: %w", err))
	}
}

// showState brings the indicator up to date.
func (n *Node) showState() {
	if light := n.light.Load(); light != nil {
		light.Show(n.worst())
	}
}

// severity orders the states of a source for somebody who looks at one lamp.
var severity = map[decide.State]int{decide.Normal: 1, decide.Warning: 2, message.FaultState: 3, decide.Alarm: 4}

// worst returns the state of the source that needs a person most: an alarm before
// a fault, both before a warning. Sources that have said nothing yet do not count.
func (n *Node) worst() indicator.State {
	var worst decide.State
	for _, s := range n.sources {
		if state := n.sourceStatus(s).State; severity[state] > severity[worst] {
			worst = state
		}
	}
	switch worst {
	case decide.Normal:
		return indicator.Normal
	case decide.Warning:
		return indicator.Warning
	case decide.Alarm:
		return indicator.Alarm
	case message.FaultState:
		return indicator.Fault
	}
	if len(n.sources) == 0 {
		return indicator.Fault
	}
	return indicator.Learning // until the first observation
}
