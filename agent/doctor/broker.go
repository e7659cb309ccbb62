package doctor

import (
	"context"
	"crypto/tls"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"time"

	"github.com/auscult/auscult/agent/config"
	"github.com/auscult/auscult/agent/mqtt"
)

// brokerPatience is how long each stage may take.
const brokerPatience = 5 * time.Second

// broker tries name, network, encryption and login, in this order, and stops at the
// first that fails. It publishes nothing.
func (c *Report) broker(ctx context.Context, settings *config.Config) {
	m := &settings.MQTT
	if m.Broker == "" {
		c.add("broker", odd, "set mqtt.broker", "none is configured: alerts wait in the spool")
		return
	}
	address, encrypted, err := m.Address()
	if err != nil {
		c.add("broker", bad, "write tcp://host:1883 or ssl://host:8883", "%v", err)
		return
	}
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		c.add("broker", bad, "write tcp://host:1883 or ssl://host:8883", "%v", err)
		return
	}
	ctx, cancel := context.WithTimeout(ctx, 4*brokerPatience)
	defer cancel()
	found, err := net.DefaultResolver.LookupHost(ctx, host)
	if err != nil {
		c.add("broker name", bad, "check the name and the name server, or write an address", "%v", err)
		return
	}
	c.add("broker name", good, "", "%s is %s", host, strings.Join(found, ", "))

	dialer := net.Dialer{Timeout: brokerPatience}
	conn, err := dialer.DialContext(ctx, "tcp", address)
	if err != nil {
		c.add("broker network", bad, "see that the broker runs and no firewall is between", "%v", err)
		return
	}
	defer func() { _ = conn.Close() }() // what was to be learnt is known by then
	c.add("broker network", good, "", "connected to %s", conn.RemoteAddr())
	_ = conn.SetDeadline(time.Now().Add(2 * brokerPatience)) // without it, the broker's patience counts

	if encrypted {
		secure, err := encrypt(ctx, conn, address, &m.TLS)
		if err != nil {
			c.add("broker encryption", bad, "check mqtt.tls.ca_file, server_name and this machine's clock", "%v", err)
			return
		}
		state := secure.ConnectionState()
		c.add("broker encryption", good, "", "%s, certificate valid until %s", tls.VersionName(state.Version),
			state.PeerCertificates[0].NotAfter.UTC().Format(time.DateOnly))
		conn = secure
	}
	password := ""
	if m.PasswordFile != "" {
		if password, err = config.Secret(m.PasswordFile); err != nil {
			c.add("broker login", bad, "check mqtt.password_file and who may read it", "%v", err)
			return
		}
	}
	if err := login(conn, m.Username, password); err != nil {
		c.add("broker login", bad, "check mqtt.username and password_file, and that the port speaks MQTT 3.1.1", "%v", err)
		return
	}
	c.add("broker login", good, "", "accepted")
}

// encrypt does the TLS handshake as the node does it.
func encrypt(ctx context.Context, conn net.Conn, address string, o *config.TLS) (*tls.Conn, error) {
	files := mqtt.TLS(*o)
	c, err := files.Config(address)
	if err != nil {
		return nil, err
	}
	secure := tls.Client(conn, c)
	return secure, secure.HandshakeContext(ctx)
}

// connectAnswers are the return codes of a CONNACK (MQTT 3.1.1, table 3.1).
var connectAnswers = []string{
	"accepted", "the broker does not speak MQTT 3.1.1", "the broker refuses the client id", "the broker is not available",
	"wrong user or password", "not authorised",
}

// login sends a CONNECT with a client id of its own, so that a node that is connected
// stays so, reads the CONNACK, and says goodbye (MQTT 3.1.1, sections 3.1, 3.2, 3.14).
func login(conn net.Conn, username, password string) error {
	const cleanSession, hasPassword, hasUsername = 1 << 1, 1 << 6, 1 << 7
	text := func(b []byte, s string) []byte {
		return append(binary.BigEndian.AppendUint16(b, uint16(len(s))), s...)
	}
	if len(username) > 1<<10 || len(password) > 1<<10 {
		return errors.New("user and password may have 1024 bytes each")
	}
	flags := byte(cleanSession)
	if username != "" {
		flags |= hasUsername
	}
	if password != "" {
		flags |= hasPassword
	}
	body := text(nil, "MQTT")
	body = append(body, 4, flags, 0, 10) // level 4 is 3.1.1; keep alive 10 s
	body = text(body, fmt.Sprintf("auscult-doctor-%d", os.Getpid()))
	if username != "" {
		body = text(body, username)
	}
	if password != "" {
		body = text(body, password)
	}
	packet := []byte{0x10}
	for n := len(body); ; {
		digit := byte(n & 0x7f)
		if n >>= 7; n > 0 {
			packet = append(packet, digit|0x80)
			continue
		}
		packet = append(packet, digit)
		break
	}
	if _, err := conn.Write(append(packet, body...)); err != nil {
		return fmt.Errorf("send the login: %w", err)
	}
	var answer [4]byte
	if _, err := io.ReadFull(conn, answer[:]); err != nil {
		return fmt.Errorf("no answer to the login: %w", err)
	}
	switch {
	case answer[0] != 0x20 || answer[1] != 2:
		return fmt.Errorf("the answer to the login is % x, not MQTT", answer)
	case int(answer[3]) >= len(connectAnswers):
		return fmt.Errorf("the broker refuses the login by the unknown code %d", answer[3])
	case answer[3] != 0:
		return errors.New(connectAnswers[answer[3]])
	}
	_, err := conn.Write([]byte{0xe0, 0}) // goodbye
	return err
}
