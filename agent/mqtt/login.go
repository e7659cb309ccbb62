package mqtt

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/auscult/auscult/agent/mqtt/address"
)

// login is what a connection begins with.
type login struct {
	clientID, username, password string
	will                         *Message // nil: none
	keepAlive, timeout           time.Duration
	receive                      func(topic string, payload []byte, retained bool)
}

// server is one of those brokers that are tried in turn, and what is known of it.
type server struct {
	at       address.Address
	old      bool      // it speaks MQTT 3.1.1 only
	asked    time.Time // when it was asked for MQTT 5 last
	willless bool      // the last will is not part of the next login
}

// askAgain is after what time a broker that spoke MQTT 3.1.1 is asked for 5 again.
const askAgain = 24 * time.Hour

// connect makes a connection by the version that the configuration asks for, or by the
// newest that the broker speaks.
func (c *Client) connect(ctx context.Context, b *server, l *login) (transport, *dialed, error) {
	ctx, cancel := context.WithTimeout(ctx, c.c.Timeout)
	defer cancel()
	if c.c.Protocol == V311 || c.c.Protocol == Auto && b.old && time.Since(b.asked) < askAgain {
		return c.connectBy(ctx, connect311, b, l)
	}
	b.asked = time.Now()
	t, open, err := c.connectBy(ctx, connect5, b, l)
	if err == nil {
		b.old = false
		return t, open, nil
	}
	if c.c.Protocol == V5 || open == nil || !perhapsOld(err) {
		return nil, nil, err
	}
	older, open, olderErr := c.connectBy(ctx, connect311, b, l)
	if olderErr != nil {
		return nil, nil, olderErr
	}
	b.old = true
	return older, open, nil
}

// perhapsOld reports whether a login by MQTT 5 failed as one does at a broker that
// speaks older versions only: they answer so, or in a way that is no MQTT 5, or close.
func perhapsOld(err error) bool {
	var no *Refusal
	if errors.As(err, &no) {
		return no.Code == badVersion
	}
	return !errors.Is(err, errAnswer) && !errors.Is(err, context.Canceled)
}

// connectBy dials and logs in. What was dialed is returned also when the login failed,
// nil when nobody was there.
func (c *Client) connectBy(ctx context.Context,
	by func(context.Context, *dialed, *login) (transport, error), b *server, l *login) (transport, *dialed, error) {
	open, err := c.c.dial(ctx, b.at)
	if err != nil {
		return nil, nil, err
	}
	// Some of what paho does in a login does not end with the context.
	stop := context.AfterFunc(ctx, func() { _ = open.Close() })
	defer stop()
	t, err := by(ctx, open, l)
	if err != nil {
		_ = open.Close()
		return nil, open, err
	}
	return t, open, nil
}

// login returns what the next connection to a broker begins with.
func (c *Client) login(b *server) (*login, error) {
	l, err := c.bareLogin()
	if err != nil || b.willless {
		return l, err
	}
	will, err := c.c.Will()
	if err != nil {
		return nil, err
	}
	l.will = &will
	return l, nil
}

// bareLogin is login without a last will.
func (c *Client) bareLogin() (*login, error) {
	l := &login{
		clientID: c.identity.current(), username: c.c.Username,
		keepAlive: c.c.KeepAlive, timeout: c.c.Timeout, receive: c.receive,
	}
	if c.c.Password != nil {
		var err error
		if l.password, err = c.c.Password(); err != nil {
			return nil, err
		}
	}
	return l, nil
}

// visit logs in at a broker and leaves it, without a last will, so that nobody is told of
// it. Suffix stands behind the client id. It returns the version of MQTT that they spoke.
func (c *Client) visit(ctx context.Context, b *server, suffix string) (protocol string, err error) {
	l, err := c.bareLogin()
	if err != nil {
		return "", err
	}
	l.clientID += suffix
	l.receive = func(string, []byte, bool) {}
	t, _, err := c.connect(ctx, b, l)
	if err != nil {
		return "", fmt.Errorf("mqtt: %w", err)
	}
	t.leave()
	return t.offer().protocol, nil
}

// Try connects to a broker as a Client with the configuration would, without a last
// will, says goodbye, and returns the version of MQTT that they spoke.
func Try(ctx context.Context, o Config, at address.Address) (protocol string, err error) {
	c := &Client{c: o, identity: identity{base: o.ClientID}}
	return c.visit(ctx, &server{at: at}, "")
}
