package node

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/auscult/auscult/agent/clock"
	"github.com/auscult/auscult/agent/fault"
	"github.com/auscult/auscult/agent/message"
	"github.com/auscult/auscult/agent/mqtt"
	"github.com/auscult/auscult/agent/spool"
)

// alert is a message that is complete but for its identity.
type alert struct {
	topic string
	m     message.Alert
}

// handOver gives an alert to the writer. It never blocks: alerts that come
// faster than 256 ahead of the disk are counted and lost.
func (n *Node) handOver(a alert) {
	n.pending.Add(1)
	select {
	case n.alerts <- a:
	default:
		n.pending.Add(-1)
		lost := n.alertsLost.Add(1)
		n.raise(fault.AlertsDropped, "", fmt.Errorf("node: %d alerts lost: they came faster than the disk takes them", lost))
	}
}

// writeAlerts puts alerts into the spool until ctx ends and none is left.
func (n *Node) writeAlerts(ctx context.Context) {
	for {
		select {
		case a := <-n.alerts:
			n.writeAlert(a)
			continue
		default:
		}
		select {
		case a := <-n.alerts:
			n.writeAlert(a)
		case <-ctx.Done():
			return
		}
	}
}

func (n *Node) writeAlert(a alert) {
	defer n.pending.Add(-1)
	r, err := n.spool.Put(a.topic, func(bootID string, seq uint64) ([]byte, error) {
		a.m.BootID, a.m.Seq = bootID, seq
		return message.Encode(&a.m)
	})
	switch {
	case errors.Is(err, spool.ErrNotStored):
		n.raise(fault.SpoolWrite, "", err)
	case err != nil:
		n.alertsLost.Add(1)
		n.raise(fault.AlertsDropped, "", err)
		return
	}
	n.log.Info("alert", "source", a.m.Source, "phase", string(a.m.Phase), "event", a.m.Event,
		"ratio", float64(a.m.Peak.Ratio), "seq", r.Seq)
}

// keepHouse looks after everything once a second, and sends the status.
func (n *Node) keepHouse(ctx context.Context) {
	look := time.NewTicker(keepHouse)
	defer look.Stop()
	every := time.NewTicker(time.Duration(n.o.Config.Telemetry.StatusInterval))
	defer every.Stop()
	pause := time.NewTimer(0)
	defer pause.Stop()
	paused, wanted := true, false
	var dropped uint64
	for {
		select {
		case <-ctx.Done():
			return
		case <-look.C:
			n.beat.Store(n.o.Now().UnixNano())
			n.synced.Store(clock.Synced(n.o.Root))
			n.watchSpool()
			n.watchSources()
			n.showState()
			dropped = n.watchTelemetry(dropped)
			continue
		case <-every.C:
		case <-n.statusChange:
			n.showState()
		case <-pause.C:
			paused = false
			if !wanted {
				continue
			}
		}
		// The first change goes out at once, what follows shortly after it
		// together.
		if wanted = paused; wanted {
			continue
		}
		n.putStatus()
		paused = true
		pause.Reset(statusPause)
	}
}

// putStatus queues the present status, if there is a connection: each
// connection begins with a status anyway.
func (n *Node) putStatus() {
	if n.client == nil || !n.client.Connected() {
		return
	}
	if m, err := n.statusMessage(""); err == nil {
		n.ring.Put(m)
	}
}

func (n *Node) watchSpool() {
	_ = n.spool.Flush() // Stats.Err keeps the error
	st := n.spool.Stats()
	switch {
	case st.Err != nil:
		n.raise(fault.SpoolWrite, "", st.Err)
	default:
		n.clear(fault.SpoolWrite, "")
	}
	if st.Dropped > 0 {
		n.raise(fault.SpoolDropped, "", fmt.Errorf("spool: %d alerts dropped since the queue was full", st.Dropped))
	}
	if st.DamageErr != nil {
		n.raise(fault.SpoolDamaged, "", fmt.Errorf("spool: %w; %d alerts saved", st.DamageErr, st.Salvaged))
	}
}

func (n *Node) watchSources() {
	for _, s := range n.sources {
		if s.alive(stallFault) {
			n.clear(fault.SourceStalled, s.c.Name)
		} else {
			n.raise(fault.SourceStalled, s.c.Name, fmt.Errorf("node: source %s has given nothing for %v", s.c.Name, stallFault))
		}
	}
}

// watchTelemetry raises a fault while telemetry is being dropped.
func (n *Node) watchTelemetry(before uint64) uint64 {
	now := n.ring.Dropped()
	switch {
	case now > before:
		n.raise(fault.TelemetryLost, "", fmt.Errorf("node: %d scores and states dropped while the broker was away", now))
	case n.client != nil && n.client.Connected():
		n.clear(fault.TelemetryLost, "")
	}
	return now
}

// statusMessage returns the present status; a reason says why the node is
// about to be offline.
func (n *Node) statusMessage(reason string) (mqtt.Message, error) {
	spooled := n.spool.Stats()
	s := message.Status{
		Node: n.id, Online: reason == "", Reason: reason, Version: n.o.Version,
		BootID: n.spool.BootID(), Seq: n.seq.Add(1),
		Time: message.Time(n.o.Now()), TimeSynced: n.synced.Load(), Started: message.Time(n.started),
		Sources: []message.SourceStatus{}, Faults: []fault.Fault{},
		Queue: message.Queue{
			Alerts: spooled.Records, AlertsInMemory: spooled.InMemory,
			AlertsDropped: spooled.Dropped + n.alertsLost.Load(), TelemetryDropped: n.ring.Dropped() + n.telemetryLost(),
		},
	}
	if reason != message.Lost { // nobody knows what will be when the connection breaks
		s.Faults = append(s.Faults, n.board.List()...)
		for _, src := range n.sources {
			s.Sources = append(s.Sources, n.sourceStatus(src))
		}
	}
	payload, err := message.Encode(&s)
	if err != nil {
		return mqtt.Message{}, err
	}
	return mqtt.Message{Topic: message.StatusTopic(n.id), Payload: payload, Retained: true}, nil
}

func (n *Node) telemetryLost() uint64 {
	if n.client == nil {
		return 0
	}
	return n.client.Lost()
}

func (n *Node) sourceStatus(s *source) message.SourceStatus {
	status := s.status()
	for _, f := range n.board.List() {
		if f.Source == s.c.Name && f.Code != fault.SamplesLost && f.Code != fault.SourceEnded {
			status.State = message.FaultState
		}
	}
	return status
}
