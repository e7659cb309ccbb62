package mqtt

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/eclipse/paho.mqtt.golang/packets"

	"github.com/auscult/auscult/agent/fault"
	"github.com/auscult/auscult/agent/mqtt/address"
)

func write(t *testing.T, path, text string, mode os.FileMode) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), mode); err != nil {
		t.Fatal(err)
	}
}

// TestOldBroker takes 3.1.1 where the broker does not speak 5, and does not ask again
// at each connection.
func TestOldBroker(t *testing.T) {
	for name, old := range map[string]func(p *packets.ConnectPacket) byte{
		"says so": func(p *packets.ConnectPacket) byte {
			if p.ProtocolVersion != 4 {
				return packets.ErrRefusedBadProtocolVersion
			}
			return packets.Accepted
		},
		"hangs up": func(p *packets.ConnectPacket) byte {
			if p.ProtocolVersion != 4 {
				return hangUpAtOnce
			}
			return packets.Accepted
		},
	} {
		t.Run(name, func(t *testing.T) {
			b := startBroker(t)
			b.onConnect = func(_ int, p *packets.ConnectPacket) byte { return old(p) }
			b.onPublish = func(connection int, p *packets.PublishPacket) answer {
				if connection == 1 && p.TopicName == "alert" {
					return hangUp
				}
				return confirm
			}
			n := newNode(t, b.address())
			n.Protocol = Auto
			n.alert(t, 1)
			n.start(t)
			eventually(t, "the alert is sent", n.empty)
			if got := n.client.State().Protocol; got != V311 {
				t.Errorf("protocol %s", got)
			}
			b.mu.Lock()
			defer b.mu.Unlock()
			if b.connections != 3 {
				t.Errorf("%d connections: want one by 5 and two by 3.1.1", b.connections)
			}
		})
	}
}

// TestNothingStandsBeforeAlerts has brokers that end the connection at whatever is no
// alert, or do not answer it.
func TestNothingStandsBeforeAlerts(t *testing.T) {
	for name, what := range map[string]answer{"closed at": hangUp, "not answered": swallow} {
		t.Run(name, func(t *testing.T) {
			b := startBroker(t)
			b.silent = true // subscriptions are not answered either
			b.onPublish = func(_ int, p *packets.PublishPacket) answer {
				if p.TopicName == "status" {
					return what
				}
				return confirm
			}
			n := newNode(t, b.address())
			n.Timeout = 300 * time.Millisecond
			n.Topics, n.Receive = []string{"condition"}, func(string, []byte, bool) {}
			n.alert(t, 20)
			n.start(t)
			eventually(t, "the alerts are sent", n.empty)
			named := func() bool { return strings.Contains(n.fault(fault.MessageRefused), "status") }
			eventually(t, "the topic is named", named)
			eventually(t, "the connection stays", func() bool { return n.client.Connected() && n.fault(fault.Broker) == "" })
		})
	}
}

// TestPoison has a broker that ends the connection at one alert, as one does that thinks
// it too long: all others go.
func TestPoison(t *testing.T) {
	b := startBroker(t)
	b.onPublish = func(_ int, p *packets.PublishPacket) answer {
		if string(p.Payload) == "3" {
			return hangUp
		}
		return confirm
	}
	n := newNode(t, b.address())
	n.alert(t, 8)
	n.start(t)
	eventually(t, "the others are sent", func() bool { return n.spool.Stats().Records == 1 })
	if r, _ := n.spool.Next(nil); string(r.Payload) != "3" {
		t.Errorf("%s is left", r.Payload)
	}
	told := func() bool { return strings.Contains(n.fault(fault.AlertRefused), "ends the connection") }
	eventually(t, "it is told", told)
}

// TestProbeIsClosedAt has a broker that ends the connection at what is beneath an alert's
// topic: the alerts go, and the connection stays.
func TestProbeIsClosedAt(t *testing.T) {
	b := startBroker(t)
	b.onPublish = func(_ int, p *packets.PublishPacket) answer {
		if strings.HasSuffix(p.TopicName, probeLevel) {
			return hangUp
		}
		return confirm
	}
	n := newNode(t, b.address())
	n.alert(t, 40)
	n.start(t)
	eventually(t, "the alerts are sent", n.empty)
	told := func() bool { return strings.Contains(n.fault(fault.MessageRefused), "alert/probe") }
	eventually(t, "the topic is named", told)
	eventually(t, "the connection stays", func() bool { return n.client.Idle() && n.fault(fault.Broker) == "" })
}

// slow passes bytes on, each way after a delay.
func slow(t *testing.T, to string, delay time.Duration) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	pass := func(from, to net.Conn) {
		type part struct {
			due time.Time
			b   []byte
		}
		parts := make(chan part, 1000)
		go func() {
			defer func() { _ = to.Close() }()
			for p := range parts {
				<-time.After(time.Until(p.due))
				if _, err := to.Write(p.b); err != nil {
					return
				}
			}
		}()
		defer close(parts)
		for {
			b := make([]byte, 4096)
			n, err := from.Read(b)
			if err != nil {
				return
			}
			parts <- part{time.Now().Add(delay), b[:n]}
		}
	}
	go func() {
		for {
			near, err := l.Accept()
			if err != nil {
				return
			}
			far, err := net.Dial("tcp", to)
			if err != nil {
				_ = near.Close()
				continue
			}
			go pass(near, far)
			go pass(far, near)
		}
	}()
	return l.Addr().String()
}

// TestSlowLink sends at least 20 alerts a second where an answer takes 600 ms, in order.
func TestSlowLink(t *testing.T) {
	for _, protocol := range []string{V5, V311} {
		t.Run(protocol, func(t *testing.T) {
			t.Parallel()
			r := &rules{}
			n := newNode(t, slow(t, tcpOf(t, startMochi(t, r, "127.0.0.1:0")), 300*time.Millisecond))
			n.Protocol = protocol
			n.start(t)
			eventually(t, "it is connected", n.client.Connected)
			const count = 60
			n.alert(t, count)
			began := time.Now()
			eventually(t, "all arrive", n.empty)
			took := time.Since(began)
			t.Logf("%d alerts in %v: %.1f/s", count, took, count/took.Seconds())
			if took > 3*time.Second+1200*time.Millisecond { // the first have to get there
				t.Errorf("%d alerts took %v", count, took)
			}
			for i, got := range r.received("alert=") {
				if want := fmt.Sprintf("alert=%d", i+1); got != want {
					t.Fatalf("alert %d is %s", i, got)
				}
			}
		})
	}
}

// TestSecretsAreWarnedOf tells of a password that others may see, and no more when they
// may not.
func TestSecretsAreWarnedOf(t *testing.T) {
	n := newNode(t, "broker.example:1883")
	n.Secret = t.TempDir() + "/password"
	write(t, n.Secret, "x", 0o644)
	n.Username, n.Password = "u", func() (string, error) { return "x", nil }
	c, err := New(n.Config)
	if err != nil {
		t.Fatal(err)
	}
	c.reportSecrets(c.brokers[0])
	plain, open := n.fault(fault.PasswordPlain), n.fault(fault.SecretReadable)
	if !strings.Contains(plain, "broker.example") || !strings.Contains(open, "chmod 640 "+n.Secret) {
		t.Errorf("%q, %q", plain, open)
	}
	if err := os.Chmod(n.Secret, 0o640); err != nil {
		t.Fatal(err)
	}
	at, err := address.Parse("mqtts://broker.example")
	if err != nil {
		t.Fatal(err)
	}
	c.reportSecrets(&server{at: at})
	if n.fault(fault.PasswordPlain)+n.fault(fault.SecretReadable) != "" {
		t.Errorf("%q, %q", n.fault(fault.PasswordPlain), n.fault(fault.SecretReadable))
	}
}

// TestExpiry tells of a certificate 30 days before its end.
func TestExpiry(t *testing.T) {
	n := newNode(t, "h:1")
	now := time.Now()
	n.Now = func() time.Time { return now }
	c, err := New(n.Config)
	if err != nil {
		t.Fatal(err)
	}
	c.validity = validity{now.Add(31 * 24 * time.Hour), "the broker's certificate CN=b"}
	c.reportExpiry()
	if got := n.fault(fault.CertificateExpiry); got != "" {
		t.Errorf("31 days ahead: %q", got)
	}
	now = now.Add(36 * time.Hour)
	c.reportExpiry()
	if got := n.fault(fault.CertificateExpiry); !strings.Contains(got, "CN=b is valid until") {
		t.Errorf("29 days ahead: %q", got)
	}
	c.validity.until = now.Add(90 * 24 * time.Hour)
	c.reportExpiry()
	if got := n.fault(fault.CertificateExpiry); got != "" {
		t.Errorf("renewed: %q", got)
	}
}

// TestHostileGreeting has something that answers a login by MQTT 5 with what it likes.
func TestHostileGreeting(t *testing.T) {
	for _, greeting := range []string{
		"", "\x20", "\x20\x00", "\x20\x02\x00\x63", "\xf0\x00", "\x20\x7f", "HTTP/1.1 400\r\n\r\n",
		"\x20\x0b\x00\x00\x08\x15\x00\x05PLAIN", // a method of authentication that nobody asked for
		"\x20\xff\xff\xff\x7f", "\x00\x00", "\x90\x04\x00\x01\x00\x00", "\x40\x02\x00\x01",
	} {
		near, far := net.Pipe()
		go func() {
			_, _ = far.Read(make([]byte, 512))
			_, _ = io.WriteString(far, greeting)
			_ = far.Close()
		}()
		l := &login{clientID: "c", keepAlive: time.Second, timeout: time.Second, receive: func(string, []byte, bool) {}}
		var once sync.Once
		t5, err := connect5(t.Context(), &dialed{guardedConn: newGuardedConn(near)}, l)
		if err == nil {
			once.Do(t5.close) // a method of authentication is no reason not to talk
		}
		_ = near.Close()
	}
}

// TestClosedAtLength has a broker that ends the connection at alerts that are too long, of
// which there are many, on a topic with short ones: these go, and the connection stays,
// since not each of the long ones is tried.
func TestClosedAtLength(t *testing.T) {
	b := startBroker(t)
	b.onPublish = func(_ int, p *packets.PublishPacket) answer {
		if len(p.Payload) > 100 {
			return hangUp
		}
		return confirm
	}
	n := newNode(t, b.address())
	const each = 30
	for range each {
		for _, length := range []int{20, 200} {
			if _, err := n.spool.Put("alert", func(_ string, seq uint64) ([]byte, error) {
				return append(bytes.Repeat([]byte("x"), length), fmt.Sprintf("%03d", seq)...), nil
			}); err != nil {
				t.Fatal(err)
			}
		}
	}
	n.start(t)
	eventually(t, "the short ones are sent", func() bool { return n.spool.Stats().Records == each })
	told := func() bool { return strings.Contains(n.fault(fault.AlertRefused), "ends the connection") }
	eventually(t, "it is told", told)
	eventually(t, "the connection stays", func() bool { return n.client.Connected() && n.fault(fault.Broker) == "" })
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.connections > 20 {
		t.Errorf("%d connections for %d alerts that are too long", b.connections, each)
	}
}

// TestConfirmedAndClosedAt has a broker that confirms an alert by MQTT 3.1.1, does not pass
// it on, and ends the connection.
func TestConfirmedAndClosedAt(t *testing.T) {
	b := startBroker(t)
	b.onPublish = func(_ int, p *packets.PublishPacket) answer {
		if string(p.Payload) == "3" {
			return confirmAndHangUp
		}
		return confirm
	}
	n := newNode(t, b.address())
	n.alert(t, 8)
	n.start(t)
	eventually(t, "the others are sent", func() bool { return n.spool.Stats().Records == 1 })
	told := func() bool { return strings.Contains(n.fault(fault.AlertRefused), "ends the connection") }
	eventually(t, "it is told", told)
}
