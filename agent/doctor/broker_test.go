package doctor

import (
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net"
	"strings"
	"testing"

	mochi "github.com/mochi-mqtt/server/v2"
	"github.com/mochi-mqtt/server/v2/hooks/auth"
	"github.com/mochi-mqtt/server/v2/listeners"

	"github.com/auscult/auscult/agent/config"
)

// serveMQTT starts a broker that knows one user and returns its address.
func serveMQTT(t *testing.T) string {
	t.Helper()
	server := mochi.New(&mochi.Options{Logger: slog.New(slog.NewTextHandler(io.Discard, nil))})
	err := server.AddHook(new(auth.Hook), &auth.Options{Ledger: &auth.Ledger{Auth: auth.AuthRules{
		{Username: "node", Password: "secret", Allow: true},
	}}})
	if err != nil {
		t.Fatal(err)
	}
	tcp := listeners.NewTCP(listeners.Config{ID: "t", Address: "127.0.0.1:0"})
	if err := server.AddListener(tcp); err != nil {
		t.Fatal(err)
	}
	if err := server.Serve(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Close(); err != nil {
			t.Error(err)
		}
	})
	return tcp.Address()
}

func TestLogin(t *testing.T) {
	address := serveMQTT(t)
	for _, c := range []struct{ user, password, want string }{
		{"node", "secret", ""},
		{"node", "wrong", "not authorised"},
		{"", "", "not authorised"},
		{strings.Repeat("x", 1024), strings.Repeat("y", 1024), "not authorised"},
	} {
		conn, err := net.Dial("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		err = login(conn, c.user, c.password)
		switch {
		case c.want == "":
			if err != nil {
				t.Errorf("login of %.9q: %v", c.user, err)
			}
		case err == nil || !strings.Contains(err.Error(), c.want):
			t.Errorf("login of %.9q: %v, want %q", c.user, err, c.want)
		}
		if err := conn.Close(); err != nil {
			t.Error(err)
		}
	}
}

// TestLoginTooLong sends nothing that cannot be a login.
func TestLoginTooLong(t *testing.T) {
	long := strings.Repeat("x", 1025)
	for _, c := range []struct{ user, password string }{{long, ""}, {"node", long}} {
		near, far := net.Pipe() // nobody reads at its far end
		err := login(near, c.user, c.password)
		if err == nil || !strings.Contains(err.Error(), "1024 bytes") {
			t.Errorf("%d and %d bytes: %v", len(c.user), len(c.password), err)
		}
		if err := errors.Join(near.Close(), far.Close()); err != nil {
			t.Error(err)
		}
	}
}

// TestLoginHostile has something else than a broker answer.
func TestLoginHostile(t *testing.T) {
	for answer, want := range map[string]string{
		"":                     "no answer",
		"HTTP/1.1 400 Bad":     "not MQTT",
		"\x20\x02\x00\x63":     "unknown code 99",
		"\x20\x02\x00\x01":     "does not speak MQTT 3.1.1",
		"\x20\xff\xff\xff\xff": "not MQTT",
	} {
		ours, theirs := net.Pipe()
		go func() {
			_, _ = io.ReadFull(theirs, make([]byte, 20)) // of the login
			go func() { _, _ = io.Copy(io.Discard, theirs) }()
			_, _ = io.WriteString(theirs, answer)
			_ = theirs.Close()
		}()
		if err := login(ours, "", ""); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("answer %q: %v, want %q", answer, err, want)
		}
		_ = ours.Close() // the pipe has no more to say
	}
}

func TestBrokerStages(t *testing.T) {
	stages := func(broker string) string {
		settings := config.Default()
		settings.MQTT.Broker, settings.MQTT.Username = broker, "node"
		var up Report
		up.broker(t.Context(), &settings)
		text, err := json.Marshal(up.Checks)
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if err := closed.Close(); err != nil {
		t.Fatal(err)
	}
	for broker, want := range map[string][]string{
		"":                                {`"broker","state":"warning"`},
		"mail://x":                        {`"broker","state":"fault"`},
		"tcp://" + serveMQTT(t):           {`"broker network","state":"ok"`, `"broker login","state":"fault"`},
		"ssl://" + serveMQTT(t):           {`"broker encryption","state":"fault"`},
		"tcp://" + closed.Addr().String(): {`"broker name","state":"ok"`, `"broker network","state":"fault"`},
	} {
		got := stages(broker)
		for _, w := range want {
			if !strings.Contains(got, w) {
				t.Errorf("%q: %s, want %s", broker, got, w)
			}
		}
	}
}
