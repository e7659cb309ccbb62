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
	var d net.Dialer
	conn, err := d.DialContext(ctx, at.Network, at.Target)
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

func (c *Config) dialWebSocket(ctx context.Context, at address.Address, secure *tls.Config) (*dialed, error) {
	url, limit := "ws://"+at.Target+at.Path, c.Timeout
	if at.Encrypted {
		url = "wss://" + at.Target + at.Path
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
	conn, err := paho.NewWebsocket(url, secure, limit, http.Header{}, nil)
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
