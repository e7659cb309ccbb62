package mqtt

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/auscult/auscult/agent/fault"
	"github.com/auscult/auscult/agent/spool"
)

// windowMost is how many alerts are on their way at a time, unless the broker takes
// fewer: at 600 ms there and back that makes 26 in a second.
const windowMost = 16

// flight is an alert that was handed to the connection.
type flight struct {
	spool.ID
	topic string
	turn  uint64    // in which it was handed over
	sum   uint64    // by which its echo is known
	acked time.Time // zero: not yet
	back  bool      // its echo was seen
	kept  bool      // it was given up to wait for the echo
}

// result is the broker's answer to an alert.
type result struct {
	spool.ID
	err error
}

// alertSender sends alerts over one connection.
type alertSender struct {
	c       *Client
	t       transport
	window  int
	turn    uint64
	flights map[spool.ID]*flight // without an answer
	results chan result
	echo    *echo // nil where the broker's answer says whether it took an alert
}

func (c *Client) newAlertSender(t transport, e *echo) *alertSender {
	window := windowMost
	if w := t.offer().window; w > 0 {
		window = max(1, min(window, w-1)) // one is left for what is not an alert
	}
	// No more answers than the window has can come, so giving one never blocks.
	return &alertSender{c: c, t: t, window: window, flights: map[spool.ID]*flight{}, results: make(chan result, window),
		echo: e}
}

// run sends alerts until the connection breaks or ctx ends.
func (s *alertSender) run(ctx context.Context) error {
	wake := time.NewTimer(0)
	defer wake.Stop()
	s.fill()
	s.echo.probe(s.c.suspects)
	for {
		s.fill()
		wake.Reset(s.next())
		select {
		case r := <-s.results:
			if err := s.settle(r); err != nil {
				return err
			}
		case a := <-s.echo.arrivals():
			s.arrived(a)
		case <-s.c.c.Alerts.Ready():
		case <-wake.C:
			s.overdue()
			s.c.reportHeld()
		case <-s.t.lost():
			return s.t.cause()
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// fill hands alerts over while there is room.
func (s *alertSender) fill() {
	for len(s.flights) < s.window {
		if r, bytes, ok := s.c.next(s.c.book.skip()); ok {
			s.launch(r, bytes)
			continue
		}
		return
	}
}

// next returns the oldest alert that is not skipped, and how long it is.
func (c *Client) next(skip func(spool.Waiting) bool) (r spool.Record, bytes int64, ok bool) {
	r, ok = c.c.Alerts.Next(func(w spool.Waiting) bool {
		bytes = w.Bytes
		return skip(w)
	})
	return r, bytes, ok
}

func (s *alertSender) launch(r spool.Record, bytes int64) {
	s.turn++
	f := &flight{ID: r.ID, topic: r.Topic, turn: s.turn}
	s.c.book.fly(f.ID, aloft{f.topic, bytes})
	s.flights[f.ID] = f
	m := Message{Topic: r.Topic, Payload: r.Payload}
	s.echo.expect(f, m)
	s.t.publish(m, 1, func(err error) { s.results <- result{f.ID, err} })
}

// alone sends one alert with nothing beside it. A connection that ends with it is held
// against it.
func (s *alertSender) alone(ctx context.Context, r spool.Record, bytes int64) error {
	s.launch(r, bytes)
	k := r.ID
	err := s.fate(ctx, s.flights[k])
	switch {
	case err == nil:
		s.c.book.pardon(recordKey(k))
	case ctx.Err() == nil && s.c.book.strike(recordKey(k)):
		s.echo.forgetID(k)
		delete(s.flights, k)
		s.c.book.hungUp(k, r.Topic)
		s.c.reportHeld()
	}
	return err
}

// fate waits until it is known what became of an alert. A confirmation that says nothing is
// no answer: a broker may give one and then end the connection.
func (s *alertSender) fate(ctx context.Context, f *flight) error {
	wake := time.NewTimer(s.c.c.Timeout)
	defer wake.Stop()
	for s.flights[f.ID] != nil || s.echo.awaits(f) {
		wake.Reset(s.next())
		select {
		case answer := <-s.results:
			if err := s.settle(answer); err != nil {
				return err
			}
		case a := <-s.echo.arrivals():
			s.arrived(a)
		case <-wake.C:
			s.overdue()
		case <-s.t.lost():
			return s.t.cause()
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

// settle does what an answer asks for. An error ends the connection.
func (s *alertSender) settle(r result) error {
	f := s.flights[r.ID]
	if f == nil {
		return nil
	}
	delete(s.flights, r.ID)
	var no *Refusal
	switch {
	case r.err == nil && (s.echo == nil || f.back):
		s.delivered(f)
	case r.err == nil:
		f.acked = time.Now()
		if s.echo.deaf(f.topic) {
			s.keep(f)
		}
	case errors.As(r.err, &no) && no.What == "message":
		s.echo.forget(f)
		s.c.book.refuse(f.ID, f.topic, no.ofTopic(), no)
		s.c.reportHeld()
	default:
		s.flights[r.ID] = f // its fate is open
		return r.err
	}
	return nil
}

func (s *alertSender) delivered(f *flight) {
	s.echo.forget(f)
	s.c.book.delivered(f.ID, f.topic)
	s.c.remove(f.ID)
	s.c.reportHeld()
}

// keep keeps an alert of which nobody knows whether it arrived. The oldest go when there
// are too many.
func (s *alertSender) keep(f *flight) {
	f.kept = true
	for _, k := range s.c.book.keepBack(f.ID, f.topic) {
		s.echo.forgetID(k)
		s.c.remove(k)
	}
	s.c.reportUnconfirmed()
}

// arrived looks at what came back from the broker.
func (s *alertSender) arrived(a arrival) {
	f, opened := s.echo.arrived(a)
	if opened {
		s.c.book.release(topicOf(a.topic))
		s.c.reportUnconfirmed()
	}
	if f == nil {
		return
	}
	f.back = true
	if !f.acked.IsZero() {
		s.delivered(f)
	}
}

// overdue gives up alerts whose echo did not come.
func (s *alertSender) overdue() {
	for _, f := range s.echo.late(time.Now()) {
		if s.echo.heard(f.topic) {
			// Others on the topic came back: this one was not taken.
			s.echo.forget(f)
			s.c.book.refuse(f.ID, f.topic, false, errSwallowed)
			continue
		}
		s.keep(f)
	}
	if s.echo.probeDue() {
		s.echo.probe(s.c.suspects)
	}
	s.c.reportUnconfirmed()
}

var errSwallowed = errors.New("the broker confirms it and passes it on to nobody: it is larger than message_size_limit or " +
	"the like allows, or a rule drops it")

// next returns how long to wait for something that is due.
func (s *alertSender) next() time.Duration {
	wait := time.Minute
	if _, at := s.c.book.held(); !at.IsZero() {
		wait = min(wait, max(at.Sub(s.c.book.now()), time.Millisecond))
	}
	if at := s.echo.due(); !at.IsZero() {
		wait = min(wait, max(time.Until(at), time.Millisecond))
	}
	return wait
}

// leave notes what was on its way when the connection ended.
func (s *alertSender) leave() {
	for k := range s.flights {
		s.c.book.land(k)
		s.c.suspects.alert(k)
	}
	s.echo.leave(func(f *flight) { s.c.book.land(f.ID) })
}

// remove takes an alert off the disk that has arrived, unless it is to stay.
func (c *Client) remove(k spool.ID) {
	if c.book.pin(k, c.c.Pinned) {
		return
	}
	// Confirmed, but perhaps still on the disk: then it comes again after
	// a restart, which is allowed. The spool's Stats tell.
	_ = c.c.Alerts.Remove(spool.Record{ID: k})
}

// Release takes an alert off the disk that Config.Pinned kept there, if it was delivered.
// Pinned must no longer hold it.
func (c *Client) Release(k spool.ID) {
	if c.book.unpin(k) {
		c.remove(k)
	}
}

// reportHeld raises or ends the fault of alerts that the broker refuses.
func (c *Client) reportHeld() {
	first, _ := c.book.held()
	if first == nil {
		c.c.Report(fault.AlertRefused, nil)
		return
	}
	c.c.Report(fault.AlertRefused, fmt.Errorf("mqtt: an alert on the topic %s stays on the disk: %w%s", first.topic, first.why,
		advice(first)))
}

// advice says what to do about a refusal.
func advice(h *hold) string {
	var no *Refusal
	if !errors.As(h.why, &no) {
		return ""
	}
	switch no.Code {
	case notAuthorized:
		return ": let the node's user write to this topic"
	case tooLarge:
		return ": raise the broker's limit of packets or messages"
	case quotaExceeded:
		return ": raise the broker's quota"
	}
	return ""
}

func recordKey(k spool.ID) string { return fmt.Sprintf("alert %s %d", k.BootID, k.Seq) }
