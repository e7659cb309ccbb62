package link

import (
	"bytes"
	"errors"
	"io"
	"net"
	"testing"
	"time"
)

// Packets of MQTT 3.1.1.
var (
	alertPacket = []byte{publish<<4 | 2, 11, 0, 5, 'x', '/', 'a', 'l', 'e', 7, 1, 'h', 'i'}
	swallowed   = append([]byte{publish<<4 | 2, 13, 0, 7}, "x/alert\x07\x01hi"...)
	ackPacket   = []byte{puback << 4, 2, 7, 1}
	pingPacket  = []byte{12 << 4, 0}
)

// between returns both ends of a link: what the client and what the broker holds.
func between(t *testing.T, f Faults) (l *Link, client, broker net.Conn) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	if l, err = New(listener.Addr().String()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(l.Close)
	l.Set(f)
	client, err = net.Dial("tcp", l.Address())
	if err != nil && f.Refuse {
		return l, nil, nil // the end came at once
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = client.Close() })
	if f.Refuse {
		return l, client, nil
	}
	if broker, err = listener.Accept(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = broker.Close() })
	for _, c := range []net.Conn{client, broker} {
		if err := c.SetDeadline(time.Now().Add(10 * time.Second)); err != nil {
			t.Fatal(err)
		}
	}
	return l, client, broker
}

func send(t *testing.T, to net.Conn, packets ...[]byte) {
	t.Helper()
	if _, err := to.Write(bytes.Join(packets, nil)); err != nil {
		t.Fatal(err)
	}
}

func want(t *testing.T, from net.Conn, packets ...[]byte) {
	t.Helper()
	all := bytes.Join(packets, nil)
	got := make([]byte, len(all))
	if _, err := io.ReadFull(from, got); err != nil || !bytes.Equal(got, all) {
		t.Errorf("%x, %v, want %x", got, err, all)
	}
}

func wantEnd(t *testing.T, from net.Conn) {
	t.Helper()
	var timeout net.Error
	if n, err := from.Read(make([]byte, 1)); err == nil || errors.As(err, &timeout) && timeout.Timeout() {
		t.Errorf("%d bytes, %v, want the end", n, err)
	}
}

func TestGoodLink(t *testing.T) {
	_, client, broker := between(t, Faults{})
	send(t, client, alertPacket, pingPacket)
	want(t, broker, alertPacket, pingPacket)
	send(t, broker, ackPacket)
	want(t, client, ackPacket)
}

func TestFaults(t *testing.T) {
	t.Run("refuse", func(t *testing.T) {
		if _, client, _ := between(t, Faults{Refuse: true}); client != nil {
			wantEnd(t, client)
		}
	})
	t.Run("drop acks", func(t *testing.T) {
		l, client, broker := between(t, Faults{DropAck: 2})
		send(t, broker, ackPacket, ackPacket, pingPacket, ackPacket)
		want(t, client, ackPacket, pingPacket, ackPacket)
		if l.Dropped() != 1 {
			t.Errorf("%d packets dropped, want 1", l.Dropped())
		}
	})
	t.Run("cut", func(t *testing.T) {
		_, client, broker := between(t, Faults{Cut: 1})
		send(t, client, pingPacket, alertPacket)
		want(t, broker, pingPacket, alertPacket[:len(alertPacket)/2])
		wantEnd(t, broker)
		wantEnd(t, client)
	})
	t.Run("brief", func(t *testing.T) {
		_, client, broker := between(t, Faults{Brief: 1})
		send(t, broker, pingPacket, pingPacket)
		want(t, client, pingPacket)
		wantEnd(t, client)
	})
	t.Run("swallow", func(t *testing.T) {
		_, client, broker := between(t, Faults{Swallow: true})
		send(t, client, swallowed, pingPacket)
		want(t, client, ackPacket)
		want(t, broker, pingPacket)
	})
	t.Run("delay", func(t *testing.T) {
		_, client, broker := between(t, Faults{Delay: 50 * time.Millisecond})
		began := time.Now()
		send(t, client, pingPacket)
		want(t, broker, pingPacket)
		if took := time.Since(began); took < 50*time.Millisecond {
			t.Errorf("passed after %v", took)
		}
	})
	t.Run("freeze", func(t *testing.T) {
		l, client, broker := between(t, Faults{Freeze: true})
		send(t, client, pingPacket)
		go func() {
			<-time.After(50 * time.Millisecond)
			l.Set(Faults{})
		}()
		began := time.Now()
		want(t, broker, pingPacket)
		if took := time.Since(began); took < 40*time.Millisecond {
			t.Errorf("passed after %v", took)
		}
	})
	t.Run("reset", func(t *testing.T) {
		l, client, broker := between(t, Faults{})
		send(t, client, pingPacket)
		want(t, broker, pingPacket)
		l.Reset()
		wantEnd(t, client)
		wantEnd(t, broker)
	})
}
