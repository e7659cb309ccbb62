package mqtt

import (
	"cmp"
	"crypto/rand"
	"fmt"
	"hash/maphash"
	"slices"
	"strings"
	"time"

	"github.com/auscult/auscult/agent/fault"
	"github.com/auscult/auscult/agent/spool"
)

// MQTT 3.1.1 knows no refusal of a message: a broker that may not pass it on either
// closes the connection or confirms all the same ([MQTT-3.3.5-2]). So the node reads its
// own alert topics, and an alert has arrived when it came back.

// hearing is what is known of a topic.
type hearing int

const (
	unknown hearing = iota
	deaf            // nothing comes back
	probed          // a probe beneath it came back
	heard           // an alert came back
)

// echoSum is how many bytes of a payload are compared: what guardedConn passes of any.
const echoSum = 4096

// How often a topic is tried without an alert, the second while nothing comes back.
const (
	probeEvery = 24 * time.Hour
	probeDeaf  = holdMost
)

// probeLevel is the level beneath an alert topic that probes are sent to, so that nobody
// who reads alerts takes one for an alert.
const probeLevel = "/probe"

// arrival is a message that came back.
type arrival struct {
	topic string
	sum   uint64
}

// echo compares what comes back over one connection with what was sent. A nil echo
// expects nothing. All but arrive belong to the sender's goroutine.
type echo struct {
	t       *v311 // the only one that is listened to so
	seed    maphash.Seed
	wait    time.Duration
	again   time.Duration // from probe to probe while nothing comes back
	came    chan arrival
	waiting map[uint64]*flight
	topics  map[string]hearing
	probes  map[uint64]string // what was sent, and the topic above it
	probed  time.Time         // when they were sent
}

func newEcho(t *v311, wait, again time.Duration, topics []string) *echo {
	e := &echo{
		t: t, seed: maphash.MakeSeed(), wait: wait, again: again,
		came: make(chan arrival, 256), waiting: map[uint64]*flight{},
		topics: map[string]hearing{}, probes: map[uint64]string{},
	}
	for _, t := range topics {
		e.topics[t] = unknown
	}
	return e
}

func (e *echo) sum(topic string, payload []byte) uint64 {
	var h maphash.Hash
	h.SetSeed(e.seed)
	_, _ = h.WriteString(topic) // never fails
	_, _ = h.Write(payload[:min(len(payload), echoSum)])
	return h.Sum64()
}

// arrivals gives what came back; of nil nothing comes.
func (e *echo) arrivals() <-chan arrival {
	if e == nil {
		return nil
	}
	return e.came
}

// arrive takes a message from any goroutine and reports whether it is one of those that
// are compared. What there is no room for counts as not seen, and is sent again.
func (e *echo) arrive(own map[string]bool, topic string, payload []byte) bool {
	if e == nil || !own[topicOf(topic)] {
		return false
	}
	select {
	case e.came <- arrival{topic, e.sum(topic, payload)}:
	default:
	}
	return true
}

func (e *echo) expect(f *flight, m Message) {
	if e == nil {
		return
	}
	f.sum = e.sum(m.Topic, m.Payload)
	e.waiting[f.sum] = f
}

// awaits reports whether an alert is still expected to come back.
func (e *echo) awaits(f *flight) bool { return e != nil && e.waiting[f.sum] == f && !f.kept }

func (e *echo) forget(f *flight) {
	if e != nil {
		delete(e.waiting, f.sum)
	}
}

func (e *echo) forgetID(k spool.ID) {
	if e == nil {
		return
	}
	for sum, f := range e.waiting {
		if f.ID == k {
			delete(e.waiting, sum)
		}
	}
}

func (e *echo) deaf(topic string) bool  { return e.topics[topic] == deaf }
func (e *echo) heard(topic string) bool { return e.topics[topic] == heard }

// topicOf returns the alert topic that a message came back on or beneath.
func topicOf(topic string) string { return strings.TrimSuffix(topic, probeLevel) }

// arrived returns the alert that came back, or nil, and whether it is news that something
// comes back on its topic.
func (e *echo) arrived(a arrival) (f *flight, opened bool) {
	if topic, ok := e.probes[a.sum]; ok {
		delete(e.probes, a.sum)
		opened = e.topics[topic] < probed
		e.topics[topic] = max(e.topics[topic], probed)
		return nil, opened
	}
	f = e.waiting[a.sum]
	if f == nil {
		return nil, false
	}
	opened = e.topics[f.topic] < heard
	e.topics[f.topic] = heard
	return f, opened
}

// late returns the alerts that were confirmed and did not come back in time. It also
// gives up probes.
func (e *echo) late(now time.Time) (all []*flight) {
	if e == nil {
		return nil
	}
	for _, f := range e.waiting {
		if !f.kept && !f.acked.IsZero() && now.Sub(f.acked) >= e.wait {
			if !e.heard(f.topic) {
				e.topics[f.topic] = deaf
			}
			all = append(all, f)
		}
	}
	slices.SortFunc(all, func(x, y *flight) int { return cmp.Compare(x.turn, y.turn) })
	if now.Sub(e.probed) >= e.wait {
		for sum, topic := range e.probes {
			delete(e.probes, sum)
			if e.topics[topic] == unknown {
				e.topics[topic] = deaf
			}
		}
	}
	return all
}

// due returns when late has something to do, zero for never.
func (e *echo) due() (at time.Time) {
	if e == nil {
		return at
	}
	at = e.probed.Add(e.wait)
	if len(e.probes) == 0 {
		at = e.probed.Add(e.every())
	}
	for _, f := range e.waiting {
		if until := f.acked.Add(e.wait); !f.kept && !f.acked.IsZero() && (at.IsZero() || until.Before(at)) {
			at = until
		}
	}
	return at
}

// leave lists the alerts that were confirmed and may still have come back.
func (e *echo) leave(each func(*flight)) {
	if e == nil {
		return
	}
	for _, f := range e.waiting {
		each(f)
	}
}

// listen subscribes to the alert topics and to the probes beneath, before anything is
// published. Nobody waits for the answers: what counts is what comes back.
func (e *echo) listen() {
	var all []string
	for topic := range e.topics {
		all = append(all, topic, topic+probeLevel)
	}
	e.t.subscribeAll(all)
}

// probe sends a probe beneath each topic, but where a broker ends the connection for it. Where
// nothing came back it subscribes again: the node may be let read by now.
func (e *echo) probe(s *suspects) {
	if e == nil {
		return
	}
	if _, ok := e.confirms(); !ok {
		e.listen()
	}
	clear(e.probes)
	for topic, known := range e.topics {
		if !e.probed.IsZero() && known == probed {
			e.topics[topic] = unknown // what was true yesterday need not be
		}
		m := Message{Topic: topic + probeLevel, Payload: fmt.Appendf(nil, `{"probe":%q}`, rand.Text())}
		if s.muted(m) {
			continue
		}
		s.note(m)
		e.probes[e.sum(m.Topic, m.Payload)] = topic
		e.t.publish(m, 1, func(error) {}) // what counts is that it comes back
	}
	e.probed = time.Now()
}

func (e *echo) probeDue() bool { return e != nil && time.Since(e.probed) >= e.every() }

// every returns the time from probe to probe.
func (e *echo) every() time.Duration {
	if _, ok := e.confirms(); !ok {
		return e.again
	}
	return probeEvery
}

// confirms reports whether what is sent is known to arrive.
func (e *echo) confirms() (topic string, ok bool) {
	if e == nil {
		return "", true
	}
	for t, h := range e.topics {
		if h == deaf && (topic == "" || t < topic) {
			topic = t
		}
	}
	return topic, topic == ""
}

// reportUnconfirmed raises or ends the fault of alerts of which nobody knows whether
// they arrived.
func (c *Client) reportUnconfirmed() {
	e := c.echo.Load()
	topic, ok := e.confirms()
	c.confirmed.Store(ok)
	if ok {
		c.c.Report(fault.Unconfirmed, nil)
		return
	}
	c.c.Report(fault.Unconfirmed, fmt.Errorf("mqtt: the broker speaks MQTT 3.1.1, which knows no refusal, and what the node sends to "+
		"%s does not come back: let the node's user write to and read this topic; the last %d alerts are kept", topic, c.book.keep))
}
