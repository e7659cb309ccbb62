package localname

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/netip"
	"strings"
	"sync"
	"time"

	"golang.org/x/net/dns/dnsmessage"
)

// Is reports whether a host's name is one that is asked for by multicast.
func Is(host string) bool {
	name := strings.ToLower(strings.TrimSuffix(host, "."))
	return strings.HasSuffix(name, ".local") && name != ".local"
}

// ErrNobody says that nobody has answered to a name.
var ErrNobody = errors.New("nobody in the local network answers to that name (mDNS)")

// Find returns the address of a host in the local network. It asks three times, and waits for patience in all.
func Find(ctx context.Context, host string, patience time.Duration) (netip.Addr, error) {
	q := querier{group: netip.AddrPortFrom(netip.AddrFrom4([4]byte{224, 0, 0, 251}), 5353), links: links}
	addr, err := q.find(ctx, host, patience)
	if err != nil {
		return netip.Addr{}, fmt.Errorf("localname: %s: %w", host, err)
	}
	return addr, nil
}

// querier asks for names.
type querier struct {
	group netip.AddrPort
	links func() ([]netip.Prefix, error) // this machine's addresses, each with its network
}

// tries is how often a question is asked: datagrams get lost, by radio most of all.
const tries = 3

func (q *querier) find(ctx context.Context, host string, patience time.Duration) (netip.Addr, error) {
	id := uint16(rand.Uint32())
	question, err := ask(id, host)
	if err != nil {
		return netip.Addr{}, err
	}
	on, err := q.links()
	if err != nil {
		return netip.Addr{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	answers := make(chan netip.Addr, len(on)) // each link gives one at most
	var asked sync.WaitGroup
	for _, link := range on {
		asked.Go(func() {
			if addr, ok := q.askOn(ctx, link, id, question, host, patience/tries); ok {
				answers <- addr
				cancel()
			}
		})
	}
	asked.Wait()
	select {
	case addr := <-answers:
		return addr, nil
	default:
		return netip.Addr{}, ErrNobody
	}
}

// askOn asks on one link until an answer comes or ctx ends.
func (q *querier) askOn(ctx context.Context, link netip.Prefix, id uint16, question []byte, host string,
	wait time.Duration,
) (netip.Addr, bool) {
	// What is sent to a group from an address leaves by that address's interface.
	conn, err := net.ListenUDP("udp4", net.UDPAddrFromAddrPort(netip.AddrPortFrom(link.Addr(), 0)))
	if err != nil {
		return netip.Addr{}, false
	}
	defer func() { _ = conn.Close() }() // nothing is lost with it
	defer context.AfterFunc(ctx, func() { _ = conn.SetReadDeadline(time.Unix(1, 0)) })()
	const longest = 9000
	packet := make([]byte, longest)
	for ctx.Err() == nil {
		if _, err := conn.WriteToUDPAddrPort(question, q.group); err != nil {
			return netip.Addr{}, false
		}
		_ = conn.SetReadDeadline(time.Now().Add(wait)) // without it, ctx ends the waiting
		for ctx.Err() == nil {
			n, from, err := conn.ReadFromUDPAddrPort(packet)
			if err != nil {
				break
			}
			if !link.Contains(from.Addr().Unmap()) {
				continue
			}
			if addr, ok := answer(packet[:n], id, host); ok {
				return addr, true
			}
		}
	}
	return netip.Addr{}, false
}

// links lists this machine's IPv4 addresses on interfaces that can do multicast, with their networks.
func links() (on []netip.Prefix, err error) {
	all, err := net.Interfaces()
	if err != nil {
		return nil, err
	}
	for i := range all {
		if all[i].Flags&net.FlagUp == 0 || all[i].Flags&net.FlagMulticast == 0 {
			continue
		}
		addrs, err := all[i].Addrs()
		if err != nil {
			continue // it has gone meanwhile
		}
		for _, a := range addrs {
			if p, err := netip.ParsePrefix(a.String()); err == nil && p.Addr().Is4() {
				on = append(on, p)
			}
		}
	}
	if len(on) == 0 {
		return nil, errors.New("no network is up")
	}
	return on, nil
}

// ask makes the question for a host's address.
func ask(id uint16, host string) ([]byte, error) {
	name, err := dnsmessage.NewName(strings.TrimSuffix(host, ".") + ".")
	if err != nil {
		return nil, fmt.Errorf("no name of a host: %w", err)
	}
	m := dnsmessage.Message{
		Header:    dnsmessage.Header{ID: id},
		Questions: []dnsmessage.Question{{Name: name, Type: dnsmessage.TypeA, Class: dnsmessage.ClassINET}},
	}
	return m.Pack()
}

// answer returns the address that a packet has for a host, if it is an answer to the question of that number.
func answer(packet []byte, id uint16, host string) (addr netip.Addr, ok bool) {
	var p dnsmessage.Parser
	head, err := p.Start(packet)
	if err != nil || !head.Response || head.ID != id || head.RCode != dnsmessage.RCodeSuccess {
		return addr, false
	}
	if err := p.SkipAllQuestions(); err != nil {
		return addr, false
	}
	for {
		h, err := p.AnswerHeader()
		if err != nil {
			return addr, false
		}
		// The highest bit of the class says that other answers are to be forgotten.
		is := h.Type == dnsmessage.TypeA && h.Class&0x7fff == dnsmessage.ClassINET &&
			strings.EqualFold(strings.TrimSuffix(h.Name.String(), "."), strings.TrimSuffix(host, "."))
		if !is {
			if err := p.SkipAnswer(); err != nil {
				return addr, false
			}
			continue
		}
		a, err := p.AResource()
		if err != nil {
			return addr, false
		}
		addr = netip.AddrFrom4(a.A)
		return addr, !addr.IsUnspecified() && !addr.IsMulticast()
	}
}
