package matlab

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// stream reads elements one after the other and counts bytes.
type stream struct {
	r     *bufio.Reader
	order binary.ByteOrder
	at    int64
	jump  io.ReadSeeker // the same bytes, where they can be jumped over; nil: they must be read
}

// tag is what precedes an element's data.
type tag struct {
	kind  uint32
	bytes int64
	small bool // the data stand in the tag itself
	data  [4]byte
	end   int64 // where the next element begins
}

func (s *stream) tag() (t tag, err error) {
	var b [8]byte
	if err := s.read(b[:]); err != nil {
		return t, err
	}
	t.kind, t.bytes = s.order.Uint32(b[:]), int64(s.order.Uint32(b[4:]))
	if n := t.kind >> 16; n != 0 {
		if n > 4 {
			return t, fmt.Errorf("matlab: a small element of %d bytes", n)
		}
		t.kind, t.bytes, t.small = t.kind&0xffff, int64(n), true
		copy(t.data[:], b[4:])
		t.end = s.at
		return t, nil
	}
	t.end = s.at + t.bytes + -t.bytes&7
	return t, nil
}

func (s *stream) read(b []byte) error {
	n, err := io.ReadFull(s.r, b)
	s.at += int64(n)
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return fmt.Errorf("matlab: %w", io.ErrUnexpectedEOF)
	}
	return err
}

// skipTo passes over what there is up to a place.
func (s *stream) skipTo(end int64) error {
	n := end - s.at
	if n < 0 {
		return errors.New("matlab: an element is longer than what holds it")
	}
	if s.jump != nil && n > int64(s.r.Size()) {
		if _, err := s.jump.Seek(end, io.SeekStart); err != nil {
			return err
		}
		s.r.Reset(s.jump)
		s.at = end
		return nil
	}
	m, err := io.CopyN(io.Discard, s.r, n)
	s.at += m
	if errors.Is(err, io.EOF) {
		return nil // padding that is left out at the end; what is missed else is told when it is read
	}
	return err
}

// small returns an element's data, at most so many bytes.
func (s *stream) small(t tag, most int64) ([]byte, error) {
	if t.small {
		return t.data[:t.bytes], nil
	}
	if t.bytes > most {
		return nil, fmt.Errorf("matlab: an element of %d bytes: at most %d are expected", t.bytes, most)
	}
	b := make([]byte, t.bytes)
	if err := s.read(b); err != nil {
		return nil, err
	}
	return b, s.skipTo(t.end)
}

// next returns the data of the next element, at most so many bytes.
func (s *stream) next(most int64) ([]byte, error) {
	t, err := s.tag()
	if err != nil {
		return nil, err
	}
	return s.small(t, most)
}
