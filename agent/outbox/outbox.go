package outbox

import "github.com/auscult/auscult/agent/message"

// Sink takes events. The event is the sink's to read, not to change.
type Sink interface{ Take(e message.Event) }

// Outbox passes events to all its sinks, in their order.
type Outbox []Sink

// Take passes an event on.
func (o Outbox) Take(e message.Event) {
	for _, s := range o {
		s.Take(e)
	}
}
