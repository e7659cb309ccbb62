package mqtt

import (
	"crypto/tls"
	"io"
	"log/slog"
	"net"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	mochi "github.com/mochi-mqtt/server/v2"
	"github.com/mochi-mqtt/server/v2/listeners"
	"github.com/mochi-mqtt/server/v2/packets"

	"github.com/auscult/auscult/agent/fault"
	"github.com/auscult/auscult/agent/mqtt/address"
	"github.com/auscult/auscult/agent/mqtt/mochitest"
	"github.com/auscult/auscult/agent/spool"
)

// rules is a hook that lets a broker refuse and drop, and notes what it took.
type rules struct {
	mochi.HookBase
	mu   sync.Mutex
	deny map[string]bool // topics that may not be written
	mute bool            // nothing may be read
	drop func(topic, payload string) bool
	got  []string // topic=payload of what was passed on
	ids  []string // client ids that came

	longest uint32 // what the CONNACK says; 0: nothing
	most    uint16
}

func (r *rules) ID() string { return "rules" }

func (r *rules) Provides(b byte) bool {
	return slices.Contains([]byte{mochi.OnConnectAuthenticate, mochi.OnACLCheck, mochi.OnPublish,
		mochi.OnPacketEncode}, b)
}

func (r *rules) OnConnectAuthenticate(c *mochi.Client, _ packets.Packet) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.ids = append(r.ids, c.ID)
	return true
}

func (r *rules) OnACLCheck(_ *mochi.Client, topic string, write bool) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if write {
		return !r.deny[topic]
	}
	return !r.mute
}

func (r *rules) OnPacketEncode(_ *mochi.Client, p packets.Packet) packets.Packet {
	if p.FixedHeader.Type == packets.Connack {
		p.Properties.MaximumPacketSize, p.Properties.ReceiveMaximum = r.longest, r.most
	}
	return p
}

func (r *rules) OnPublish(_ *mochi.Client, p packets.Packet) (packets.Packet, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.drop != nil && r.drop(p.TopicName, string(p.Payload)) {
		return p, packets.CodeSuccessIgnore // confirmed, and passed on to nobody
	}
	if !strings.HasSuffix(p.TopicName, probeLevel) {
		r.got = append(r.got, p.TopicName+"="+string(p.Payload))
	}
	return p, nil
}

func (r *rules) change(do func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	do()
}

// received returns what was passed on of topics that begin with prefix.
func (r *rules) received(prefix string) []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(r.got), func(s string) bool { return !strings.HasPrefix(s, prefix) })
}

// startMochi starts a broker with listeners of every kind.
func startMochi(t *testing.T, r *rules, where string) *mochi.Server {
	t.Helper()
	s, _ := startMochiTLS(t, r, where, nil)
	return s
}

// startMochiTLS is startMochi with encryption, where c is not nil; end closes the broker.
func startMochiTLS(t *testing.T, r *rules, where string, c *tls.Config) (s *mochi.Server, end func()) {
	t.Helper()
	s = mochi.New(&mochi.Options{Logger: slog.New(slog.NewTextHandler(io.Discard, nil))})
	for _, hook := range []mochi.Hook{mochitest.NewDoor(s), r} {
		if err := s.AddHook(hook, nil); err != nil {
			t.Fatal(err)
		}
	}
	l, err := mochitest.Listen("tcp", where, c)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.AddListener(l); err != nil {
		t.Fatal(err)
	}
	if err := s.Serve(); err != nil {
		t.Fatal(err)
	}
	end = sync.OnceFunc(func() { _ = s.Close() })
	t.Cleanup(end)
	return s, end
}

func tcpOf(t *testing.T, s *mochi.Server) string {
	t.Helper()
	l, ok := s.Listeners.Get("tcp")
	if !ok {
		t.Fatal("no listener")
	}
	return l.Address()
}

func (n *node) put(t *testing.T, topic, payload string) {
	t.Helper()
	if _, err := n.spool.Put(topic, func(string, uint64) ([]byte, error) { return []byte(payload), nil }); err != nil {
		t.Fatal(err)
	}
}

// TestRefusedByRules has a broker that refuses one topic and speaks MQTT 5: what may go
// goes, the rest stays until it may.
func TestRefusedByRules(t *testing.T) {
	r := &rules{deny: map[string]bool{"denied": true}}
	s := startMochi(t, r, "127.0.0.1:0")
	n := newNode(t, tcpOf(t, s))
	n.Protocol = Auto
	for range 5 {
		n.put(t, "denied", "x")
		n.put(t, "alert", "y")
	}
	n.start(t)
	eventually(t, "what may go is sent", func() bool {
		return len(r.received("alert")) == 5 && n.spool.Stats().Records == 5
	})
	if got := n.client.State(); got.Protocol != V5 || !got.Confirmed || got.ClientID != "test" {
		t.Errorf("%+v", got)
	}
	if got := n.fault(fault.AlertRefused); !strings.Contains(got, "topic denied") ||
		!strings.Contains(got, "not authorized") || !strings.Contains(got, "let the node's user write") {
		t.Errorf("fault %q", got)
	}
	eventually(t, "what was refused keeps the client busy no longer", n.client.Idle)
	r.change(func() { r.deny = nil })
	eventually(t, "the rest is sent", n.empty)
	eventually(t, "the fault ends", func() bool { return n.fault(fault.AlertRefused) == "" })
	if got := r.received("denied"); len(got) != 5 {
		t.Errorf("%q", got)
	}
}

// TestTooLong has a broker that says how long a packet may be.
func TestTooLong(t *testing.T) {
	r := &rules{longest: 1000, most: 1}
	n := newNode(t, tcpOf(t, startMochi(t, r, "127.0.0.1:0")))
	n.Protocol = V5
	n.put(t, "alert", strings.Repeat("x", 2000))
	n.put(t, "alert", "short")
	n.start(t)
	eventually(t, "what is behind goes", func() bool { return len(r.received("alert=short")) == 1 })
	if got := n.fault(fault.AlertRefused); !strings.Contains(got, "packets of 1000 bytes") ||
		!strings.Contains(got, "raise the broker's limit") {
		t.Errorf("fault %q", got)
	}
	eventually(t, "only the long one stays", func() bool { return n.spool.Stats().Records == 1 })
}

// TestDroppedUnseen has brokers that confirm by MQTT 3.1.1 and pass nothing on, or not
// all: nothing is deleted.
func TestDroppedUnseen(t *testing.T) {
	for name, drop := range map[string]func(topic, payload string) bool{
		"all":  func(string, string) bool { return true },
		"long": func(_, payload string) bool { return len(payload) > 1 },
	} {
		t.Run(name, func(t *testing.T) {
			r := &rules{drop: drop}
			s := startMochi(t, r, "127.0.0.1:0")
			n := newNode(t, tcpOf(t, s))
			n.Timeout = time.Second // of which an echo that comes has some milliseconds' need
			n.alert(t, 60)          // of which nine have one digit
			n.start(t)
			lost := 60 - 9
			if name == "all" {
				lost = 60
			}
			eventually(t, "all were sent", func() bool {
				n.mu.Lock()
				defer n.mu.Unlock()
				return n.client.Connected() && !n.client.waiting()
			})
			if got := n.spool.Stats().Records; got != lost {
				t.Errorf("%d alerts are kept, want %d", got, lost)
			}
			told := n.fault(fault.AlertRefused) + n.fault(fault.Unconfirmed)
			if name == "all" && (n.client.State().Confirmed || n.client.State().Unconfirmed != 60 ||
				!strings.Contains(told, "does not come back")) {
				t.Errorf("%+v, faults %q", n.client.State(), told)
			}
			if name == "long" && !strings.Contains(told, "passes it on to nobody") {
				t.Errorf("faults %q", told)
			}
			r.change(func() { r.drop = nil })
			n.stop()
			// Mochi ends subscriptions of a client that left, also those of one of that name that has come meanwhile.
			eventually(t, "the broker has forgotten it", func() bool { return s.Clients.Len() == 0 })
			n.Timeout = 5 * time.Second
			n.start(t)
			eventually(t, "the rest arrives", n.empty)
			if got := n.fault(fault.Unconfirmed); got != "" || !n.client.State().Confirmed {
				t.Errorf("fault %q", got)
			}
		})
	}
}

// TestReadLater lets the node read its topics after a while: what was kept is sent again
// and has arrived.
func TestReadLater(t *testing.T) {
	r := &rules{mute: true}
	n := newNode(t, tcpOf(t, startMochi(t, r, "127.0.0.1:0")))
	n.Timeout, n.patience = 500*time.Millisecond, usualPace
	n.patience.deaf = 600 * time.Millisecond
	n.alert(t, 3)
	n.start(t)
	eventually(t, "nothing comes back", func() bool {
		return n.fault(fault.Unconfirmed) != "" && n.client.State().Unconfirmed == 3
	})
	r.change(func() { r.mute = false })
	eventually(t, "all have arrived", n.empty)
	eventually(t, "the fault ends", func() bool {
		return n.fault(fault.Unconfirmed) == "" && n.client.State().Confirmed
	})
}

// TestUnconfirmedAreBounded keeps the last of those of which nobody knows.
func TestUnconfirmedAreBounded(t *testing.T) {
	r := &rules{drop: func(string, string) bool { return true }}
	n := newNode(t, tcpOf(t, startMochi(t, r, "127.0.0.1:0")))
	n.Timeout, n.Keep = 100*time.Millisecond, 7
	n.alert(t, 20)
	n.start(t)
	eventually(t, "the first go", func() bool { return n.spool.Stats().Records == 7 && !n.client.waiting() })
	if first, _ := n.spool.Next(nil); string(first.Payload) != "14" {
		t.Errorf("the first that is kept is %s", first.Payload)
	}
}

// TestFallback uses a second broker while the first is away, and goes back.
func TestFallback(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	first := l.Addr().String()
	_ = l.Close()
	one, two := &rules{}, &rules{}
	n := newNode(t, first)
	at, err := address.Parse("mqtt://" + tcpOf(t, startMochi(t, two, "127.0.0.1:0")))
	if err != nil {
		t.Fatal(err)
	}
	n.Brokers, n.Protocol = append(n.Brokers, at), Auto
	n.patience = pace{brief: time.Hour, files: time.Hour, goBack: 20 * time.Millisecond, askID: time.Hour}
	n.alert(t, 1)
	n.start(t)
	eventually(t, "the second takes it", func() bool { return len(two.received("alert")) == 1 && n.empty() })
	if got := n.fault(fault.BrokerFallback); !strings.Contains(got, first) ||
		!strings.Contains(got, at.String()+" is used instead") {
		t.Errorf("fault %q", got)
	}
	startMochi(t, one, first)
	eventually(t, "it goes back", func() bool { return n.client.State().Address == "tcp://"+first })
	n.alert(t, 1)
	eventually(t, "the first takes the next", func() bool { return len(one.received("alert=2")) == 1 })
	if got := n.fault(fault.BrokerFallback); got != "" {
		t.Errorf("fault %q", got)
	}
}

// TestOneID has two nodes with one client id. Mochi sometimes lets both stay, when one logs in
// while the other is being thrown out: then another pair tries.
func TestOneID(t *testing.T) {
	var a, b *node
	r := &rules{}
	told := func() string { return a.fault(fault.ClientID) + b.fault(fault.ClientID) }
	for try := range 4 {
		to := tcpOf(t, startMochi(t, r, "127.0.0.1:0"))
		a, b = newNode(t, to), newNode(t, to)
		a.Protocol, b.Protocol = V5, V5
		a.start(t)
		b.start(t)
		if within(2*time.Second, func() bool { return told() != "" }) {
			break
		}
		t.Logf("both stay, %d", try)
	}
	eventually(t, "both stand", func() bool {
		return a.client.Connected() && b.client.Connected() && a.client.State().ClientID != b.client.State().ClientID
	})
	if got := told(); !strings.Contains(got, `another client uses the id "test"`) {
		t.Errorf("faults %q", got)
	}
	a.alert(t, 1)
	b.alert(t, 1)
	eventually(t, "both send", func() bool { return len(r.received("alert")) == 2 })
}

// TestNewPassword connects anew when the file changes.
func TestNewPassword(t *testing.T) {
	r := &rules{}
	n := newNode(t, tcpOf(t, startMochi(t, r, "127.0.0.1:0")))
	n.Secret = filepath.Join(t.TempDir(), "password")
	write(t, n.Secret, "one", 0o600)
	n.Username, n.Password = "u", func() (string, error) { return "x", nil }
	n.Protocol, n.patience = V5, pace{brief: time.Hour, files: 5 * time.Millisecond, goBack: time.Hour, askID: time.Hour}
	n.start(t)
	eventually(t, "it is connected", n.client.Connected)
	write(t, n.Secret, "another", 0o600)
	eventually(t, "it connects again", func() bool {
		r.mu.Lock()
		defer r.mu.Unlock()
		return len(r.ids) == 2
	})
	if got := n.fault(fault.Broker); got != "" {
		t.Errorf("fault %q", got)
	}
}

// TestWaysIn connects over everything that an address can name.
func TestWaysIn(t *testing.T) {
	r := &rules{}
	s := startMochi(t, r, "127.0.0.1:0")
	socket := filepath.Join(t.TempDir(), "s")
	local, err := mochitest.Listen("unix", socket, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.AddListener(local); err != nil {
		t.Fatal(err)
	}
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	place := free.Addr().String()
	_ = free.Close()
	if err := s.AddListener(listeners.NewWebsocket(listeners.Config{ID: "ws", Address: place})); err != nil {
		t.Fatal(err)
	}
	if err := s.Serve(); err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{"mqtt://" + tcpOf(t, s), "unix://" + socket, "ws://" + place + "/mqtt"} {
		for _, protocol := range []string{V5, V311} {
			at, err := address.Parse(text)
			if err != nil {
				t.Fatal(err)
			}
			n := newNode(t, "x:1")
			n.Brokers, n.Protocol, n.ClientID = []address.Address{at}, protocol, "c"
			payload := text + " by " + protocol
			n.put(t, "alert", payload)
			n.start(t)
			eventually(t, payload, func() bool { return n.empty() && len(r.received("alert="+payload)) == 1 })
			n.stop()
		}
	}
}

// TestPinned keeps an alert on the disk that has arrived, as long as it is wanted, and
// sends it once.
func TestPinned(t *testing.T) {
	r := &rules{}
	n := newNode(t, tcpOf(t, startMochi(t, r, "127.0.0.1:0")))
	n.Protocol = V5
	var wanted atomic.Bool
	wanted.Store(true)
	n.Pinned = func(r spool.ID) bool { return r.Seq == 1 && wanted.Load() }
	n.alert(t, 2)
	n.start(t)
	eventually(t, "both arrive and one stays", func() bool {
		return len(r.received("alert")) == 2 && n.client.State().Pinned == 1 && n.spool.Stats().Records == 1 &&
			n.client.Idle()
	})
	wanted.Store(false)
	n.client.Release(spool.ID{BootID: n.spool.BootID(), Seq: 1})
	if !n.empty() || len(r.received("alert")) != 2 {
		t.Errorf("%q arrived, and something is left: %v", r.received("alert"), !n.empty())
	}
}
