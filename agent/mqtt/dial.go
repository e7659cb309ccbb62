package mqtt

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"net"
	"net/http"
	"time"

	paho "github.com/eclipse/paho.mqtt.golang"

	"github.com/auscult/auscult/agent/mqtt/address"
	"github.com/auscult/auscult/agent/mqtt/localname"
)

// dialed is an open connection, before the first packet.
type dialed struct {
	*guardedConn
	peers []*x509.Certificate // what the broker proved itself with
	own   []tls.Certificate   // what the node did
}

// dial opens the connection to a broker.
func (c *Config) dial(ctx context.Context, at address.Address) (*dialed, error) {
	var secure *tls.Config
	if at.Encrypted {
		var err error
		if secure, err = c.TLS.Config(at.Target); err != nil {
			return nil, err
		}
	}
	if at.WebSocket {
		return c.dialWebSocket(ctx, at, secure)
	}
	target, err := Found(ctx, at)
	if err != nil {
		return nil, err
	}
	var d net.Dialer
	conn, err := d.DialContext(ctx, at.Network, target)
	if err != nil {
		return nil, err
	}
	if secure == nil {
		return c.guard(conn), nil
	}
	over := tls.Client(conn, secure)
	if err := over.HandshakeContext(ctx); err != nil {
		_ = conn.Close() // the first error says more
		return nil, err
	}
	open := c.guard(over)
	open.peers, open.own = over.ConnectionState().PeerCertificates, secure.Certificates
	return open, nil
}

// Patience with names in the local network: that of the name server, which some networks give such names to, and that
// of multicast.
const (
	serverPatience = 2 * time.Second
	localPatience  = 3 * time.Second
)

// Found returns where a broker is: its target, but for a name in .local that only multicast knows, which becomes an
// address.
func Found(ctx context.Context, at address.Address) (target string, err error) {
	host, port, err := net.SplitHostPort(at.Target)
	if at.Network != "tcp" || err != nil || !localname.Is(host) {
		return at.Target, nil
	}
	short, cancel := context.WithTimeout(ctx, serverPatience)
	defer cancel()
	if found, err := net.DefaultResolver.LookupHost(short, host); err == nil && len(found) > 0 {
		return net.JoinHostPort(found[0], port), nil
	}
	addr, err := localname.Find(ctx, host, localPatience)
	if err != nil {
		return "", err
	}
	return net.JoinHostPort(addr.String(), port), nil
}

func (c *Config) dialWebSocket(ctx context.Context, at address.Address, secure *tls.Config) (*dialed, error) {
	target, err := Found(ctx, at)
	if err != nil {
		return nil, err
	}
	header := http.Header{}
	if target != at.Target {
		header.Set("Host", at.Target)
	}
	url, limit := "ws://"+target+at.Path, c.Timeout
	if at.Encrypted {
		url = "wss://" + target + at.Path
	}
	if until, bounded := ctx.Deadline(); bounded {
		limit = min(limit, time.Until(until))
	}
	open := &dialed{}
	if secure != nil {
		open.own = secure.Certificates
		secure.VerifyConnection = func(s tls.ConnectionState) error {
			open.peers = s.PeerCertificates
			return nil
		}
	}
	conn, err := paho.NewWebsocket(url, secure, limit, header, nil)
	if err != nil {
		return nil, err
	}
	open.guardedConn = c.guard(conn).guardedConn
	return open, nil
}

func (c *Config) guard(conn net.Conn) *dialed {
	g := newGuardedConn(conn)
	g.timeout = c.Timeout
	return &dialed{guardedConn: g}
}
