package mqtt

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/eclipse/paho.mqtt.golang/packets"
)

// broker is a small MQTT server that misbehaves at a chosen point.
type broker struct {
	t        *testing.T
	listener net.Listener

	// onPublish decides what happens with a publish; nil: all are confirmed.
	onPublish func(connection int, p *packets.PublishPacket) answer
	// onConnect gives the return code; nil: accepted.
	onConnect func(connection int, p *packets.ConnectPacket) byte

	mu          sync.Mutex
	connections int
	open        int
	mostOpen    int
	connects    []*packets.ConnectPacket
	got         []string // topic=payload; ! is retained, ? at QoS 0
	closed      []string // how each connection ended
	mute        bool     // nothing comes back to those who subscribe
	silent      bool     // subscriptions of what is no alert are not answered
}

// hangUpAtOnce is no return code: the connection is closed.
const hangUpAtOnce = 0xff

// answer is what the broker does with a publish.
type answer int

const (
	confirm answer = iota
	ignore         // neither takes nor confirms it
	swallow        // takes it but does not confirm it
	hangUp         // takes it and closes the connection
	babble         // announces an endless packet
	confirmAndHangUp
)

func startBroker(t *testing.T) *broker {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	b := &broker{t: t, listener: l}
	t.Cleanup(func() { _ = l.Close() })
	go b.serve(l)
	return b
}

func (b *broker) address() string { return b.listener.Addr().String() }

func (b *broker) serve(l net.Listener) {
	for {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		b.mu.Lock()
		n := b.connections
		b.connections++
		b.open++
		b.mostOpen = max(b.mostOpen, b.open)
		b.mu.Unlock()
		go func() {
			end := b.talk(conn, n)
			_ = conn.Close()
			b.mu.Lock()
			b.open--
			b.closed = append(b.closed, end)
			b.mu.Unlock()
		}()
	}
}

func (b *broker) talk(conn net.Conn, n int) string {
	send := func(p packets.ControlPacket) { _ = p.Write(conn) }
	reads := map[string]bool{}
	for {
		packet, err := packets.ReadPacket(conn)
		if err != nil {
			return "broken"
		}
		switch p := packet.(type) {
		case *packets.ConnectPacket:
			ack := packets.NewControlPacket(packets.Connack).(*packets.ConnackPacket)
			b.mu.Lock()
			b.connects = append(b.connects, p)
			b.mu.Unlock()
			if b.onConnect != nil {
				ack.ReturnCode = b.onConnect(n, p)
			}
			if ack.ReturnCode == hangUpAtOnce {
				return "not let in"
			}
			send(ack)
		case *packets.PublishPacket:
			what := confirm
			if b.onPublish != nil {
				what = b.onPublish(n, p)
			}
			if what == ignore {
				continue
			}
			text := p.TopicName + "=" + string(p.Payload)
			if p.Retain {
				text += "!"
			}
			if p.Qos == 0 {
				text += "?"
			}
			b.mu.Lock()
			b.got = append(b.got, text)
			b.mu.Unlock()
			switch what {
			case hangUp:
				return "hung up"
			case swallow:
				continue
			case babble:
				_, _ = conn.Write([]byte{packets.Publish << 4, 0xff, 0xff, 0xff, 0x7f})
				continue
			}
			if reads[p.TopicName] && !b.mute && what != confirmAndHangUp {
				back := p.Copy()
				back.Qos, back.Retain = 0, false
				send(back)
			}
			if p.Qos > 0 {
				ack := packets.NewControlPacket(packets.Puback).(*packets.PubackPacket)
				ack.MessageID = p.MessageID
				send(ack)
			}
			if what == confirmAndHangUp {
				return "hung up"
			}
		case *packets.SubscribePacket:
			ack := packets.NewControlPacket(packets.Suback).(*packets.SubackPacket)
			ack.MessageID, ack.ReturnCodes = p.MessageID, make([]byte, len(p.Topics))
			for _, topic := range p.Topics {
				reads[topic] = true
			}
			if !b.silent || reads["alert"] && len(reads) <= 2 {
				send(ack)
			}
		case *packets.PingreqPacket:
			send(packets.NewControlPacket(packets.Pingresp))
		case *packets.DisconnectPacket:
			return "orderly"
		}
	}
}

// received returns what has arrived so far on topics that begin with prefix, but for
// probes.
func (b *broker) received(prefix string) []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(b.got), func(s string) bool {
		return !strings.HasPrefix(s, prefix) || strings.Contains(s, "/probe")
	})
}

// eventually waits until ok, or fails.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	const most = 10 * time.Second
	if !within(most, ok) {
		t.Fatalf("did not happen within %s: %s", most, what)
	}
}

// within waits until ok, and reports whether it came to be in time.
func within(most time.Duration, ok func() bool) bool {
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	limit := time.NewTimer(most)
	defer limit.Stop()
	for !ok() {
		select {
		case <-tick.C:
		case <-limit.C:
			return false
		}
	}
	return true
}

func TestGuardedConn(t *testing.T) {
	good := bytes.Join([][]byte{
		{packets.Connack << 4, 2, 0, 0},
		{packets.Publish << 4, 0x80, 0x08}, make([]byte, 1024),
		{packets.Suback << 4, 3, 0, 1, 0},
		{packets.Pingresp << 4, 0},
		{packets.Puback << 4, 2, 0, 1},
	}, nil)
	long := append([]byte{packets.Publish << 4, 0x81, 0x40}, make([]byte, 8193)...)
	short := append([]byte{packets.Publish << 4, 0x80, 0x40}, make([]byte, 8192)...)
	topic := slices.Concat([]byte{packets.Publish << 4, 0x81, 0x40, 4, 1}, make([]byte, 8191)) // of 1025 bytes
	properties := slices.Concat([]byte{packets.Publish << 4, 0x81, 0x40, 0, 1, 'a', 0x81, 0x10}, make([]byte, 8188))
	for _, c := range []struct {
		name     string
		in, pass []byte
		want     error
		v5       bool
	}{
		{"good", good, good, nil, false},
		{"a long message between", slices.Concat(good, long, good), slices.Concat(good, short, good), nil, false},
		{"a long topic", slices.Concat(good, topic, good), slices.Concat(good, good), nil, false},
		{"a long message by 5", slices.Concat(good, long, good), slices.Concat(good, short, good), nil, true},
		{"long properties by 5", slices.Concat(good, properties, good), slices.Concat(good, good), nil, true},
		{"a long message that wants an answer", append(bytes.Clone(good), packets.Publish<<4|2, 0x81, 0x40), nil,
			errPacket, false},
		{"a long answer", append(bytes.Clone(good), packets.Puback<<4, 0x81, 0x40), nil, errPacket, false},
		{"two codes for one subscription", append(bytes.Clone(good), packets.Suback<<4, 4, 0, 1, 0, 0), nil,
			errPacket, false},
		{"length never ends", []byte{packets.Publish << 4, 0x80, 0x80, 0x80, 0x80, 0x80}, nil, errPacket, false},
	} {
		for _, size := range []int{1, 3, 4096} {
			a, z := net.Pipe()
			go func() {
				_, _ = z.Write(c.in)
				_ = z.Close()
			}()
			g := newGuardedConn(a)
			g.v5 = c.v5
			buf := make([]byte, size)
			var got []byte
			var err error
			for err == nil {
				var n int
				n, err = g.Read(buf)
				got = append(got, buf[:n]...)
			}
			if errors.Is(err, errPacket) != (c.want != nil) || c.want == nil && !bytes.Equal(got, c.pass) {
				t.Errorf("%s by %d: %v, %d bytes of %d", c.name, size, err, len(got), len(c.pass))
			}
			_ = a.Close()
			_ = z.Close()
		}
	}
}

func FuzzGuardedConn(f *testing.F) {
	f.Add([]byte{0x20, 2, 0, 0, 0x40, 2, 0, 1}, 3)
	f.Add([]byte{0x30, 0xff, 0xff, 0xff, 0xff, 0x7f}, 1)
	f.Fuzz(func(t *testing.T, in []byte, size int) {
		size = 1 + max(0, size)%64
		g := newGuardedConn(&replay{in: in})
		buf := make([]byte, size)
		for {
			if _, err := g.Read(buf); err != nil {
				return
			}
			if g.left > maxPacket {
				t.Fatalf("%d bytes to skip", g.left)
			}
		}
	})
}

// replay is a connection from which some bytes can be read.
type replay struct {
	net.Conn
	in []byte
}

func (r *replay) Read(b []byte) (int, error) {
	if len(r.in) == 0 {
		return 0, fmt.Errorf("end")
	}
	n := copy(b, r.in)
	r.in = r.in[n:]
	return n, nil
}
