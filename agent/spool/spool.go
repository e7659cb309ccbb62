package spool

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"
)

// Spool is a bounded queue of records on disk.
type Spool struct {
	path   string
	o      Options
	bootID string
	ready  chan struct{}

	mu      sync.Mutex
	closed  bool
	store   *store // nil while the file cannot be opened
	lastTry time.Time
	queue   []entry // by rising key
	bytes   int64
	c       counters
	known   bool  // the file's count of dropped records is in c
	gone    error // why the file is opened anew, or nil
	stats   Stats // what is not counted on demand
}

// Open opens the queue in the file at path, or makes it.
func Open(path string, o Options) (*Spool, error) {
	if path == "" {
		return nil, errors.New("spool: no path given")
	}
	if err := o.complete(); err != nil {
		return nil, err
	}
	id := make([]byte, 8)
	_, _ = rand.Read(id) // never fails, see crypto/rand
	s := &Spool{path: path, o: o, bootID: hex.EncodeToString(id), ready: make(chan struct{}, 1)}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.attach()
	return s, nil
}

// BootID returns the id of this run of the queue.
func (s *Spool) BootID() string { return s.bootID }

// Ready returns a channel that receives after a record was put, once for
// several. It serves one receiver. The channel also receives after Open when
// records wait from before.
func (s *Spool) Ready() <-chan struct{} { return s.ready }

// Put adds a record. Payload gives its bytes, at most MaxPayload, once its
// identity is known. Put returns when the record is on the disk; if it returns
// an error that wraps ErrNotStored, the record is in the queue but in memory
// only. Any other error means that there is no record.
func (s *Spool) Put(topic string, payload func(bootID string, seq uint64) ([]byte, error)) (Record, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return Record{}, ErrClosed
	}
	s.attach()
	s.reattach()
	r := Record{ID: ID{s.bootID, s.c.lastSeq + 1}, Topic: topic, key: s.c.lastKey + 1}
	var err error
	if r.Payload, err = payload(r.BootID, r.Seq); err != nil {
		return Record{}, err
	}
	if err := r.check(); err != nil {
		return Record{}, err
	}
	if n := r.stored(); int64(n) > s.o.MaxBytes/2 {
		return Record{}, fmt.Errorf("spool: record of %d bytes does not fit into a queue of %d", n, s.o.MaxBytes)
	}
	s.c.lastKey, s.c.lastSeq = r.key, r.Seq
	s.hold(&r)
	s.trim()
	defer s.signal()
	if err := s.flush(); err != nil {
		return r, fmt.Errorf("%w: %w", ErrNotStored, err)
	}
	return r, nil
}

// Waiting names a record of the queue without its payload.
type Waiting struct {
	ID
	Topic string
	Bytes int64 // that it takes in the queue; more for a longer payload
}

// Next returns the record that is to be sent next: the oldest that is not skipped, and
// the oldest of all when skip is nil. It reports false when there is none. Skip is called
// with the queue locked: it must not use the Spool.
func (s *Spool) Next(skip func(Waiting) bool) (Record, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for !s.closed {
		e := s.first(skip)
		if e == nil {
			break
		}
		if e.held != nil {
			return *e.held, true
		}
		r, err := s.store.get(e)
		if err == nil {
			return r, true
		}
		// What was whole at the start no longer is: start over with what can
		// be saved. It is tried once a second at most, so this ends.
		s.detach(err)
		s.attach()
	}
	return Record{}, false
}

// Each calls do with each record of the queue, oldest first. One that cannot be read is
// left out. Do must not use the Spool.
func (s *Spool) Each(do func(Record)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := range s.queue {
		e := &s.queue[i]
		if e.held != nil {
			do(*e.held)
		} else if r, err := s.store.get(e); err == nil {
			do(r)
		}
	}
}

// first returns the oldest entry that is not skipped, or nil.
func (s *Spool) first(skip func(Waiting) bool) *entry {
	for i := range s.queue {
		e := &s.queue[i]
		if skip == nil || !skip(Waiting{ID{e.boot, e.seq}, e.topic, e.size}) {
			return e
		}
	}
	return nil
}

// Remove forgets a record that Next returned, after the broker has confirmed
// it. Removing a record that is gone is no error. An error means that the disk
// did not take the removal, so the record may be sent again after a restart.
func (s *Spool) Remove(r Record) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return ErrClosed
	}
	// By identity: a record's key changes when its file comes back. What is
	// sent stands near the front, so the search is short.
	i := slices.IndexFunc(s.queue, func(e entry) bool { return e.seq == r.Seq && e.boot == r.BootID })
	if i < 0 {
		return nil
	}
	return s.take(i)
}

// Flush tries to bring to the disk what is in memory only. It also notices that
// the file was taken away, and makes it anew.
func (s *Spool) Flush() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return ErrClosed
	}
	s.attach()
	s.reattach()
	return s.flush()
}

// Stats returns the present counts.
func (s *Spool) Stats() Stats {
	s.mu.Lock()
	defer s.mu.Unlock()
	st := s.stats
	st.Records, st.Bytes, st.Dropped, st.LastSeq = len(s.queue), s.bytes, s.c.dropped, s.c.lastSeq
	for _, e := range s.queue {
		if e.held != nil {
			st.InMemory++
		}
	}
	return st
}

// Close closes the file, after a last attempt to store what is in memory only.
func (s *Spool) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil
	}
	err := s.flush()
	s.closed = true
	if s.store != nil {
		err = errors.Join(err, s.store.close())
		s.store = nil
	}
	return err
}

// hold adds a record that is in memory only.
func (s *Spool) hold(r *Record) {
	s.insert(entry{key: r.key, boot: r.BootID, seq: r.Seq, topic: r.Topic, size: int64(r.stored()), held: r})
}

func (s *Spool) insert(e entry) {
	s.queue = append(s.queue, e)
	s.bytes += e.size
}

// take takes the i-th entry out of the queue and off the disk.
func (s *Spool) take(i int) error {
	e := s.queue[i]
	s.bytes -= e.size
	if i == 0 {
		s.queue[0] = entry{}
		s.queue = s.queue[1:]
	} else {
		s.queue = slices.Delete(s.queue, i, i+1)
	}
	if e.held != nil {
		return nil
	}
	if err := s.store.remove(e.places); err != nil {
		return fmt.Errorf("spool: write %s: %w", s.path, err)
	}
	return nil
}

// trim drops the oldest records until the queue is inside its bounds.
func (s *Spool) trim() {
	for s.bytes > s.o.MaxBytes || len(s.queue) > s.o.MaxRecords {
		s.drop()
	}
}

// drop drops the oldest record. If the disk refuses that, so it will the next write, whose error counts.
func (s *Spool) drop() {
	_ = s.take(0)
	s.c.dropped++
}

// flush writes what is held in memory only.
func (s *Spool) flush() error {
	for {
		held := slices.IndexFunc(s.queue, func(e entry) bool { return e.held != nil })
		switch {
		case s.store == nil && held >= 0:
			return s.stats.Err
		case s.store == nil:
			return nil
		case held < 0: // also when what the disk did not take was sent from memory
			s.stats.Err = nil
			return nil
		}
		err := s.write(held)
		switch {
		case err == nil:
			s.stats.Err = nil
			return nil
		case errors.Is(err, errFull) && len(s.queue) > 1:
			s.drop()
		default:
			s.stats.Err = fmt.Errorf("spool: write %s: %w", s.path, err)
			return s.stats.Err
		}
	}
}

// write writes all records that are held in memory only. The first of them is
// the one at index first.
func (s *Spool) write(first int) error {
	var pieces []piece
	for _, e := range s.queue[first:] {
		if e.held != nil {
			pieces = append(pieces, e.held.cut(s.c.dropped, s.store.size)...)
		}
	}
	places, err := s.store.add(pieces)
	if err != nil {
		return err
	}
	for i := first; i < len(s.queue); i++ {
		if e := &s.queue[i]; e.held != nil {
			n := pieces[0].of
			e.places, e.held = places[:n:n], nil
			pieces, places = pieces[n:], places[n:]
		}
	}
	return nil
}

func (s *Spool) signal() {
	select {
	case s.ready <- struct{}{}:
	default:
	}
}
