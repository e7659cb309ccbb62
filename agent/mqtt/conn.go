package mqtt

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"os"
)

// maxPacket is the longest packet that is taken from a broker.
const maxPacket = 8192

var errPacket = errors.New("mqtt: the broker sent a packet that is too long or malformed")

// guardedConn watches the packets that come in, since paho takes memory for
// whatever length a packet announces, up to 256 MiB. It leaves messages out that are
// too long: whoever may write to a topic must not be able to end the connection.
type guardedConn struct {
	net.Conn
	in   *bufio.Reader
	head []byte // of the present packet, still to be given
	left int    // bytes behind it still to come
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

// The first byte of a message that asks for no answer, and the bits of it that say so.
const (
	publishType = 0x30
	publishMask = 0xf6 // type and quality of service
)

// begin reads a packet's type and length.
func (c *guardedConn) begin() error {
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
	switch {
	case length <= maxPacket:
		c.head, c.left = head, length
	case first&publishMask == publishType:
		_, err = c.in.Discard(length)
	default:
		err = errPacket
	}
	return err
}

// dial opens the connection to the broker.
func (c *Config) dial(ctx context.Context) (net.Conn, error) {
	var d net.Dialer
	conn, err := d.DialContext(ctx, "tcp", c.Address)
	if err != nil {
		return nil, err
	}
	if c.TLS == nil {
		return newGuardedConn(conn), nil
	}
	t, err := c.TLS.Config(c.Address)
	if err == nil {
		secured := tls.Client(conn, t)
		if err = secured.HandshakeContext(ctx); err == nil {
			return newGuardedConn(secured), nil
		}
	}
	_ = conn.Close() // the first error says more
	return nil, err
}

// TLS names the files that an encrypted connection needs. They are read for
// every connection, so that a renewed certificate is taken without a restart.
type TLS struct {
	CAFile     string // who may vouch for the broker; empty: the system's authorities
	CertFile   string // who the node is; empty: nobody
	KeyFile    string
	ServerName string // in the broker's certificate; empty: the host of the address
}

// maxPEM is the largest file of certificates that is read.
const maxPEM = 1 << 20

// Config returns what a TLS client needs for the broker at host:port.
func (t *TLS) Config(address string) (*tls.Config, error) {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	c := &tls.Config{MinVersion: tls.VersionTLS12, ServerName: host}
	if t.ServerName != "" {
		c.ServerName = t.ServerName
	}
	if t.CAFile != "" {
		pem, err := readPEM(t.CAFile)
		if err != nil {
			return nil, err
		}
		c.RootCAs = x509.NewCertPool()
		if !c.RootCAs.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("%s holds no certificate in PEM form", t.CAFile)
		}
	}
	if t.CertFile != "" {
		cert, err := readPEM(t.CertFile)
		if err != nil {
			return nil, err
		}
		key, err := readPEM(t.KeyFile)
		if err != nil {
			return nil, err
		}
		pair, err := tls.X509KeyPair(cert, key)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", t.CertFile, err)
		}
		c.Certificates = []tls.Certificate{pair}
	}
	return c, nil
}

func readPEM(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() || info.Size() > maxPEM {
		return nil, fmt.Errorf("%s: not a file of at most %d bytes", path, maxPEM)
	}
	return os.ReadFile(path)
}
