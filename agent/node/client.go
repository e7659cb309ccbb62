package node

import (
	"time"

	"github.com/auscult/auscult/agent/config"
	"github.com/auscult/auscult/agent/message"
	"github.com/auscult/auscult/agent/mqtt"
)

// clientConfig returns how the configured brokers are reached, nil where there is none.
func clientConfig(o *config.Config, id string, now func() time.Time) (*mqtt.Config, error) {
	m := &o.MQTT
	brokers, err := m.Addresses()
	if err != nil || len(brokers) == 0 {
		return nil, err
	}
	c := &mqtt.Config{
		Brokers: brokers, Protocol: m.Protocol, TLS: mqtt.TLS(m.TLS), ClientID: m.ClientID, Username: m.Username,
		KeepAlive: time.Duration(m.KeepAlive), Timeout: time.Duration(m.Timeout),
		RetryFirst: time.Duration(m.RetryFirst), RetryMax: time.Duration(m.RetryMax),
		Drain: endDrain, Keep: m.KeepUnconfirmed, Now: now,
	}
	if c.ClientID == "" {
		c.ClientID = "auscult-" + id
	}
	if m.PasswordFile != "" {
		c.Secret = config.SecretFile(m.PasswordFile)
		c.Password = func() (string, error) { return config.Secret(m.PasswordFile) }
	}
	for i := range o.Sources {
		c.AlertTopics = append(c.AlertTopics, message.AlertTopic(id, o.Sources[i].Name))
	}
	return c, nil
}
