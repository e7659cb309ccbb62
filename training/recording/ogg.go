package recording

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// oggPacket is a packet of an Ogg stream.
type oggPacket struct {
	data    []byte
	granule int64 // position after it, of the last packet that ends on a page; else -1
	last    bool  // of the stream
}

// oggStream takes one stream's packets out of an Ogg file, RFC 3533. The decoders that there
// are bring readers of their own, which believe any length; this one bounds what it keeps.
type oggStream struct {
	r       io.Reader
	serial  uint32
	begun   bool
	over    bool        // the last page was read
	partial []byte      // of a packet that goes on
	ready   []oggPacket // of a page
	cut     bool
	more    bool // another stream follows
}

// maxPacket bounds a packet: Vorbis's setup takes some kilobytes, a packet of Opus less.
const maxPacket = 1 << 20

// next returns the next packet, io.EOF behind the last.
func (o *oggStream) next() (oggPacket, error) {
	for len(o.ready) == 0 {
		if err := o.page(); err != nil {
			return oggPacket{}, err
		}
	}
	p := o.ready[0]
	o.ready = o.ready[1:]
	return p, nil
}

// header is next for a packet before the samples.
func (o *oggStream) header(kind string) (oggPacket, error) {
	p, err := o.next()
	if errors.Is(err, io.EOF) {
		err = cutOff(kind)
	}
	return p, err
}

// Flags of a page.
const (
	oggContinued = 1
	oggFirst     = 2
	oggLast      = 4
)

// page reads a page.
func (o *oggStream) page() error {
	if o.over {
		return io.EOF
	}
	var head [27]byte
	if _, err := io.ReadFull(o.r, head[:]); err != nil {
		return o.end(err)
	}
	if string(head[:4]) != "OggS" || head[4] != 0 {
		return errors.New("ogg: no page where one should begin")
	}
	lacing := make([]byte, head[26])
	if _, err := io.ReadFull(o.r, lacing); err != nil {
		return o.end(err)
	}
	size := 0
	for _, n := range lacing {
		size += int(n)
	}
	body := make([]byte, size)
	if _, err := io.ReadFull(o.r, body); err != nil {
		return o.end(err)
	}
	serial, flags := binary.LittleEndian.Uint32(head[14:]), head[5]
	switch {
	case !o.begun:
		o.serial, o.begun = serial, true
	case serial != o.serial || flags&oggFirst != 0:
		o.more = o.more || flags&oggFirst != 0
		return nil // another stream
	}
	if oggSum(head[:], lacing, body) != binary.LittleEndian.Uint32(head[22:]) {
		return errors.New("ogg: a page's sum is wrong")
	}
	return o.split(head[:], lacing, body)
}

// end says that the file is over in a page or before its last.
func (o *oggStream) end(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		o.cut = true
		return io.EOF
	}
	return err
}

// split cuts a page to packets.
func (o *oggStream) split(head, lacing, body []byte) error {
	if head[5]&oggContinued == 0 {
		o.partial = nil
	}
	o.ready = o.ready[:0]
	for _, n := range lacing {
		o.partial = append(o.partial, body[:n]...)
		body = body[n:]
		if len(o.partial) > maxPacket {
			return fmt.Errorf("ogg: a packet of more than %d bytes", maxPacket)
		}
		if n < 255 {
			o.ready = append(o.ready, oggPacket{data: o.partial, granule: -1})
			o.partial = nil
		}
	}
	if n := len(o.ready); n > 0 {
		o.ready[n-1].granule = int64(binary.LittleEndian.Uint64(head[6:]))
		o.ready[n-1].last = head[5]&oggLast != 0
	}
	o.over = head[5]&oggLast != 0
	return nil
}

// oggTable is of the sum of a page, a CRC of 32 bits by the polynomial 0x04c11db7.
var oggTable = func() (table [256]uint32) {
	for i := range table {
		c := uint32(i) << 24
		for range 8 {
			if c&(1<<31) != 0 {
				c = c<<1 ^ 0x04c11db7
			} else {
				c <<= 1
			}
		}
		table[i] = c
	}
	return table
}()

// oggSum returns the sum of a page, whose own field counts as 0.
func oggSum(head, lacing, body []byte) (sum uint32) {
	for part, b := range [][]byte{head, lacing, body} {
		for i, v := range b {
			if part == 0 && i >= 22 && i < 26 {
				v = 0
			}
			sum = sum<<8 ^ oggTable[byte(sum>>24)^v]
		}
	}
	return sum
}
