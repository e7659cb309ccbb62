package outbox

import (
	"github.com/auscult/auscult/agent/message"
	"github.com/auscult/auscult/agent/mqtt"
)

// Change has the Broker go on for another node: with what it is and has now, and where it is
// reached by another client, where client is not nil. SameBroker says that the other client
// goes to where the present one does. Without a client Config nobody is reached any more.
func (b *Broker) Change(present []message.Event, client *ClientChange) error {
	if client != nil {
		c, err := b.newClient(client.Config)
		if err != nil {
			return err
		}
		defer b.swap(c, client.SameBroker)
	}
	b.shelve(present)
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, topic := range b.shelf.stale() {
		if _, said := b.retained[topic]; said {
			delete(b.retained, topic)
			b.ring.Put(mqtt.Message{Topic: topic, Retained: true})
		}
	}
	return nil
}

// ClientChange says by which client a Broker goes on.
type ClientChange struct {
	Config     *mqtt.Config // nil: none
	SameBroker bool
}

// swap has another client take over.
func (b *Broker) swap(c *mqtt.Client, sameBroker bool) {
	if old := b.client.Swap(c); old != nil {
		old.Retire(sameBroker)
	}
	select {
	case b.anew <- struct{}{}:
	default:
	}
}
