package doctor

import (
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	mochi "github.com/mochi-mqtt/server/v2"
	"github.com/mochi-mqtt/server/v2/hooks/auth"

	"github.com/auscult/auscult/agent/config"
	"github.com/auscult/auscult/agent/mqtt/mochitest"
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
	tcp, err := mochitest.Listen("tcp", "127.0.0.1:0", nil)
	if err != nil {
		t.Fatal(err)
	}
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

// loginOf returns what the report says of the login at an address.
func loginOf(t *testing.T, broker, user, password string) string {
	t.Helper()
	settings := config.Default()
	settings.MQTT.Broker, settings.MQTT.Username = broker, user
	if password != "" {
		settings.MQTT.PasswordFile = filepath.Join(t.TempDir(), "password")
		if err := os.WriteFile(settings.MQTT.PasswordFile, []byte(password), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	var up Report
	up.broker(t.Context(), &settings)
	for _, check := range up.Checks {
		if check.Name == "broker login" {
			return fmt.Sprintf("%s: %s", check.State, check.Text)
		}
	}
	return fmt.Sprint(up.Checks)
}

func TestLogin(t *testing.T) {
	address := "mqtt://" + serveMQTT(t)
	for _, c := range []struct{ user, password, want string }{
		{"node", "secret", "ok: accepted by MQTT 5"},
		{"node", "wrong", "bad user name or password"},
		{"", "", "fault: "},
		{strings.Repeat("x", 1024), strings.Repeat("y", 1024), "bad user name or password"},
	} {
		if got := loginOf(t, address, c.user, c.password); !strings.Contains(got, c.want) {
			t.Errorf("login of %.9q: %s, want %q", c.user, got, c.want)
		}
	}
}

// TestLoginHostile has something else than a broker answer.
func TestLoginHostile(t *testing.T) {
	for answer, want := range map[string]string{
		"":                     "fault: ",
		"HTTP/1.1 400 Bad":     "fault: ",
		"\x20\x02\x00\x63":     "fault: ",
		"\x20\x02\x00\x01":     "does not speak this version of MQTT",
		"\x20\x02\x00\x00":     "ok: accepted by MQTT",
		"\x20\xff\xff\xff\xff": "fault: ",
	} {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		go func() {
			for {
				conn, err := l.Accept()
				if err != nil {
					return
				}
				go func() {
					_, _ = conn.Read(make([]byte, 512)) // the login
					_, _ = io.WriteString(conn, answer)
					if answer != "\x20\x02\x00\x00" {
						_ = conn.Close()
					}
				}()
			}
		}()
		if got := loginOf(t, "mqtt://"+l.Addr().String(), "", ""); !strings.Contains(got, want) {
			t.Errorf("answer %q: %s, want %q", answer, got, want)
		}
		_ = l.Close() // the test has no more to say
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
	const closed = "127.0.0.1:1" // never given to a listener that takes any free port
	for broker, want := range map[string][]string{
		"":                      {`"broker","state":"warning"`},
		"mail://x":              {`"broker","state":"fault"`},
		"tcp://" + serveMQTT(t): {`"broker network","state":"ok"`, `"broker login","state":"fault"`},
		"ssl://" + serveMQTT(t): {`"broker encryption","state":"fault"`},
		"tcp://" + closed:       {`"broker name","state":"ok"`, `"broker network","state":"fault"`},
	} {
		got := stages(broker)
		for _, w := range want {
			if !strings.Contains(got, w) {
				t.Errorf("%q: %s, want %s", broker, got, w)
			}
		}
	}
}

// TestNameHelp knows the names that only multicast tells.
func TestNameHelp(t *testing.T) {
	for host, want := range map[string]bool{"pump-7.local": true, "Pump.LOCAL.": true,
		"broker.example": false, "local": false} {
		if got := strings.Contains(nameHelp(host), "mDNS"); got != want {
			t.Errorf("%s: %s", host, nameHelp(host))
		}
	}
}
