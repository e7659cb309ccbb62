package brokers

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/auscult/auscult/agent/backoff"
)

// Users of all brokers: the node, and who listens for it.
const (
	NodeUser     = "node"
	ListenerUser = "listener"
	Password     = "torture"
)

type mosquitto struct {
	program, folder string
	port            int
}

func (m *mosquitto) path(name string) string { return filepath.Join(m.folder, name) }

// alertFilter matches what a node writes its alerts to.
const alertFilter = "auscult/+/+/alert"

func (m *mosquitto) configure(r Rules) error {
	acl := "user listener\ntopic readwrite #\n\nuser node\n"
	if r.DenyAlerts {
		// The first rule that matches decides.
		acl += "topic deny " + alertFilter + "\n"
	}
	acl += "topic readwrite auscult/#\n"
	var c strings.Builder
	fmt.Fprintf(&c, "listener %d 127.0.0.1\nallow_anonymous false\npassword_file %s\nacl_file %s\n",
		m.port, m.path("passwords"), m.path("acl"))
	if !r.Volatile {
		// What it has taken survives its death: else a loss would be the broker's own.
		fmt.Fprintf(&c, "persistence true\npersistence_location %s/\nautosave_on_changes true\nautosave_interval 1\n", m.folder)
	}
	// Not 0: 2.0.11 then ends the connection at each message that it refuses.
	c.WriteString("max_queued_messages 100000\nmax_inflight_messages 0\n")
	if os.Getuid() == 0 {
		c.WriteString("user root\n") // the folder is ours
	}
	if r.MaxMessage > 0 {
		fmt.Fprintf(&c, "message_size_limit %d\n", r.MaxMessage)
	}
	for name, text := range map[string]string{"acl": acl, "conf": c.String(), "passwords": passwords} {
		if err := os.WriteFile(m.path(name), []byte(text), 0o600); err != nil {
			return err
		}
	}
	return nil
}

// passwords are those of NodeUser and ListenerUser, as mosquitto_passwd(1) writes them:
// PBKDF2-SHA512, 101 rounds.
var passwords = mosquittoLine(NodeUser) + mosquittoLine(ListenerUser)

func (m *mosquitto) command() (string, []string, []string) {
	return m.program, []string{"-c", m.path("conf")}, nil
}

// reload has it read the lists anew; the limit of messages it takes at its start only.
func (m *mosquitto) reload(ctx context.Context, p *process, started, r Rules) (bool, error) {
	if r.MaxMessage != started.MaxMessage {
		return false, nil
	}
	p.hangUp()
	return true, backoff.Wait(ctx, 200*time.Millisecond) // it does not say when it has
}

func (m *mosquitto) close() {}
