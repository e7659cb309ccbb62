package mqtt

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"sync"

	paho5 "github.com/eclipse/paho.golang/paho"
	"github.com/eclipse/paho.mqtt.golang/packets"
)

// v5 speaks MQTT 5.
type v5 struct {
	*broken
	client *paho5.Client
	conn   *packetConn
	said   offer
	order  sync.Mutex // held while a message is handed over
}

// refuser answers a broker that asks for more than a password. Without it, paho would
// follow a nil pointer where a CONNACK names a method.
type refuser struct{}

// Authenticate refuses.
func (refuser) Authenticate(*paho5.Auth) *paho5.Auth {
	const badMethod = 0x8c
	return &paho5.Auth{ReasonCode: badMethod}
}

// Authenticated has nothing to do.
func (refuser) Authenticated() {}

// connect5 logs in by MQTT 5. The connection is closed when that fails.
func connect5(ctx context.Context, open *dialed, l *login) (transport, error) {
	open.v5 = true
	t := &v5{conn: newPacketConn(open.guardedConn), broken: newBroken()}
	t.client = paho5.NewClient(paho5.ClientConfig{
		Conn: t.conn, PacketTimeout: l.timeout, AuthHandler: refuser{},
		OnPublishReceived: []func(paho5.PublishReceived) (bool, error){func(p paho5.PublishReceived) (bool, error) {
			l.receive(p.Packet.Topic, p.Packet.Payload, p.Packet.Retain)
			return true, nil
		}},
		OnServerDisconnect: func(d *paho5.Disconnect) {
			said := ""
			if d.Properties != nil {
				said = d.Properties.ReasonString
			}
			t.lose(refusal("connection", d.ReasonCode, said))
		},
		OnClientError: t.lose,
	})
	answer, err := t.client.Connect(ctx, l.connect5())
	switch {
	case answer != nil && answer.ReasonCode == packets.ErrRefusedBadProtocolVersion:
		// It answers as of old.
		_ = open.Close()
		return nil, refusal("connection", badVersion, "")
	case answer != nil && answer.ReasonCode != 0:
		_ = open.Close()
		return nil, refusal("connection", answer.ReasonCode, answer.Properties.ReasonString)
	case errors.Is(err, context.DeadlineExceeded):
		return nil, fmt.Errorf("%w to the login by MQTT 5", errAnswer)
	case err != nil:
		return nil, err
	}
	t.said = offer{protocol: V5, clientID: l.clientID}
	if p := answer.Properties; p != nil {
		if p.AssignedClientID != "" {
			t.said.clientID = p.AssignedClientID
		}
		if p.MaximumPacketSize != nil {
			t.said.maxPacket = int(*p.MaximumPacketSize)
		}
		if p.ReceiveMaximum != nil {
			t.said.window = int(*p.ReceiveMaximum)
		}
	}
	return t, nil
}

// connect5 returns the login as a packet. Nothing is kept at the broker beyond the
// connection: what waits, waits in the spool.
func (l *login) connect5() *paho5.Connect {
	none, most := uint32(0), uint16(receiveMax)
	p := &paho5.Connect{
		ClientID: l.clientID, CleanStart: true, KeepAlive: uint16(l.keepAlive.Seconds()),
		Username: l.username, UsernameFlag: l.username != "",
		Password: []byte(l.password), PasswordFlag: l.password != "",
		Properties: &paho5.ConnectProperties{
			SessionExpiryInterval: &none, ReceiveMaximum: &most, RequestProblemInfo: true,
		},
	}
	if l.will != nil {
		p.WillMessage = &paho5.WillMessage{Topic: l.will.Topic, Payload: l.will.Payload, QoS: 1, Retain: l.will.Retained}
	}
	return p
}

// receiveMax is how many messages paho makes room for.
const receiveMax = 64

// publish is transport's. Paho's Publish returns with the answer, so it runs beside;
// the next message may follow once this one has been written.
func (t *v5) publish(m Message, qos byte, done func(error)) {
	t.order.Lock()
	defer t.order.Unlock()
	if t.said.maxPacket > 0 && packetBytes(m) > t.said.maxPacket {
		done(&Refusal{What: "message", Code: tooLarge,
			Reason: fmt.Sprintf("it takes packets of %d bytes and this one has %d", t.said.maxPacket, packetBytes(m))})
		return
	}
	select {
	case <-t.conn.written: // of a message that nobody waited for
	default:
	}
	answered := make(chan struct{})
	go func() {
		defer close(answered)
		p := &paho5.Publish{Topic: m.Topic, Payload: m.Payload, QoS: qos, Retain: m.Retained}
		answer, err := t.client.Publish(context.Background(), p)
		done(t.verdict(answer, err))
	}()
	select {
	case <-t.conn.written:
	case <-answered:
	case <-t.lost():
	}
}

// verdict says what became of a message.
func (t *v5) verdict(answer *paho5.PublishResponse, err error) error {
	switch {
	case answer != nil && answer.ReasonCode >= 0x80:
		said := ""
		if answer.Properties != nil {
			said = answer.Properties.ReasonString
		}
		return refusal("message", answer.ReasonCode, said)
	case err == nil:
		return nil
	case errors.Is(err, paho5.ErrInvalidArguments):
		return &Refusal{What: "message", Reason: err.Error()}
	case errors.Is(err, context.DeadlineExceeded):
		return errAnswer
	}
	return cmp.Or(t.cause(), err)
}

func (t *v5) subscribe(ctx context.Context, topic string) error {
	// What is retained there, also after a connection before.
	answer, err := t.client.Subscribe(ctx, &paho5.Subscribe{Subscriptions: []paho5.SubscribeOptions{{Topic: topic}}})
	if answer != nil && len(answer.Reasons) == 1 && answer.Reasons[0] >= 0x80 {
		return refusal("subscription", answer.Reasons[0], "")
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return errAnswer
	}
	return err
}

func (t *v5) offer() offer { return t.said }

func (t *v5) leave() {
	t.lose(nil)
	t.conn.leave()
	_ = t.client.Disconnect(&paho5.Disconnect{}) // it closes the connection, whatever it returns
}

func (t *v5) close() {
	t.lose(nil)
	_ = t.conn.Close()
}
