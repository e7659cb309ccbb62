package main

import (
	"errors"
	"fmt"
	"time"

	"github.com/auscult/auscult/build/torture/brokers"
	"github.com/auscult/auscult/build/torture/link"
)

// refusedMost is how many alerts are offered while they are refused.
const refusedMost = 60

// denied has the broker's rules forbid the alert topic, and lifts that. Meanwhile nothing
// may leave the disk, and a fault must name it.
func denied(t *trial) error {
	if err := t.server.Set(t.ctx, brokers.Rules{DenyAlerts: true}); err != nil {
		return err
	}
	err := t.kept(0, "alert_refused", "unconfirmed")
	return errors.Join(err, t.server.Set(t.ctx, brokers.Rules{}))
}

// tooLong has the broker take short messages only: the alerts of one of the sources are
// too long.
func tooLong(t *trial) error {
	t.long = 1
	const limit = 1200
	if err := t.server.Set(t.ctx, brokers.Rules{MaxMessage: limit}); err != nil {
		return err
	}
	err := t.until("the listener is back", t.ear.connected)
	if err == nil {
		err = t.kept(t.sources-t.long, "alert_refused", "unconfirmed")
	}
	return errors.Join(err, t.server.Set(t.ctx, brokers.Rules{}))
}

// swallowed has a broker's plugin confirm alerts and throw them away. By MQTT 5 that is a
// lie which nobody can tell from the truth; by 3.1.1 nothing comes back.
func swallowed(t *trial) error {
	t.link.Set(link.Faults{Swallow: true})
	return t.kept(0, "unconfirmed")
}

// kept offers alerts of which those of passing sources arrive. All others must still be on
// the disk, and one of the faults must say why, until the node is told to stop.
func (t *trial) kept(passing int, faults ...string) error {
	t.keep = 1000
	return t.during(func(n *node) error {
		if err := t.offers(refusedMost); err != nil {
			return err
		}
		if err := t.within(20*time.Second, "a fault says that alerts are not taken", func() bool {
			for _, code := range faults {
				if n.raised(code) {
					return true
				}
			}
			return false
		}); err != nil {
			return err
		}
		if passing > 0 {
			if err := t.until("alerts that may pass do", func() bool {
				_, received := t.ledger.Counts()
				return received >= 20
			}); err != nil {
				return err
			}
		}
		// Whatever arrives may go; nothing else.
		if err := t.wait(time.Second); err != nil {
			return err
		}
		waiting := t.waiting()
		offered, received := t.ledger.Counts()
		t.note("%d of %d kept", waiting, offered-received)
		if waiting < offered-received {
			return fmt.Errorf("%d alerts neither arrived nor are on the disk", offered-received-waiting)
		}
		if passing == 0 && received > 0 {
			return fmt.Errorf("%d alerts arrived although they are refused", received)
		}
		return nil
	})
}
