package address

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"path"
	"strconv"
	"strings"
)

// Address says where a broker is and how it is spoken to.
type Address struct {
	Network   string // "tcp" or "unix", as package net takes it
	Target    string // host:port, or the path of a socket
	Encrypted bool
	WebSocket bool
	Path      string // of a WebSocket

	text string
}

const form = `write "mqtt://host:1883", "mqtts://host:8883", "ws://host:80/mqtt", "wss://host:443/mqtt" or "unix:///path"`

// kind is what a scheme stands for.
type kind struct {
	port                 string
	encrypted, webSocket bool
}

var schemes = map[string]kind{
	"mqtt": {port: "1883"}, "tcp": {port: "1883"},
	"mqtts": {port: "8883", encrypted: true}, "ssl": {port: "8883", encrypted: true},
	"tls": {port: "8883", encrypted: true},
	"ws":  {port: "80", webSocket: true},
	"wss": {port: "443", encrypted: true, webSocket: true},
}

// Parse reads an address.
func Parse(text string) (Address, error) {
	u, err := url.Parse(text)
	switch {
	case err != nil:
		return Address{}, fmt.Errorf("%q is no address: %s", text, form)
	case u.User != nil:
		return Address{}, errors.New("no user and password in the address: use mqtt.username and mqtt.password_file")
	case u.RawQuery != "" || u.Fragment != "" || u.Opaque != "":
		return Address{}, fmt.Errorf("%q: %s", text, form)
	case u.Scheme == "unix":
		return socket(text, u)
	}
	k, known := schemes[u.Scheme]
	if !known || u.Hostname() == "" || u.Path != "" && !k.webSocket {
		return Address{}, fmt.Errorf("%q: %s", text, form)
	}
	port := k.port
	if p := u.Port(); p != "" {
		n, err := strconv.Atoi(p)
		if err != nil || n < 1 || n > 65535 {
			return Address{}, fmt.Errorf("%q: the port must be 1 to 65535", text)
		}
		port = p
	}
	a := Address{Network: "tcp", Target: net.JoinHostPort(u.Hostname(), port), Encrypted: k.encrypted,
		WebSocket: k.webSocket, text: text}
	if k.webSocket {
		a.Path = "/mqtt"
		if u.Path != "" {
			a.Path = u.EscapedPath()
		}
	}
	return a, nil
}

// maxSocket is the longest path that sockaddr_un holds (unix(7)).
const maxSocket = 107

func socket(text string, u *url.URL) (Address, error) {
	if u.Host != "" || !path.IsAbs(u.Path) || len(u.Path) > maxSocket {
		return Address{}, fmt.Errorf("%q: write the socket's whole path, as in \"unix:///run/mosquitto.sock\"", text)
	}
	return Address{Network: "unix", Target: u.Path, text: text}, nil
}

// String returns the address as it was written.
func (a Address) String() string { return a.text }

// Host returns the host's name or address, empty for a socket.
func (a Address) Host() string {
	if a.Network == "unix" {
		return ""
	}
	host, _, err := net.SplitHostPort(a.Target)
	if err != nil {
		return a.Target
	}
	return host
}

// Local reports whether what is sent stays on this machine.
func (a Address) Local() bool {
	host := a.Host()
	if host == "" || host == "localhost" || strings.HasSuffix(host, ".localhost") {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}
