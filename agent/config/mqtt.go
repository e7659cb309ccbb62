package config

import (
	"slices"
	"time"

	"github.com/auscult/auscult/agent/mqtt/address"
	"github.com/auscult/auscult/agent/setting"
)

func (c *Config) checkMQTT() *setting.Problem {
	m := &c.MQTT
	encrypted, p := m.checkAddresses()
	if p != nil {
		return p
	}
	if !slices.Contains(protocols, m.Protocol) {
		return setting.Wrong("mqtt.protocol", "%q: write %s", m.Protocol, setting.Alternatives(protocols))
	}
	if m.KeepUnconfirmed < 0 || m.KeepUnconfirmed > maxUnconfirmed {
		return setting.Wrong("mqtt.keep_unconfirmed", "%d: must be 0 to %d", m.KeepUnconfirmed, maxUnconfirmed)
	}
	if m.ClientID != "" && !setting.IsName(m.ClientID) {
		return setting.Wrong("mqtt.client_id", "%q: %s", m.ClientID, setting.NameRule)
	}
	if m.PasswordFile != "" && m.Username == "" {
		return setting.Wrong("mqtt.password_file", "needs mqtt.username too: MQTT has no password without a user")
	}
	if err := checkCredential(m.PasswordFile); err != nil {
		return setting.Wrong("mqtt.password_file", "%v", err)
	}
	if (m.TLS.CertFile == "") != (m.TLS.KeyFile == "") {
		return setting.Wrong("mqtt.tls", "cert_file and key_file belong together: set both or none")
	}
	if m.TLS != (TLS{}) && !encrypted {
		return setting.Wrong("mqtt.tls", "is set but mqtt.broker is not encrypted: write broker = \"mqtts://host:8883\"")
	}
	if m.RetryFirst > m.RetryMax {
		return setting.Wrong("mqtt.retry_first", "%v is longer than retry_max (%v)", m.RetryFirst, m.RetryMax)
	}
	return setting.First(
		setting.Between("mqtt.keep_alive", m.KeepAlive, time.Second, time.Hour),
		setting.Between("mqtt.timeout", m.Timeout, 100*time.Millisecond, 5*time.Minute),
		setting.Between("mqtt.retry_first", m.RetryFirst, 10*time.Millisecond, time.Minute),
		setting.Between("mqtt.retry_max", m.RetryMax, 10*time.Millisecond, time.Hour),
	)
}

// Limits of what is said about brokers.
const (
	maxFallbacks   = 8
	maxUnconfirmed = 10_000
)

// protocols are the values of mqtt.protocol.
var protocols = []string{"auto", "5", "3.1.1"}

// checkAddresses also reports whether one of them is encrypted.
func (m *MQTT) checkAddresses() (encrypted bool, p *setting.Problem) {
	switch {
	case m.Broker == "" && len(m.Fallbacks) > 0:
		return false, setting.Wrong("mqtt.fallbacks", "are set and mqtt.broker is empty: name the first of them there")
	case len(m.Fallbacks) > maxFallbacks:
		return false, setting.Wrong("mqtt.fallbacks", "are %d: at most %d", len(m.Fallbacks), maxFallbacks)
	case m.Broker == "":
		return false, nil
	}
	at, err := address.Parse(m.Broker)
	if err != nil {
		return false, setting.Wrong("mqtt.broker", "%v", err)
	}
	encrypted = at.Encrypted
	for _, text := range m.Fallbacks {
		if at, err = address.Parse(text); err != nil {
			return false, setting.Wrong("mqtt.fallbacks", "%v", err)
		}
		encrypted = encrypted || at.Encrypted
	}
	return encrypted, nil
}

// Addresses returns the brokers in the order in which they are tried; none where nothing
// is sent.
func (m *MQTT) Addresses() ([]address.Address, error) {
	if m.Broker == "" {
		return nil, nil
	}
	var all []address.Address
	for _, text := range append([]string{m.Broker}, m.Fallbacks...) {
		at, err := address.Parse(text)
		if err != nil {
			return nil, err
		}
		all = append(all, at)
	}
	return all, nil
}
