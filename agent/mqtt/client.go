package mqtt

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"sync"
	"sync/atomic"
	"time"

	paho "github.com/eclipse/paho.mqtt.golang"

	"github.com/auscult/auscult/agent/backoff"
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
	Peek() (spool.Record, bool)
	Remove(spool.Record) error
	Ready() <-chan struct{}
}

// Config describes a Client.
type Config struct {
	Address  string // host:port
	TLS      *TLS   // nil: not encrypted
	ClientID string
	Username string // empty: none
	// Password is called for each connection; nil: none.
	Password func() (string, error)

	KeepAlive  time.Duration // silence after which the connection is checked
	Timeout    time.Duration // for each answer of the broker
	RetryFirst time.Duration // upper limit of the first pause
	RetryMax   time.Duration // upper limit of every pause
	// Drain is how long alerts are still sent after the end was ordered.
	Drain time.Duration

	Alerts    Queue
	Telemetry *spool.Ring[Message]

	// Topics are subscribed to on each connection. Receive takes what arrives there,
	// one message at a time, and must not block; payloads are its own to keep.
	Topics  []string
	Receive func(topic string, payload []byte)

	// Will is published by the broker when the connection breaks. Hello is
	// sent at the start of each connection and Goodbye before its orderly end.
	// They are called for each connection.
	Will           func() (Message, error)
	Hello, Goodbye func() ([]Message, error)
	// Report is told when the connection stands (nil), and when it does not.
	Report func(error)
}

// Client sends messages to one broker.
type Client struct {
	c         Config
	connected atomic.Bool
	idle      atomic.Bool
	lost      atomic.Uint64
}

// stable is how long a connection must have stood for the pauses to start
// small again.
const stable = 10 * time.Second

// New returns a Client.
func New(c Config) (*Client, error) {
	switch {
	case c.Address == "" || c.ClientID == "":
		return nil, errors.New("mqtt: needs an address and a client id")
	case c.Alerts == nil || c.Telemetry == nil || c.Will == nil || c.Hello == nil || c.Goodbye == nil || c.Report == nil:
		return nil, errors.New("mqtt: needs both queues and all callbacks")
	case len(c.Topics) > 0 && c.Receive == nil:
		return nil, errors.New("mqtt: needs somebody to receive what is subscribed to")
	case c.Timeout <= 0 || c.RetryFirst <= 0 || c.RetryMax <= 0 || c.KeepAlive < time.Second:
		return nil, errors.New("mqtt: needs times above 0, and to keep alive every second at most")
	}
	return &Client{c: c}, nil
}

// Connected reports whether a connection stands.
func (c *Client) Connected() bool { return c.connected.Load() }

// Idle reports whether a connection stands and everything was sent.
func (c *Client) Idle() bool {
	_, waiting := c.c.Alerts.Peek()
	return c.Connected() && !waiting && c.idle.Load() && c.c.Telemetry.Len() == 0
}

// Lost counts the telemetry messages that were on their way when a connection
// broke, and may not have arrived.
func (c *Client) Lost() uint64 { return c.lost.Load() }

// Run connects and sends until the context ends, whose error it returns. Then
// it tries for Config.Drain to send what waits, and says goodbye.
func (c *Client) Run(ctx context.Context) error {
	pause := backoff.Delay{First: c.c.RetryFirst, Cap: c.c.RetryMax}
	for {
		began := time.Now()
		err := c.session(ctx)
		c.connected.Store(false)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		c.c.Report(fmt.Errorf("mqtt: broker %s: %w", c.c.Address, err))
		if time.Since(began) > stable {
			pause.Reset()
		}
		if err := pause.Sleep(ctx); err != nil {
			return err
		}
	}
}

var errLost = errors.New("connection lost")

// errAnswer means that the broker answered, but with no.
var errAnswer = errors.New("refused")

// link is one connection.
type link struct {
	client  paho.Client
	timeout time.Duration
	lost    chan struct{} // closed when the connection breaks

	once  sync.Once
	cause error // why, once lost is closed
}

func (l *link) lose(err error) {
	l.once.Do(func() {
		l.cause = errLost
		if err != nil {
			l.cause = fmt.Errorf("%w: %w", errLost, err)
		}
		close(l.lost)
	})
}

// session makes one connection and uses it until it breaks or ctx ends.
func (c *Client) session(ctx context.Context) error {
	l, end, err := c.connect(ctx)
	if err != nil {
		return err
	}
	defer end()
	hello, err := c.c.Hello()
	if err != nil {
		return err
	}
	for _, m := range hello {
		if err := l.publish(ctx, m.Topic, m.Payload, 1, m.Retained); err != nil {
			return err
		}
	}
	if err := c.subscribe(ctx, l); err != nil {
		return err
	}
	c.connected.Store(true)
	c.c.Report(nil)

	// Telemetry ends with ctx; alerts go on for a while.
	both, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	failed := make(chan error, 2)
	var work sync.WaitGroup
	work.Go(func() { failed <- c.sendAlerts(both, l) })
	work.Go(func() { failed <- c.sendTelemetry(ctx, l) })
	select {
	case err = <-failed:
	case <-l.lost:
		err = l.cause
	case <-ctx.Done():
		c.drain(l)
		err = ctx.Err()
	}
	cancel()
	if ctx.Err() == nil {
		// Broken: what the two still wait for will not come.
		l.lose(err)
	}
	work.Wait()
	if ctx.Err() != nil {
		c.goodbye(l)
	}
	return err
}

// connect makes a connection. The function that it returns ends it.
func (c *Client) connect(ctx context.Context) (*link, func(), error) {
	will, err := c.c.Will()
	if err != nil {
		return nil, nil, err
	}
	l := &link{timeout: c.c.Timeout, lost: make(chan struct{})}
	var mu sync.Mutex
	var conn net.Conn
	limit, cancel := context.WithTimeout(ctx, c.c.Timeout)
	defer cancel()
	o := paho.NewClientOptions().
		AddBroker("tcp://"+c.c.Address). // a name only: the connection comes from dial
		SetClientID(c.c.ClientID).
		SetProtocolVersion(4).
		SetCleanSession(true).
		SetAutoReconnect(false).
		SetConnectRetry(false).
		SetKeepAlive(c.c.KeepAlive).
		SetPingTimeout(c.c.Timeout).
		SetConnectTimeout(c.c.Timeout).
		SetWriteTimeout(c.c.Timeout).
		SetBinaryWill(will.Topic, will.Payload, 1, will.Retained).
		SetConnectionLostHandler(func(_ paho.Client, err error) { l.lose(err) }).
		SetCustomOpenConnectionFn(func(*url.URL, paho.ClientOptions) (net.Conn, error) {
			opened, err := c.c.dial(limit)
			mu.Lock()
			defer mu.Unlock()
			conn = opened
			return opened, err
		})
	if c.c.Username != "" {
		o.SetUsername(c.c.Username)
	}
	if c.c.Password != nil {
		password, err := c.c.Password()
		if err != nil {
			return nil, nil, err
		}
		o.SetPassword(password)
	}
	l.client = paho.NewClient(o)
	end := func() {
		l.lose(nil)
		// Closing the socket first frees whatever paho is blocked in.
		mu.Lock()
		if conn != nil {
			_ = conn.Close()
		}
		mu.Unlock()
		l.client.Disconnect(0)
	}
	token := l.client.Connect()
	// The handshake has a deadline; ctx ends the wait for it sooner.
	select {
	case <-token.Done():
		err = token.Error()
	case <-ctx.Done():
		err = ctx.Err()
	}
	if err != nil {
		end()
		return nil, nil, err
	}
	return l, end, nil
}

// publish sends one message and returns nil when the broker has confirmed it
// on this very connection (at QoS 0: when it was written).
func (l *link) publish(ctx context.Context, topic string, payload []byte, qos byte, retained bool) error {
	return l.await(ctx, func() paho.Token { return l.client.Publish(topic, qos, retained, payload) })
}

// subscribe asks for the topics, of which the broker sends what it retains at once.
// Quality of service is 0: a value that is lost is followed by another.
func (c *Client) subscribe(ctx context.Context, l *link) error {
	for _, topic := range c.c.Topics {
		err := l.await(ctx, func() paho.Token {
			return l.client.Subscribe(topic, 0, func(_ paho.Client, m paho.Message) { c.c.Receive(m.Topic(), m.Payload()) })
		})
		if err != nil && !errors.Is(err, errAnswer) {
			return fmt.Errorf("subscribe to %s: %w", topic, err)
		}
	}
	return nil
}

// await returns nil when what act began is confirmed on this very connection.
func (l *link) await(ctx context.Context, act func() paho.Token) error {
	limit := time.NewTimer(l.timeout)
	defer limit.Stop()
	// The call itself can block on a connection that hangs.
	sent := make(chan paho.Token, 1)
	go func() { sent <- act() }()
	var done <-chan struct{}
	var token paho.Token
	for {
		select {
		case token = <-sent:
			done, sent = token.Done(), nil
		case <-done:
			if err := token.Error(); err != nil {
				return fmt.Errorf("%w: %w", errAnswer, err)
			}
			// A token also completes when a connection is cleaned up.
			select {
			case <-l.lost:
				return l.cause
			default:
				return nil
			}
		case <-l.lost:
			return l.cause
		case <-ctx.Done():
			return ctx.Err()
		case <-limit.C:
			return fmt.Errorf("no answer within %v", l.timeout)
		}
	}
}

// sendAlerts sends alerts one at a time, and removes each when it is confirmed.
func (c *Client) sendAlerts(ctx context.Context, l *link) error {
	for {
		r, ok := c.c.Alerts.Peek()
		if !ok {
			select {
			case <-c.c.Alerts.Ready():
				continue
			case <-l.lost:
				return l.cause
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		if err := l.publish(ctx, r.Topic, r.Payload, 1, false); err != nil {
			return err
		}
		// Confirmed, but perhaps still on the disk: then it comes again after
		// a restart, which is allowed. The spool's Stats tell.
		_ = c.c.Alerts.Remove(r)
	}
}

func (c *Client) sendTelemetry(ctx context.Context, l *link) error {
	for {
		m, ok := c.c.Telemetry.Take()
		c.idle.Store(!ok)
		if !ok {
			select {
			case <-c.c.Telemetry.Ready():
				continue
			case <-l.lost:
				return l.cause
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		qos := byte(0)
		if m.Retained {
			qos = 1
		}
		if err := l.publish(ctx, m.Topic, m.Payload, qos, m.Retained); err != nil {
			c.lost.Add(1)
			return err
		}
	}
}

// drain waits until the alerts are sent, for Config.Drain at most.
func (c *Client) drain(l *link) {
	limit := time.NewTimer(c.c.Drain)
	defer limit.Stop()
	look := time.NewTicker(5 * time.Millisecond)
	defer look.Stop()
	for {
		if _, waiting := c.c.Alerts.Peek(); !waiting {
			return
		}
		select {
		case <-look.C:
		case <-limit.C:
			return
		case <-l.lost:
			return
		}
	}
}

// goodbyeLimit bounds the orderly end.
const goodbyeLimit = 300 * time.Millisecond

func (c *Client) goodbye(l *link) {
	ctx, cancel := context.WithTimeout(context.Background(), goodbyeLimit)
	defer cancel()
	goodbye, err := c.c.Goodbye()
	if err != nil {
		return // the last will says the same
	}
	for _, m := range goodbye {
		if l.publish(ctx, m.Topic, m.Payload, 1, m.Retained) != nil {
			return
		}
	}
	l.client.Disconnect(uint(goodbyeLimit / time.Millisecond))
}
