package spool

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"math/bits"
)

// ID is a record's identity: no two have the same.
type ID struct {
	BootID string // of the Spool that made it
	Seq    uint64 // rises by one from record to record
}

// Record is one message with its identity.
type Record struct {
	ID
	Topic   string
	Payload []byte

	key uint64 // place in the queue; the sequence number unless the file was away
}

// MaxPayload is the most bytes that a payload may have.
const MaxPayload = 256 << 10

const (
	version     = 2
	pieceHeader = 40
	sumBytes    = 4
	pieceBody   = blockBytes - pieceHeader - sumBytes // the most that one piece holds
	maxBootID   = 64
	maxTopic    = 1024
	maxPieces   = (maxBootID + maxTopic + MaxPayload + pieceBody - 1) / pieceBody
)

// The marks at the start of a piece. No bit is the same in both, so that no flipped bit makes one of the other.
const (
	waiting uint32 = 'A'<<24 | 'u'<<16 | 'S'<<8 | 'p'
	removed uint32 = ^waiting
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// check returns nil when r can be stored.
func (r *Record) check() error {
	switch {
	case len(r.BootID) > maxBootID:
		return fmt.Errorf("spool: boot id of %d bytes: at most %d", len(r.BootID), maxBootID)
	case len(r.Topic) == 0 || len(r.Topic) > maxTopic:
		return fmt.Errorf("spool: topic of %d bytes: must be 1 to %d", len(r.Topic), maxTopic)
	case len(r.Payload) > MaxPayload:
		return fmt.Errorf("spool: payload of %d bytes: at most %d", len(r.Payload), MaxPayload)
	}
	return nil
}

// stored returns the bytes that r takes in the file.
func (r *Record) stored() int {
	body := len(r.BootID) + len(r.Topic) + len(r.Payload)
	return body + pieceCount(body)*(pieceHeader+sumBytes)
}

// pieceCount returns into how many pieces a body of n bytes is cut.
func pieceCount(n int) int { return max(1, (n+pieceBody-1)/pieceBody) }

// piece is what one block holds of a record.
type piece struct {
	removed     bool
	index, of   int
	boot, topic int // their lengths; both lie at the start of the whole body
	seq, key    uint64
	dropped     uint64 // records that the queue had dropped when this was written
	blocks      int    // that the file was known to have on the disk then
	body        []byte // this piece's part of boot id, topic and payload
}

// cut cuts r, which has passed check, into pieces.
func (r *Record) cut(dropped uint64, blocks int) []piece {
	body := make([]byte, 0, len(r.BootID)+len(r.Topic)+len(r.Payload))
	body = append(append(append(body, r.BootID...), r.Topic...), r.Payload...)
	pieces := make([]piece, pieceCount(len(body)))
	for i := range pieces {
		n := min(pieceBody, len(body))
		pieces[i] = piece{
			index: i, of: len(pieces), boot: len(r.BootID), topic: len(r.Topic),
			seq: r.Seq, key: r.key, dropped: dropped, blocks: blocks, body: body[:n],
		}
		body = body[n:]
	}
	return pieces
}

// encode appends the stored form of p to b.
func (p *piece) encode(b []byte) []byte {
	start := len(b)
	mark := waiting
	if p.removed {
		mark = removed
	}
	b = binary.BigEndian.AppendUint32(b, mark)
	b = append(b, version, byte(p.index), byte(p.of), byte(p.boot))
	b = binary.BigEndian.AppendUint64(b, p.seq)
	b = binary.BigEndian.AppendUint64(b, p.key)
	b = binary.BigEndian.AppendUint64(b, p.dropped)
	b = binary.BigEndian.AppendUint32(b, uint32(p.blocks))
	b = binary.BigEndian.AppendUint16(b, uint16(p.topic))
	b = binary.BigEndian.AppendUint16(b, uint16(len(p.body)))
	b = append(b, p.body...)
	return binary.BigEndian.AppendUint32(b, crc32.Checksum(b[start+4:], castagnoli))
}

func (p *piece) size() int { return pieceHeader + len(p.body) + sumBytes }

// decode reads the piece at the start of b, which may go on behind it. The
// body is a part of b. The mark is outside the checksum: it changes in place.
func decode(b []byte) (p piece, ok bool) {
	if len(b) < pieceHeader+sumBytes || b[4] != version {
		return p, false
	}
	n := int(binary.BigEndian.Uint16(b[38:]))
	end := pieceHeader + n
	if n > pieceBody || len(b) < end+sumBytes || binary.BigEndian.Uint32(b[end:]) != crc32.Checksum(b[4:end], castagnoli) {
		return p, false
	}
	p = piece{
		// The nearer mark: one that was damaged still tells.
		removed: bits.OnesCount32(binary.BigEndian.Uint32(b)^removed) < 16,
		index:   int(b[5]), of: int(b[6]), boot: int(b[7]),
		seq:     binary.BigEndian.Uint64(b[8:]),
		key:     binary.BigEndian.Uint64(b[16:]),
		dropped: binary.BigEndian.Uint64(b[24:]),
		blocks:  int(binary.BigEndian.Uint32(b[32:])),
		topic:   int(binary.BigEndian.Uint16(b[36:])),
		body:    b[pieceHeader:end],
	}
	return p, p.sound()
}

// sound reports whether p can be a part of a record that passes check. The
// first piece holds boot id and topic whole, all but the last are full.
func (p *piece) sound() bool {
	last := p.index == p.of-1
	return p.of <= maxPieces && p.index < p.of && p.boot <= maxBootID && p.topic > 0 && p.topic <= maxTopic &&
		(last || len(p.body) == pieceBody) && (p.index > 0 || p.boot+p.topic <= len(p.body)) &&
		p.blocks >= 0 && p.blocks <= maxFile/blockBytes
}

// join makes a record of all its pieces.
func join(pieces []piece) Record {
	first := &pieces[0]
	at := first.boot + first.topic
	r := Record{
		ID: ID{string(first.body[:first.boot]), first.seq}, Topic: string(first.body[first.boot:at]),
		key: first.key,
	}
	r.Payload = append([]byte(nil), first.body[at:]...)
	for _, p := range pieces[1:] {
		r.Payload = append(r.Payload, p.body...)
	}
	return r
}
