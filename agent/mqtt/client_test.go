package mqtt

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/eclipse/paho.mqtt.golang/packets"

	"github.com/auscult/auscult/agent/fault"
	"github.com/auscult/auscult/agent/mqtt/address"
	"github.com/auscult/auscult/agent/spool"
)

// node is a Client with real queues, and what it reported.
type node struct {
	Config
	spool  *spool.Spool
	client *Client
	stop   func() time.Duration // ends Run and returns how long that took

	mu      sync.Mutex
	reports []error // of the connection
	faults  map[fault.Code]error
}

// fault returns what is reported under a code at present.
func (n *node) fault(code fault.Code) string {
	n.mu.Lock()
	defer n.mu.Unlock()
	if err := n.faults[code]; err != nil {
		return err.Error()
	}
	return ""
}

func newNode(t *testing.T, to string) *node {
	t.Helper()
	s, err := spool.Open(filepath.Join(t.TempDir(), "spool"), spool.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	n := &node{spool: s, faults: map[fault.Code]error{}}
	at, err := address.Parse("tcp://" + to)
	if err != nil {
		t.Fatal(err)
	}
	status := func(text string) func() ([]Message, error) {
		return func() ([]Message, error) { return []Message{{"status", []byte(text), true}}, nil }
	}
	n.Config = Config{
		Brokers: []address.Address{at}, Protocol: V311, ClientID: "test", Keep: 100,
		AlertTopics: []string{"alert"}, Up: func(State) {},
		KeepAlive: 30 * time.Second, Timeout: 5 * time.Second, Drain: time.Second,
		RetryFirst: 10 * time.Millisecond, RetryMax: 50 * time.Millisecond,
		Alerts: s, Telemetry: spool.NewRing[Message](100),
		Will: func() (Message, error) { return Message{"status", []byte("lost"), true}, nil }, Hello: status("online"),
		Goodbye: status("stopped"),
		Report: func(code fault.Code, err error) {
			n.mu.Lock()
			defer n.mu.Unlock()
			if n.faults[code] = err; code == fault.Broker {
				n.reports = append(n.reports, err)
			}
		},
	}
	return n
}

func (n *node) start(t *testing.T) {
	t.Helper()
	c, err := New(n.Config)
	if err != nil {
		t.Fatal(err)
	}
	n.client = c
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- c.Run(ctx) }()
	n.stop = sync.OnceValue(func() time.Duration {
		began := time.Now()
		cancel()
		if err := <-done; !errors.Is(err, context.Canceled) {
			t.Errorf("Run: %v", err)
		}
		return time.Since(began)
	})
	t.Cleanup(func() { n.stop() })
}

func (n *node) alert(t *testing.T, count int) {
	t.Helper()
	for range count {
		if _, err := n.spool.Put("alert", func(_ string, seq uint64) ([]byte, error) {
			return fmt.Append(nil, seq), nil
		}); err != nil {
			t.Fatal(err)
		}
	}
}

func (n *node) empty() bool {
	_, waiting := n.spool.Next(nil)
	return !waiting
}

func alerts(from, to int) []string {
	var list []string
	for i := from; i <= to; i++ {
		list = append(list, fmt.Sprintf("alert=%d", i))
	}
	return list
}

func TestSendsBothQueues(t *testing.T) {
	b := startBroker(t)
	n := newNode(t, b.address())
	n.Username, n.Password = "u", func() (string, error) { return "p", nil }
	n.alert(t, 3)
	n.Telemetry.Put(Message{"state", []byte("alarm"), true})
	n.Telemetry.Put(Message{"score", []byte("1"), false})
	n.start(t)
	eventually(t, "everything is sent", func() bool { return n.client.Idle() && len(b.received("score")) == 1 })
	n.alert(t, 2)
	eventually(t, "later alerts are sent", n.empty)
	if took := n.stop(); took > time.Second {
		t.Errorf("stopping took %v", took)
	}
	if got := b.received("alert"); !slices.Equal(got, alerts(1, 5)) {
		t.Errorf("alerts %v", got)
	}
	want := []string{"status=online!", "state=alarm!", "score=1?", "status=stopped!"}
	if got := b.received("s"); !slices.Equal(got, want) {
		t.Errorf("besides alerts %v", got)
	}
	eventually(t, "the connection ends in order", func() bool {
		b.mu.Lock()
		defer b.mu.Unlock()
		return slices.Equal(b.closed, []string{"orderly"})
	})
	c := b.connects[0]
	for _, f := range []struct {
		field     string
		got, want any
	}{
		{"client identifier", c.ClientIdentifier, "test"},
		{"user name", c.Username, "u"},
		{"password", string(c.Password), "p"},
		{"clean session", c.CleanSession, true},
		{"keep alive", c.Keepalive, uint16(30)},
		{"will flag", c.WillFlag, true},
		{"will topic", c.WillTopic, "status"},
		{"will message", string(c.WillMessage), "lost"},
		{"will retain", c.WillRetain, true},
		{"will QoS", c.WillQos, byte(1)},
	} {
		if f.got != f.want {
			t.Errorf("connected with %s %v, want %v", f.field, f.got, f.want)
		}
	}
}

// TestNoAlertIsLost breaks connections in every way around the confirmation.
func TestNoAlertIsLost(t *testing.T) {
	for name, what := range map[string]answer{"ignored": ignore, "not confirmed": swallow, "hung up": hangUp,
		"babbled at": babble} {
		t.Run(name, func(t *testing.T) {
			b := startBroker(t)
			b.onPublish = func(connection int, p *packets.PublishPacket) answer {
				// The first three connections break at one alert each.
				if connection < 3 && p.TopicName == "alert" && string(p.Payload) == fmt.Sprint(2*connection+2) {
					return what
				}
				return confirm
			}
			n := newNode(t, b.address())
			n.Timeout = 200 * time.Millisecond
			n.alert(t, 8)
			n.start(t)
			eventually(t, "all alerts are confirmed", n.empty)
			n.stop()
			got := b.received("alert")
			once := slices.Clone(got)
			slices.Sort(once)
			if once = slices.Compact(once); !slices.Equal(once, alerts(1, 8)) {
				t.Errorf("alerts %v", got)
			}
			if b.mostOpen > 2 {
				t.Errorf("%d connections at a time", b.mostOpen)
			}
		})
	}
}

func TestBrokerAppearsLate(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	_ = l.Close()
	n := newNode(t, address)
	n.alert(t, 4)
	for range 150 { // more than fit
		n.Telemetry.Put(Message{"score", []byte("x"), false})
	}
	n.start(t)
	eventually(t, "several attempts fail", func() bool {
		n.mu.Lock()
		defer n.mu.Unlock()
		return len(n.reports) > 3
	})
	b := &broker{t: t}
	if b.listener, err = net.Listen("tcp", address); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = b.listener.Close() }()
	go b.serve(b.listener)
	eventually(t, "everything is sent", func() bool { return n.client.Idle() && len(b.received("score")) == 100 })
	if got := b.received("alert"); !slices.Equal(got, alerts(1, 4)) {
		t.Errorf("alerts %v", got)
	}
	if n.Telemetry.Dropped() != 50 {
		t.Errorf("dropped %d", n.Telemetry.Dropped())
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if !strings.Contains(n.reports[0].Error(), "refused") || n.reports[len(n.reports)-1] != nil {
		t.Errorf("reports %v", n.reports)
	}
}

func TestRefusedByBroker(t *testing.T) {
	b := startBroker(t)
	b.onConnect = func(connection int, _ *packets.ConnectPacket) byte {
		if connection < 2 {
			return packets.ErrRefusedNotAuthorised
		}
		return packets.Accepted
	}
	n := newNode(t, b.address())
	n.alert(t, 1)
	n.start(t)
	eventually(t, "the alert arrives after all", n.empty)
	n.mu.Lock()
	defer n.mu.Unlock()
	if len(n.reports) != 3 || !strings.Contains(strings.ToLower(n.reports[0].Error()), "not authorized") {
		t.Errorf("reports %v", n.reports)
	}
}

func TestStopsInTime(t *testing.T) {
	silent, err := net.Listen("tcp", "127.0.0.1:0") // accepts, never answers
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = silent.Close() }()
	b := startBroker(t)
	b.onPublish = func(_ int, p *packets.PublishPacket) answer {
		if p.TopicName == "alert" {
			return swallow
		}
		return confirm
	}
	for name, c := range map[string]struct {
		address string
		until   func() bool
	}{
		"while connecting":    {silent.Addr().String(), func() bool { return true }},
		"waiting for confirm": {b.address(), func() bool { return len(b.received("alert")) > 0 }},
	} {
		t.Run(name, func(t *testing.T) {
			n := newNode(t, c.address)
			n.Drain = 300 * time.Millisecond
			n.alert(t, 1)
			n.start(t)
			eventually(t, "it hangs", c.until)
			if took := n.stop(); took > time.Second {
				t.Errorf("stopping took %v", took)
			}
			if n.empty() {
				t.Error("an alert that was not confirmed is gone")
			}
		})
	}
}

func TestDrainsWhenStopped(t *testing.T) {
	b := startBroker(t)
	n := newNode(t, b.address())
	n.start(t)
	eventually(t, "it is connected", n.client.Connected)
	n.alert(t, 20)
	n.stop()
	if got := b.received("alert"); !slices.Equal(got, alerts(1, 20)) {
		t.Errorf("alerts %v", got)
	}
	if got := b.received("status"); got[len(got)-1] != "status=stopped!" {
		t.Errorf("status %v", got)
	}
}

// certificate writes a certificate for name with its key to dir.
func certificate(t *testing.T, dir, name string) (certFile, keyFile string) {
	t.Helper()
	return certificateFor(t, dir, name, time.Hour)
}

// certificateFor is certificate, valid for a time from now on.
func certificateFor(t *testing.T, dir, name string, valid time.Duration) (certFile, keyFile string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, DNSNames: []string{name},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(valid),
		IsCA: true, BasicConstraintsValid: true,
		KeyUsage:    x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	certFile, keyFile = filepath.Join(dir, name+".crt"), filepath.Join(dir, name+".key")
	for file, block := range map[string]*pem.Block{certFile: {Type: "CERTIFICATE", Bytes: der},
		keyFile: {Type: "PRIVATE KEY", Bytes: secret}} {
		if err := os.WriteFile(file, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return certFile, keyFile
}

func TestTLS(t *testing.T) {
	dir := t.TempDir()
	serverCert, serverKey := certificate(t, dir, "broker")
	clientCert, clientKey := certificate(t, dir, "node")
	pair, err := tls.LoadX509KeyPair(serverCert, serverKey)
	if err != nil {
		t.Fatal(err)
	}
	trusted := x509.NewCertPool()
	text, err := os.ReadFile(clientCert)
	if err != nil {
		t.Fatal(err)
	}
	trusted.AppendCertsFromPEM(text)
	l, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{
		Certificates: []tls.Certificate{pair}, ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: trusted,
	})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	b := &broker{t: t, listener: l}
	go b.serve(l)

	good := TLS{CAFile: serverCert, CertFile: clientCert, KeyFile: clientKey, ServerName: "broker"}
	n := newNode(t, b.address())
	n.TLS, n.Brokers[0].Encrypted = good, true
	n.alert(t, 2)
	n.start(t)
	eventually(t, "alerts arrive encrypted", n.empty)

	for want, change := range map[string]func(*TLS){
		"not 127.0.0.1|IP SANs|valid for": func(c *TLS) { c.ServerName = "" },
		"unknown authority":               func(c *TLS) { c.CAFile = clientCert },
		"no certificate in PEM":           func(c *TLS) { c.CAFile = serverKey },
		"no such file":                    func(c *TLS) { c.CAFile = filepath.Join(dir, "absent") },
		"node.crt":                        func(c *TLS) { c.KeyFile = serverKey },
		"not a regular file but a folder": func(c *TLS) { c.CertFile = dir },
	} {
		files := good
		change(&files)
		n := newNode(t, b.address())
		n.TLS = files
		secure := n.Brokers[0]
		secure.Encrypted = true
		_, err := n.dial(t.Context(), secure)
		if err == nil || !slices.ContainsFunc(strings.Split(want, "|"),
			func(w string) bool { return strings.Contains(err.Error(), w) }) {
			t.Errorf("error %v, want one with %s", err, want)
		}
	}
}

func TestNewRefuses(t *testing.T) {
	for _, c := range []struct {
		field, want string
		change      func(*Config)
	}{
		{"Brokers", "address", func(c *Config) { c.Brokers = nil }},
		{"Protocol", "protocol", func(c *Config) { c.Protocol = "4" }},
		{"Keep", "times", func(c *Config) { c.Keep = -1 }},
		{"ClientID", "client id", func(c *Config) { c.ClientID = "" }},
		{"Alerts", "queues", func(c *Config) { c.Alerts = nil }},
		{"Telemetry", "queues", func(c *Config) { c.Telemetry = nil }},
		{"Will", "callbacks", func(c *Config) { c.Will = nil }},
		{"Hello", "callbacks", func(c *Config) { c.Hello = nil }},
		{"Goodbye", "callbacks", func(c *Config) { c.Goodbye = nil }},
		{"Report", "callbacks", func(c *Config) { c.Report = nil }},
		{"Up", "callbacks", func(c *Config) { c.Up = nil }},
		{"Receive", "receive", func(c *Config) { c.Topics = []string{"t"} }},
		{"Timeout", "times", func(c *Config) { c.Timeout = 0 }},
		{"RetryFirst", "times", func(c *Config) { c.RetryFirst = 0 }},
		{"RetryMax", "times", func(c *Config) { c.RetryMax = 0 }},
		{"KeepAlive", "times", func(c *Config) { c.KeepAlive = time.Second - 1 }},
	} {
		n := newNode(t, "h:1")
		c.change(&n.Config)
		if _, err := New(n.Config); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v", c.field, err)
		}
	}
	n := newNode(t, "h:1")
	n.Timeout, n.RetryFirst, n.RetryMax, n.KeepAlive = 1, 1, 1, time.Second
	n.Topics, n.Receive = []string{"t"}, func(string, []byte, bool) {}
	if _, err := New(n.Config); err != nil {
		t.Errorf("the shortest times: %v", err)
	}
}
