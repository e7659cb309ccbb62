package brokers

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/auscult/auscult/agent/backoff"
)

type nats struct {
	program, folder string
	port            int
}

// configure writes the configuration. MQTT's topic a/b is NATS' subject a.b.
func (n *nats) configure(r Rules) error {
	deny := ""
	if r.DenyAlerts {
		deny = `, permissions: {publish: {allow: [">"], deny: ["auscult.*.*.alert"]}, subscribe: [">"]}`
	}
	limit := 1 << 20
	if r.MaxMessage > 0 {
		limit = r.MaxMessage
	}
	text := fmt.Sprintf(`server_name: torture
host: 127.0.0.1
port: -1
max_payload: %d
jetstream: {store_dir: %q, sync_interval: always}
mqtt: {host: 127.0.0.1, port: %d, ack_wait: "5s"}
accounts: {A: {jetstream: enabled, users: [
  {user: %s, password: %s},
  {user: %s, password: %s%s}]}}
`, limit, filepath.Join(n.folder, "store"), n.port, ListenerUser, Password, NodeUser, Password, deny)
	return os.WriteFile(n.path(), []byte(text), 0o600)
}

func (n *nats) path() string { return filepath.Join(n.folder, "conf") }

func (n *nats) command() (string, []string, []string) {
	return n.program, []string{"-c", n.path()}, nil
}

// reload has it read the file anew: it then ends connections whose rights have changed.
func (n *nats) reload(ctx context.Context, p *process, _, _ Rules) (bool, error) {
	p.hangUp()
	return true, backoff.Wait(ctx, 500*time.Millisecond) // it does not say when it has
}

func (n *nats) close() {}
