package doctor

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"syscall"
	"time"

	"github.com/auscult/auscult/agent/config"
	"github.com/auscult/auscult/agent/mqtt"
	"github.com/auscult/auscult/agent/mqtt/address"
	"github.com/auscult/auscult/agent/mqtt/localname"
)

// brokerPatience is how long each stage may take.
const brokerPatience = 5 * time.Second

// broker tries name, network, encryption and login of each broker, in this order, and
// stops at the first that fails. It publishes nothing.
func (c *Report) broker(ctx context.Context, settings *config.Config) {
	all, err := settings.MQTT.Addresses()
	if err != nil {
		c.add("broker", bad, "write mqtt://host:1883 or mqtts://host:8883", "%v", err)
		return
	}
	if len(all) == 0 {
		c.add("broker", odd, "set mqtt.broker", "none is configured: alerts wait in the spool")
		return
	}
	for i, at := range all {
		name := "broker"
		if i > 0 {
			name = fmt.Sprintf("fallback %d", i)
		}
		c.oneBroker(ctx, name, at, &settings.MQTT)
	}
}

func (c *Report) oneBroker(ctx context.Context, name string, at address.Address, m *config.MQTT) {
	ctx, cancel := context.WithTimeout(ctx, 4*brokerPatience)
	defer cancel()
	target, known := c.name(ctx, name, at)
	if !known {
		return
	}
	dialer := net.Dialer{Timeout: brokerPatience}
	conn, err := dialer.DialContext(ctx, at.Network, target)
	if err != nil {
		c.add(name+" network", bad, networkHelp(at.Host(), err), "%v", err)
		return
	}
	defer func() { _ = conn.Close() }() // what was to be learnt is known by then
	c.add(name+" network", good, "", "connected to %s", conn.RemoteAddr())
	_ = conn.SetDeadline(time.Now().Add(2 * brokerPatience)) // without it, the broker's patience counts
	if at.Encrypted && !c.encrypted(ctx, name, conn, at, &m.TLS) {
		return
	}
	c.login(ctx, name, at, m)
}

// name looks a broker's name up as the node does, and returns where it is.
func (c *Report) name(ctx context.Context, name string, at address.Address) (target string, known bool) {
	if at.Network != "tcp" {
		return at.Target, true
	}
	if localname.Is(at.Host()) {
		target, err := mqtt.Found(ctx, at)
		if err != nil {
			c.add(name+" name", bad, nameHelp(at.Host()), "%v", err)
			return "", false
		}
		c.add(name+" name", good, "", "%s is at %s", at.Host(), target)
		return target, true
	}
	found, err := net.DefaultResolver.LookupHost(ctx, at.Host())
	if err != nil {
		c.add(name+" name", bad, nameHelp(at.Host()), "%v", err)
		return "", false
	}
	c.add(name+" name", good, "", "%s is %s", at.Host(), strings.Join(found, ", "))
	return at.Target, true
}

// networkHelp says what helps where nothing answers.
func networkHelp(host string, err error) string {
	ip := net.ParseIP(host)
	if errors.Is(err, syscall.ECONNREFUSED) && (host == "localhost" || ip != nil && ip.IsLoopback()) {
		return "no broker runs on this machine: sudo apt install mosquitto brings one, or name another as mqtt.broker"
	}
	return "see that the broker runs and no firewall is between"
}

// nameHelp says what helps where a name is not found.
func nameHelp(host string) string {
	if localname.Is(host) {
		return "neither the name server nor anybody in the local network (mDNS) knows it: see that the broker's machine is on, " +
			"in the same network, and runs avahi-daemon; or write its address"
	}
	return "check the name and the name server, or write an address"
}

// encrypted does the TLS handshake as the node does it.
func (c *Report) encrypted(ctx context.Context, name string, conn net.Conn, at address.Address, o *config.TLS) bool {
	files := mqtt.TLS(*o)
	settings, err := files.Config(at.Target)
	if err == nil {
		secure := tls.Client(conn, settings)
		if err = secure.HandshakeContext(ctx); err == nil {
			state := secure.ConnectionState()
			c.add(name+" encryption", good, "", "%s, certificate valid until %s", tls.VersionName(state.Version),
				state.PeerCertificates[0].NotAfter.UTC().Format(time.DateOnly))
			return true
		}
	}
	c.add(name+" encryption", bad, "check mqtt.tls.ca_file, server_name and this machine's clock", "%v", err)
	return false
}

// login logs in with a client id of its own, so that a node that is connected stays so.
func (c *Report) login(ctx context.Context, name string, at address.Address, m *config.MQTT) {
	o := mqtt.Config{
		Protocol: m.Protocol, TLS: mqtt.TLS(m.TLS), ClientID: fmt.Sprintf("auscult-doctor-%d", os.Getpid()),
		Username: m.Username, KeepAlive: 2 * brokerPatience, Timeout: brokerPatience,
	}
	if m.PasswordFile != "" {
		o.Password = func() (string, error) { return config.Secret(m.PasswordFile) }
	}
	protocol, err := mqtt.Try(ctx, o, at)
	switch {
	case err != nil:
		c.add(name+" login", bad, "check mqtt.username, password_file and protocol, and that the port speaks MQTT", "%v", err)
	case protocol == mqtt.V311:
		c.add(name+" login", good, "", "accepted by MQTT 3.1.1, which knows no refusal of an alert: "+
			"let the node's user read its own alert topics")
	default:
		c.add(name+" login", good, "", "accepted by MQTT %s", protocol)
	}
}
