package main

import (
	"context"
	"fmt"
	"time"

	paho "github.com/eclipse/paho.mqtt.golang"

	"github.com/auscult/auscult/build/torture/brokers"
	"github.com/auscult/auscult/build/torture/ledger"
)

// listener subscribes to a node's alerts at the broker, with a session that outlives
// connections, and enters what arrives.
type listener struct {
	client paho.Client
}

// listen connects a listener.
func listen(ctx context.Context, address, id string, l *ledger.Ledger) (*listener, error) {
	topic := "auscult/" + id + "/+/alert"
	subscribed := make(chan error, 1)
	o := paho.NewClientOptions().AddBroker("tcp://" + address).SetClientID("listener-" + id).SetProtocolVersion(4).
		SetUsername(brokers.ListenerUser).SetPassword(brokers.Password).SetCleanSession(false).
		SetKeepAlive(5 * time.Second).SetPingTimeout(3 * time.Second).SetConnectTimeout(5 * time.Second).
		SetAutoReconnect(true).SetMaxReconnectInterval(200 * time.Millisecond).SetConnectRetry(true).
		SetConnectRetryInterval(100 * time.Millisecond).SetOrderMatters(true)
	take := func(_ paho.Client, m paho.Message) { l.Receive(m.Payload()) }
	o.SetDefaultPublishHandler(take) // what the session kept may come before the subscription's answer
	o.SetOnConnectHandler(func(c paho.Client) {
		go func() {
			token := c.Subscribe(topic, 1, take)
			token.Wait()
			select {
			case subscribed <- token.Error():
			default:
			}
		}()
	})
	c := paho.NewClient(o)
	c.Connect()
	select {
	case err := <-subscribed:
		if err != nil {
			c.Disconnect(0)
			return nil, fmt.Errorf("listener: %w", err)
		}
		return &listener{c}, nil
	case <-ctx.Done():
		c.Disconnect(0)
		return nil, fmt.Errorf("listener: no subscription: %w", ctx.Err())
	}
}

// connected reports whether it hears the broker at present.
func (l *listener) connected() bool { return l.client.IsConnectionOpen() }

func (l *listener) close() { l.client.Disconnect(100) }
