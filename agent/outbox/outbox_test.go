package outbox

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/auscult/auscult/agent/clock"
	"github.com/auscult/auscult/agent/fault"
	"github.com/auscult/auscult/agent/message"
	"github.com/auscult/auscult/agent/mqtt"
	"github.com/auscult/auscult/agent/mqtt/address"
	"github.com/auscult/auscult/agent/spool"
	"github.com/auscult/auscult/agent/state"
)

// faults notes what is reported.
type faults map[fault.Code]error

func options(t *testing.T, noted faults, dialects ...Dialect) BrokerOptions {
	t.Helper()
	return BrokerOptions{
		Dialects: dialects, Spool: filepath.Join(t.TempDir(), "spool"), Buffer: 4,
		Status: func(reason string) *message.Status {
			return &message.Status{Node: "n", Online: reason == "", Reason: reason}
		},
		Report: func(code fault.Code, err error) { noted[code] = err },
		Clock:  clock.New("/", nil, nil),
		Log:    slog.New(slog.DiscardHandler),
	}
}

// newBroker returns a Broker that reaches nobody.
func newBroker(t *testing.T, noted faults, dialects ...Dialect) *Broker {
	t.Helper()
	return openBroker(t, options(t, noted, dialects...))
}

func openBroker(t *testing.T, o BrokerOptions) *Broker {
	t.Helper()
	b, err := NewBroker(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = b.Close() })
	return b
}

func alertOf(source string) *message.Alert {
	return &message.Alert{Head: message.Head{Node: "n", Source: source}, Phase: message.Start, Event: "e"}
}

// stored returns what waits for the broker, and forgets it.
func stored(t *testing.T, b *Broker) (all []spool.Record) {
	t.Helper()
	for {
		r, ok := b.spool.Next(nil)
		if !ok {
			return all
		}
		if err := b.spool.Remove(r); err != nil {
			t.Fatal(err)
		}
		all = append(all, r)
	}
}

// write has a Broker put into the spool what it was given.
func write(t *testing.T, b *Broker) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	b.Store(ctx)
}

func TestJSON(t *testing.T) {
	head := message.Head{Node: "n", Source: "s"}
	for _, c := range []struct {
		e        message.Event
		topic    string
		retained bool
	}{
		{&message.State{Head: head, State: state.Normal}, "auscult/n/s/state", true},
		{&message.Score{Head: head}, "auscult/n/s/score", false},
		{&message.Alert{Head: head}, "auscult/n/s/alert", false},
		{&message.Status{Node: "n"}, "auscult/n/status", true},
	} {
		all, err := JSON{}.Encode(c.e)
		want, encodeErr := message.Encode(c.e)
		if err != nil || encodeErr != nil || len(all) != 1 {
			t.Fatalf("%T: %v, %v, %v", c.e, all, err, encodeErr)
		}
		if m := all[0]; m.Topic != c.topic || m.Retained != c.retained || !bytes.Equal(m.Payload, want) {
			t.Errorf("%T: %+v", c.e, m)
		}
	}
	if _, err := (JSON{}).Encode(nil); err == nil {
		t.Error("nothing was encoded")
	}
}

// sink notes the events that it takes.
type sink []message.Event

func (s *sink) Take(e message.Event) { *s = append(*s, e) }

func TestSeveralSinks(t *testing.T) {
	var a, b sink
	var log strings.Builder
	o := Outbox{&a, Log{slog.New(slog.NewTextHandler(&log, nil))}, &b}
	events := []message.Event{
		&message.State{Head: message.Head{Source: "fan"}, State: state.Alarm, Previous: state.Normal, Ratio: 2},
		&message.Score{}, alertOf("fan"), &message.Status{},
	}
	for _, e := range events {
		o.Take(e)
	}
	if len(a) != len(events) || len(b) != len(events) || a[0] != events[0] || b[3] != events[3] {
		t.Errorf("took %v and %v", a, b)
	}
	if got := log.String(); strings.Count(got, "\n") != 1 || !strings.Contains(got, "msg=state source=fan state=alarm previous=normal ratio=2\n") {
		t.Errorf("log %q", got)
	}
}

func TestAlertsFasterThanTheDisk(t *testing.T) {
	noted := faults{}
	b := newBroker(t, noted, JSON{})
	const room = 256
	for range room + 3 { // nobody writes
		b.Take(alertOf("fan"))
	}
	if err := noted[fault.AlertsDropped]; err == nil || !strings.Contains(err.Error(), "3 alerts lost") ||
		b.Queue().AlertsDropped != 3 {
		t.Errorf("faults %v, queue %+v", noted, b.Queue())
	}
	write(t, b)
	if q := b.Queue(); q.Alerts != room || b.pending.Load() != 0 {
		t.Errorf("%+v, %d pending", q, b.pending.Load())
	}
}

// pair is a dialect of two messages for each alert and none for the rest, that fails on
// sources called so.
type pair struct{}

func (pair) Encode(e message.Event) ([]mqtt.Message, error) {
	a, ok := e.(*message.Alert)
	switch {
	case !ok:
		return nil, nil
	case a.Source == "broken":
		return nil, errors.New("no words for it")
	}
	return []mqtt.Message{
		{Topic: "one", Payload: fmt.Append(nil, a.Source, " ", a.Seq)},
		{Topic: "two", Payload: fmt.Append(nil, a.Source, " ", a.Seq)},
	}, nil
}

// TestDialects stores every message that an alert becomes, each under a number of its
// own, and loses none unseen.
func TestDialects(t *testing.T) {
	noted := faults{}
	b := newBroker(t, noted, JSON{}, pair{})
	b.Take(alertOf("fan"))
	b.Take(&message.State{Head: message.Head{Node: "n", Source: "fan"}})
	write(t, b)
	all := stored(t, b)
	if len(all) != 3 || b.ring.Len() != 1 {
		t.Fatalf("%d records and %d messages, want 3 and 1", len(all), b.ring.Len())
	}
	for i, r := range all {
		if r.Seq != uint64(i+1) || r.BootID != b.BootID() {
			t.Errorf("record %d has the number %d of %s", i, r.Seq, r.BootID)
		}
	}
	if want := fmt.Appendf(nil, `"boot_id":"%s","seq":1`, b.BootID()); !bytes.Contains(all[0].Payload, want) {
		t.Errorf("stored %s, want one with %s", all[0].Payload, want)
	}
	for i, want := range []string{"one fan 2", "two fan 3"} {
		if r := all[i+1]; r.Topic+" "+string(r.Payload) != want {
			t.Errorf("stored %s %s, want %s", r.Topic, r.Payload, want)
		}
	}

	b.Take(alertOf("broken"))
	write(t, b)
	if all := stored(t, b); len(all) != 1 || noted[fault.AlertsDropped] == nil || b.Queue().AlertsDropped != 1 {
		t.Errorf("%d records, faults %v, queue %+v: want what JSON says, and the rest told", len(all), noted, b.Queue())
	}
}

func TestFarewell(t *testing.T) {
	b := newBroker(t, faults{}, JSON{}, pair{})
	m, err := b.farewell(message.Lost)
	if err != nil || m.Topic != "auscult/n/status" || !m.Retained ||
		!bytes.Contains(m.Payload, []byte(`"online":false,"reason":"lost"`)) {
		t.Errorf("%s %s, %v", m.Topic, m.Payload, err)
	}
	if _, err := newBroker(t, faults{}, pair{}).farewell(message.Lost); err == nil {
		t.Error("a dialect without a status has a last will")
	}
}

// TestRepeat sends the last state of every source again when the broker may have
// forgotten them.
func TestRepeat(t *testing.T) {
	b := newBroker(t, faults{}, JSON{})
	take := func(source string, s state.State) {
		b.Take(&message.State{Head: message.Head{Node: "n", Source: source}, State: s})
	}
	take("a", state.Normal)
	take("a", state.Alarm)
	take("b", state.Normal)
	drain := func() (all []string) {
		for {
			m, ok := b.ring.Take()
			if !ok {
				return all
			}
			all = append(all, m.Topic+" "+string(m.Payload))
		}
	}
	drain()
	b.up(mqtt.State{})
	if again := drain(); len(again) != 0 {
		t.Errorf("sent again on the first connection: %q", again)
	}
	b.up(mqtt.State{})
	again := strings.Join(drain(), "\n")
	if strings.Count(again, "/state") != 2 || strings.Count(again, `"state":"alarm"`) != 1 {
		t.Errorf("sent again %q", again)
	}
}

// TestWatch raises and ends the faults of the queues.
func TestWatch(t *testing.T) {
	noted := faults{}
	o := options(t, noted, JSON{})
	o.Client = nowhere(t)
	b := openBroker(t, o)
	b.Watch()
	for code, err := range noted {
		if err != nil {
			t.Errorf("%s: %v", code, err)
		}
	}
	for range 6 { // four have room
		b.Take(&message.Score{})
	}
	b.Watch()
	if err := noted[fault.TelemetryLost]; err == nil || !strings.Contains(err.Error(), "2 scores and states dropped") {
		t.Errorf("faults %v", noted)
	}
	if q := b.Queue(); q.TelemetryDropped != 2 {
		t.Errorf("queue %+v", q)
	}
	// Where nobody is to be reached, nothing is missed.
	b = newBroker(t, noted, JSON{})
	clear(noted)
	for range 6 {
		b.Take(&message.Score{})
	}
	b.Watch()
	if err := noted[fault.TelemetryLost]; err != nil || b.Queue().TelemetryDropped != 0 {
		t.Errorf("without a broker: %v, %+v", err, b.Queue())
	}
}

// nowhere is a client of a broker that is not there.
func nowhere(t *testing.T) *mqtt.Config {
	t.Helper()
	at, err := address.Parse("mqtt://127.0.0.1:1")
	if err != nil {
		t.Fatal(err)
	}
	return &mqtt.Config{
		Brokers: []address.Address{at}, ClientID: "n",
		KeepAlive: time.Second, Timeout: time.Second, RetryFirst: time.Second, RetryMax: time.Second,
	}
}

// TestClient builds a client that never runs: nothing is done before it has connected.
func TestClient(t *testing.T) {
	o := options(t, faults{}, JSON{})
	o.Client = &mqtt.Config{Brokers: nowhere(t).Brokers}
	if _, err := NewBroker(o); err == nil {
		t.Error("a client without an id was built")
	}
	o.Client = nowhere(t)
	b := openBroker(t, o) // the queue was closed before
	if b.Idle() {
		t.Error("nobody is connected, and nothing is left to do")
	}
	if !newBroker(t, faults{}, JSON{}).Idle() {
		t.Error("there is nobody to send to, and something is left to do")
	}
	b.Take(&message.Status{Node: "n"})
	if n := b.ring.Len(); n != 0 {
		t.Errorf("%d messages wait: a connection begins with a status of its own", n)
	}
}

// fickle is a dialect of one message for an alert at first and of none later.
type fickle struct{ asked int }

func (f *fickle) Encode(message.Event) ([]mqtt.Message, error) {
	f.asked++
	if f.asked > 1 {
		return nil, nil
	}
	return []mqtt.Message{{Topic: "t"}}, nil
}

func TestFickleDialect(t *testing.T) {
	noted := faults{}
	b := newBroker(t, noted, &fickle{})
	b.Take(alertOf("fan"))
	write(t, b)
	err := noted[fault.AlertsDropped]
	if err == nil || !strings.Contains(err.Error(), "an alert of 1 messages became one of 0") {
		t.Errorf("faults %v", noted)
	}
}

// TestRepeatAfterLoss repeats states on the first connection when one was dropped.
func TestRepeatAfterLoss(t *testing.T) {
	b := newBroker(t, faults{}, JSON{})
	b.Take(&message.State{Head: message.Head{Node: "n", Source: "a"}, State: state.Alarm})
	for range 4 { // all that have room
		b.Take(&message.Score{})
	}
	b.up(mqtt.State{})
	var last mqtt.Message
	for m, ok := b.ring.Take(); ok; m, ok = b.ring.Take() {
		last = m
	}
	if last.Topic != "auscult/n/a/state" {
		t.Errorf("the last message is %s %s", last.Topic, last.Payload)
	}
}

// TestFullQueue counts the alert that goes when another comes.
func TestFullQueue(t *testing.T) {
	noted := faults{}
	o := options(t, noted, JSON{})
	o.Bounds.MaxRecords = 1
	b := openBroker(t, o)
	b.Take(alertOf("a"))
	write(t, b)
	b.Watch()
	if err := noted[fault.SpoolDropped]; err != nil {
		t.Error(err)
	}
	b.Take(alertOf("b"))
	write(t, b)
	b.Watch()
	if err := noted[fault.SpoolDropped]; err == nil || !strings.Contains(err.Error(), "1 alerts dropped") {
		t.Errorf("faults %v", noted)
	}
	if q := b.Queue(); q.Alerts != 1 || q.AlertsDropped != 1 || q.AlertsInMemory != 0 {
		t.Errorf("queue %+v", q)
	}
	b.watched.spool.at = b.watched.spool.at.Add(-lossShown) // an hour later
	b.Watch()
	if err := noted[fault.SpoolDropped]; err != nil || b.Queue().AlertsDropped != 1 {
		t.Errorf("what is over stays a fault: %v, queue %+v", err, b.Queue())
	}
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	b = openBroker(t, o)
	if b.Watch(); noted[fault.SpoolDropped] != nil || b.Queue().AlertsDropped != 1 {
		t.Errorf("after a restart: %v, queue %+v", noted, b.Queue())
	}
}

// TestInterrupted finds the events that the program was in when it ended without a word,
// and gives each one end.
func TestInterrupted(t *testing.T) {
	o := options(t, faults{}, JSON{})
	put := func(b *Broker, source string, phase message.Phase) {
		a := alertOf(source)
		a.Phase = phase
		b.Take(a)
		write(t, b)
	}
	b := openBroker(t, o)
	put(b, "fan", message.Start)
	put(b, "pump", message.Start)
	put(b, "pump", message.End)
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	for run, want := range []int{1, 0} {
		b := openBroker(t, o)
		if n := b.CloseInterrupted(); n != want {
			t.Errorf("run %d: %d events were closed, want %d", run, n, want)
		}
		write(t, b)
		var ends []string
		b.spool.Each(func(r spool.Record) {
			if bytes.Contains(r.Payload, []byte(`"phase":"end"`)) {
				ends = append(ends, r.Topic)
			}
			if r.Topic == "auscult/n/fan/alert" && bytes.Contains(r.Payload, []byte(`"end"`)) &&
				!bytes.Contains(r.Payload, []byte(`"cause":"interrupted"`)) {
				t.Errorf("the end is %s", r.Payload)
			}
		})
		if len(ends) != 2 {
			t.Errorf("run %d: ends %q", run, ends)
		}
		if err := b.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// TestStartStays keeps the start of an event until its end is stored, and the end until the
// start has left, whichever the broker confirms first: else the next run would end the
// event once more.
func TestStartStays(t *testing.T) {
	o := options(t, faults{}, JSON{})
	b := openBroker(t, o)
	b.Take(alertOf("fan"))
	write(t, b)
	start, _ := b.spool.Next(nil)
	if !b.events.holds(start.ID) {
		t.Error("the start may go before the end is there")
	}
	end := alertOf("fan")
	end.Phase = message.End
	b.Take(end)
	write(t, b)
	last, _ := b.spool.Next(func(w spool.Waiting) bool { return w.ID == start.ID })
	if b.events.holds(start.ID) || !b.events.holds(last.ID) {
		t.Errorf("start held: %t, end held: %t, want the end alone", b.events.holds(start.ID), b.events.holds(last.ID))
	}
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	b = openBroker(t, o)
	if n := b.CloseInterrupted(); n != 0 || !b.events.holds(last.ID) {
		t.Errorf("after a restart: %d events closed, end held: %t", n, b.events.holds(last.ID))
	}
	if err := (&queue{corrected{b.spool, o.Clock}, b}).Remove(start); err != nil {
		t.Fatal(err)
	}
	if b.events.holds(last.ID) || b.events.waits() {
		t.Error("the end is held after the start has left")
	}
	// An end without its start, as a full queue leaves it.
	b.Take(alertOf("pump"))
	write(t, b)
	other, _ := b.spool.Next(func(w spool.Waiting) bool { return w.ID == last.ID })
	end = alertOf("pump")
	end.Phase = message.End
	b.Take(end)
	write(t, b)
	if err := b.spool.Remove(other); err != nil {
		t.Fatal(err)
	}
	b.Watch()
	if b.events.waits() {
		t.Error("an end waits for a start that was dropped")
	}
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
}

// TestInterruptedStartStays kills the run that was to tell the end, too: the start must
// still be there.
func TestInterruptedStartStays(t *testing.T) {
	o := options(t, faults{}, JSON{})
	b := openBroker(t, o)
	b.Take(alertOf("fan"))
	write(t, b)
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	b = openBroker(t, o)
	if n := b.CloseInterrupted(); n != 1 {
		t.Fatalf("%d events closed, want 1", n)
	}
	start, _ := b.spool.Next(nil)
	if !b.events.holds(start.ID) {
		t.Error("the start may go before the end is stored")
	}
	write(t, b)
	if b.events.holds(start.ID) {
		t.Error("the start is held although the end is stored")
	}
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
}

// TestTelemetryEvictsNoAlert has far more scores than there is room for while an alert waits.
func TestTelemetryEvictsNoAlert(t *testing.T) {
	b := newBroker(t, faults{}, JSON{})
	b.Take(alertOf("fan"))
	write(t, b)
	for range 10_000 {
		b.Take(&message.Score{Head: message.Head{Node: "n", Source: "fan"}})
	}
	write(t, b)
	if q := b.Queue(); q.Alerts != 1 || q.AlertsDropped != 0 || b.ring.Len() != 4 {
		t.Errorf("queue %+v, %d messages in memory", q, b.ring.Len())
	}
	if all := stored(t, b); len(all) != 1 || all[0].Topic != "auscult/n/fan/alert" {
		t.Errorf("left: %v", all)
	}
}
