package mqtt

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"os"
)

// maxPacket is the longest packet that is taken from a broker.
const maxPacket = 1024

var errPacket = errors.New("mqtt: the broker sent a packet that is too long or malformed")

// guardedConn watches the packets that come in, since paho takes memory for
// whatever length a packet announces, up to 256 MiB.
type guardedConn struct {
	net.Conn
	left   int  // bytes of the present packet still to come
	length int  // announced so far
	shift  uint // of the next length byte; 0: none read
	inHead bool // the type was read, the length is not complete
}

// Read reads from the connection, and fails before it lets a bad length pass.
func (c *guardedConn) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	for i := 0; i < n; {
		switch {
		case c.left > 0:
			skip := min(c.left, n-i)
			c.left -= skip
			i += skip
		case !c.inHead:
			c.inHead, c.length, c.shift = true, 0, 0
			i++
		default:
			c.length |= int(b[i]&0x7f) << c.shift
			c.shift += 7
			if c.length > maxPacket || c.shift > 28 {
				return 0, errPacket
			}
			if b[i]&0x80 == 0 {
				c.inHead, c.left = false, c.length
			}
			i++
		}
	}
	return n, err
}

// dial opens the connection to the broker.
func (c *Config) dial(ctx context.Context) (net.Conn, error) {
	var d net.Dialer
	conn, err := d.DialContext(ctx, "tcp", c.Address)
	if err != nil {
		return nil, err
	}
	if c.TLS == nil {
		return &guardedConn{Conn: conn}, nil
	}
	t, err := c.TLS.config(c.Address)
	if err == nil {
		secured := tls.Client(conn, t)
		if err = secured.HandshakeContext(ctx); err == nil {
			return &guardedConn{Conn: secured}, nil
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

func (t *TLS) config(address string) (*tls.Config, error) {
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
