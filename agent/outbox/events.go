package outbox

import (
	"slices"
	"sync"
	"time"

	"github.com/auscult/auscult/agent/clock"
	"github.com/auscult/auscult/agent/decide"
	"github.com/auscult/auscult/agent/message"
	"github.com/auscult/auscult/agent/spool"
	"github.com/auscult/auscult/agent/state"
)

// The alert that tells of an event's start stays in the spool until the alert of its end
// is there too, and that of the end until the start's has left. So a start of the program
// finds, without anything written for it, which events it was in when it ended without a
// word: those whose start is there without an end.

// openEvents knows the events that have started and not ended, and those that have and
// whose start is still in the spool.
type openEvents struct {
	mu     sync.Mutex
	starts map[string][]spool.ID // of events that are open, by source and event
	pinned map[spool.ID]bool
	ends   []*ending
}

// ending is the alerts of an event that has ended.
type ending struct {
	starts []spool.ID // that are still in the spool
	ends   []spool.ID // which are pinned until they are not
}

func newOpenEvents() *openEvents {
	return &openEvents{starts: map[string][]spool.ID{}, pinned: map[spool.ID]bool{}}
}

func eventKey(a *message.Alert) string { return a.Node + " " + a.Source + " " + a.Event }

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

// ended forgets an event whose end is in the spool, too, and returns the records of its
// start, which may go. Those of the end are kept until the others have left.
func (o *openEvents) ended(a *message.Alert, ends []spool.ID) (starts []spool.ID) {
	o.mu.Lock()
	defer o.mu.Unlock()
	starts = o.starts[eventKey(a)]
	delete(o.starts, eventKey(a))
	for _, r := range starts {
		delete(o.pinned, r)
	}
	if len(starts) == 0 {
		for _, r := range ends {
			delete(o.pinned, r)
		}
		return ends
	}
	o.ends = append(o.ends, &ending{slices.Clone(starts), ends})
	return starts
}

// left notes which records are no longer in the spool, and returns those that may go now.
func (o *openEvents) left(gone func(spool.ID) bool) (free []spool.ID) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.ends = slices.DeleteFunc(o.ends, func(e *ending) bool {
		e.starts = slices.DeleteFunc(e.starts, gone)
		if len(e.starts) > 0 {
			return false
		}
		free = append(free, e.ends...)
		return true
	})
	for _, r := range free {
		delete(o.pinned, r)
	}
	return free
}

// waits reports whether ends wait for starts to leave.
func (o *openEvents) waits() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return len(o.ends) > 0
}

// holds reports whether a record is kept in the spool.
func (o *openEvents) holds(r spool.ID) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.pinned[r]
}

// resume takes over the events of former runs whose alerts are in the spool, and returns
// the starts that no end follows, oldest first. They stay until an end does.
func (o *openEvents) resume(s *spool.Spool) (open []message.Alert) {
	ends := map[string]spool.ID{}
	s.Each(func(r spool.Record) {
		a, ok := alertIn(r.Topic, r.Payload) // other dialects' words for the same events are of no use
		switch {
		case ok && a.Phase == message.Start:
			open = append(open, a)
			o.began(&a, []spool.ID{r.ID})
			o.hold(r.ID)
		case ok && a.Phase == message.End:
			ends[eventKey(&a)] = r.ID
			o.hold(r.ID)
		}
	})
	open = slices.DeleteFunc(open, func(a message.Alert) bool {
		end, over := ends[eventKey(&a)]
		if over {
			o.ended(&a, []spool.ID{end})
			delete(ends, eventKey(&a))
		}
		return over
	})
	for _, r := range ends { // whose starts have left
		o.drop(r)
	}
	return open
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
	all := b.events.resume(b.spool)
	for _, a := range all {
		b.Take(Interrupt(a, b.o.Clock.Present()))
	}
	return len(all)
}
