package mqtt

import (
	"bufio"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// maxPacket is the longest packet that is taken from a broker.
const maxPacket = 8192

var errPacket = errors.New("mqtt: the broker sent a packet that is too long or malformed")

// guardedConn watches the packets that come in, since paho takes memory for
// whatever length a packet announces, up to 256 MiB. It cuts messages that are
// too long to maxPacket: whoever may write to a topic must not be able to end the
// connection, and who reads the topic must learn that something was there.
type guardedConn struct {
	net.Conn
	in      *bufio.Reader
	timeout time.Duration // of each write; 0: none
	v5      bool
	head    []byte // of the present packet, still to be given
	left    int    // bytes behind it still to come
	excess  int    // bytes behind those that are left out
	leaving atomic.Bool
}

func newGuardedConn(conn net.Conn) *guardedConn {
	return &guardedConn{Conn: conn, in: bufio.NewReader(conn)}
}

// Read reads from the connection, and fails before it lets a bad length pass.
func (c *guardedConn) Read(b []byte) (int, error) {
	for len(c.head) == 0 && c.left == 0 {
		if err := c.begin(); err != nil {
			return 0, err
		}
	}
	if len(c.head) > 0 {
		n := copy(b, c.head)
		c.head = c.head[n:]
		return n, nil
	}
	n, err := c.in.Read(b[:min(len(b), c.left)])
	c.left -= n
	return n, err
}

// Write writes within the timeout; a connection that takes no more is closed, since
// half a packet may be on its way.
func (c *guardedConn) Write(b []byte) (int, error) {
	if c.timeout > 0 {
		_ = c.SetWriteDeadline(time.Now().Add(c.timeout)) // one that has none blocks until it is closed
	}
	n, err := c.Conn.Write(b)
	if err != nil {
		_ = c.Close()
	}
	return n, err
}

// leaveLimit bounds the orderly end.
const leaveLimit = 300 * time.Millisecond

// leave says that a DISCONNECT is what is written next, and nothing after it.
func (c *guardedConn) leave() { c.leaving.Store(true) }

// Close closes the connection, after a DISCONNECT when the broker has, or leaveLimit is over: a broker that writes an
// answer to one that is closed already takes it for lost, and publishes the will, before it has read the DISCONNECT.
func (c *guardedConn) Close() error {
	if c.leaving.CompareAndSwap(true, false) {
		_ = c.SetReadDeadline(time.Now().Add(leaveLimit)) // one that has none ends when the broker closes it
		_, _ = io.Copy(io.Discard, c.Conn)                // past paho, which may still be reading: nobody asks any more
	}
	return c.Conn.Close()
}

// The first byte of a message that asks for no answer, and the bits of it that say so.
const (
	publishType = 0x30
	publishMask = 0xf6 // type and quality of service
	typeMask    = 0xf0
	subackType  = 0x90
	connackType = 0x20
)

// begin reads a packet's type and length.
func (c *guardedConn) begin() error {
	if c.excess > 0 {
		n, err := c.in.Discard(c.excess)
		c.excess -= n
		if err != nil {
			return err
		}
	}
	first, err := c.in.ReadByte()
	if err != nil {
		return err
	}
	head, length := []byte{first}, 0
	for shift := 0; ; shift += 7 {
		if shift > 21 {
			return errPacket
		}
		b, err := c.in.ReadByte()
		if err != nil {
			return err
		}
		head = append(head, b)
		length |= int(b&0x7f) << shift
		if b&0x80 == 0 {
			break
		}
	}
	if !c.v5 && first == connackType && length == 2 {
		if err := c.greeting(); err != nil {
			return err
		}
	}
	switch {
	case !c.v5 && first == subackType && length != 3:
		return errPacket // see v311.ask
	case length <= maxPacket:
		c.head, c.left = head, length
	case first&publishMask != publishType:
		return errPacket
	case c.cuttable():
		c.head = append([]byte{first}, maxPacket&0x7f|0x80, maxPacket>>7)
		c.left, c.excess = maxPacket, length-maxPacket
	default:
		c.excess = length
	}
	return nil
}

// greeting looks at the return code of a CONNACK of MQTT 3.1.1: paho takes one that it
// does not know for a welcome.
func (c *guardedConn) greeting() error {
	const lastKnown = 5
	b, err := c.in.Peek(2)
	if err == nil && b[1] > lastKnown {
		err = refusal("connection", b[1], "")
	}
	return err
}

// Most bytes of the topic and of the properties of a message that is cut and not left
// out: enough of the payload must remain to tell that it is too long.
const (
	maxTopic      = 1024
	maxProperties = 2048
)

// cuttable reports whether a message that is too long begins with a topic and properties
// that leave its payload half of the room.
func (c *guardedConn) cuttable() bool {
	b, err := c.in.Peek(2)
	if err != nil {
		return false
	}
	topic := int(binary.BigEndian.Uint16(b))
	if topic > maxTopic || !c.v5 {
		return topic <= maxTopic
	}
	if b, err = c.in.Peek(2 + topic + 2); err != nil {
		return false
	}
	b = b[2+topic:]
	return b[0] < 0x80 || b[1] < 0x80 && int(b[0]&0x7f)|int(b[1])<<7 <= maxProperties
}

// packetConn writes each packet of paho's client for MQTT 5, which comes in parts
// between Lock and Unlock, at once, and tells when a message has been written.
type packetConn struct {
	*guardedConn
	mu      sync.Mutex
	out     []byte
	written chan struct{} // receives after each PUBLISH
}

func newPacketConn(g *guardedConn) *packetConn {
	return &packetConn{guardedConn: g, written: make(chan struct{}, 1)}
}

// Lock begins a packet.
func (c *packetConn) Lock() { c.mu.Lock() }

// Write takes a part of a packet.
func (c *packetConn) Write(b []byte) (int, error) {
	c.out = append(c.out, b...)
	return len(b), nil
}

// Unlock writes the packet. When that fails the connection is closed, so that paho
// learns of it where it reads.
func (c *packetConn) Unlock() {
	if len(c.out) > 0 {
		_, err := c.guardedConn.Write(c.out)
		if err == nil && c.out[0]&typeMask == publishType {
			select {
			case c.written <- struct{}{}:
			default:
			}
		}
		c.out = c.out[:0]
		if cap(c.out) > maxPacket {
			c.out = nil // a long one is rare
		}
	}
	c.mu.Unlock()
}
