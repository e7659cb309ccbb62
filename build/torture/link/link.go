package link

import (
	"errors"
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// Faults are what is wrong with a Link.
type Faults struct {
	Refuse  bool          // whoever connects is thrown out
	Freeze  bool          // nothing passes, and nobody is told
	Delay   time.Duration // each way
	DropAck int           // every how many PUBACKs one is lost; 0: none
	Cut     int           // after how many packets to the broker one is cut in its middle; 0: never
	CutBack int           // likewise to the client
	Brief   int           // after how many packets to the client a connection ends; 0: never
	Swallow bool          // alerts are confirmed and go nowhere
}

// Link passes packets between clients and one broker.
type Link struct {
	listener net.Listener
	target   string
	faults   atomic.Pointer[Faults]

	mu       sync.Mutex
	open     map[net.Conn]bool
	closed   bool
	work     sync.WaitGroup
	accepted atomic.Int64
	dropped  atomic.Int64
}

// New opens a Link to the broker at target.
func New(target string) (*Link, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	l := &Link{listener: listener, target: target, open: map[net.Conn]bool{}}
	l.faults.Store(&Faults{})
	l.work.Go(l.accept)
	return l, nil
}

// Address is where clients connect.
func (l *Link) Address() string { return l.listener.Addr().String() }

// Set replaces what is wrong. A zero Faults is a good link.
func (l *Link) Set(f Faults) { l.faults.Store(&f) }

// Accepted counts connections that were passed on to the broker.
func (l *Link) Accepted() int64 { return l.accepted.Load() }

// Dropped counts packets that were thrown away.
func (l *Link) Dropped() int64 { return l.dropped.Load() }

// Reset breaks all connections, without an orderly end.
func (l *Link) Reset() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for c := range l.open {
		reset(c)
	}
}

// reset closes a connection so that the other side sees it break.
func reset(c net.Conn) {
	if t, ok := c.(*net.TCPConn); ok {
		_ = t.SetLinger(0)
	}
	_ = c.Close() // it is to break
}

// Close ends the Link.
func (l *Link) Close() {
	l.mu.Lock()
	l.closed = true
	l.mu.Unlock()
	_ = l.listener.Close() // nobody connects any more
	l.Reset()
	l.work.Wait()
}

func (l *Link) accept() {
	for {
		conn, err := l.listener.Accept()
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil {
			continue
		}
		if l.faults.Load().Refuse {
			reset(conn)
			continue
		}
		l.work.Go(func() { l.serve(conn) })
	}
}

// hold keeps a connection so that Reset finds it, and reports whether the Link is open.
func (l *Link) hold(c net.Conn) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return false
	}
	l.open[c] = true
	return true
}

func (l *Link) forget(c net.Conn) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.open, c)
}

// serve passes the packets of one connection.
func (l *Link) serve(client net.Conn) {
	defer func() { _ = client.Close() }()
	broker, err := net.DialTimeout("tcp", l.target, 5*time.Second)
	if err != nil {
		reset(client)
		return
	}
	defer func() { _ = broker.Close() }()
	if !l.hold(client) || !l.hold(broker) {
		return
	}
	defer l.forget(client)
	defer l.forget(broker)
	l.accepted.Add(1)
	s := &session{link: l, client: newLane(client), broker: newLane(broker)}
	var both sync.WaitGroup
	both.Go(func() { s.run(client, s.broker, s.toBroker) })
	both.Go(func() { s.run(broker, s.client, s.toClient) })
	both.Go(s.client.write)
	both.Go(s.broker.write)
	both.Wait()
}
