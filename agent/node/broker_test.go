package node

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	mqttserver "github.com/mochi-mqtt/server/v2"
	"github.com/mochi-mqtt/server/v2/hooks/auth"
	"github.com/mochi-mqtt/server/v2/packets"

	"github.com/auscult/auscult/agent/mqtt/mochitest"
)

// letter is one message as it reached a broker.
type letter struct {
	topic    string
	payload  string
	retained bool
	qos      byte
}

// office collects what reaches the brokers of a test, in order.
type office struct {
	mqttserver.HookBase
	mu      sync.Mutex
	letters []letter
	server  *mqttserver.Server // the last that was opened
}

// ID names the hook.
func (o *office) ID() string { return "office" }

// Provides says that OnPublish is wanted: it comes before the confirmation, so
// that nothing is confirmed that was not written down.
func (o *office) Provides(b byte) bool {
	return b == mqttserver.OnPublish || b == mqttserver.OnWillSent
}

// OnPublish writes a message down.
func (o *office) OnPublish(_ *mqttserver.Client, p packets.Packet) (packets.Packet, error) {
	o.add(p)
	return p, nil
}

// OnWillSent writes a last will down.
func (o *office) OnWillSent(_ *mqttserver.Client, p packets.Packet) { o.add(p) }

func (o *office) add(p packets.Packet) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.letters = append(o.letters, letter{p.TopicName, string(bytes.Clone(p.Payload)), p.FixedHeader.Retain,
		p.FixedHeader.Qos})
}

// on returns the messages on topics that end with suffix.
func (o *office) on(suffix string) []letter {
	o.mu.Lock()
	defer o.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(o.letters), func(l letter) bool { return !strings.HasSuffix(l.topic, suffix) })
}

// openBroker starts a broker at the address.
func (o *office) openBroker(t *testing.T, address string) (closeBroker func()) {
	t.Helper()
	s := mqttserver.New(&mqttserver.Options{Logger: slog.New(slog.DiscardHandler), InlineClient: true})
	for hook, settings := range map[mqttserver.Hook]any{new(auth.AllowHook): nil, mqttserver.Hook(&shared{o}): nil} {
		if err := s.AddHook(hook, settings); err != nil {
			t.Fatal(err)
		}
	}
	l, err := mochitest.Listen("tcp", address, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.AddListener(l); err != nil {
		t.Fatal(err)
	}
	if err := s.Serve(); err != nil {
		t.Fatal(err)
	}
	o.server = s
	closeBroker = sync.OnceFunc(func() { _ = s.Close() })
	t.Cleanup(closeBroker)
	return closeBroker
}

// shared lets one office serve several brokers, one after the other: each
// wants a hook of its own.
type shared struct{ *office }

// freeAddress returns an address at which nobody listens.
func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return l.Addr().String()
}

// identity is what tells two messages of one topic apart.
type identity struct {
	BootID string `json:"boot_id"`
	Seq    uint64 `json:"seq"`
}

func identityOf(t *testing.T, l letter) identity {
	t.Helper()
	var id identity
	if err := json.Unmarshal([]byte(l.payload), &id); err != nil {
		t.Fatalf("%s: %v: %s", l.topic, err, l.payload)
	}
	return id
}

// once removes messages that came before with the same identity on the same
// topic, and fails when such a one differs.
func once(t *testing.T, letters []letter) []letter {
	t.Helper()
	seen := make(map[string]string)
	var out []letter
	for _, l := range letters {
		key := fmt.Sprint(l.topic, identityOf(t, l))
		before, again := seen[key]
		if again {
			if before != l.payload {
				t.Errorf("two messages are called %s:\n%s\n%s", key, before, l.payload)
			}
			continue
		}
		seen[key] = l.payload
		out = append(out, l)
	}
	return out
}

func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	limit := time.NewTimer(20 * time.Second)
	defer limit.Stop()
	for !ok() {
		select {
		case <-tick.C:
		case <-limit.C:
			t.Fatalf("did not happen within 20 s: %s", what)
		}
	}
}
