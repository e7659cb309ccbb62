package mqtt

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"syscall"
)

// Versions of the protocol, as Config.Protocol and State have them.
const (
	Auto = "auto" // 5 where the broker speaks it, else 3.1.1
	V5   = "5"
	V311 = "3.1.1"
)

// transport is one connection to a broker, by one version of the protocol.
type transport interface {
	// publish hands a message over, in the order of the calls, and has done called once,
	// from any goroutine: with nil when the broker has taken it (at quality of service 0:
	// when it was written), with a *Refusal when it has said no, else with why nothing is
	// known of it. It waits for the network, but not longer than the timeout.
	publish(m Message, qos byte, done func(error))
	// subscribe asks for what arrives on a topic and waits for the answer.
	subscribe(ctx context.Context, topic string) error
	// lost is closed when the connection breaks; cause then says why, and is nil before.
	lost() <-chan struct{}
	cause() error
	// offer says what the broker takes.
	offer() offer
	// leave ends the connection in order: the last will is not published. Close cuts it.
	leave()
	close()
}

// broken is the part of a transport that remembers that its connection broke, and why.
type broken struct {
	once sync.Once
	gone chan struct{}
	why  error // once gone is closed
}

func newBroken() *broken { return &broken{gone: make(chan struct{})} }

var errLost = errors.New("connection lost")

func (b *broken) lose(err error) {
	b.once.Do(func() {
		b.why = errLost
		if err != nil {
			b.why = fmt.Errorf("%w: %w", errLost, err)
		}
		close(b.gone)
	})
}

func (b *broken) lost() <-chan struct{} { return b.gone }

func (b *broken) cause() error {
	select {
	case <-b.gone:
		return b.why
	default:
		return nil
	}
}

// offer is what a broker said of itself when the connection was made.
type offer struct {
	protocol  string
	clientID  string // that it knows the node by
	maxPacket int    // bytes of a packet that it takes; 0: it did not say
	window    int    // messages that may be without an answer; 0: it did not say
}

// Refusal is a broker's no.
type Refusal struct {
	What   string // "connection", "subscription" or "message"
	Code   byte   // reason code of MQTT 5, or return code of MQTT 3.1.1's CONNACK
	Reason string // for people
}

// refusal returns a broker's no, in words and with what it added.
func refusal(what string, code byte, said string) *Refusal {
	return &Refusal{What: what, Code: code, Reason: reason(code, said)}
}

func (r *Refusal) Error() string { return "the broker refuses the " + r.What + ": " + r.Reason }

// Reason codes of MQTT 5 (section 2.4) that something is done about.
const (
	notAuthorized = 0x87
	badVersion    = 0x84
	takenOver     = 0x8e
	badTopic      = 0x90
	tooLarge      = 0x95
	quotaExceeded = 0x97
)

// reasons are the codes in words. The others are given as numbers.
var reasons = map[byte]string{
	0x80: "unspecified error", 0x81: "malformed packet", 0x82: "protocol error",
	0x83: "a reason of its own", badVersion: "it does not speak this version of MQTT",
	0x85: "client id not valid", 0x86: "bad user name or password", notAuthorized: "not authorized",
	0x88: "it is not available", 0x89: "it is busy", 0x8a: "banned", 0x8b: "it shuts down",
	0x8c: "bad authentication method", 0x8d: "keep alive timeout",
	takenOver: "another client took over the client id",
	0x8f:      "topic filter not valid", badTopic: "topic name not valid", 0x93: "too many messages without an answer",
	tooLarge: "packet too large", 0x96: "message rate too high", quotaExceeded: "quota exceeded",
	0x98: "administrative action", 0x99: "payload format not valid", 0x9a: "it does not retain messages",
	0x9b: "quality of service not supported", 0x9c: "use another server", 0x9d: "the server has moved",
	0x9f: "connection rate exceeded",
}

// reason returns a code in words, with what the broker added.
func reason(code byte, said string) string {
	text, known := reasons[code]
	if !known {
		text = fmt.Sprintf("reason code 0x%02x", code)
	}
	if said != "" {
		text += " (" + said + ")"
	}
	return text
}

// ofTopic reports whether what was refused is the topic, so that other messages on it
// need not be tried.
func (r *Refusal) ofTopic() bool {
	return r.Code == notAuthorized || r.Code == badTopic || r.Code == quotaExceeded
}

// errAnswer means that a broker did not answer in time.
var errAnswer = errors.New("no answer in time")

// hungUp reports whether the other side ended the connection.
func hungUp(err error) bool {
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, syscall.ECONNRESET) ||
		errors.Is(err, syscall.EPIPE) || errors.Is(err, net.ErrClosed)
}

// packetBytes is at least how long a PUBLISH is.
func packetBytes(m Message) int { return 1 + 4 + 2 + len(m.Topic) + 2 + 1 + len(m.Payload) }
