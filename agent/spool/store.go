package spool

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"slices"
)

// growth is how many blocks a file that is full grows by, so that its size,
// which costs a write of its own, changes seldom.
const growth = 16

// reserved is what a file has the disk keep for it: a thousand usual alerts, which are stored also
// on a disk that others have filled, and so outlive a restart.
const reserved = 1 << 20

// errFull means that no block is left for a record.
var errFull = errors.New("no room")

// errBusy means that another program has locked the file.
var errBusy = errors.New("it is in use by another program")

// store is the file under a Spool, and which of its blocks are in use.
type store struct {
	f      file
	max    int     // blocks that the file may have
	use    []int   // pieces in each block that must stay; more than size while some are not yet written
	size   int     // blocks on the disk
	tail   int     // block that is being filled, 0 for none
	fill   int     // bytes in it
	marked bool    // a removal is not synced
	late   []place // pieces that could not be marked as removed yet; their blocks stay in use
}

// openStore opens the file at the path, or makes it, and mends it. The image
// says what is in it.
func openStore(path string, o Options) (*store, *repair, error) {
	if err := makeFolder(o.disk, filepath.Dir(path)); err != nil {
		return nil, nil, err
	}
	f, err := o.disk.open(path)
	if err != nil {
		return nil, nil, err
	}
	s := &store{f: f, max: int(o.MaxBytes / blockBytes)}
	r, err := s.begin(path, o)
	if err != nil {
		return nil, nil, errors.Join(err, f.Close())
	}
	return s, r, nil
}

func (s *store) begin(path string, o Options) (*repair, error) {
	switch held, err := s.f.lock(); {
	case err != nil:
		return nil, fmt.Errorf("lock: %w", err)
	case !held:
		return nil, errBusy
	}
	size, err := s.f.size()
	switch {
	case err != nil:
		return nil, err
	case size > maxFile:
		return nil, fmt.Errorf("%w: %d bytes are more than any spool has", ErrForeign, size)
	}
	m, err := scan(s.f, size)
	s.f.scattered()
	switch {
	case err != nil:
		return nil, err
	case !m.ours():
		return nil, ErrForeign
	}
	if m.blank() {
		// The name must be on the disk before any record is said to be.
		if err := o.disk.syncFolder(filepath.Dir(path)); err != nil {
			return nil, err
		}
	}
	s.f.reserve(min(reserved, int64(s.max)*blockBytes))
	s.use, s.size = m.use, m.blocks
	r := &repair{image: m, store: s, path: path, disk: o.disk, now: o.Now}
	return r, r.run()
}

// makeFolder makes a folder with those above it, and has each on the disk.
func makeFolder(d disk, path string) error {
	if d.exists(path) {
		return nil
	}
	above := filepath.Dir(path)
	if above == path {
		return fmt.Errorf("there is no %s", path)
	}
	if err := makeFolder(d, above); err != nil {
		return err
	}
	if err := d.mkdir(path); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return d.syncFolder(above)
}

// add writes pieces and returns where they stand. They are on the disk when it
// returns; after an error none of them counts.
func (s *store) add(pieces []piece) (places []place, err error) {
	_ = s.remove(nil) // what is late may make room; if it fails again, it stays late
	tail, fill, blocks := s.tail, s.fill, len(s.use)
	defer func() {
		if err == nil {
			return
		}
		for _, p := range places {
			s.use[p.block]--
		}
		places, s.tail, s.fill, s.use = nil, tail, fill, s.use[:blocks]
	}()
	for i := range pieces {
		p, ok := s.room(pieces[i].size())
		if !ok {
			return places, errFull
		}
		places = append(places, p)
	}
	if n := len(s.use) - s.size; n > 0 {
		if err := s.blank(place{s.size, 0}.at(), int64(n)*blockBytes); err != nil {
			return places, err
		}
	}
	buffer := make([]byte, 0, blockBytes)
	for i, p := range places {
		// To the end of the block: nothing of what stood there before may stay.
		buffer = pieces[i].encode(buffer[:0])
		n := len(buffer)
		buffer = buffer[:blockBytes-p.offset]
		clear(buffer[n:])
		if err := s.write(buffer, p); err != nil {
			return places, err
		}
	}
	if err := s.f.sync(); err != nil {
		return places, err
	}
	s.size, s.marked = len(s.use), false
	return places, nil
}

func (s *store) write(b []byte, at place) error {
	_, err := s.f.WriteAt(b, at.at())
	return err
}

// blank writes n zeros, block by block: the kernel would keep a longer write in
// one piece of memory, and count all of it whenever a byte of it changes.
func (s *store) blank(at, n int64) error {
	zeros := make([]byte, blockBytes)
	for n > 0 {
		k, err := s.f.WriteAt(zeros[:min(n, int64(len(zeros)))], at)
		if err != nil {
			return err
		}
		at, n = at+int64(k), n-int64(k)
	}
	return nil
}

// room finds n bytes within a block: in the one that is being filled, else in
// the next one behind it that is free, else in a new one.
func (s *store) room(n int) (place, bool) {
	if s.tail == 0 || s.fill+n > blockBytes {
		free, ok := s.free()
		if !ok {
			return place{}, false
		}
		s.tail, s.fill = free, 0
	}
	p := place{s.tail, s.fill}
	s.use[p.block]++
	s.fill += n
	return p, true
}

func (s *store) free() (int, bool) {
	// Round about, so that a quiet node does not wear out one block.
	n := min(len(s.use), s.max)
	for i := 1; i < n; i++ {
		if at := (s.tail+i-1)%(n-1) + 1; s.use[at] == 0 {
			return at, true
		}
	}
	if len(s.use) >= s.max {
		return 0, false
	}
	at := len(s.use)
	s.use = append(s.use, make([]int, min(growth, s.max-at))...)
	return at, true
}

// remove marks pieces as removed. The marks are not synced: when they are lost
// with the power, a record comes back that was sent already. Those that fail are
// tried again with the next ones.
func (s *store) remove(places []place) error {
	mark := (&piece{removed: true}).encode(nil)[:4]
	var failed error
	places = slices.Concat(s.late, places)
	s.late = nil
	for _, p := range places {
		if err := s.write(mark, p); err != nil {
			failed = err
			s.late = append(s.late, p)
			continue
		}
		s.use[p.block]--
		s.marked = true
	}
	return failed
}

// get reads a record.
func (s *store) get(e *entry) (Record, error) {
	pieces := make([]piece, 0, len(e.places))
	for i, at := range e.places {
		p, err := s.piece(at)
		if err == nil && (p.removed || p.key != e.key || p.index != i || p.of != len(e.places)) {
			err = errors.New("it holds another record")
		}
		if err != nil {
			return Record{}, fmt.Errorf("record %d is no longer whole: block %d: %w", e.seq, at.block, err)
		}
		pieces = append(pieces, p)
	}
	return join(pieces), nil
}

// piece reads the piece at a place.
func (s *store) piece(at place) (piece, error) {
	b := make([]byte, blockBytes-at.offset)
	n, err := s.f.ReadAt(b, at.at())
	if err != nil && !errors.Is(err, io.EOF) {
		return piece{}, err
	}
	p, ok := decode(b[:n])
	if !ok {
		return piece{}, errors.New("bytes that are no record")
	}
	return p, nil
}

// close closes the file, and has removals on the disk before.
func (s *store) close() error {
	err := s.remove(nil)
	if s.marked {
		err = errors.Join(err, s.f.sync())
	}
	return errors.Join(err, s.f.Close())
}
