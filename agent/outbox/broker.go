package outbox

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/auscult/auscult/agent/clock"
	"github.com/auscult/auscult/agent/fault"
	"github.com/auscult/auscult/agent/message"
	"github.com/auscult/auscult/agent/mqtt"
	"github.com/auscult/auscult/agent/spool"
)

// alertQueue is how many alerts may wait for the disk.
const alertQueue = 256

// BrokerOptions say how a Broker is built.
type BrokerOptions struct {
	Dialects []Dialect
	// Client is how the broker is reached, but for queues and callbacks; nil: nobody is
	// reached, and alerts wait on the disk.
	Client *mqtt.Config
	Spool  string // path of the queue of alerts
	Bounds spool.Options
	Buffer int // messages besides alerts that wait in memory
	// Clock is what times are by. Alerts that were told before it was set are corrected as
	// they are sent.
	Clock *clock.Clock

	// Present are events of all that the node is and has. What the broker retains besides
	// what these retain, since earlier runs said it, is emptied.
	Present []message.Event
	// Status returns what is said when a connection begins (""), or ends for a reason.
	Status func(reason string) *message.Status
	// Report takes faults of the way out; a nil error ends one. It must not block.
	Report func(code fault.Code, err error)
	Log    *slog.Logger
}

// Broker is the sink that publishes events.
type Broker struct {
	o      BrokerOptions
	spool  *spool.Spool
	ring   *spool.Ring[mqtt.Message]
	client atomic.Pointer[mqtt.Client] // nil: none
	anew   chan struct{}               // receives when there is another client

	events     *openEvents
	shelf      *shelf
	alerts     chan message.Alert
	pending    atomic.Int64 // alerts taken and not yet put
	alertsLost atomic.Uint64
	connects   atomic.Uint64
	watched    losses // when Watch last looked

	mu       sync.Mutex
	retained map[string]mqtt.Message // the last state of each topic
}

// NewBroker opens the queue of alerts.
func NewBroker(o BrokerOptions) (*Broker, error) {
	b := &Broker{
		o: o, ring: spool.NewRing[mqtt.Message](o.Buffer), alerts: make(chan message.Alert, alertQueue),
		retained: make(map[string]mqtt.Message), events: newOpenEvents(), anew: make(chan struct{}, 1),
		shelf: newShelf(o.Spool),
	}
	var err error
	if b.spool, err = spool.Open(o.Spool, o.Bounds); err != nil {
		return nil, err
	}
	b.watched.spool.count = b.spool.Stats().Dropped // by runs before: it is in the status
	if o.Client != nil {
		b.shelve(o.Present)
	}
	client, err := b.newClient(o.Client)
	if err != nil {
		return nil, errors.Join(err, b.spool.Close())
	}
	b.client.Store(client)
	return b, nil
}

// newClient returns a client of the broker's queues, nil where nobody is to be reached.
func (b *Broker) newClient(o *mqtt.Config) (*mqtt.Client, error) {
	if o == nil {
		return nil, nil
	}
	c := *o
	c.Alerts, c.Telemetry, c.Report, c.Up = &queue{corrected{b.spool, b.o.Clock}, b}, b.ring, b.o.Report, b.up
	c.Pinned = b.events.holds
	c.Will = func() (mqtt.Message, error) { return b.farewell(message.Lost) }
	c.Hello, c.Greeted = b.hello, b.greeted
	c.Goodbye = b.goodbye
	return mqtt.New(c)
}

// encode returns an event's messages in all dialects.
func (b *Broker) encode(e message.Event) (all []mqtt.Message, err error) {
	for _, d := range b.o.Dialects {
		m, err := d.Encode(e)
		if err != nil {
			return nil, err
		}
		all = append(all, m...)
	}
	return all, nil
}

// farewell returns what the broker publishes by itself when the connection breaks. MQTT
// has room for one message: the first dialect's.
func (b *Broker) farewell(reason string) (mqtt.Message, error) {
	all, err := b.encode(b.o.Status(reason))
	if err != nil || len(all) == 0 {
		return mqtt.Message{}, errors.Join(errors.New("outbox: no dialect can say that the node is lost"), err)
	}
	return all[0], nil
}

// hello returns what is said when a connection begins: that the node is there, and nothing
// on the topics of sources that are no more.
func (b *Broker) hello() ([]mqtt.Message, error) {
	all, err := b.encode(b.o.Status(""))
	for _, topic := range b.shelf.stale() {
		all = append(all, mqtt.Message{Topic: topic, Retained: true})
	}
	return all, err
}

// greeted is told by the client that it said hello.
func (b *Broker) greeted() {
	if err := b.shelf.cleared(); err != nil {
		b.o.Log.Warn("topics that the broker retains are not noted", "err", err)
	}
}

// shelve notes what the broker will retain.
func (b *Broker) shelve(present []message.Event) {
	var topics []string
	for _, e := range present {
		all, err := b.encode(e)
		if err != nil {
			b.o.Log.Error("message cannot be written", "err", err)
		}
		for _, m := range all {
			if m.Retained {
				topics = append(topics, m.Topic)
			}
		}
	}
	if err := b.shelf.hold(topics); err != nil {
		b.o.Log.Warn("topics that the broker retains are not noted", "err", err)
	}
}

// goodbye returns what is said before an orderly end: what is retained as it is by then,
// since telemetry has no time left, and that the node has stopped.
func (b *Broker) goodbye() ([]mqtt.Message, error) {
	last, err := b.encode(b.o.Status(message.Stopped))
	if err != nil {
		return nil, err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	all := slices.Collect(maps.Values(b.retained))
	return append(all, last...), nil
}

// BootID returns the id of this run of the node in messages.
func (b *Broker) BootID() string { return b.spool.BootID() }

// Take is Sink's.
func (b *Broker) Take(e message.Event) {
	switch e := e.(type) {
	case *message.Alert:
		b.handOver(*e)
	case *message.Status:
		// Each connection begins with a status anyway.
		if c := b.client.Load(); c != nil && c.Connected() {
			b.put(e)
		}
	case *message.State:
		b.remember(b.put(e))
	default:
		b.put(e)
	}
}

// put queues what is not an alert, and returns it.
func (b *Broker) put(e message.Event) []mqtt.Message {
	all, err := b.encode(e)
	if err != nil {
		b.o.Log.Error("message cannot be written", "err", err)
		return nil
	}
	for _, m := range all {
		b.ring.Put(m)
	}
	return all
}

func (b *Broker) remember(all []mqtt.Message) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, m := range all {
		if m.Retained {
			b.retained[m.Topic] = m
		}
	}
}

// repeat queues the last states again: the broker may have forgotten what it retained.
func (b *Broker) repeat() {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, m := range b.retained {
		b.ring.Put(m)
	}
}

// up is told by the client that a connection stands.
func (b *Broker) up(s mqtt.State) {
	b.o.Log.Info("connected", "broker", s.Address, "protocol", s.Protocol, "client_id", s.ClientID)
	if b.connects.Add(1) > 1 || b.ring.Dropped() > 0 {
		b.repeat()
	}
}

// handOver gives an alert to the writer. It never blocks: alerts that come
// faster than 256 ahead of the disk are counted and lost.
func (b *Broker) handOver(a message.Alert) {
	b.pending.Add(1)
	select {
	case b.alerts <- a:
	default:
		b.pending.Add(-1)
		lost := b.alertsLost.Add(1)
		b.o.Report(fault.AlertsDropped, fmt.Errorf("outbox: %d alerts lost: they came faster than the disk takes them", lost))
	}
}

// Store puts alerts into the spool until ctx ends and none is left.
func (b *Broker) Store(ctx context.Context) {
	for {
		select {
		case a := <-b.alerts:
			b.store(&a)
			continue
		default:
		}
		select {
		case a := <-b.alerts:
			b.store(&a)
		case <-ctx.Done():
			return
		}
	}
}

// store puts an alert into the spool, a record for each message that it becomes.
func (b *Broker) store(a *message.Alert) {
	defer b.pending.Add(-1)
	var stored []spool.ID
	defer func() {
		if a.Phase == message.Start {
			b.events.began(a, stored)
		} else {
			b.close(a, stored)
		}
	}()
	for _, d := range b.o.Dialects {
		draft, err := d.Encode(a)
		if err != nil {
			b.lose(err)
			return
		}
		for i := range draft {
			stored = append(stored, b.putAlert(d, a, i, draft[i].Topic))
		}
	}
}

// close lets go of the alerts of an event that has ended: the start first, so that it is
// never there alone.
func (b *Broker) close(a *message.Alert, ends []spool.ID) { b.release(b.events.ended(a, ends)) }

// release lets alerts go that nothing keeps in the spool any more.
func (b *Broker) release(free []spool.ID) {
	for _, r := range free {
		if c := b.client.Load(); c != nil {
			c.Release(r)
		}
	}
}

// queue is what the client takes alerts from.
type queue struct {
	corrected
	b *Broker
}

// Remove is mqtt.Queue's. What stayed because of the record may follow it.
func (q *queue) Remove(r spool.Record) error {
	err := q.Spool.Remove(r)
	q.b.release(q.b.events.left(func(id spool.ID) bool { return id == r.ID }))
	return err
}

// releaseDropped lets alerts go whose event's start was dropped since the queue was full.
func (b *Broker) releaseDropped() {
	if !b.events.waits() {
		return
	}
	there := map[spool.ID]bool{}
	b.spool.Next(func(w spool.Waiting) bool { // none is wanted: it only lists them
		there[w.ID] = true
		return true
	})
	b.release(b.events.left(func(id spool.ID) bool { return !there[id] }))
}

// putAlert stores the i-th message of an alert, written once its number is known.
func (b *Broker) putAlert(d Dialect, a *message.Alert, i int, topic string) (at spool.ID) {
	r, err := b.spool.Put(topic, func(bootID string, seq uint64) ([]byte, error) {
		a.BootID, a.Seq = bootID, seq
		all, err := d.Encode(a)
		if err == nil && i >= len(all) {
			err = fmt.Errorf("outbox: %T: an alert of %d messages became one of %d", d, i+1, len(all))
		}
		if err != nil {
			return nil, err
		}
		at = spool.ID{BootID: bootID, Seq: seq}
		b.events.hold(at) // before the client can see it
		return all[i].Payload, nil
	})
	switch {
	case errors.Is(err, spool.ErrNotStored):
		b.o.Report(fault.SpoolWrite, err)
	case err != nil:
		b.lose(err)
		return at
	}
	b.o.Log.Info("alert", "source", a.Source, "phase", string(a.Phase), "event", a.Event,
		"ratio", float64(a.Peak.Ratio), "seq", r.Seq)
	return at
}

func (b *Broker) lose(err error) {
	b.alertsLost.Add(1)
	b.o.Report(fault.AlertsDropped, err)
}

// Send connects to the broker and sends until ctx ends.
func (b *Broker) Send(ctx context.Context) {
	for ctx.Err() == nil {
		if c := b.client.Load(); c != nil {
			_ = c.Run(ctx) // it ends with its context, or since another takes over
		}
		if ctx.Err() != nil {
			return
		}
		for _, code := range mqtt.Faults {
			b.o.Report(code, nil)
		}
		select {
		case <-b.anew:
		case <-ctx.Done():
		}
	}
}

// Idle reports whether everything was sent, or nobody is there to send it to.
func (b *Broker) Idle() bool {
	c := b.client.Load()
	return c == nil || b.pending.Load() == 0 && c.Idle()
}

// Link says how messages leave at present, nil while they do not.
func (b *Broker) Link() *message.Link {
	c := b.client.Load()
	if c == nil {
		return nil
	}
	s := c.State()
	if s.Address == "" {
		return nil
	}
	l := &message.Link{Broker: s.Address, Protocol: s.Protocol, ClientID: s.ClientID, Delivery: message.Unconfirmed}
	if s.Confirmed {
		l.Delivery = message.Confirmed
	}
	return l
}

// Queue counts what waits and what was lost.
func (b *Broker) Queue() message.Queue {
	st := b.spool.Stats()
	q := message.Queue{
		Alerts: st.Records, AlertsInMemory: st.InMemory,
		AlertsDropped: st.Dropped + b.alertsLost.Load(),
	}
	if c := b.client.Load(); c != nil {
		q.TelemetryDropped = b.ring.Dropped() + c.Lost()
		s := c.State()
		q.AlertsUnconfirmed = s.Unconfirmed
		q.Alerts -= min(q.Alerts, s.Pinned) // they have arrived
	}
	return q
}

// Watch brings to the disk what is in memory only, and raises or ends the faults of
// both queues. It is called now and then, by one goroutine.
func (b *Broker) Watch() {
	_ = b.spool.Flush() // Stats.Err keeps the error
	b.releaseDropped()
	st := b.spool.Stats()
	b.o.Report(fault.SpoolWrite, st.Err)
	w := &b.watched
	if w.seen.Swap(false) {
		w.spool.at, w.damage.at, w.alerts.at = time.Time{}, time.Time{}, time.Time{}
	}
	var dropped, damaged, lost error
	if w.spool.rose(st.Dropped) {
		dropped = fmt.Errorf("spool: %d alerts dropped since the queue was full", st.Dropped)
	}
	if w.damage.rose(uint64(st.Damaged)) && st.DamageErr != nil {
		damaged = fmt.Errorf("spool: %w; %d alerts saved", st.DamageErr, st.Salvaged)
	}
	if n := b.alertsLost.Load(); w.alerts.rose(n) {
		lost = fmt.Errorf("outbox: %d alerts lost: they came faster than the disk takes them, or cannot be written", n)
	}
	b.o.Report(fault.SpoolDropped, dropped)
	b.o.Report(fault.SpoolDamaged, damaged)
	b.o.Report(fault.AlertsDropped, lost)
	before := w.telemetry
	w.telemetry = b.ring.Dropped()
	switch c := b.client.Load(); {
	case c == nil: // nobody misses it
	case w.telemetry > before:
		b.o.Report(fault.TelemetryLost, fmt.Errorf("outbox: %d scores and states dropped while the broker was away", w.telemetry))
	case c.Connected():
		b.o.Report(fault.TelemetryLost, nil)
	}
}

// Acknowledge ends the faults of losses that are over: somebody has seen them. Their counts
// stay in the status.
func (b *Broker) Acknowledge() { b.watched.seen.Store(true) }

// lossShown is how long a loss that is over stays a fault. Its count stays in the status.
const lossShown = time.Hour

// losses are the counts that Watch looks at.
type losses struct {
	spool, damage, alerts counter
	telemetry             uint64      // dropped
	seen                  atomic.Bool // by Acknowledge
}

// counter knows when a count rose last.
type counter struct {
	count uint64
	at    time.Time
}

// rose reports whether the count has risen lately.
func (c *counter) rose(count uint64) bool {
	if count > c.count {
		c.count, c.at = count, time.Now()
	}
	return !c.at.IsZero() && time.Since(c.at) < lossShown
}

// Close closes the queue of alerts; what is in memory only is tried once more.
func (b *Broker) Close() error { return b.spool.Close() }
