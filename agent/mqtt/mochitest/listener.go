package mochitest

import (
	"crypto/tls"
	"log/slog"
	"net"
	"sync"

	"github.com/mochi-mqtt/server/v2/listeners"
)

// Listener is a listeners.Listener whose Close returns when the broker has done with
// every connection. Mochi's own leave those that are just being accepted: the broker
// counts them while it waits for its count to be zero, which is a data race, and one
// that never logs in keeps it waiting.
type Listener struct {
	listener net.Listener
	mu       sync.Mutex
	closed   bool
	open     map[net.Conn]bool
	serving  sync.WaitGroup // one for each connection
}

// Listen listens at an address of a network as net.Listen takes them, encrypted where c
// is not nil.
func Listen(network, address string, c *tls.Config) (*Listener, error) {
	l, err := net.Listen(network, address)
	if err != nil {
		return nil, err
	}
	if c != nil {
		l = tls.NewListener(l, c)
	}
	return &Listener{listener: l, open: make(map[net.Conn]bool)}, nil
}

// ID implements listeners.Listener: a broker has one of each network.
func (l *Listener) ID() string { return l.Protocol() }

// Protocol implements listeners.Listener.
func (l *Listener) Protocol() string { return l.listener.Addr().Network() }

// Address returns where the listener is reached, host:port or a path.
func (l *Listener) Address() string { return l.listener.Addr().String() }

// Init implements listeners.Listener: it listens already.
func (l *Listener) Init(*slog.Logger) error { return nil }

// Serve has the broker serve each connection until Close.
func (l *Listener) Serve(establish listeners.EstablishFn) {
	for {
		conn, err := l.listener.Accept()
		if err != nil || !l.enter(conn) {
			return
		}
		go func() {
			defer l.leave(conn)
			_ = establish(l.ID(), conn) // why a client went is what tests ask, not how it is logged
		}()
	}
}

// enter counts a connection, and closes it where the listener is closed.
func (l *Listener) enter(conn net.Conn) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		_ = conn.Close()
		return false
	}
	l.open[conn] = true
	l.serving.Add(1)
	return true
}

func (l *Listener) leave(conn net.Conn) {
	l.mu.Lock()
	delete(l.open, conn)
	l.mu.Unlock()
	l.serving.Done()
}

// Close has the broker say goodbye to its clients, ends every connection and waits
// until all are served.
func (l *Listener) Close(closeClients listeners.CloseFn) {
	_ = l.listener.Close()
	closeClients(l.ID())
	l.mu.Lock()
	l.closed = true
	for conn := range l.open {
		_ = conn.Close()
	}
	l.mu.Unlock()
	l.serving.Wait()
}
