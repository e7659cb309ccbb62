package systemd

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func listen(t *testing.T, name string) *net.UnixConn {
	t.Helper()
	conn, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: name, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return conn
}

func receive(t *testing.T, conn *net.UnixConn) string {
	t.Helper()
	if err := conn.SetReadDeadline(time.Now().Add(5 * time.Second)); err != nil {
		t.Fatal(err)
	}
	buf := make([]byte, 8192)
	n, err := conn.Read(buf)
	if err != nil {
		t.Fatal(err)
	}
	return string(buf[:n])
}

func TestNotify(t *testing.T) {
	for kind, name := range map[string]string{
		"path":     filepath.Join(t.TempDir(), "notify"),
		"abstract": fmt.Sprintf("@auscult-test-%d-%d", os.Getpid(), time.Now().UnixNano()),
	} {
		t.Run(kind, func(t *testing.T) {
			conn := listen(t, name)
			t.Setenv("NOTIFY_SOCKET", name)
			sent, err := NewNotifier().Notify(Ready, Status("2 sources\nWATCHDOG=1"))
			if !sent || err != nil {
				t.Fatalf("Notify = %v, %v", sent, err)
			}
			if got, want := receive(t, conn), "READY=1\nSTATUS=2 sources WATCHDOG=1"; got != want {
				t.Errorf("received %q, want %q", got, want)
			}
		})
	}
}

// TestLongestMessage sends as much as the service manager reads at once: 4096 bytes.
func TestLongestMessage(t *testing.T) {
	path := filepath.Join(t.TempDir(), "notify")
	conn := listen(t, path)
	n := &Notifier{socket: path}
	text := Status(strings.Repeat("x", 4096-len("STATUS=")))
	if sent, err := n.Notify(text); !sent || err != nil {
		t.Fatalf("Notify = %v, %v", sent, err)
	}
	if got := receive(t, conn); got != text {
		t.Errorf("received %d bytes, want %d", len(got), len(text))
	}
	if sent, err := n.Notify(text + "x"); sent || err == nil {
		t.Errorf("a byte more: %v, %v", sent, err)
	}
	if got := Status("a\rb\x00c\td\x01"); got != "STATUS=a b c\td\x01" {
		t.Errorf("status %q", got)
	}
}

func TestNotifyWithoutSystemd(t *testing.T) {
	t.Setenv("NOTIFY_SOCKET", "")
	if sent, err := NewNotifier().Notify(Ready); sent || err != nil {
		t.Errorf("Notify = %v, %v, want false, nil", sent, err)
	}
	var zero Notifier
	if sent, err := zero.Notify(Ready); sent || err != nil {
		t.Errorf("zero Notifier: %v, %v", sent, err)
	}
}

func TestNotifyErrors(t *testing.T) {
	dir := t.TempDir()
	live := filepath.Join(dir, "live")
	listen(t, live)
	for _, c := range []struct{ name, socket, message, want string }{
		{"nobody listens", filepath.Join(dir, "absent"), Ready, "systemd: notify: "},
		{"no name of a socket", "vsock:2:1", Ready, "neither a path"},
		{"too long a path", "/" + strings.Repeat("x", 300), Ready, "systemd: notify: "},
		{"too long a message", live, Status(strings.Repeat("x", maxMessage)), "bytes"},
		{"empty message", live, "", "bytes"},
	} {
		t.Run(c.name, func(t *testing.T) {
			n := &Notifier{socket: c.socket}
			sent, err := n.Notify(c.message)
			if sent || err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("Notify = %v, %v, want an error with %q", sent, err, c.want)
			}
		})
	}
}

func TestWatchdogInterval(t *testing.T) {
	for _, c := range []struct {
		usec, pid string
		want      time.Duration
		fails     bool
	}{
		{"", "", 0, false},
		{"", "42", 0, false},
		{"30000000", "", 30 * time.Second, false},
		{"30000000", "42", 30 * time.Second, false},
		{"30000000", "43", 0, false},
		{"30000000", "me", 0, true},
		{"0", "", 0, true},
		{"-1", "", 0, true},
		{"soon", "", 0, true},
		{"1", "", time.Microsecond, false},
		{"9223372036854775", "", 9223372036854775 * time.Microsecond, false},
		{"9223372036854776", "", 0, true}, // no more fits a Duration
		{"9223372036854775807", "", 0, true},
		{"30000000", "0", 0, true},
		{"30000000", "-42", 0, true},
	} {
		getenv := func(name string) string {
			return map[string]string{"WATCHDOG_USEC": c.usec, "WATCHDOG_PID": c.pid}[name]
		}
		got, err := watchdogInterval(getenv, 42)
		if got != c.want || (err != nil) != c.fails {
			t.Errorf("USEC=%q PID=%q: %v, %v", c.usec, c.pid, got, err)
		}
	}
}
