package spool

import (
	"errors"
	"fmt"
	"os"
)

// Content is what Read found in a file.
type Content struct {
	Records []Record // that wait, oldest first
	Blocks  int      // of the file
	Free    int      // blocks in which nothing waits
	Dropped uint64   // records that went because the queue was full
	LastSeq uint64   // of the last record
	Damage  error    // what Open would mend, or nil
}

// Read reads the file at path and changes nothing, also while a Spool has it
// open. A record that is written meanwhile may look like damage.
func Read(path string) (*Content, error) {
	c, err := read(path)
	if err != nil {
		return nil, fmt.Errorf("spool: read %s: %w", path, err)
	}
	return c, nil
}

func read(path string) (*Content, error) {
	// Before it is opened: opening a pipe would wait.
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular() || info.Size() > maxFile:
		return nil, ErrForeign
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	c, err := readFile(osFile{f}, info.Size())
	return c, errors.Join(err, f.Close())
}

func readFile(f file, size int64) (*Content, error) {
	m, err := scan(f, size)
	switch {
	case err != nil:
		return nil, err
	case !m.ours():
		return nil, ErrForeign
	}
	c := &Content{Blocks: m.blocks, Dropped: m.last.dropped, LastSeq: m.last.lastSeq, Damage: m.damage()}
	for i, n := range m.use {
		if i > 0 && n == 0 {
			c.Free++
		}
	}
	s := &store{f: f}
	for i := range m.entries {
		r, err := s.get(&m.entries[i])
		if err != nil {
			continue // it was removed meanwhile
		}
		c.Records = append(c.Records, r)
	}
	return c, nil
}
