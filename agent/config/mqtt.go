package config

import (
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/auscult/auscult/agent/setting"
)

func (c *Config) checkMQTT() *setting.Problem {
	m := &c.MQTT
	if m.Broker != "" {
		if _, _, err := m.Address(); err != nil {
			return setting.Wrong("mqtt.broker", "%v", err)
		}
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
	if m.TLS != (TLS{}) && !strings.HasPrefix(m.Broker, "ssl://") {
		return setting.Wrong("mqtt.tls", "is set but mqtt.broker is not encrypted: write broker = \"ssl://host:8883\"")
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

// Address returns the network address of the broker and whether the connection
// is encrypted.
func (m *MQTT) Address() (hostPort string, encrypted bool, err error) {
	const form = `write "tcp://host:1883" or "ssl://host:8883"`
	u, err := url.Parse(m.Broker)
	if err != nil {
		return "", false, fmt.Errorf("%q is no address: %s", m.Broker, form)
	}
	port := "1883"
	switch u.Scheme {
	case "tcp":
	case "ssl":
		port, encrypted = "8883", true
	default:
		return "", false, fmt.Errorf("%q: %s", m.Broker, form)
	}
	if u.User != nil {
		return "", false, fmt.Errorf("no user and password in the address: use mqtt.username and mqtt.password_file")
	}
	if u.Hostname() == "" || u.Path != "" || u.RawQuery != "" || u.Fragment != "" {
		return "", false, fmt.Errorf("%q: %s", m.Broker, form)
	}
	if p := u.Port(); p != "" {
		n, err := strconv.Atoi(p)
		if err != nil || n < 1 || n > 65535 {
			return "", false, fmt.Errorf("%q: the port must be 1 to 65535", m.Broker)
		}
		port = p
	}
	host := u.Hostname()
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	return host + ":" + port, encrypted, nil
}
