package spool

import (
	"cmp"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	berrors "go.etcd.io/bbolt/errors"
)

// Spool is a bounded queue of records on disk.
type Spool struct {
	path   string
	o      Options
	bootID string
	ready  chan struct{}

	mu       sync.Mutex
	closed   bool
	store    *store // nil while the file cannot be opened
	lastTry  time.Time
	queue    [priorities][]entry // by rising key
	bytes    int64
	c        counters
	damaged  int
	salvaged int
	gone     []*Record // left the queue, perhaps still on the disk
	kept     bool      // a damaged file could not be renamed, but its records are here
	err      error
	damage   error
}

// entry is one record of the queue.
type entry struct {
	key  uint64
	boot string
	seq  uint64
	size int64
	held *Record // the record itself while it is not on the disk
}

func newEntry(r *Record, held bool) entry {
	n := headerBytes + len(r.BootID) + len(r.Topic) + len(r.Payload) + sumBytes
	e := entry{key: r.key, boot: r.BootID, seq: r.Seq, size: int64(n + overheadByte)}
	if held {
		e.held = r
	}
	return e
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
func (s *Spool) Put(p Priority, topic string, payload func(bootID string, seq uint64) ([]byte, error)) (Record, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return Record{}, ErrClosed
	}
	s.attach()
	r := Record{Priority: p, BootID: s.bootID, Seq: s.c.lastSeq + 1, Topic: topic, key: s.c.lastKey + 1}
	var err error
	if r.Payload, err = payload(r.BootID, r.Seq); err != nil {
		return Record{}, err
	}
	if err := r.check(); err != nil {
		return Record{}, err
	}
	e := newEntry(&r, true)
	if e.size > s.o.MaxBytes/2 {
		return Record{}, fmt.Errorf("spool: record of %d bytes does not fit into a queue of %d", e.size, s.o.MaxBytes)
	}
	s.c.lastKey, s.c.lastSeq = r.key, r.Seq
	s.insert(e, p)
	s.trim()
	defer s.signal()
	if err := s.flush(); err != nil {
		return r, fmt.Errorf("%w: %w", ErrNotStored, err)
	}
	return r, nil
}

// Peek returns the record that is to be sent next: the oldest of the highest
// priority. It reports false when the queue is empty.
func (s *Spool) Peek() (Record, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for !s.closed {
		p, ok := s.first()
		if !ok {
			break
		}
		e := s.queue[p][0]
		if e.held != nil {
			return *e.held, true
		}
		r, err := s.store.get(p, e.key)
		if err == nil {
			return r, true
		}
		// What was whole at the start no longer is: start over with what can
		// be saved. Each round has a new file, so this ends.
		s.detach(err)
		s.attach()
	}
	return Record{}, false
}

// Remove forgets a record that Peek returned, after the broker has confirmed
// it. Removing a record that is gone is no error. An error means that the disk
// did not take the removal, so the record may be sent again after a restart.
func (s *Spool) Remove(r Record) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return ErrClosed
	}
	if r.Priority >= priorities {
		return fmt.Errorf("spool: unknown priority %d", r.Priority)
	}
	// By identity: a record's key changes when its file comes back. What was
	// peeked stands in front, so the search is short.
	i := slices.IndexFunc(s.queue[r.Priority], func(e entry) bool { return e.seq == r.Seq && e.boot == r.BootID })
	if i < 0 {
		return nil
	}
	stored := s.queue[r.Priority][i].held == nil
	s.take(r.Priority, i)
	if err := s.flush(); err != nil && stored {
		return err
	}
	return nil
}

// take takes the i-th entry out of a queue.
func (s *Spool) take(p Priority, i int) {
	e := s.queue[p][i]
	s.queue[p] = slices.Delete(s.queue[p], i, i+1)
	s.bytes -= e.size
	if e.held == nil {
		s.gone = append(s.gone, &Record{Priority: p, key: e.key})
	}
}

// Flush tries to bring to the disk what is in memory only.
func (s *Spool) Flush() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return ErrClosed
	}
	s.attach()
	return s.flush()
}

// Stats returns the present counts.
func (s *Spool) Stats() Stats {
	s.mu.Lock()
	defer s.mu.Unlock()
	st := Stats{
		Bytes: s.bytes, Dropped: s.c.dropped, Salvaged: s.salvaged, Damaged: s.damaged,
		LastSeq: s.c.lastSeq, Err: s.err, DamageErr: s.damage,
	}
	for _, q := range s.queue {
		st.Records += len(q)
		for _, e := range q {
			if e.held != nil {
				st.InMemory++
			}
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
		s.store.close()
		s.store = nil
	}
	return err
}

// first returns the highest priority that has records.
func (s *Spool) first() (Priority, bool) {
	for p := range priorities {
		if len(s.queue[p]) > 0 {
			return p, true
		}
	}
	return 0, false
}

func (s *Spool) insert(e entry, p Priority) {
	s.queue[p] = append(s.queue[p], e)
	s.bytes += e.size
}

// trim drops the oldest records of the lowest priority until the queue is
// inside its bounds.
func (s *Spool) trim() {
	for s.bytes > s.o.MaxBytes/2 || s.count() > s.o.MaxRecords {
		s.drop()
	}
}

func (s *Spool) count() int {
	n := 0
	for _, q := range s.queue {
		n += len(q)
	}
	return n
}

// drop drops the oldest record of the lowest priority.
func (s *Spool) drop() {
	for p := priorities; p > 0; p-- {
		if len(s.queue[p-1]) > 0 {
			s.take(p-1, 0)
			s.c.dropped++
			return
		}
	}
}

// flush brings the file in step with the queue: removes what is gone, adds what
// is held in memory.
func (s *Spool) flush() error {
	for {
		var add []*Record
		floor := s.c.lastKey + 1
		for p := range priorities {
			for _, e := range s.queue[p] {
				floor = min(floor, e.key)
				if e.held != nil {
					add = append(add, e.held)
				}
			}
		}
		if len(add) == 0 && len(s.gone) == 0 {
			return nil
		}
		if s.store == nil {
			return s.err
		}
		err := s.store.change(s.gone, add, floor, s.c)
		switch {
		case err == nil:
			s.stored()
			return nil
		case errors.Is(err, errDamaged):
			// The new file holds what could be saved, and attach adds the rest.
			s.detach(err)
			s.attach()
			return s.err
		case errors.Is(err, berrors.ErrMaxSizeReached) && s.count() > 1:
			// Pages are less full than reckoned: make room.
			for range max(1, s.count()/8) {
				s.drop()
			}
		default:
			s.err = fmt.Errorf("spool: write %s: %w", s.path, err)
			return s.err
		}
	}
}

// stored notes that the file and the queue are in step.
func (s *Spool) stored() {
	s.err, s.gone = nil, nil
	for p := range priorities {
		for i := range s.queue[p] {
			s.queue[p][i].held = nil
		}
	}
}

// detach gives the damaged file up. Records that were on it leave the queue;
// those that can be saved come back by attach.
func (s *Spool) detach(why error) {
	s.err = why
	s.store.close()
	s.store, s.gone = nil, nil
	if time.Since(s.lastTry) > time.Second { // else a broken disk would keep us here
		s.lastTry = time.Time{}
	}
	for p := range priorities {
		s.queue[p] = slices.DeleteFunc(s.queue[p], func(e entry) bool {
			if e.held == nil {
				s.bytes -= e.size
			}
			return e.held == nil
		})
	}
	if errors.Is(why, errDamaged) {
		s.aside(why)
	}
}

// aside puts the damaged file aside and takes its records into memory.
func (s *Spool) aside(why error) {
	s.damaged++
	s.damage = why
	records, err := putAside(s.path, s.o.Now())
	if err != nil {
		s.err = fmt.Errorf("spool: put damaged %s aside: %w", s.path, err)
	}
	// A file that cannot be renamed is met again: its records came already.
	if !s.kept {
		s.salvaged += len(records)
		s.adopt(records, true)
	}
	s.kept = err != nil
}

// adopt merges records into the queue before those that are there. Held ones
// are not on the disk yet.
func (s *Spool) adopt(records []Record, held bool) {
	var mine []*Record
	for p := range priorities {
		for _, e := range s.queue[p] {
			mine = append(mine, e.held)
		}
		s.queue[p] = nil
	}
	s.bytes = 0
	have := func(r *Record) bool {
		return slices.ContainsFunc(mine, func(m *Record) bool { return m.BootID == r.BootID && m.Seq == r.Seq })
	}
	for i := range records {
		r := &records[i]
		s.c.lastKey, s.c.lastSeq = max(s.c.lastKey, r.key), max(s.c.lastSeq, r.Seq)
		if len(mine) > 0 && have(r) {
			continue
		}
		s.insert(newEntry(r, held), r.Priority)
	}
	// What waited in memory comes behind what was on the disk.
	slices.SortFunc(mine, func(x, y *Record) int { return cmp.Compare(x.key, y.key) })
	for _, r := range mine {
		s.c.lastKey++
		r.key = s.c.lastKey
		s.insert(newEntry(r, true), r.Priority)
	}
}

// attach opens the file if it is not open, puts it aside first if it is
// damaged, and takes over what it holds. It tries at most every reopenEvery.
func (s *Spool) attach() {
	now := time.Now()
	if s.store != nil || !s.lastTry.IsZero() && now.Sub(s.lastTry) < reopenEvery {
		return
	}
	s.lastTry = now
	st, records, c, err := openStore(s.path, s.o)
	if errors.Is(err, errDamaged) {
		s.aside(err)
		st, records, c, err = openStore(s.path, s.o)
	}
	if err != nil {
		s.err = fmt.Errorf("spool: open %s: %w", s.path, err)
		return
	}
	s.store, s.err = st, nil
	s.c.lastKey = max(s.c.lastKey, c.lastKey)
	s.c.lastSeq = max(s.c.lastSeq, c.lastSeq)
	s.c.dropped += c.dropped
	if len(records) > 0 {
		s.adopt(records, false)
	}
	s.trim()
	_ = s.flush() // s.err tells
	if s.count() > 0 {
		s.signal()
	}
}

func (s *Spool) signal() {
	select {
	case s.ready <- struct{}{}:
	default:
	}
}
