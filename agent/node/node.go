package node

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/auscult/auscult/agent/clock"
	"github.com/auscult/auscult/agent/condition"
	"github.com/auscult/auscult/agent/config"
	"github.com/auscult/auscult/agent/fault"
	"github.com/auscult/auscult/agent/message"
	"github.com/auscult/auscult/agent/mqtt"
	"github.com/auscult/auscult/agent/spool"
	"github.com/auscult/auscult/hw/indicator"
)

// Options say what a Node is built from.
type Options struct {
	Config  config.Config
	Version string       // of the program
	Log     *slog.Logger // nil: nothing is logged
	// Now is the clock; nil is time.Now.
	Now func() time.Time
	// Root is the root of the file system; empty is "/".
	Root string
	// ExitWhenDone ends Run when all sources have ended and everything was
	// sent, or could not be within FlushLimit.
	ExitWhenDone bool
	FlushLimit   time.Duration // 0: 10 s
}

// Node is a sensor node.
type Node struct {
	o       Options
	log     *slog.Logger
	id      string
	started time.Time
	board   *fault.Board
	spool   *spool.Spool
	ring    *spool.Ring[mqtt.Message]
	client  *mqtt.Client // nil: no broker is configured
	sources []*source
	models  models
	light   atomic.Pointer[indicator.Indicator] // nil: none

	alerts       chan alert
	alertsLost   atomic.Uint64
	pending      atomic.Int64 // alerts handed over and not yet put
	seq          atomic.Uint64
	connects     atomic.Uint64
	synced       atomic.Bool
	readings     *condition.Readings // operating conditions
	beat         atomic.Int64
	ready        chan struct{}
	done         chan struct{} // all sources have ended
	statusChange chan struct{}
}

// Limits of a node.
const (
	alertQueue   = 256 // alerts that wait for the disk
	stallFault   = 10 * time.Second
	stallDead    = 30 * time.Second
	keepHouse    = time.Second
	statusPause  = 200 * time.Millisecond // between two status messages
	flushDefault = 10 * time.Second
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
		o: o, log: o.Log, id: id, started: o.Now(),
		board:        fault.NewBoard(o.Now),
		ring:         spool.NewRing[mqtt.Message](o.Config.Telemetry.Buffer),
		alerts:       make(chan alert, alertQueue),
		ready:        make(chan struct{}),
		done:         make(chan struct{}),
		statusChange: make(chan struct{}, 1),
	}
	var inputs []condition.Input
	for i := range o.Config.Sources {
		inputs = append(inputs, o.Config.Sources[i].Inputs()...)
	}
	n.readings = condition.NewReadings(o.Now, inputs)
	for i := range o.Config.Sources {
		s, err := n.newSource(&o.Config.Sources[i])
		if err != nil {
			return nil, err
		}
		n.sources = append(n.sources, s)
	}
	var err error
	n.spool, err = spool.Open(o.Config.Spool.Path, spool.Options{
		MaxBytes: o.Config.Spool.MaxBytes, MaxRecords: o.Config.Spool.MaxRecords, Now: o.Now,
	})
	if err != nil {
		return nil, err
	}
	if o.Config.MQTT.Broker != "" {
		if n.client, err = n.newClient(); err != nil {
			return nil, errors.Join(err, n.spool.Close())
		}
	}
	n.synced.Store(clock.Synced(o.Root))
	return n, nil
}

// ID returns the node's id in topics.
func (n *Node) ID() string { return n.id }

// Faults returns what is wrong at present.
func (n *Node) Faults() []fault.Fault { return n.board.List() }

// Ready is closed once Run has started everything.
func (n *Node) Ready() <-chan struct{} { return n.ready }

// Alive reports whether everything that should make progress does. A service
// manager's watchdog is only fed while it does.
func (n *Node) Alive() bool {
	if n.o.Now().Sub(time.Unix(0, n.beat.Load())).Abs() > stallDead {
		return false
	}
	return !slices.ContainsFunc(n.sources, func(s *source) bool { return !s.alive(stallDead) })
}

// Summary returns one line for people: how many sources listen, what is wrong.
func (n *Node) Summary() string {
	listening := 0
	for _, s := range n.sources {
		if n.sourceStatus(s).State != message.FaultState {
			listening++
		}
	}
	text := fmt.Sprintf("node %s: %d of %d sources listen, %d alerts wait", n.id, listening, len(n.sources), n.spool.Stats().Records)
	if faults := n.board.List(); len(faults) > 0 {
		text += "; " + faults[0].Text
		if more := len(faults) - 1; more > 0 {
			text += fmt.Sprintf(" (and %d more)", more)
		}
	}
	return text
}

func (n *Node) newClient() (*mqtt.Client, error) {
	m := &n.o.Config.MQTT
	address, encrypted, err := m.Address()
	if err != nil {
		return nil, err
	}
	c := mqtt.Config{
		Address: address, ClientID: m.ClientID, Username: m.Username,
		KeepAlive: time.Duration(m.KeepAlive), Timeout: time.Duration(m.Timeout),
		RetryFirst: time.Duration(m.RetryFirst), RetryMax: time.Duration(m.RetryMax),
		Drain:  endDrain,
		Alerts: n.spool, Telemetry: n.ring,
		Will:    func() (mqtt.Message, error) { return n.statusMessage(message.Lost) },
		Hello:   func() (mqtt.Message, error) { return n.statusMessage("") },
		Goodbye: func() (mqtt.Message, error) { return n.statusMessage(message.Stopped) },
		Report:  n.brokerReport,
		Topics:  n.readings.Topics(), Receive: n.readings.Receive,
	}
	if c.ClientID == "" {
		c.ClientID = "auscult-" + n.id
	}
	if m.PasswordFile != "" {
		c.Password = func() (string, error) { return config.Secret(m.PasswordFile) }
	}
	if encrypted {
		c.TLS = &mqtt.TLS{CAFile: m.TLS.CAFile, CertFile: m.TLS.CertFile, KeyFile: m.TLS.KeyFile, ServerName: m.TLS.ServerName}
		if c.TLS.ServerName == "" {
			if c.TLS.ServerName, _, err = net.SplitHostPort(address); err != nil {
				return nil, err
			}
		}
	}
	return mqtt.New(c)
}

// brokerReport is called by the client when a connection stands (nil) or not.
func (n *Node) brokerReport(err error) {
	if err != nil {
		n.raise(fault.Broker, "", err)
		return
	}
	n.clear(fault.Broker, "")
	// The broker may have forgotten what it retained.
	if n.connects.Add(1) > 1 || n.ring.Dropped() > 0 {
		for _, s := range n.sources {
			s.repeatState()
		}
	}
}

// Run runs the node until the context ends, or everything is done and
// ExitWhenDone says so. Both are no errors.
func (n *Node) Run(ctx context.Context) error {
	defer func() {
		if err := n.spool.Close(); err != nil {
			n.log.Error("alerts not stored", "err", err)
		}
	}()
	if len(n.sources) == 0 {
		n.raise(fault.NoSource, "", errors.New("no source is configured: add a [[source]] block"))
	}
	n.beat.Store(n.o.Now().UnixNano())
	listenCtx, stopListening := context.WithCancel(ctx)
	defer stopListening()
	writeCtx, stopWriting := context.WithCancel(context.WithoutCancel(ctx))
	defer stopWriting()
	sendCtx, stopSending := context.WithCancel(context.WithoutCancel(ctx))
	defer stopSending()

	var listeners, writer, sender sync.WaitGroup
	for _, s := range n.sources {
		listeners.Go(func() { s.run(listenCtx) })
	}
	writer.Go(func() { n.writeAlerts(writeCtx) })
	if n.client != nil {
		sender.Go(func() { _ = n.client.Run(sendCtx) }) // it ends with its context only
	}
	houseCtx, stopHouse := context.WithCancel(context.WithoutCancel(ctx))
	var house sync.WaitGroup
	house.Go(func() { n.keepHouse(houseCtx) })
	if n.o.Config.Indicator.Pin != "" {
		house.Go(func() { n.runIndicator(houseCtx) })
	}
	go func() {
		listeners.Wait()
		close(n.done)
	}()
	n.log.Info("node started", "node", n.id, "sources", len(n.sources), "boot_id", n.spool.BootID(), "version", n.o.Version)
	close(n.ready)

	select {
	case <-ctx.Done():
	case <-n.doneWhenAsked():
		n.flush(ctx)
	}
	stopListening()
	within(&listeners, endSources)
	stopWriting()
	within(&writer, endAlerts)
	stopHouse()
	within(&house, endAlerts)
	stopSending()
	within(&sender, endClient)
	n.log.Info("node stopped", "node", n.id, "alerts_waiting", n.spool.Stats().Records)
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
	if n.client == nil {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, n.o.FlushLimit)
	defer cancel()
	look := time.NewTicker(10 * time.Millisecond)
	defer look.Stop()
	for n.pending.Load() > 0 || !n.client.Idle() {
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

// raise puts a fault on the board and logs it if it is new.
func (n *Node) raise(code fault.Code, source string, err error) {
	if n.board.Raise(code, source, err.Error()) {
		n.log.Warn("fault", "code", string(code), "source", source, "err", err)
	}
	n.touch()
}

// clear takes a fault off the board and logs it if it stood there.
func (n *Node) clear(code fault.Code, source string) {
	if n.board.Clear(code, source) {
		n.log.Info("fault is over", "code", string(code), "source", source)
		n.touch()
	}
}

// touch makes the status be sent soon.
func (n *Node) touch() {
	select {
	case n.statusChange <- struct{}{}:
	default:
	}
}
