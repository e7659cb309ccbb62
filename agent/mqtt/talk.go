package mqtt

import (
	"context"
	"errors"
	"time"
)

// talk says hello, then sends telemetry until the connection breaks or ctx ends.
func (c *Client) talk(ctx context.Context, t transport) error {
	hello, err := c.c.Hello()
	if err != nil {
		return err
	}
	for _, m := range hello {
		if err := c.say(ctx, t, m, 1); err != nil {
			return err
		}
	}
	if c.c.Greeted != nil {
		c.c.Greeted()
	}
	look := time.NewTicker(time.Second)
	defer look.Stop()
	for {
		m, ok := c.c.Telemetry.Take()
		c.idle.Store(!ok)
		if ok {
			if err := c.pass(ctx, t, m); err != nil {
				return err
			}
			continue
		}
		select {
		case <-c.c.Telemetry.Ready():
		case <-look.C:
			for _, m := range c.suspects.due() {
				if err := c.pass(ctx, t, m); err != nil {
					return err
				}
			}
		case <-t.lost():
			return t.cause()
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// pass sends one telemetry message.
func (c *Client) pass(ctx context.Context, t transport, m Message) error {
	qos := byte(0)
	if m.Retained {
		qos = 1
	}
	err := c.say(ctx, t, m, qos)
	if err != nil {
		c.lost.Add(1)
	}
	return err
}

// subscribe asks for the topics, of which the broker sends what it retains at once.
// Quality of service is 0: a value that is lost is followed by another. A topic that the
// broker does not let the node read is one that nothing arrives on: alerts matter more.
func (c *Client) subscribe(ctx context.Context, t transport) {
	for _, topic := range c.c.Topics {
		err := t.subscribe(ctx, topic)
		var no *Refusal
		switch {
		case err == nil:
			if c.suspects.passed(topic) {
				c.reportMuted()
			}
		case errors.As(err, &no) && no.What == "subscription":
			no.Reason += ": let the node's user read this topic"
			fallthrough
		case errors.Is(err, errAnswer):
			c.suspects.refuse(Message{Topic: topic}, err)
			c.reportMuted()
		default:
			return // the connection is lost
		}
	}
}

// receive takes what arrives on any topic.
func (c *Client) receive(topic string, payload []byte, retained bool) {
	if !c.echo.Load().arrive(c.own, topic, payload) && c.c.Receive != nil {
		c.c.Receive(topic, payload, retained)
	}
}

// goodbyeLimit bounds the orderly end.
const goodbyeLimit = 300 * time.Millisecond

func (c *Client) goodbye(t transport) {
	if c.over() && c.silent {
		t.leave()
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), goodbyeLimit)
	defer cancel()
	goodbye, err := c.c.Goodbye()
	if err != nil {
		return // the last will says the same
	}
	answers := make(chan struct{}, len(goodbye))
	for _, m := range goodbye { // whatever the answer is, there is no time for more
		t.publish(m, 1, func(error) { answers <- struct{}{} })
	}
	for range goodbye {
		select {
		case <-answers:
		case <-t.lost():
			return
		case <-ctx.Done():
			return
		}
	}
	t.leave()
}
