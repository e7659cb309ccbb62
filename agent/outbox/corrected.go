package outbox

import (
	"bytes"
	"encoding/json"
	"strings"

	"github.com/auscult/auscult/agent/clock"
	"github.com/auscult/auscult/agent/message"
	"github.com/auscult/auscult/agent/spool"
)

// corrected is the queue of alerts as the client sees it: those that were told before the clock
// was set say what time it was, now that it is known. On the disk they stay as they are.
type corrected struct {
	*spool.Spool
	clock *clock.Clock
}

// Next is mqtt.Queue's.
func (c corrected) Next(skip func(spool.Waiting) bool) (spool.Record, bool) {
	r, ok := c.Spool.Next(skip)
	if ok {
		r.Payload = correct(r.Topic, r.Payload, c.clock)
	}
	return r, ok
}

// correct returns the payload with its times corrected, if it is an alert of ours and they can
// be. Other dialects' words are left.
func correct(topic string, payload []byte, by *clock.Clock) []byte {
	if !by.Synced() || !bytes.Contains(payload, []byte(`"time_synced":false`)) {
		return payload
	}
	a, ok := alertIn(topic, payload)
	if !ok || !a.Correct(by.Present()) {
		return payload
	}
	right, err := message.Encode(&a)
	if err != nil {
		return payload // as good as it was
	}
	return right
}

// alertIn returns the alert in our own words that a record holds.
func alertIn(topic string, payload []byte) (a message.Alert, ok bool) {
	if !strings.HasSuffix(topic, "/alert") || json.Unmarshal(payload, &a) != nil || a.Event == "" {
		return a, false
	}
	return a, message.AlertTopic(a.Node, a.Source) == topic
}
