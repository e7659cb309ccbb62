package outbox

import (
	"fmt"

	"github.com/auscult/auscult/agent/message"
	"github.com/auscult/auscult/agent/mqtt"
)

// Dialect turns events into MQTT messages.
type Dialect interface {
	// Encode returns the messages of an event, none where the dialect has no words for
	// it. How many there are does not depend on an alert's boot id and number, which it
	// is given last.
	Encode(e message.Event) ([]mqtt.Message, error)
}

// JSON is the node's own dialect, see package message.
type JSON struct{}

// Encode is Dialect's: one message for each event, states and status retained.
func (JSON) Encode(e message.Event) ([]mqtt.Message, error) {
	m := mqtt.Message{}
	switch e := e.(type) {
	case *message.State:
		m.Topic, m.Retained = message.StateTopic(e.Node, e.Source), true
	case *message.Score:
		m.Topic = message.ScoreTopic(e.Node, e.Source)
	case *message.Alert:
		m.Topic = message.AlertTopic(e.Node, e.Source)
	case *message.Status:
		m.Topic, m.Retained = message.StatusTopic(e.Node), true
	default:
		return nil, fmt.Errorf("outbox: no words for %T", e)
	}
	var err error
	m.Payload, err = message.Encode(e)
	if err != nil {
		return nil, err
	}
	return []mqtt.Message{m}, nil
}
