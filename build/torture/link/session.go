package link

import (
	"bufio"
	"net"
	"time"
)

// session is one connection through a Link.
type session struct {
	link           *Link
	client, broker *lane
	sent, back     int // packets each way; each of one goroutine
	acks           int
}

// run passes packets from one side to the other until either ends.
func (s *session) run(from net.Conn, to *lane, judge func(packet, *Faults) action) {
	defer to.end()
	defer func() { _ = from.Close() }()
	in := bufio.NewReader(from)
	for {
		p, err := readPacket(in)
		if err != nil {
			return
		}
		f := s.link.faults.Load()
		for f.Freeze { // packets wait; the other side is told nothing
			select {
			case <-to.ended:
				return
			case <-time.After(20 * time.Millisecond):
			}
			f = s.link.faults.Load()
		}
		switch judge(p, f) {
		case pass:
			to.put(p.raw, f.Delay)
		case drop:
			s.link.dropped.Add(1)
		case cut:
			to.put(p.raw[:len(p.raw)/2], f.Delay)
			return
		case last:
			to.put(p.raw, f.Delay)
			return
		}
	}
}

// action is what becomes of a packet.
type action int

const (
	pass action = iota
	drop
	cut  // half of it goes, then the connection ends
	last // it goes, then the connection ends
)

func (s *session) toBroker(p packet, f *Faults) action {
	s.sent++
	switch {
	case f.Swallow && p.kind() == publish && isAlert(p.topic()):
		s.client.put(p.ack(), f.Delay)
		return drop
	case f.Cut > 0 && s.sent > f.Cut:
		return cut
	}
	return pass
}

func (s *session) toClient(p packet, f *Faults) action {
	s.back++
	if p.kind() == puback {
		s.acks++
		if f.DropAck > 0 && s.acks%f.DropAck == 0 {
			return drop
		}
	}
	switch {
	case f.CutBack > 0 && s.back > f.CutBack:
		return cut
	case f.Brief > 0 && s.back >= f.Brief:
		return last
	}
	return pass
}

// lane writes to one side, each packet when it is due.
type lane struct {
	conn  net.Conn
	queue chan parcel
	ended chan struct{}
}

type parcel struct {
	raw []byte
	due time.Time
}

// laneMost is how many packets are on the way at most.
const laneMost = 4096

func newLane(conn net.Conn) *lane {
	return &lane{conn: conn, queue: make(chan parcel, laneMost), ended: make(chan struct{})}
}

// put sends a packet after a delay.
func (l *lane) put(raw []byte, delay time.Duration) {
	select {
	case l.queue <- parcel{raw, time.Now().Add(delay)}:
	case <-l.ended:
	}
}

// end has the lane close the connection behind what was put.
func (l *lane) end() { l.put(nil, 0) }

func (l *lane) write() {
	defer close(l.ended)
	defer func() { _ = l.conn.Close() }()
	for p := range l.queue {
		if p.raw == nil {
			return
		}
		if wait := time.Until(p.due); wait > 0 {
			<-time.After(wait)
		}
		if _, err := l.conn.Write(p.raw); err != nil {
			return
		}
	}
}
