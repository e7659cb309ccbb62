package outbox

import (
	"sync"
	"time"

	"github.com/auscult/auscult/agent/clock"
	"github.com/auscult/auscult/agent/decide"
	"github.com/auscult/auscult/agent/message"
	"github.com/auscult/auscult/agent/spool"
	"github.com/auscult/auscult/agent/state"
)

// The alert that tells of an event's start stays in the spool until the alert of its end
// is there too. So a start finds, without anything written for it, which events the
// program was in when it ended without a word.

// openEvents knows the events that have started and not ended.
type openEvents struct {
	mu     sync.Mutex
	starts map[string][]spool.ID // by source and event
	pinned map[spool.ID]bool
}

func newOpenEvents() *openEvents {
	return &openEvents{starts: map[string][]spool.ID{}, pinned: map[spool.ID]bool{}}
}

func eventKey(a *message.Alert) string { return a.Source + " " + a.Event }

// began notes the records of an event's start.
func (o *openEvents) began(a *message.Alert, all []spool.ID) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.starts[eventKey(a)] = all
}

// hold keeps a record in the spool, until drop.
func (o *openEvents) hold(r spool.ID) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.pinned[r] = true
}

func (o *openEvents) drop(r spool.ID) {
	o.mu.Lock()
	defer o.mu.Unlock()
	delete(o.pinned, r)
}

// ended forgets an event and returns the records of its start.
func (o *openEvents) ended(a *message.Alert) []spool.ID {
	o.mu.Lock()
	defer o.mu.Unlock()
	all := o.starts[eventKey(a)]
	delete(o.starts, eventKey(a))
	return all
}

// holds reports whether a record is kept in the spool.
func (o *openEvents) holds(r spool.ID) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.pinned[r]
}

// unended returns the starts in the spool that no end follows, oldest first.
func unended(s *spool.Spool) []message.Alert {
	open := map[string]message.Alert{}
	var order []string
	s.Each(func(r spool.Record) {
		a, ok := alertIn(r.Topic, r.Payload)
		if !ok {
			return // other dialects' words for the same events are of no use here
		}
		key := a.Node + " " + eventKey(&a)
		switch a.Phase {
		case message.Start:
			open[key] = a
			order = append(order, key)
		case message.End:
			delete(open, key)
		}
	})
	var all []message.Alert
	for _, key := range order {
		if a, still := open[key]; still {
			all = append(all, a)
			delete(open, key)
		}
	}
	return all
}

// Interrupt returns the end of an event that started with a, of which nobody saw the end: now.
func Interrupt(a message.Alert, now clock.Moment) *message.Alert {
	a.Correct(now)
	started, at := a.Clocked, message.Time(now.Now)
	a.Phase, a.Cause, a.State = message.End, decide.Interrupted, state.Offline
	a.Time, a.End, a.Clocked = at, &at, message.ClockedAt(now, now.Now)
	a.Start, a.Peak.Time = message.Time(now.Of(time.Time(a.Start))), message.Time(now.Of(time.Time(a.Peak.Time)))
	if !started.SameAs(a.Clocked) {
		a.Clocked = message.Clocked{} // its start and its end are not by one clock, whatever comes
	}
	return &a
}

// CloseInterrupted has the events end that the program was in when it last ended without a
// word, and returns how many.
func (b *Broker) CloseInterrupted() int {
	all := unended(b.spool)
	for _, a := range all {
		b.Take(Interrupt(a, b.o.Clock.Present()))
	}
	return len(all)
}
