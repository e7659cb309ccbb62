// Package inbox passes messages that arrive at the node on to those who asked for them.
//
// # Concepts
//
// Whoever wants what arrives on a topic registers a handler before the node starts:
// operating conditions do, and what people may ask of a node will. The broker's client
// subscribes to the topics of a Router and gives it every message.
//
// # Concurrency
//
// Handle is called while the node is built. Receive is called by one goroutine
// at a time; handlers must not block.
package inbox

import (
	"maps"
	"slices"
)

// Handler takes the payload of a message, which is its own to keep. A retained one is what the
// broker had when the node subscribed: nobody says how old it is.
type Handler func(payload []byte, retained bool)

// Router knows who takes what arrives on a topic. The zero value has no topics.
type Router struct{ handlers map[string][]Handler }

// Handle has a handler take what arrives on a topic, beside those that do already.
func (r *Router) Handle(topic string, h Handler) {
	if r.handlers == nil {
		r.handlers = make(map[string][]Handler)
	}
	r.handlers[topic] = append(r.handlers[topic], h)
}

// Topics lists the topics that somebody asked for, each once, in order.
func (r *Router) Topics() []string { return slices.Sorted(maps.Keys(r.handlers)) }

// Receive gives a message to the handlers of its topic. What nobody asked for is
// ignored.
func (r *Router) Receive(topic string, payload []byte, retained bool) {
	for _, h := range r.handlers[topic] {
		h(payload, retained)
	}
}
