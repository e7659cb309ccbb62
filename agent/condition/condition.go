package condition

import (
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/auscult/auscult/agent/inbox"
)

// MaxPayload is the longest payload that is looked at.
const MaxPayload = 4096

// Input says where a condition comes from.
type Input struct {
	Name   string
	Fixed  *float64 // the value, where it is always the same
	Topic  string   // else where it arrives
	Field  string   // of a JSON object; empty: the payload is the number
	Time   string   // field that says when the value was taken; empty: when it arrived
	MaxAge time.Duration
}

// Readings keeps what arrived last.
type Readings struct {
	now    func() time.Time
	synced func() bool
	mu     sync.Mutex
	latest map[source]reading
}

// source is a place in a topic's payloads.
type source struct{ topic, field, time string }

type reading struct {
	value   float64
	err     error // why the last payload could not be used
	at      time.Time
	arrived bool // and the payload is what arrived last
	payload string
}

// NewReadings returns Readings for some inputs. Now is the node's clock, and synced whether
// that was set, without which times of others say nothing.
func NewReadings(now func() time.Time, synced func() bool, inputs []Input) *Readings {
	r := &Readings{now: now, synced: synced, latest: map[source]reading{}}
	r.Expect(inputs)
	return r
}

// Expect has the Readings keep what arrives for some inputs, and nothing else. What has
// arrived for them stays.
func (r *Readings) Expect(inputs []Input) {
	r.mu.Lock()
	defer r.mu.Unlock()
	latest := map[source]reading{}
	for _, in := range inputs {
		if in.Fixed == nil {
			latest[in.source()] = r.latest[in.source()]
		}
	}
	r.latest = latest
}

func (in *Input) source() source { return source{in.Topic, in.Field, in.Time} }

// Listen has the router give the readings what arrives on the topics of some inputs.
func (r *Readings) Listen(router *inbox.Router, inputs []Input) {
	topics := map[string]bool{}
	for _, in := range inputs {
		if in.Fixed == nil {
			topics[in.Topic] = true
		}
	}
	for topic := range topics {
		router.Handle(topic, func(payload []byte, retained bool) { r.Receive(topic, payload, retained) })
	}
}

// errRetained says that nobody knows how old a value is.
var errRetained = errors.New("the broker had it when the node came, and its age is not known: waiting for the next, " +
	"or set time_field where the payload says when it was taken")

// Receive takes a message. One that cannot be used leaves no value behind: what was
// true before need not be now. Retained is what the broker had when the node subscribed.
func (r *Readings) Receive(topic string, payload []byte, retained bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for s, last := range r.latest {
		if s.topic != topic {
			continue
		}
		if retained && s.time == "" && last.arrived && last.payload == string(payload) {
			continue // it is no newer than it was
		}
		r.latest[s] = r.read(s, payload, retained)
	}
}

// read reads a payload that has just arrived.
func (r *Readings) read(s source, payload []byte, retained bool) reading {
	now := r.now()
	l := reading{at: now, arrived: true}
	v, err := decode(payload)
	if err == nil {
		l.payload = string(payload)
		l.value, err = number(v, s.field)
	}
	synced := s.time != "" && r.synced()
	switch {
	case err != nil:
	case synced:
		l.at, err = stamp(v, s.time)
		if ahead := l.at.Sub(now); err == nil && ahead > skewMost {
			err = fmt.Errorf("its time is %v ahead of this node's clock", ahead.Round(time.Second))
		}
	case retained:
		err = errRetained
	}
	l.err = err
	return l
}

// skewMost is by how much the clocks of a plant may differ.
const skewMost = 10 * time.Second

// Value returns the value of an input, or an error that says why there is none.
func (r *Readings) Value(in Input) (float64, error) {
	if in.Fixed != nil {
		return *in.Fixed, nil
	}
	r.mu.Lock()
	last := r.latest[in.source()]
	r.mu.Unlock()
	switch {
	case !last.arrived:
		return 0, fmt.Errorf("waiting for %s on the topic %s", in.Name, in.Topic)
	case last.err != nil:
		return 0, fmt.Errorf("%s on the topic %s: %w", in.Name, in.Topic, last.err)
	case r.now().Sub(last.at) > in.MaxAge:
		return 0, fmt.Errorf("%s on the topic %s is older than %v", in.Name, in.Topic, in.MaxAge)
	}
	return last.value, nil
}
