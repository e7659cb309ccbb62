package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/auscult/auscult/agent/spool"
	"github.com/auscult/auscult/build/torture/link"
)

// cutFile has a node fill its queue while the broker is away, and opens copies of the
// file that were cut at every byte, or in which bits were flipped. What was whole must be
// there, in order and with its content, and a record must be takable.
func cutFile(t *trial) error {
	t.link.Set(link.Faults{Refuse: true})
	if err := t.during(func(*node) error { return t.offers(60) }); err != nil {
		return err
	}
	whole, err := spool.Read(t.spoolPath())
	if err != nil {
		return err
	}
	content, err := os.ReadFile(t.spoolPath())
	if err != nil {
		return err
	}
	copies := filepath.Join(t.folder, "copies")
	if err := os.Mkdir(copies, 0o700); err != nil {
		return err
	}
	j := &judge{path: filepath.Join(copies, "alerts.spool"), whole: whole.Records, content: content}
	tried := 0
	for at := 0; at < len(content); at += t.times(499, 1) {
		if err := errors.Join(j.cut(at), t.ctx.Err()); err != nil {
			return fmt.Errorf("cut at byte %d: %w", at, err)
		}
		tried++
	}
	t.note("%d cuts", tried)
	flips := t.times(150, 5000)
	for range flips {
		at, bit := t.rnd.IntN(len(content)), byte(1)<<t.rnd.IntN(8)
		if err := errors.Join(j.flip(at, bit), t.ctx.Err()); err != nil {
			return fmt.Errorf("bit %02x of byte %d flipped: %w", bit, at, err)
		}
	}
	t.note("%d flips", flips)
	return nil
}

// judge compares what is read of damaged copies with what was in the whole file.
type judge struct {
	path    string
	whole   []spool.Record
	content []byte
}

// touched reports whether a record may stand in bytes that are not what they were.
func (j *judge) touched(r spool.Record, from, to int) bool {
	at := bytes.Index(j.content, r.Payload)
	const head = 120 // what a piece begins with, and boot id and topic, may stand before it
	return at < 0 || at-head < to && from < at+len(r.Payload)+head
}

func (j *judge) cut(at int) error { return j.open(j.content[:at], at, len(j.content)) }

func (j *judge) flip(at int, bit byte) error {
	b := append([]byte(nil), j.content...)
	b[at] ^= bit
	return j.open(b, at, at+1)
}

// open opens a damaged file. Bytes from to to are not what they were.
func (j *judge) open(b []byte, from, to int) error {
	if err := os.WriteFile(j.path, b, 0o600); err != nil {
		return err
	}
	s, err := spool.Open(j.path, spool.Options{})
	if err != nil {
		return err
	}
	there := map[spool.ID]string{}
	s.Each(func(r spool.Record) { there[r.ID] = string(r.Payload) })
	var problem error
	for _, r := range j.whole {
		payload, ok := there[r.ID]
		switch {
		case ok && payload != string(r.Payload):
			problem = fmt.Errorf("record %d has another content", r.Seq)
		case !ok && !j.touched(r, from, to):
			problem = fmt.Errorf("record %d is gone", r.Seq)
		}
		delete(there, r.ID)
	}
	if len(there) > 0 {
		problem = fmt.Errorf("%d records come out of nothing", len(there))
	}
	_, putErr := s.Put("t", func(string, uint64) ([]byte, error) { return []byte("more"), nil })
	foreign := errors.Is(s.Stats().Err, spool.ErrForeign) // the first bytes are gone: it is nobody's file
	if putErr != nil && !foreign {
		problem = errors.Join(problem, putErr)
	}
	err = errors.Join(problem, s.Close())
	if foreign && from < 16 {
		err = nil
	}
	return errors.Join(err, emptyFolder(filepath.Dir(j.path)))
}

// emptyFolder removes the copies of damaged blocks that were made, too.
func emptyFolder(path string) error { return errors.Join(os.RemoveAll(path), os.Mkdir(path, 0o700)) }
