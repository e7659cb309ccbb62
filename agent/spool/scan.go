package spool

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

const blockBytes = 4096

// magic is the start of the first block, whose rest is zero.
const magic = "auscult spool 2\n"

// place is where a piece stands in the file.
type place struct {
	block, offset int
}

func (p place) at() int64 { return int64(p.block)*blockBytes + int64(p.offset) }

// counters go on over restarts.
type counters struct {
	lastKey, lastSeq, dropped uint64
}

// entry is one record of the queue.
type entry struct {
	key    uint64
	boot   string
	seq    uint64
	topic  string
	size   int64
	places []place // of its pieces; nil while it is not on the disk
	held   *Record // the record itself while it is not on the disk
}

// image is what the blocks of a file hold.
type image struct {
	blocks  int    // of the file; the last one may be cut off
	size    int64  // of the file
	start   []byte // of the file: at most its first block
	headed  bool   // the first block is as it should be
	pieces  int    // found in all, waiting or removed
	claimed int    // blocks that the file once had
	last    counters
	use     []int    // pieces of waiting records in each block
	entries []entry  // waiting, by rising key
	bad     []int    // blocks with bytes that are no piece
	unread  []int    // blocks that the disk does not give
	strays  []place  // pieces that are not removed, and belong to no waiting record
	why     []string // what is wrong, for people
}

// set is all pieces of one record.
type set struct {
	of     int // pieces
	found  int
	boot   string
	topic  string
	size   int64
	places []place
}

// scanner fills an image.
type scanner struct {
	image
	sets  map[setID]*set
	names map[string]string // boot ids and topics, each once: many records share few
}

// name returns b as a string.
func (s *scanner) name(b []byte) string {
	known, ok := s.names[string(b)]
	if !ok {
		known = string(b)
		s.names[known] = known
	}
	return known
}

// setID names a record by what each of its pieces says.
type setID struct{ key, seq uint64 }

// scan reads a whole file, block by block. It does not trust a byte of it. It
// fails only when nothing of the file could be read.
func scan(r io.ReaderAt, size int64) (*image, error) {
	s := &scanner{sets: map[setID]*set{}, names: map[string]string{}}
	s.size = size
	s.blocks = int((size + blockBytes - 1) / blockBytes)
	s.use = make([]int, s.blocks)
	buffer := make([]byte, blockBytes)
	for i := range s.blocks {
		n, err := r.ReadAt(buffer, int64(i)*blockBytes)
		clear(buffer[n:])
		switch {
		case err != nil && !errors.Is(err, io.EOF):
			s.unread = append(s.unread, i)
			s.note("block %d cannot be read: %v", i, err)
			if len(s.unread) == s.blocks {
				return nil, err
			}
		case i == 0:
			s.start = bytes.Clone(buffer[:n])
			s.headed = string(buffer[:len(magic)]) == magic && zero(buffer[len(magic):])
		default:
			s.block(i, buffer)
		}
		if len(s.sets) > MaxRecords {
			return nil, fmt.Errorf("more than %d records", MaxRecords)
		}
	}
	s.gather()
	if !s.headed && !s.blank() {
		s.note("the first block is not as it was written")
	}
	if s.claimed > s.blocks {
		s.note("the file was cut off: it had %d blocks of %d bytes and has %d", s.claimed, blockBytes, s.blocks)
	}
	return &s.image, nil
}

func (s *scanner) note(format string, args ...any) {
	s.why = append(s.why, fmt.Sprintf(format, args...))
}

// block finds the pieces in block i. They stand one behind the other, and zeros
// follow. Behind bytes that are neither, the search goes on from mark to mark.
func (s *scanner) block(i int, b []byte) {
	at := 0
	for at < len(b) {
		p, ok := decode(b[at:])
		if !ok {
			if zero(b[at:]) {
				return
			}
			if n := len(s.bad); n == 0 || s.bad[n-1] != i {
				s.bad = append(s.bad, i)
				s.note("block %d holds bytes that are no record (a write that a power cut broke off leaves such, too)", i)
			}
			if at = next(b, at+1); at < 0 {
				return
			}
			continue
		}
		s.piece(p, place{i, at})
		at += p.size()
	}
}

// next returns where the next piece starts in b, from at on, or -1.
func next(b []byte, at int) int {
	for ; at+pieceHeader+sumBytes <= len(b); at++ {
		if mark := binary.BigEndian.Uint32(b[at:]); mark != waiting && mark != removed {
			continue
		}
		if _, ok := decode(b[at:]); ok {
			return at
		}
	}
	return -1
}

// piece adds a piece that was found to the set of its record.
func (s *scanner) piece(p piece, at place) {
	s.pieces++
	s.claimed = max(s.claimed, p.blocks)
	s.last.lastKey, s.last.lastSeq = max(s.last.lastKey, p.key), max(s.last.lastSeq, p.seq)
	s.last.dropped = max(s.last.dropped, p.dropped)
	if p.removed {
		return // but a double of it that waits counts: rather sent twice than lost
	}
	id := setID{p.key, p.seq}
	r := s.sets[id]
	if r == nil {
		r = &set{of: p.of, places: make([]place, p.of)}
		s.sets[id] = r
	}
	if r.of != p.of || r.places[p.index] != (place{}) {
		s.strays = append(s.strays, at) // a double: it was moved, and the power went
		return
	}
	r.places[p.index] = at
	r.found++
	r.size += int64(p.size())
	if p.index == 0 {
		r.boot = s.name(p.body[:p.boot])
		r.topic = s.name(p.body[p.boot : p.boot+p.topic])
	}
}

// gather makes entries of the sets that are whole.
func (s *scanner) gather() {
	for id, r := range s.sets {
		whole := r.found == r.of
		for _, at := range r.places {
			switch {
			case at == place{}:
			case whole:
				s.use[at.block]++
			default:
				s.strays = append(s.strays, at)
			}
		}
		if whole {
			s.entries = append(s.entries, entry{
				key: id.key, boot: r.boot, seq: id.seq, topic: r.topic, size: r.size, places: r.places,
			})
		}
	}
	slices.SortFunc(s.entries, func(x, y entry) int { return cmp.Compare(x.key, y.key) })
}

// ours reports whether the file may be written: it is empty, or begins with the
// magic, or holds a piece. One that was made and not yet written when the power
// went is zero, or ends within the magic.
func (m *image) ours() bool {
	return m.pieces > 0 || bytes.HasPrefix(m.start, []byte(magic)) ||
		m.size < int64(len(magic)) && strings.HasPrefix(magic, string(m.start)) || m.blank()
}

// blank reports whether there is nothing but zeros.
func (m *image) blank() bool {
	return m.pieces == 0 && len(m.bad) == 0 && len(m.unread) == 0 && zero(m.start)
}

// damage returns what is wrong with the file, or nil.
func (m *image) damage() error {
	const most = 3
	switch n := len(m.why); {
	case n == 0:
		return nil
	case n <= most:
		return errors.New(strings.Join(m.why, "; "))
	default:
		return fmt.Errorf("%s; and %d more", strings.Join(m.why[:most], "; "), n-most)
	}
}

func zero(b []byte) bool {
	for _, x := range b {
		if x != 0 {
			return false
		}
	}
	return true
}
