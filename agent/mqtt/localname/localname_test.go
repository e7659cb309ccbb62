package localname

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"testing"
	"time"

	"golang.org/x/net/dns/dnsmessage"
)

func TestIs(t *testing.T) {
	for host, want := range map[string]bool{
		"pump-7.local": true, "Pump.LOCAL.": true, "a.b.local": true, "local": false, ".local": false, "localhost": false,
		"broker.example": false, "pump.local.example": false,
	} {
		if Is(host) != want {
			t.Errorf("%s: %v", host, !want)
		}
	}
}

// reply makes a packet as a responder does: an answer that is not asked for, then the address.
func reply(t *testing.T, id uint16, host string, addr [4]byte, change func(*dnsmessage.Message)) []byte {
	t.Helper()
	name := dnsmessage.MustNewName(host)
	head := dnsmessage.ResourceHeader{Name: name, Class: dnsmessage.ClassINET | 0x8000, TTL: 10}
	m := dnsmessage.Message{
		Header:    dnsmessage.Header{ID: id, Response: true, Authoritative: true},
		Questions: []dnsmessage.Question{{Name: name, Type: dnsmessage.TypeA, Class: dnsmessage.ClassINET}},
		Answers: []dnsmessage.Resource{
			{Header: head, Body: &dnsmessage.AAAAResource{AAAA: [16]byte{0xfe, 0x80, 15: 1}}},
			{Header: head, Body: &dnsmessage.AResource{A: addr}},
		},
	}
	if change != nil {
		change(&m)
	}
	packet, err := m.Pack()
	if err != nil {
		t.Fatal(err)
	}
	return packet
}

func TestAnswer(t *testing.T) {
	good := [4]byte{192, 168, 1, 7}
	refused := func(m *dnsmessage.Message) { m.RCode = dnsmessage.RCodeRefused }
	for name, c := range map[string]struct {
		packet []byte
		want   bool
	}{
		"an answer":      {reply(t, 7, "Pump-7.Local.", good, nil), true},
		"another's":      {reply(t, 7, "pump-8.local.", good, nil), false},
		"another number": {reply(t, 8, "pump-7.local.", good, nil), false},
		"no address":     {reply(t, 7, "pump-7.local.", [4]byte{}, nil), false},
		"a group":        {reply(t, 7, "pump-7.local.", [4]byte{224, 0, 0, 1}, nil), false},
		"a question":     {reply(t, 7, "pump-7.local.", good, func(m *dnsmessage.Message) { m.Response = false }), false},
		"a refusal":      {reply(t, 7, "pump-7.local.", good, refused), false},
		"nothing":        {reply(t, 7, "pump-7.local.", good, func(m *dnsmessage.Message) { m.Answers = nil }), false},
		"cut":            {reply(t, 7, "pump-7.local.", good, nil)[:60], false},
		"empty":          {nil, false},
	} {
		addr, ok := answer(c.packet, 7, "pump-7.local")
		if ok != c.want || ok && addr != netip.AddrFrom4(good) {
			t.Errorf("%s: %v, %v", name, addr, ok)
		}
	}
}

// TestFind asks somebody who answers falsely at first, and not at all to the first question.
func TestFind(t *testing.T) {
	server, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = server.Close() }()
	go func() {
		packet := make([]byte, 512)
		for asked := 0; ; asked++ {
			n, from, err := server.ReadFromUDPAddrPort(packet)
			if err != nil {
				return
			}
			var p dnsmessage.Parser
			head, err := p.Start(packet[:n])
			if err != nil || asked == 0 {
				continue
			}
			for _, out := range [][]byte{
				{1, 2, 3}, reply(t, head.ID+1, "pump-7.local.", [4]byte{10, 0, 0, 66}, nil),
				reply(t, head.ID, "pump-7.local.", [4]byte{10, 0, 0, 7}, nil),
			} {
				_, _ = server.WriteToUDPAddrPort(out, from)
			}
		}
	}()
	at := server.LocalAddr().(*net.UDPAddr).AddrPort()
	here := func() ([]netip.Prefix, error) { return []netip.Prefix{netip.MustParsePrefix("127.0.0.1/8")}, nil }
	q := querier{group: at, links: here}
	addr, err := q.find(t.Context(), "pump-7.local", 3*time.Second)
	if err != nil || addr != netip.MustParseAddr("10.0.0.7") {
		t.Errorf("%v, %v", addr, err)
	}
	if addr, err := q.find(t.Context(), "other.local", 30*time.Millisecond); !errors.Is(err, ErrNobody) {
		t.Errorf("another name: %v, %v", addr, err)
	}
	q.links = func() ([]netip.Prefix, error) { return []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}, nil }
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := q.find(gone, "pump-7.local", time.Hour); !errors.Is(err, ErrNobody) {
		t.Errorf("cancelled: %v", err)
	}
	if _, err := q.find(t.Context(), string(make([]byte, 300)), time.Second); err == nil {
		t.Error("a name of 300 bytes was asked for")
	}
}
