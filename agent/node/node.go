package node

import (
	"context"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/auscult/auscult/agent/clock"
	"github.com/auscult/auscult/agent/condition"
	"github.com/auscult/auscult/agent/config"
	"github.com/auscult/auscult/agent/delegate"
	"github.com/auscult/auscult/agent/fault"
	"github.com/auscult/auscult/agent/message"
	"github.com/auscult/auscult/agent/outbox"
	"github.com/auscult/auscult/agent/sensor"
	"github.com/auscult/auscult/agent/spool"
)

// Options say what a Node is built from.
type Options struct {
	Config  config.Config
	Version string       // of the program
	Log     *slog.Logger // nil: nothing is logged
	// Now is the clock; nil is time.Now.
	Now func() time.Time
	// Uptime is how long the machine has been up; nil is the kernel's.
	Uptime func() time.Duration
	// Root is the root of the file system; empty is "/".
	Root string
	// ExitWhenDone ends Run when all sources have ended and everything was
	// sent, or could not be within FlushLimit.
	ExitWhenDone bool
	FlushLimit   time.Duration // 0: 10 s
}

// Node is a sensor node.
type Node struct {
	o        Options
	log      *slog.Logger
	id       string
	clock    *clock.Clock
	started  time.Time
	faults   *fault.Set
	config   atomic.Pointer[config.Config]
	models   models
	shared   *sensor.Shared      // devices that several sources listen to
	readings *condition.Readings // operating conditions
	choices  delegate.Memory     // of backends
	outbox   outbox.Outbox
	broker   *outbox.Broker // the sink that alerts must not be lost in

	seq      atomic.Uint64 // of status messages
	changing sync.Mutex    // held while sources are changed

	crew
	lamp
	life
	signal
}

// life is what is known of the run.
type life struct {
	beat     atomic.Int64 // when supervise last looked, since the start
	stopping atomic.Bool  // nobody listens any more
}

// signal wakes whoever waits for the node.
type signal struct {
	ready        chan struct{} // everything has been started
	statusChange chan struct{}
}

// Limits of a node.
const (
	stallFault     = 10 * time.Second
	stallDead      = 30 * time.Second
	superviseEvery = time.Second
	statusPause    = 200 * time.Millisecond // between two status messages
	flushDefault   = 10 * time.Second
)

// How long each step of the end may take; together below two seconds.
const (
	endSources = 500 * time.Millisecond
	endAlerts  = 300 * time.Millisecond
	endDrain   = 300 * time.Millisecond
	endClient  = 800 * time.Millisecond
)

// New builds a node. An error means that the configuration cannot be used: a
// part that is missing or broken is a fault while the node runs.
func New(o Options) (*Node, error) {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Root == "" {
		o.Root = "/"
	}
	if o.FlushLimit == 0 {
		o.FlushLimit = flushDefault
	}
	id := o.Config.Node.ID
	if id == "" {
		var err error
		if id, err = machineID(o.Root); err != nil {
			return nil, err
		}
	}
	n := &Node{
		o: o, log: o.Log, id: id, clock: clock.New(o.Root, o.Now, o.Uptime), started: o.Now(), faults: fault.NewSet(o.Now),
		shared: sensor.NewShared(o.Config.Members()),
		crew:   crew{known: make(map[string]*source), done: make(chan struct{})},
		lamp:   lamp{changed: make(chan struct{}, 1)},
		signal: signal{ready: make(chan struct{}), statusChange: make(chan struct{}, 1)},
	}
	n.config.Store(&o.Config)
	if err := sensorsGiven(&o.Config); err != nil {
		return nil, err
	}
	for i := range o.Config.Sources {
		c := &o.Config.Sources[i]
		own := n.source(c.Name)
		own.c.Store(c)
		n.sources = append(n.sources, own)
	}
	n.choices.Path = n.choicesPath()
	n.readings = condition.NewReadings(o.Now, n.clock.Synced, inputsOf(&o.Config))
	if err := n.openOutbox(); err != nil {
		return nil, err
	}
	return n, nil
}

// openOutbox gives the node its ways to tell what it finds, and to be told.
func (n *Node) openOutbox() error {
	client, err := n.clientOf(&n.o.Config)
	if err != nil {
		return err
	}
	c := &n.o.Config
	n.broker, err = outbox.NewBroker(outbox.BrokerOptions{
		Dialects: []outbox.Dialect{outbox.JSON{}},
		Client:   client,
		Spool:    c.Spool.Path,
		Bounds:   spool.Options{MaxBytes: int64(c.Spool.MaxBytes), MaxRecords: c.Spool.MaxRecords, Now: n.o.Now},
		Buffer:   c.Telemetry.Buffer,
		Clock:    n.clock,
		Present:  n.present(),
		Status:   n.status,
		Report:   func(code fault.Code, err error) { n.report(code, "", err) },
		Log:      n.log,
	})
	n.outbox = outbox.Outbox{outbox.Log{Logger: n.log}, n.broker}
	return err
}

// present returns an event of the node and of each source, for their topics.
func (n *Node) present() []message.Event {
	all := []message.Event{&message.Status{Node: n.id}}
	for _, s := range n.list() {
		all = append(all, &message.State{Head: message.Head{Node: n.id, Source: s.label}})
	}
	return all
}

// ID returns the node's id in topics.
func (n *Node) ID() string { return n.id }

// Faults returns what is wrong at present.
func (n *Node) Faults() []fault.Fault { return n.faults.List() }

// Ready is closed once Run has started everything.
func (n *Node) Ready() <-chan struct{} { return n.ready }

// Alive reports whether everything that should make progress does. A service
// manager's watchdog is only fed while it does.
func (n *Node) Alive() bool {
	if n.o.Now().Sub(n.started)-time.Duration(n.beat.Load()) > stallDead {
		return false
	}
	return !slices.ContainsFunc(n.list(), func(s *source) bool { return !s.alive(stallDead) })
}

// Run runs the node until the context ends, or everything is done and
// ExitWhenDone says so. Both are no errors.
func (n *Node) Run(ctx context.Context) error {
	defer func() {
		if err := n.broker.Close(); err != nil {
			n.log.Error("alerts not stored", "err", err)
		}
	}()
	n.checkSources()
	n.look()
	if closed := n.broker.CloseInterrupted(); closed > 0 {
		n.log.Warn("events closed that the last run left open", "events", closed)
	}
	listenCtx, stopListening := context.WithCancel(ctx)
	defer stopListening()
	writeCtx, stopWriting := context.WithCancel(context.WithoutCancel(ctx))
	defer stopWriting()
	sendCtx, stopSending := context.WithCancel(context.WithoutCancel(ctx))
	defer stopSending()

	var writer, sender sync.WaitGroup
	n.ctx = listenCtx
	n.listen(n.list())
	n.finished() // where there are none
	writer.Go(func() { n.broker.Store(writeCtx) })
	sender.Go(func() { n.broker.Send(sendCtx) })
	superviseCtx, stopSupervising := context.WithCancel(context.WithoutCancel(ctx))
	defer stopSupervising()
	var supervisor sync.WaitGroup
	supervisor.Go(func() { n.supervise(superviseCtx) })
	supervisor.Go(func() { n.runIndicator(superviseCtx) })
	n.log.Info("node started", "node", n.id, "sources", len(n.list()), "boot_id", n.broker.BootID(),
		"version", n.o.Version)
	close(n.ready)

	select {
	case <-ctx.Done():
	case <-n.doneWhenAsked():
		n.flush(ctx)
	}
	stopListening()
	halt(n.list(), context.Canceled)
	n.stopping.Store(true)
	for _, s := range n.list() {
		s.show()
	}
	stopWriting()
	within(&writer, endAlerts)
	stopSupervising()
	within(&supervisor, endAlerts)
	stopSending()
	within(&sender, endClient)
	n.log.Info("node stopped", "node", n.id, "alerts_waiting", n.broker.Queue().Alerts)
	return nil
}

// doneWhenAsked returns a channel that is closed when all sources have ended,
// or nil when that is no reason to stop.
func (n *Node) doneWhenAsked() <-chan struct{} {
	if !n.o.ExitWhenDone {
		return nil
	}
	return n.done
}

// flush waits until everything was sent, for Options.FlushLimit at most.
func (n *Node) flush(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, n.o.FlushLimit)
	defer cancel()
	look := time.NewTicker(10 * time.Millisecond)
	defer look.Stop()
	for !n.broker.Idle() {
		select {
		case <-look.C:
		case <-ctx.Done():
			return
		}
	}
}

// within waits for the group, but not longer than limit: what hangs is left
// behind.
func within(wg *sync.WaitGroup, limit time.Duration) {
	done := make(chan struct{})
	go func() {
		wg.Wait()
		close(done)
	}()
	t := time.NewTimer(limit)
	defer t.Stop()
	select {
	case <-done:
	case <-t.C:
	}
}
