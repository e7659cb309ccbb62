package link

import (
	"bufio"
	"encoding/binary"
	"errors"
	"io"
	"strings"
)

// Types of packets.
const (
	publish = 3
	puback  = 4
)

// packet is one MQTT packet.
type packet struct {
	raw  []byte
	body int // where its variable header begins
}

const maxPacket = 1 << 20

var errPacket = errors.New("link: not an MQTT packet")

func readPacket(in *bufio.Reader) (packet, error) {
	first, err := in.ReadByte()
	if err != nil {
		return packet{}, err
	}
	raw, length := []byte{first}, 0
	for shift := 0; ; shift += 7 {
		b, err := in.ReadByte()
		if err != nil {
			return packet{}, err
		}
		raw = append(raw, b)
		length |= int(b&0x7f) << shift
		if b&0x80 == 0 {
			break
		}
		if shift == 21 {
			return packet{}, errPacket
		}
	}
	if length > maxPacket {
		return packet{}, errPacket
	}
	p := packet{raw: append(raw, make([]byte, length)...), body: len(raw)}
	_, err = io.ReadFull(in, p.raw[p.body:])
	return p, err
}

func (p packet) kind() int { return int(p.raw[0] >> 4) }

// topic is that of a PUBLISH, "" when it is malformed.
func (p packet) topic() string {
	t, _ := text(p.raw[p.body:])
	return t
}

// ack is the PUBACK for a PUBLISH at quality of service 1. Without a reason code it means
// success by MQTT 5 too.
func (p packet) ack() []byte {
	_, rest := text(p.raw[p.body:])
	if len(rest) < 2 {
		return nil
	}
	return []byte{puback << 4, 2, rest[0], rest[1]}
}

// text takes a string with its length off the front.
func text(b []byte) (string, []byte) {
	if len(b) < 2 {
		return "", nil
	}
	n := int(binary.BigEndian.Uint16(b))
	if len(b) < 2+n {
		return "", nil
	}
	return string(b[2 : 2+n]), b[2+n:]
}

func isAlert(topic string) bool { return strings.HasSuffix(topic, "/alert") }
