package node

import (
	"context"
	"fmt"
	"time"

	"github.com/auscult/auscult/agent/fault"
	"github.com/auscult/auscult/agent/message"
)

// supervise looks after everything once a second, and sends the status.
func (n *Node) supervise(ctx context.Context) {
	look := time.NewTicker(superviseEvery)
	defer look.Stop()
	interval := time.Duration(n.config.Load().Telemetry.StatusInterval)
	every := time.NewTicker(interval)
	defer every.Stop()
	pause := time.NewTimer(0)
	defer pause.Stop()
	paused, wanted := true, false
	for {
		select {
		case <-ctx.Done():
			return
		case <-look.C:
			n.look()
			if now := time.Duration(n.config.Load().Telemetry.StatusInterval); now != interval {
				interval = now
				every.Reset(interval)
			}
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
		n.outbox.Take(n.status(""))
		paused = true
		pause.Reset(statusPause)
	}
}

// look looks after everything once.
func (n *Node) look() {
	n.beat.Store(int64(n.o.Now().Sub(n.started)))
	if n.clock.Look() {
		n.retell()
	}
	n.broker.Watch()
	n.watchSources()
	if n.changing.TryLock() { // else somebody sees to it
		n.watchModels(false)
		n.changing.Unlock()
	}
	n.showState()
}

func (n *Node) watchSources() {
	for _, s := range n.list() {
		var stalled error
		if !s.alive(stallFault) {
			stalled = fmt.Errorf("node: source %s has given nothing for %v", s.label, stallFault)
		}
		n.report(fault.SourceStalled, s.label, stalled)
	}
}

// status returns the present status; a reason says why the node is about to be
// offline.
func (n *Node) status(reason string) *message.Status {
	now := n.clock.Present()
	s := &message.Status{
		Node: n.id, Online: reason == "", Reason: reason, Version: n.o.Version,
		BootID: n.broker.BootID(), Seq: n.seq.Add(1),
		Time: message.Time(now.Now), Clocked: message.ClockedAt(now, now.Now), Started: message.Time(now.Of(n.started)),
		Sources: []message.SourceStatus{}, Faults: []fault.Fault{}, Queue: n.broker.Queue(),
	}
	if reason != message.Lost { // nobody knows what will be when the connection breaks
		for _, f := range n.faults.List() {
			f.Since = now.Of(f.Since).Round(0)
			s.Faults = append(s.Faults, f)
		}
		for _, src := range n.list() {
			s.Sources = append(s.Sources, src.status())
		}
		s.Link = n.broker.Link()
	}
	return s
}

// retell tells again what the broker retains, when the clock was set or can be trusted now.
func (n *Node) retell() {
	for _, s := range n.list() {
		s.retell()
	}
	n.touch()
}

// report takes a fault of a source, or of the node for an empty name; a nil error ends
// it.
func (n *Node) report(code fault.Code, source string, err error) {
	if err == nil {
		n.clear(code, source)
		return
	}
	n.raise(code, source, err)
}

// raise adds a fault and logs it if it is new. What has been said is not said again: some
// faults are raised every second while they last.
func (n *Node) raise(code fault.Code, source string, err error) {
	isNew, changed := n.faults.Raise(code, source, err.Error())
	if isNew {
		n.log.Warn("fault", "code", string(code), "source", source, "err", err)
	}
	if changed {
		n.show(source)
		n.touch()
	}
}

// clear removes a fault and logs it if it stood.
func (n *Node) clear(code fault.Code, source string) {
	if n.faults.Clear(code, source) {
		n.log.Info("fault is over", "code", string(code), "source", source)
		n.show(source)
		n.touch()
	}
}

// show publishes the state of a source where a fault made it another.
func (n *Node) show(name string) {
	for _, s := range n.list() {
		if s.label == name {
			s.show()
		}
	}
}

// touch makes the status be sent soon.
func (n *Node) touch() {
	select {
	case n.statusChange <- struct{}{}:
	default:
	}
}
