package mqtt

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"sync"
	"time"

	paho "github.com/eclipse/paho.mqtt.golang"
	"github.com/eclipse/paho.mqtt.golang/packets"
)

// v311 speaks MQTT 3.1.1.
type v311 struct {
	*broken
	client  paho.Client
	conn    *guardedConn
	timeout time.Duration
	said    offer
	receive func(topic string, payload []byte, retained bool)
	order   sync.Mutex // held while a message is handed over
}

// connect311 logs in by MQTT 3.1.1. The connection is closed when that fails.
func connect311(ctx context.Context, open *dialed, l *login) (transport, error) {
	t := &v311{broken: newBroken(), conn: open.guardedConn, timeout: l.timeout, receive: l.receive,
		said: offer{protocol: V311, clientID: l.clientID}}
	o := paho.NewClientOptions().
		AddBroker("tcp://broker"). // a name only: the connection is there already
		SetClientID(l.clientID).
		SetProtocolVersion(4).
		SetCleanSession(true).
		SetAutoReconnect(false).
		SetConnectRetry(false).
		SetKeepAlive(l.keepAlive).
		SetPingTimeout(l.timeout).
		SetConnectTimeout(l.timeout).
		SetWriteTimeout(l.timeout).
		SetConnectionLostHandler(func(_ paho.Client, err error) { t.lose(err) }).
		SetCustomOpenConnectionFn(func(*url.URL, paho.ClientOptions) (net.Conn, error) { return t.conn, nil })
	if l.will != nil {
		o.SetBinaryWill(l.will.Topic, l.will.Payload, 1, l.will.Retained)
	}
	if l.username != "" {
		o.SetUsername(l.username)
	}
	if l.password != "" {
		o.SetPassword(l.password)
	}
	t.client = paho.NewClient(o)
	token := t.client.Connect().(*paho.ConnectToken)
	// The handshake has a deadline; ctx ends the wait for it sooner.
	select {
	case <-token.Done():
	case <-ctx.Done():
		t.close()
		return nil, refusal311(packets.Accepted, ctx.Err()) // the token is paho's still: it writes to it
	}
	if err := token.Error(); err != nil {
		t.close()
		return nil, refusal311(token.ReturnCode(), err)
	}
	return t, nil
}

// codes311 are the codes of MQTT 5 that mean what a return code of MQTT 3.1.1 does.
var codes311 = map[byte]byte{
	packets.ErrRefusedBadProtocolVersion:    badVersion,
	packets.ErrRefusedIDRejected:            0x85,
	packets.ErrRefusedServerUnavailable:     0x88,
	packets.ErrRefusedBadUsernameOrPassword: 0x86,
	packets.ErrRefusedNotAuthorised:         notAuthorized,
}

// refusal311 returns why a login failed, the broker's no as a Refusal.
func refusal311(code byte, err error) error {
	if code, said := codes311[code]; said {
		return refusal("connection", code, "")
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("%w to the login by MQTT 3.1.1", errAnswer)
	}
	return err
}

func (t *v311) publish(m Message, qos byte, done func(error)) {
	token := t.hand(func() paho.Token { return t.client.Publish(m.Topic, qos, m.Retained, m.Payload) })
	if token == nil {
		done(t.cause())
		return
	}
	go func() { done(t.await(context.Background(), token)) }()
}

// hand has paho take something, one after the other. It returns nil when the connection
// is lost: paho then waits for its writer, who is gone.
func (t *v311) hand(act func() paho.Token) paho.Token {
	t.order.Lock()
	defer t.order.Unlock()
	taken := make(chan paho.Token, 1)
	go func() { taken <- act() }()
	select {
	case token := <-taken:
		return token
	case <-t.lost():
		return nil
	}
}

func (t *v311) subscribe(ctx context.Context, topic string) error {
	token := t.ask(topic)
	if token == nil {
		return t.cause()
	}
	return t.granted(ctx, topic, token)
}

// ask sends a subscription. One topic at a time: paho trusts the broker that an answer
// has as many codes as were asked for, see guardedConn. It returns
// nil when the connection is lost.
func (t *v311) ask(topic string) paho.Token {
	return t.hand(func() paho.Token {
		return t.client.Subscribe(topic, 0, func(_ paho.Client, m paho.Message) {
			t.receive(m.Topic(), m.Payload(), m.Retained())
		})
	})
}

// granted waits for the answer to a subscription.
func (t *v311) granted(ctx context.Context, topic string, token paho.Token) error {
	const refused = 0x80
	if err := t.await(ctx, token); err != nil {
		return err
	}
	if code := token.(*paho.SubscribeToken).Result()[topic]; code == refused {
		return &Refusal{What: "subscription", Code: code, Reason: "it does not say why"}
	}
	return nil
}

// subscribeAll sends subscriptions, so that the broker has them before whatever is
// published next, and does not wait for the answers.
func (t *v311) subscribeAll(topics []string) {
	for _, topic := range topics {
		t.ask(topic)
	}
}

// await returns nil when what a token stands for is confirmed on this very connection.
func (t *v311) await(ctx context.Context, token paho.Token) error {
	limit := time.NewTimer(t.timeout)
	defer limit.Stop()
	select {
	case <-token.Done():
		if err := token.Error(); err != nil {
			return err
		}
		return t.cause() // a token also completes when a connection is cleaned up
	case <-t.lost():
		return t.cause()
	case <-ctx.Done():
		return ctx.Err()
	case <-limit.C:
		return errAnswer
	}
}

func (t *v311) offer() offer { return t.said }

func (t *v311) leave() {
	t.lose(nil)
	t.conn.leave()
	t.client.Disconnect(uint(leaveLimit / time.Millisecond))
	_ = t.conn.Close()
}

func (t *v311) close() {
	t.lose(nil)
	// Closing the socket first frees whatever paho is blocked in.
	_ = t.conn.Close()
	t.client.Disconnect(0)
}
