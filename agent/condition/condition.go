package condition

import (
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"strings"
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
	MaxAge time.Duration
}

// Readings keeps what arrived last.
type Readings struct {
	now    func() time.Time
	mu     sync.Mutex
	latest map[source]reading
}

// source is a place in a topic's payloads.
type source struct{ topic, field string }

type reading struct {
	value float64
	err   error // why the last payload could not be used
	at    time.Time
}

// NewReadings returns Readings for some inputs. Now is the node's clock.
func NewReadings(now func() time.Time, inputs []Input) *Readings {
	r := &Readings{now: now, latest: map[source]reading{}}
	for _, in := range inputs {
		if in.Fixed == nil {
			r.latest[source{in.Topic, in.Field}] = reading{}
		}
	}
	return r
}

// Listen has the router give the readings what arrives on their topics.
func (r *Readings) Listen(router *inbox.Router) {
	topics := map[string]bool{}
	r.mu.Lock()
	for s := range r.latest {
		topics[s.topic] = true
	}
	r.mu.Unlock()
	for topic := range topics {
		router.Handle(topic, func(payload []byte) { r.Receive(topic, payload) })
	}
}

// Receive takes a message. One that cannot be used leaves no value behind: what was
// true before need not be now.
func (r *Readings) Receive(topic string, payload []byte) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for s := range r.latest {
		if s.topic == topic {
			v, err := number(payload, s.field)
			r.latest[s] = reading{v, err, r.now()}
		}
	}
}

// Value returns the value of an input, or an error that says why there is none.
func (r *Readings) Value(in Input) (float64, error) {
	if in.Fixed != nil {
		return *in.Fixed, nil
	}
	r.mu.Lock()
	last := r.latest[source{in.Topic, in.Field}]
	r.mu.Unlock()
	switch {
	case last.at.IsZero():
		return 0, fmt.Errorf("waiting for %s on the topic %s", in.Name, in.Topic)
	case last.err != nil:
		return 0, fmt.Errorf("%s on the topic %s: %w", in.Name, in.Topic, last.err)
	case r.now().Sub(last.at) > in.MaxAge:
		return 0, fmt.Errorf("%s on the topic %s is older than %v", in.Name, in.Topic, in.MaxAge)
	}
	return last.value, nil
}

// number reads a payload.
func number(payload []byte, field string) (float64, error) {
	if len(payload) > MaxPayload {
		return 0, fmt.Errorf("a payload of %d bytes, at most %d are read", len(payload), MaxPayload)
	}
	var v any
	if err := json.Unmarshal(payload, &v); err != nil {
		return 0, fmt.Errorf("the payload is neither a number nor JSON")
	}
	if field != "" {
		for key := range strings.SplitSeq(field, ".") {
			object, ok := v.(map[string]any)
			if !ok {
				return 0, fmt.Errorf("the payload has no field %q", field)
			}
			v = object[key]
		}
	}
	switch v := v.(type) {
	case float64: // JSON has none that is not finite
		return v, nil
	case string:
		f, err := strconv.ParseFloat(strings.TrimSpace(v), 64)
		if err == nil && !math.IsNaN(f) && !math.IsInf(f, 0) {
			return f, nil
		}
	}
	if field == "" {
		return 0, fmt.Errorf("the payload is no number: name its field")
	}
	return 0, fmt.Errorf("the field %q is no number", field)
}
