package spool

import (
	"errors"
	"fmt"
	"slices"
	"time"
)

// attach opens the file if it is not open, and takes over what it holds. It
// does not try again at once.
func (s *Spool) attach() {
	now, pause := time.Now(), reopenEvery
	if errors.Is(s.stats.Err, errBusy) {
		pause = busyEvery
	}
	if s.store != nil || !s.lastTry.IsZero() && now.Sub(s.lastTry) < pause {
		return
	}
	s.lastTry = now
	st, r, err := openStore(s.path, s.o)
	if err != nil {
		s.stats.Err = fmt.Errorf("spool: open %s: %w", s.path, err)
		return
	}
	s.store, s.stats.Err = st, nil
	s.report(r)
	s.c.lastKey = max(s.c.lastKey, r.last.lastKey)
	s.c.lastSeq = max(s.c.lastSeq, r.last.lastSeq)
	if s.known {
		s.c.dropped = max(s.c.dropped, r.last.dropped)
	} else {
		s.c.dropped += r.last.dropped
		s.known = true
	}
	s.adopt(r.entries, r.last.lastKey)
	s.trim()
	_ = s.flush() // Stats.Err keeps the error
	if len(s.queue) > 0 {
		s.signal()
	}
}

// report notes what was wrong with the file.
func (s *Spool) report(r *repair) {
	why := r.damage()
	switch {
	case why == nil && s.gone == nil:
		return
	case why == nil:
		why = s.gone
	case s.gone != nil:
		why = fmt.Errorf("%w; %w", s.gone, why)
	}
	s.gone = nil
	if r.unsaved != nil {
		why = fmt.Errorf("%w; it stays so: %w", why, r.unsaved)
	}
	s.stats.Damaged++
	s.stats.Salvaged += r.salvaged
	s.stats.DamageErr = fmt.Errorf("%s: %w", s.path, why)
}

// adopt puts the records of a file, whose keys go up to last, before those that
// are there, which are all in memory only.
func (s *Spool) adopt(entries []entry, last uint64) {
	mine := s.queue
	s.queue, s.bytes = nil, 0
	for _, e := range entries {
		if slices.ContainsFunc(mine, func(m entry) bool { return m.seq == e.seq && m.boot == e.boot }) {
			_ = s.store.remove(e.places) // an attempt to write it that seemed to fail; it is made again
			continue
		}
		s.insert(e)
	}
	behind := len(mine) > 0 && mine[0].key <= last
	for _, e := range mine {
		if behind {
			s.c.lastKey++
			e.held.key = s.c.lastKey
		}
		s.hold(e.held)
	}
}

// detach gives up the file since it is not what it was. Records that are on it
// leave the queue; those that can be saved come back by attach.
func (s *Spool) detach(why error) {
	s.gone = why
	s.stats.Err = fmt.Errorf("spool: read %s: %w", s.path, why)
	_ = s.store.close() // it is given up for what is worse
	s.store = nil
	if time.Since(s.lastTry) > time.Second { // else a broken disk would keep us here
		s.lastTry = time.Time{}
	}
	var mine []entry
	s.bytes = 0
	for _, e := range s.queue {
		if e.held != nil {
			mine = append(mine, e)
			s.bytes += e.size
		}
	}
	s.queue = mine
}

// reattach notices that the path no longer stands for the open file, since the
// file or its folder was removed, or something else was put in its place. What
// the file holds is taken into memory, and from there into a new one.
func (s *Spool) reattach() {
	if s.store == nil || s.o.disk.same(s.path, s.store.f) {
		return
	}
	for i := range s.queue {
		e := &s.queue[i]
		if e.held != nil {
			continue
		}
		if r, err := s.store.get(e); err == nil {
			*e = entry{key: e.key, boot: e.boot, seq: e.seq, topic: e.topic, size: e.size, held: &r}
			s.stats.Salvaged++
		}
	}
	s.detach(errors.New("it was removed or replaced while in use"))
	s.lastTry = time.Time{}
	s.attach()
}
