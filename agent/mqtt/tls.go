package mqtt

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"

	"github.com/auscult/auscult/agent/smallfile"
)

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
		pem, err := smallfile.Read(t.CAFile, maxPEM)
		if err != nil {
			return nil, err
		}
		c.RootCAs = x509.NewCertPool()
		if !c.RootCAs.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("%s holds no certificate in PEM form", t.CAFile)
		}
	}
	if t.CertFile != "" {
		cert, err := smallfile.Read(t.CertFile, maxPEM)
		if err != nil {
			return nil, err
		}
		key, err := smallfile.Read(t.KeyFile, maxPEM)
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
