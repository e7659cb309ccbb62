package systemd

import (
	"fmt"
	"net"
	"os"
	"strings"
	"time"
)

// States of the service, to be given to Notify.
const (
	Ready    = "READY=1"
	Stopping = "STOPPING=1"
	Watchdog = "WATCHDOG=1"
)

const (
	maxMessage = 4096
	sendLimit  = time.Second
)

// Status returns the notification that shows text in systemctl status. Line
// breaks become spaces, since a second line would be a second assignment.
func Status(text string) string {
	return "STATUS=" + strings.Map(func(r rune) rune {
		if r == '\n' || r == '\r' || r == 0 {
			return ' '
		}
		return r
	}, text)
}

// Notifier sends notifications to one socket. The zero value sends nothing.
type Notifier struct {
	socket string
}

// NewNotifier returns a Notifier for the socket that NOTIFY_SOCKET names in the
// environment of this process.
func NewNotifier() *Notifier { return &Notifier{socket: os.Getenv("NOTIFY_SOCKET")} }

// Notify sends the assignments in one message. It reports whether it was sent;
// see the package comment for the three outcomes.
func (n *Notifier) Notify(assignments ...string) (bool, error) {
	if n.socket == "" {
		return false, nil
	}
	if n.socket[0] != '/' && n.socket[0] != '@' {
		return false, fmt.Errorf("systemd: NOTIFY_SOCKET %q: neither a path nor an abstract name", n.socket)
	}
	message := strings.Join(assignments, "\n")
	if message == "" || len(message) > maxMessage {
		return false, fmt.Errorf("systemd: message of %d bytes: must be 1 to %d", len(message), maxMessage)
	}
	// net maps a leading @ to the abstract namespace's leading zero byte.
	conn, err := net.DialUnix("unixgram", nil, &net.UnixAddr{Name: n.socket, Net: "unixgram"})
	if err != nil {
		return false, fmt.Errorf("systemd: notify: %w", err)
	}
	defer func() { _ = conn.Close() }()
	if err := conn.SetWriteDeadline(time.Now().Add(sendLimit)); err != nil {
		return false, fmt.Errorf("systemd: notify: %w", err)
	}
	if _, err := conn.Write([]byte(message)); err != nil {
		return false, fmt.Errorf("systemd: notify: %w", err)
	}
	return true, nil
}
