package main

import (
	"fmt"
	"time"

	"github.com/auscult/auscult/build/torture/brokers"
	"github.com/auscult/auscult/build/torture/link"
)

// clean is the case that all others are compared with.
func clean(t *trial) error {
	return t.during(func(*node) error { return t.offers(t.times(60, 300)) })
}

// killDaemon ends the daemon without a word at random moments, on good and on bad links.
func killDaemon(t *trial) error {
	kills := t.o.kills
	for i := range kills {
		var f link.Faults
		switch i % 5 {
		case 1:
			f.DropAck = 2
		case 2:
			f.Delay = 50 * time.Millisecond
		case 3:
			f.Cut = 5 + t.rnd.IntN(20)
		}
		t.link.Set(f)
		n, err := t.run(false)
		if err != nil {
			return err
		}
		if i%7 != 0 { // else it may not even have started
			if err := n.started(t.ctx); err != nil {
				return err
			}
		}
		if err := t.wait(t.between(20*time.Millisecond, 700*time.Millisecond)); err != nil {
			_ = n.kill() // the end was ordered
			return err
		}
		if err := n.kill(); err != nil {
			return err
		}
	}
	t.note("%d kills", kills)
	return nil
}

// killBroker ends the broker without a word, and starts it again. The node comes back to
// it when the listener is there: what a broker gives nobody is no loss of the node's.
func killBroker(t *trial) error {
	kills := t.times(3, 25)
	if t.server.Kind == brokers.RabbitMQ {
		kills = t.times(1, 8)
	}
	err := t.during(func(*node) error {
		for range kills {
			if err := t.offers(10); err != nil {
				return err
			}
			t.server.Kill()
			t.link.Set(link.Faults{Refuse: true})
			t.link.Reset()
			if err := t.wait(t.between(0, time.Second)); err != nil {
				return err
			}
			if err := t.server.Start(t.ctx); err != nil {
				return err
			}
			if err := t.until("the listener is back", t.ear.connected); err != nil {
				return err
			}
			t.link.Set(link.Faults{})
		}
		return t.offers(10)
	})
	t.note("%d kills", kills)
	return err
}

// pauseBroker stops the broker by a signal for longer than the node waits for answers.
func pauseBroker(t *trial) error {
	return t.during(func(*node) error {
		for range t.times(1, 5) {
			if err := t.offers(10); err != nil {
				return err
			}
			t.server.Pause()
			err := t.wait(t.between(3*time.Second, 6*time.Second))
			t.server.Resume()
			if err != nil {
				return err
			}
		}
		return t.offers(10)
	})
}

// halfOpen has packets vanish in both directions while the connection seems to stand.
func halfOpen(t *trial) error {
	return t.during(func(*node) error {
		for range t.times(2, 10) {
			if err := t.offers(10); err != nil {
				return err
			}
			before := t.link.Accepted()
			t.link.Set(link.Faults{Freeze: true})
			err := t.within(15*time.Second, "the node notices", func() bool { return t.link.Accepted() > before })
			t.link.Set(link.Faults{})
			if err != nil {
				return err
			}
		}
		return t.offers(10)
	})
}

// slow measures how many alerts a second a link takes with 600 ms there and back.
func slow(t *trial) error {
	t.link.Set(link.Faults{Refuse: true})
	const backlog = 120
	if err := t.during(func(*node) error { return t.offers(backlog) }); err != nil {
		return err
	}
	t.link.Set(link.Faults{Delay: 300 * time.Millisecond})
	_, before := t.ledger.Counts()
	n, err := t.run(true)
	if err != nil {
		return err
	}
	first, last := time.Time{}, time.Time{}
	count := 0
	if err := n.started(t.ctx); err != nil {
		return err
	}
	err = t.until("the backlog arrives", func() bool {
		_, now := t.ledger.Counts()
		if now > before && first.IsZero() {
			first, before = time.Now(), now
		}
		if !first.IsZero() && now-before != count {
			count, last = now-before, time.Now()
		}
		return t.waiting() == 0
	})
	if err != nil {
		_ = n.kill() // the first error says more
		return err
	}
	perSecond := float64(count) / last.Sub(first).Seconds()
	t.note("%.0f alerts/s at 600 ms", perSecond)
	if err := n.stop(); err != nil {
		return err
	}
	if perSecond < 20 {
		return fmt.Errorf("%.1f alerts/s at 600 ms, want 20", perSecond)
	}
	return nil
}

// refuse throws the node out for a while, and refuses its password.
func refuse(t *trial) error {
	return t.during(func(n *node) error {
		if err := t.offers(5); err != nil {
			return err
		}
		t.link.Set(link.Faults{Refuse: true})
		t.link.Reset()
		if err := t.offers(20); err != nil {
			return err
		}
		if !n.raised("broker") {
			return fmt.Errorf("nothing says that the broker is away")
		}
		t.link.Set(link.Faults{})
		return t.until("the fault is over", func() bool { return n.cleared("broker") })
	})
}

// dropAcks loses every third confirmation.
func dropAcks(t *trial) error {
	t.link.Set(link.Faults{DropAck: 3})
	return t.during(func(*node) error { return t.offers(t.times(40, 300)) })
}

// cutPackets ends connections in the middle of packets, both ways.
func cutPackets(t *trial) error {
	return t.during(func(*node) error {
		for i := range t.times(6, 60) {
			f := link.Faults{Cut: 3 + t.rnd.IntN(12)}
			if i%2 == 1 {
				f = link.Faults{CutBack: 2 + t.rnd.IntN(12)}
			}
			t.link.Set(f)
			before := t.link.Accepted()
			if err := t.until("connections break", func() bool { return t.link.Accepted() > before+1 }); err != nil {
				return err
			}
			t.link.Set(link.Faults{})
			if err := t.offers(4); err != nil {
				return err
			}
		}
		return nil
	})
}
