package mqtt

import (
	"crypto/tls"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/auscult/auscult/agent/fault"
	"github.com/auscult/auscult/agent/mqtt/address"
)

// affair is a client and a broker between which a fault comes about and goes.
type affair struct {
	*testing.T
	*node
	rules *rules
	other *node // where two are needed
	undo  func()
}

// scene says how a fault comes about, and how its cause goes away.
type scene struct {
	prepare func(*affair) // before the client starts; nil: nothing
	clear   func(*affair)
}

// faultScenes are the faults of the way to the broker. Those of the node are in agent/node.
var faultScenes = map[fault.Code]scene{
	fault.Broker: {
		prepare: func(a *affair) {
			where := freeAddress(a.T)
			a.at(a.Brokers[:0], "mqtt://"+where)
			a.undo = func() { startMochi(a.T, a.rules, where) }
		},
		clear: func(a *affair) { a.undo() },
	},
	fault.BrokerFallback: {
		prepare: func(a *affair) {
			where := freeAddress(a.T)
			to := a.Brokers[0].String()
			a.at(a.at(a.Brokers[:0], "mqtt://"+where), to)
			a.patience.goBack = 10 * time.Millisecond
			a.undo = func() { startMochi(a.T, &rules{}, where) }
		},
		clear: func(a *affair) { a.undo() },
	},
	fault.AlertRefused: {
		prepare: func(a *affair) {
			a.rules.deny = map[string]bool{"alert": true}
			a.alert(a.T, 3)
		},
		clear: func(a *affair) { a.rules.change(func() { a.rules.deny = nil }) },
	},
	fault.MessageRefused: {
		prepare: func(a *affair) { a.rules.deny = map[string]bool{"status": true} },
		clear:   func(a *affair) { a.rules.change(func() { a.rules.deny = nil }) },
	},
	fault.Unconfirmed: {
		prepare: func(a *affair) {
			a.Protocol, a.Timeout = V311, 100*time.Millisecond
			a.rules.drop = func(string, string) bool { return true }
			a.alert(a.T, 1)
		},
		clear: func(a *affair) {
			a.rules.change(func() { a.rules.drop = nil })
			a.stop()
			a.start(a.T) // else it is tried again after five minutes
		},
	},
	fault.ClientID: {
		prepare: func(a *affair) {
			a.patience.askID = 200 * time.Millisecond
			a.other = newNode(a.T, a.Brokers[0].Target)
			a.other.Protocol, a.other.patience = V5, a.patience
			a.other.start(a.T)
		},
		clear: func(a *affair) { // whoever goes by another id stays
			if a.fault(fault.ClientID) == "" {
				a.node, a.other = a.other, a.node
			}
			a.other.stop()
		},
	},
	fault.PasswordPlain: {
		prepare: func(a *affair) {
			a.Username, a.Password = "u", func() (string, error) { return "x", nil }
			a.at(a.Brokers[:0], "mqtt://192.0.2.1:1883") // that nobody reaches: RFC 5737
			a.Timeout = 10 * time.Millisecond
		},
		clear: func(a *affair) {
			a.stop()
			a.at(a.Brokers[:0], "mqtts://192.0.2.1:8883")
			a.client.brokers[0].at = a.Brokers[0]
			a.client.reportSecrets(a.client.brokers[0])
		},
	},
	fault.SecretReadable: {
		prepare: func(a *affair) {
			a.Secret = filepath.Join(a.TempDir(), "password")
			write(a.T, a.Secret, "x", 0o644)
			a.Username, a.Password = "u", func() (string, error) { return "x", nil }
			a.patience.files = 5 * time.Millisecond
		},
		clear: func(a *affair) {
			if err := os.Chmod(a.Secret, 0o640); err != nil {
				a.Fatal(err)
			}
		},
	},
	fault.CertificateExpiry: {
		prepare: func(a *affair) {
			where := freeAddress(a.T)
			a.at(a.Brokers[:0], "mqtts://"+where)
			dir, good := a.TempDir(), a.TempDir()
			cert, key := certificateFor(a.T, dir, "broker", time.Hour)
			goodCert, goodKey := certificateFor(a.T, good, "broker", 90*24*time.Hour)
			a.TLS = TLS{CAFile: filepath.Join(dir, "ca"), ServerName: "broker"}
			write(a.T, a.TLS.CAFile, read(a.T, cert)+read(a.T, goodCert), 0o644)
			_, end := startMochiTLS(a.T, a.rules, where, serverTLS(a.T, cert, key))
			a.undo = func() {
				end()
				startMochiTLS(a.T, &rules{}, where, serverTLS(a.T, goodCert, goodKey))
			}
		},
		clear: func(a *affair) { a.undo() },
	},
}

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func serverTLS(t *testing.T, cert, key string) *tls.Config {
	t.Helper()
	pair, err := tls.LoadX509KeyPair(cert, key)
	if err != nil {
		t.Fatal(err)
	}
	return &tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12}
}

// at adds a broker to the list and makes that the client's.
func (a *affair) at(list []address.Address, text string) []address.Address {
	a.Helper()
	to, err := address.Parse(text)
	if err != nil {
		a.Fatal(err)
	}
	a.Brokers = slices.Concat(list, []address.Address{to})
	return a.Brokers
}

func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return l.Addr().String()
}

// TestFaults raises each fault and takes its cause away: it is told, and nothing of it is
// left.
func TestFaults(t *testing.T) {
	for code, c := range faultScenes {
		t.Run(string(code), func(t *testing.T) {
			r := &rules{}
			a := &affair{T: t, rules: r, node: newNode(t, tcpOf(t, startMochi(t, r, "127.0.0.1:0")))}
			a.Protocol = V5
			a.patience = pace{brief: time.Hour, files: time.Hour, goBack: time.Hour, askID: time.Hour}
			c.prepare(a)
			a.start(t)
			told := func() string {
				if a.other != nil {
					return a.fault(code) + a.other.fault(code)
				}
				return a.fault(code)
			}
			eventually(t, "it is raised", func() bool { return told() != "" })
			if text := told(); !strings.HasPrefix(text, "mqtt: ") || strings.Contains(text, "\n") {
				t.Errorf("text %q", text)
			}
			c.clear(a)
			eventually(t, "it is over", func() bool { return a.fault(code) == "" })
		})
	}
}
