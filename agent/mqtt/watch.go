package mqtt

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/auscult/auscult/agent/fault"
)

// Reasons to end a connection that works.
var (
	errRenewed = errors.New("a certificate or the password was replaced, or the client id may be free again: connecting anew")
	errReturn  = errors.New("the first broker answers again")
)

// pace says how often something is looked at; tests look more often.
type pace struct {
	brief  time.Duration // after which a connection is no longer flapping
	files  time.Duration
	goBack time.Duration // to the first broker
	askID  time.Duration // after which the configured client id is tried again
	deaf   time.Duration // from probe to probe where nothing comes back
}

var usualPace = pace{brief: brief, files: 30 * time.Second, goBack: 5 * time.Minute, askID: askBack, deaf: probeDeaf}

// tend looks after a connection until ctx ends or there is a reason to end it.
func (c *Client) tend(ctx context.Context, at int) error {
	stands := time.NewTimer(c.c.patience.brief)
	defer stands.Stop()
	files := time.NewTicker(c.c.patience.files)
	defer files.Stop()
	back := time.NewTicker(c.c.patience.goBack)
	defer back.Stop()
	askID := time.NewTicker(max(c.c.patience.askID, time.Millisecond))
	defer askID.Stop()
	stamp := c.stamp()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-stands.C:
			c.reportIdentity(c.identity.stands())
		case <-askID.C:
			if c.identity.askAgain() {
				return errRenewed
			}
		case <-files.C:
			c.reportExpiry()
			c.reportSecrets(c.brokers[at])
			if c.stamp() != stamp {
				return errRenewed
			}
		case <-back.C:
			if at == 0 {
				continue
			}
			// Under another id: this connection is to stay until the other stands.
			if _, err := c.visit(ctx, c.brokers[0], "-try"); err == nil {
				return errReturn
			}
		}
	}
}

// stamp changes when a file that a connection was made with was replaced or rewritten.
func (c *Client) stamp() string {
	var b strings.Builder
	for _, name := range []string{c.c.TLS.CAFile, c.c.TLS.CertFile, c.c.TLS.KeyFile, c.c.Secret} {
		if info, err := os.Stat(name); err == nil {
			fmt.Fprintf(&b, "%s %d %d\n", name, info.Size(), info.ModTime().UnixNano())
		}
	}
	return b.String()
}

// reportSecrets raises or ends the faults of secrets that others may see.
func (c *Client) reportSecrets(b *server) {
	var plain, open error
	if c.c.Password != nil && !b.at.Encrypted && !b.at.Local() {
		plain = fmt.Errorf("mqtt: the password goes to %s unencrypted: write mqtts:// and set mqtt.tls.ca_file", b.at)
	}
	for _, name := range []string{c.c.Secret, c.c.TLS.KeyFile} {
		const others = 0o004
		if info, err := os.Stat(name); err == nil && info.Mode().Perm()&others != 0 {
			open = fmt.Errorf("mqtt: everybody on this machine can read the secret in %s: chmod 640 %s", name, name)
		}
	}
	c.c.Report(fault.PasswordPlain, plain)
	c.c.Report(fault.SecretReadable, open)
}

// expiryTold is how long before its end a certificate is spoken of.
const expiryTold = 30 * 24 * time.Hour

// validity is until when the certificate holds that ends first, and whose it is.
type validity struct {
	until time.Time
	whose string
}

// valid notes the certificates of a connection.
func (c *Client) valid(open *dialed) {
	c.validity = validity{}
	note := func(cert *x509.Certificate, whose string) {
		if c.validity.until.IsZero() || cert.NotAfter.Before(c.validity.until) {
			c.validity = validity{cert.NotAfter, whose}
		}
	}
	for _, cert := range open.peers {
		note(cert, "the broker's certificate "+cert.Subject.String())
	}
	for i := range open.own {
		if leaf := open.own[i].Leaf; leaf != nil {
			note(leaf, "the node's certificate "+c.c.TLS.CertFile)
		}
	}
	c.reportExpiry()
}

// reportExpiry raises or ends the fault of a certificate that is about to end.
func (c *Client) reportExpiry() {
	v := c.validity
	if v.until.IsZero() || c.book.now().Add(expiryTold).Before(v.until) {
		c.c.Report(fault.CertificateExpiry, nil)
		return
	}
	c.c.Report(fault.CertificateExpiry, fmt.Errorf("mqtt: %s is valid until %s: renew it, or the broker cannot be reached",
		v.whose, v.until.UTC().Format(time.DateOnly)))
}
