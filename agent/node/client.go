package node

import (
	"net"
	"time"

	"github.com/auscult/auscult/agent/config"
	"github.com/auscult/auscult/agent/mqtt"
)

// clientConfig returns how the configured broker is reached, nil where there is none.
func clientConfig(m *config.MQTT, id string) (*mqtt.Config, error) {
	if m.Broker == "" {
		return nil, nil
	}
	address, encrypted, err := m.Address()
	if err != nil {
		return nil, err
	}
	c := &mqtt.Config{
		Address: address, ClientID: m.ClientID, Username: m.Username,
		KeepAlive: time.Duration(m.KeepAlive), Timeout: time.Duration(m.Timeout),
		RetryFirst: time.Duration(m.RetryFirst), RetryMax: time.Duration(m.RetryMax),
		Drain: endDrain,
	}
	if c.ClientID == "" {
		c.ClientID = "auscult-" + id
	}
	if m.PasswordFile != "" {
		c.Password = func() (string, error) { return config.Secret(m.PasswordFile) }
	}
	if encrypted {
		files := mqtt.TLS(m.TLS)
		c.TLS = &files
		if c.TLS.ServerName == "" {
			if c.TLS.ServerName, _, err = net.SplitHostPort(address); err != nil {
				return nil, err
			}
		}
	}
	return c, nil
}
