package mochitest

import (
	"sync"

	mochi "github.com/mochi-mqtt/server/v2"
	"github.com/mochi-mqtt/server/v2/packets"
)

// Door is a hook that has whoever comes with an id throw out who is in by that id, as
// brokers in the field do. Mochi overlooks some: two who come at once, and one who comes
// while another of that id goes, since the end of the one also takes the other off its list.
type Door struct {
	mochi.HookBase
	broker *mochi.Server
	mu     sync.Mutex
	inside map[string]*mochi.Client
}

// NewDoor returns the door of a broker.
func NewDoor(broker *mochi.Server) *Door {
	return &Door{broker: broker, inside: make(map[string]*mochi.Client)}
}

// ID implements mochi.Hook.
func (d *Door) ID() string { return "door" }

// Provides implements mochi.Hook.
func (d *Door) Provides(b byte) bool { return b == mochi.OnSessionEstablish || b == mochi.OnDisconnect }

// OnSessionEstablish implements mochi.Hook.
func (d *Door) OnSessionEstablish(c *mochi.Client, _ packets.Packet) {
	d.mu.Lock()
	before := d.inside[c.ID]
	d.inside[c.ID] = c
	d.mu.Unlock()
	if before != nil {
		_ = d.broker.DisconnectClient(before, packets.ErrSessionTakenOver) // it may be gone
	}
}

// OnDisconnect implements mochi.Hook.
func (d *Door) OnDisconnect(c *mochi.Client, _ error, _ bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.inside[c.ID] == c {
		delete(d.inside, c.ID)
	}
}
