package node

import (
	"fmt"
	"slices"
	"strings"

	"github.com/auscult/auscult/agent/state"
)

// Summary returns one line for people: how many sources listen, what they hear, whether what
// is said arrives, what is wrong.
func (n *Node) Summary() string {
	sources := n.list()
	listening := 0
	at := map[state.State][]string{}
	for _, s := range sources {
		now := s.status().State
		at[now] = append(at[now], s.label)
		if listens(now) {
			listening++
		}
	}
	text := fmt.Sprintf("node %s: %d of %d sources listen", n.id, listening, len(sources))
	for _, word := range []state.State{state.Alarm, state.Warning, state.Unfit, state.Learning} {
		if names := at[word]; len(names) > 0 {
			text += fmt.Sprintf(", %s: %s", word, strings.Join(names, " "))
		}
	}
	switch l := n.broker.Link(); {
	case n.config.Load().MQTT.Broker == "":
	case l == nil:
		text += ", not connected"
	default:
		text += fmt.Sprintf(", %s by MQTT %s, delivery %s", l.Broker, l.Protocol, l.Delivery)
	}
	text += fmt.Sprintf(", %d alerts wait", n.broker.Queue().Alerts)
	if faults := n.faults.List(); len(faults) > 0 {
		text += "; " + faults[0].Text
		if more := len(faults) - 1; more > 0 {
			text += fmt.Sprintf(" (and %d more)", more)
		}
	}
	return text
}

// listens reports whether a source in a state is heard.
func listens(s state.State) bool {
	return s != state.Fault && s != state.Unfit && s != state.Offline
}

// Settled reports whether it is known of every source how it is: a window was scored, or a
// fault says why none is, or its recording is over.
func (n *Node) Settled() bool {
	return !slices.ContainsFunc(n.list(), func(s *source) bool {
		st := s.status()
		return st.State != state.Fault && st.State != state.Unfit && st.Windows == 0 && !st.Ended
	})
}
