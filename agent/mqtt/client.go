package mqtt

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/auscult/auscult/agent/backoff"
	"github.com/auscult/auscult/agent/fault"
	"github.com/auscult/auscult/agent/mqtt/address"
	"github.com/auscult/auscult/agent/spool"
)

// Message is one telemetry message.
type Message struct {
	Topic    string
	Payload  []byte
	Retained bool // and sent at QoS 1, else at QoS 0
}

// Queue holds the alerts; *spool.Spool is the real one.
type Queue interface {
	Next(skip func(spool.Waiting) bool) (spool.Record, bool)
	Remove(spool.Record) error
	Ready() <-chan struct{}
}

// Config describes a Client.
type Config struct {
	Brokers  []address.Address // tried in this order
	Protocol string            // Auto, V5 or V311; empty is Auto
	TLS      TLS               // for encrypted addresses; zero: the system's authorities
	ClientID string
	Username string // empty: none
	// Password is called for each connection; nil: none. Secret is the file that it
	// comes from, which is watched; empty: none.
	Password func() (string, error)
	Secret   string

	KeepAlive  time.Duration // silence after which the connection is checked
	Timeout    time.Duration // for each answer of the broker
	RetryFirst time.Duration // upper limit of the first pause
	RetryMax   time.Duration // upper limit of every pause
	// Drain is how long alerts are still sent after the end was ordered.
	Drain time.Duration
	// Keep is how many alerts are kept of which nobody knows whether they arrived.
	Keep int
	Now  func() time.Time // nil is time.Now

	Alerts      Queue
	Telemetry   *spool.Ring[Message]
	AlertTopics []string // on which alerts are sent
	// Pinned reports whether an alert stays on the disk when it has arrived, until
	// Release; nil: none does. It must not use the Client.
	Pinned func(spool.ID) bool

	// Topics are subscribed to on each connection. Receive takes what arrives there,
	// one message at a time, and must not block; payloads are its own to keep. Retained
	// is what the broker had when the node subscribed.
	Topics  []string
	Receive func(topic string, payload []byte, retained bool)

	// Will is published by the broker when the connection breaks. Hello is
	// sent at the start of each connection and Goodbye before its orderly end.
	// They are called for each connection.
	Will           func() (Message, error)
	Hello, Goodbye func() ([]Message, error)
	// Greeted is told that a connection's Hello was said; nil: nobody is told.
	Greeted func()
	// Report takes faults; a nil error ends one. Up is told that a connection stands.
	Report func(fault.Code, error)
	Up     func(State)

	patience pace // tests look more often; zero: usualPace
}

// State says how messages leave at present.
type State struct {
	Address     string // of the broker; empty while there is no connection
	Protocol    string // V5 or V311
	ClientID    string
	Confirmed   bool // whether it is known that alerts arrive
	Unconfirmed int  // alerts that were sent, and kept since it is not
	Pinned      int  // alerts that have arrived and stay on the disk
}

// Client sends messages to a broker.
type Client struct {
	c         Config
	brokers   []*server
	book      *book
	suspects  *suspects
	identity  identity
	own       map[string]bool // alert topics
	echo      atomic.Pointer[echo]
	validity  validity
	state     atomic.Pointer[State] // nil while no connection stands
	confirmed atomic.Bool
	idle      atomic.Bool
	lost      atomic.Uint64
	retirement
}

// retirement is how another Client takes over.
type retirement struct {
	once    sync.Once
	retired chan struct{} // closed by Retire
	silent  bool          // once it is closed
}

// stable is how long a connection must have stood for the pauses to start
// small again.
const stable = 10 * time.Second

// New returns a Client.
func New(c Config) (*Client, error) {
	if c.Protocol == "" {
		c.Protocol = Auto
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.patience == (pace{}) {
		c.patience = usualPace
	}
	switch {
	case len(c.Brokers) == 0 || c.ClientID == "":
		return nil, errors.New("mqtt: needs an address and a client id")
	case c.Protocol != Auto && c.Protocol != V5 && c.Protocol != V311:
		return nil, fmt.Errorf("mqtt: protocol %q: write %q, %q or %q", c.Protocol, Auto, V5, V311)
	case c.Alerts == nil || c.Telemetry == nil || c.Will == nil || c.Hello == nil || c.Goodbye == nil ||
		c.Report == nil || c.Up == nil:
		return nil, errors.New("mqtt: needs both queues and all callbacks")
	case len(c.Topics) > 0 && c.Receive == nil:
		return nil, errors.New("mqtt: needs somebody to receive what is subscribed to")
	case c.Timeout <= 0 || c.RetryFirst <= 0 || c.RetryMax <= 0 || c.KeepAlive < time.Second || c.Keep < 0:
		return nil, errors.New("mqtt: needs times above 0, and to keep alive every second at most")
	}
	c.Timeout = min(c.Timeout, c.KeepAlive) // a lost answer costs no more than that
	client := &Client{c: c, book: newBook(c.Keep, c.Now), suspects: newSuspects(), own: map[string]bool{},
		identity: identity{base: c.ClientID}, retirement: retirement{retired: make(chan struct{})}}
	for _, at := range c.Brokers {
		client.brokers = append(client.brokers, &server{at: at})
	}
	for _, topic := range c.AlertTopics {
		client.own[topic] = true
	}
	return client, nil
}

// Connected reports whether a connection stands.
func (c *Client) Connected() bool { return c.state.Load() != nil }

// State returns how messages leave at present.
func (c *Client) State() State {
	var s State
	if now := c.state.Load(); now != nil {
		s = *now
		s.Confirmed = c.confirmed.Load()
	}
	s.Unconfirmed, s.Pinned = c.book.counts()
	return s
}

// Idle reports whether a connection stands and everything was sent that the broker takes.
func (c *Client) Idle() bool {
	return c.Connected() && !c.waiting() && c.idle.Load() && c.c.Telemetry.Len() == 0
}

// waiting reports whether alerts are on their way or could be.
func (c *Client) waiting() bool {
	_, more := c.c.Alerts.Next(c.book.skip())
	return more || c.book.flown()
}

// Lost counts the telemetry messages that were on their way when a connection
// broke, and may not have arrived.
func (c *Client) Lost() uint64 { return c.lost.Load() }

// Retire has Run end at once: another Client takes over. Where it goes to the same broker,
// nothing is said there but that this one leaves.
func (r *retirement) Retire(sameBroker bool) {
	r.once.Do(func() {
		r.silent = sameBroker
		close(r.retired)
	})
}

// over reports whether the Client was retired.
func (r *retirement) over() bool {
	select {
	case <-r.retired:
		return true
	default:
		return false
	}
}

// Run connects and sends until the context ends, whose error it returns. Then
// it tries for Config.Drain to send what waits, and says goodbye.
func (c *Client) Run(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	go func() {
		select {
		case <-c.retired:
			cancel()
		case <-ctx.Done():
		}
	}()
	pause := backoff.Delay{First: c.c.RetryFirst, Cap: c.c.RetryMax}
	for {
		began := time.Now()
		err := c.round(ctx)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if errors.Is(err, errReturn) || errors.Is(err, errRenewed) {
			continue
		}
		c.c.Report(fault.Broker, fmt.Errorf("mqtt: %w", err))
		if time.Since(began) > stable {
			pause.Reset()
		}
		if err := pause.Sleep(ctx); err != nil {
			return err
		}
	}
}

// round tries one broker after the other and uses the first that lets the node in until
// that connection ends.
func (c *Client) round(ctx context.Context) error {
	var failed []error
	for i, b := range c.brokers {
		t, err := c.enter(ctx, b)
		if err == nil {
			var before error
			if i > 0 {
				before = fmt.Errorf("mqtt: %w; %s is used instead", errors.Join(failed...), b.at)
			}
			c.c.Report(fault.BrokerFallback, before)
			if err = c.use(ctx, t, i); err != nil {
				err = fmt.Errorf("broker %s: %w", b.at, err)
			}
			return err
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		failed = append(failed, fmt.Errorf("broker %s: %w", b.at, err))
	}
	return errors.Join(failed...)
}

// enter makes a connection to a broker.
func (c *Client) enter(ctx context.Context, b *server) (transport, error) {
	c.reportSecrets(b)
	l, err := c.login(b)
	if err != nil {
		return nil, err
	}
	t, open, err := c.connect(ctx, b, l)
	if err != nil {
		// Perhaps it is the will that the node may not leave, or that is too long. Alerts
		// matter more.
		var no *Refusal
		b.willless = errors.As(err, &no) && (no.Code == notAuthorized || no.Code == tooLarge) && l.will != nil
		return nil, err
	}
	c.valid(open)
	return t, nil
}

// use uses a connection until it breaks or ctx ends.
func (c *Client) use(ctx context.Context, t transport, at int) error {
	defer t.close()
	began := time.Now()
	said := t.offer()
	var e *echo
	if old, ok := t.(*v311); ok {
		e = newEcho(old, min(c.c.Timeout, echoWait), c.c.patience.deaf, c.c.AlertTopics)
		c.echo.Store(e)
		e.listen()
	} else {
		c.echo.Store(nil)
		c.book.release("") // a broker that answers is asked again for what was kept
	}
	c.book.retry()
	c.reportUnconfirmed()
	c.reportIdentity(c.identity.named())
	s := State{Address: c.brokers[at].at.String(), Protocol: said.protocol, ClientID: said.clientID}
	c.state.Store(&s)
	defer c.state.Store(nil)
	c.c.Report(fault.Broker, nil)
	c.c.Up(s)

	err := c.session(ctx, t, e, at)
	idle := c.suspects.none()
	c.suspects.ended()
	if !errors.Is(err, errReturn) && !errors.Is(err, errRenewed) && ctx.Err() == nil {
		c.identity.ended(err, time.Since(began), idle)
	}
	return err
}

// echoWait is how long an alert may take to come back.
const echoWait = 5 * time.Second

// session sends what waits, in several lanes that do not wait for each other.
func (c *Client) session(ctx context.Context, t transport, e *echo, at int) error {
	// Telemetry ends with ctx; alerts go on for a while.
	both, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	own, stop := context.WithCancel(ctx)
	defer stop()
	alerts := c.newAlertSender(t, e)
	defer alerts.leave()
	if err := c.try(ctx, alerts); err != nil && ctx.Err() == nil {
		return err
	}
	failed := make(chan error, 3)
	var work sync.WaitGroup
	work.Go(func() { failed <- alerts.run(both) })
	work.Go(func() { failed <- c.talk(own, t) })
	work.Go(func() { failed <- c.tend(own, at) })
	work.Go(func() { c.subscribe(own, t) })
	var err error
	select {
	case err = <-failed:
	case <-t.lost():
		err = t.cause()
	case <-ctx.Done():
	}
	if ctx.Err() != nil {
		err = ctx.Err()
		c.drain(t)
	}
	cancel()
	stop()
	switch {
	case ctx.Err() != nil:
		work.Wait()
		c.goodbye(t)
	case errors.Is(err, errRenewed):
		t.leave()
	default:
		// Broken: what the lanes still wait for will not come.
		t.close()
	}
	work.Wait()
	return err
}

// drain waits until the alerts are sent, for Config.Drain at most.
func (c *Client) drain(t transport) {
	limit := time.NewTimer(c.c.Drain)
	defer limit.Stop()
	look := time.NewTicker(5 * time.Millisecond)
	defer look.Stop()
	for c.waiting() && !c.over() {
		select {
		case <-look.C:
		case <-limit.C:
			return
		case <-t.lost():
			return
		}
	}
}

// Faults are the codes that a Client reports: those that it leaves are over when it ends.
var Faults = []fault.Code{
	fault.Broker, fault.BrokerFallback, fault.AlertRefused, fault.MessageRefused, fault.Unconfirmed, fault.ClientID,
	fault.PasswordPlain, fault.SecretReadable, fault.CertificateExpiry,
}
