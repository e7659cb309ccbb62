package spool

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// copied stands in the names of copies of damaged blocks, before the time.
const copied = ".damaged-"

// repair mends a file so that it is as if it had never been damaged, but for
// the records that are lost. At every step all that can be read is on the disk.
type repair struct {
	*image
	store    *store
	path     string
	disk     disk
	now      func() time.Time
	salvaged int   // records with a piece in a bad block
	unsaved  error // why damaged blocks stay as they are, or nil
}

// run mends the file. Blocks that cannot be mended stay as they are and out of
// use, and are met again at the next start.
func (r *repair) run() error {
	s := r.store
	for _, i := range slices.Concat(r.bad, r.unread) {
		s.use[i]++
	}
	for _, p := range r.strays {
		s.use[p.block]++
	}
	if r.damage() != nil {
		r.unsaved = r.mend()
	}
	if !r.headed && !slices.Contains(r.unread, 0) {
		if err := r.head(); err != nil {
			return err
		}
	}
	s.use[0]++ // the first block holds no pieces
	r.shrink()
	return s.remove(r.strays)
}

// head writes the first block.
func (r *repair) head() error {
	b := make([]byte, blockBytes)
	copy(b, magic)
	if err := r.store.write(b, place{}); err != nil {
		return err
	}
	if err := r.store.f.sync(); err != nil {
		return err
	}
	if r.store.size == 0 {
		r.store.size, r.store.use = 1, make([]int, 1)
	}
	return nil
}

// mend copies the damaged blocks to a file beside, moves the pieces of whole
// records out of them, and wipes them.
func (r *repair) mend() error {
	if err := r.copy(); err != nil {
		return fmt.Errorf("copy damaged blocks: %w", err)
	}
	if err := r.thin(); err != nil {
		return fmt.Errorf("remove old copies of damaged blocks: %w", err)
	}
	if err := r.fill(); err != nil {
		return err
	}
	if err := r.move(); err != nil {
		return fmt.Errorf("move records out of damaged blocks: %w", err)
	}
	return r.wipe()
}

// copy writes the damaged blocks to a file of their own, each where it stood.
func (r *repair) copy() (err error) {
	name := r.path + copied + r.now().UTC().Format("20060102T150405.000000000Z")
	f, err := r.disk.create(name)
	if err != nil {
		return err
	}
	defer func() {
		if err = errors.Join(err, f.Close()); err != nil {
			err = errors.Join(err, r.disk.remove(name))
		}
	}()
	head := make([]byte, blockBytes)
	copy(head, magic)
	if !r.headed && !slices.Contains(r.unread, 0) {
		clear(head)
		copy(head, r.start)
	}
	if _, err := f.WriteAt(head, 0); err != nil {
		return err
	}
	for _, i := range r.bad {
		at := place{i, 0}
		b := make([]byte, blockBytes)
		if _, err := r.store.f.ReadAt(b, at.at()); err != nil && i < r.blocks-1 {
			return err
		}
		if _, err := f.WriteAt(b, at.at()); err != nil {
			return err
		}
	}
	if err := f.sync(); err != nil {
		return err
	}
	return r.disk.syncFolder(filepath.Dir(r.path))
}

// thin keeps only the newest copies.
func (r *repair) thin() error {
	folder := filepath.Dir(r.path)
	names, err := r.disk.list(folder)
	if err != nil {
		return err
	}
	names = slices.DeleteFunc(names, func(name string) bool {
		return !strings.HasPrefix(name, filepath.Base(r.path)+copied)
	})
	slices.Sort(names)
	for ; len(names) > copiesKept; names = names[1:] {
		if err := r.disk.remove(filepath.Join(folder, names[0])); err != nil {
			return err
		}
	}
	return nil
}

// fill gives a file that was cut off its size again, so that this is found once.
func (r *repair) fill() error {
	s := r.store
	want := max(s.size, min(r.claimed, s.max))
	if missing := int64(want)*blockBytes - r.size; missing > 0 {
		if err := s.blank(r.size, missing); err != nil {
			return err
		}
	}
	s.use = append(s.use, make([]int, want-len(s.use))...)
	s.size = want
	return nil
}

// move gives the pieces of whole records that stand in bad blocks other places.
func (r *repair) move() error {
	var pieces []piece
	var from []*place
	for i := range r.entries {
		e, moved := &r.entries[i], false
		for j := range e.places {
			if !slices.Contains(r.bad, e.places[j].block) {
				continue
			}
			p, err := r.store.piece(e.places[j])
			if err != nil {
				return err
			}
			pieces, from, moved = append(pieces, p), append(from, &e.places[j]), true
		}
		if moved {
			r.salvaged++
		}
	}
	places, err := r.store.add(pieces)
	if err != nil {
		return err
	}
	for i, p := range places {
		r.store.use[from[i].block]--
		*from[i] = p
	}
	return nil
}

// wipe makes the bad blocks, out of which all was moved, free.
func (r *repair) wipe() error {
	s := r.store
	for _, i := range r.bad {
		if err := s.blank(place{i, 0}.at(), blockBytes); err != nil {
			return err
		}
		s.use[i] = 0
	}
	r.strays = slices.DeleteFunc(r.strays, func(p place) bool { return slices.Contains(r.bad, p.block) })
	return s.f.sync()
}

// shrink cuts off what the file has above its bound, once that is free.
func (r *repair) shrink() {
	s := r.store
	if len(s.use) <= s.max || slices.ContainsFunc(s.use[s.max:], func(n int) bool { return n > 0 }) {
		return
	}
	if err := s.f.truncate(int64(s.max) * blockBytes); err == nil {
		s.use, s.size = s.use[:s.max], s.max
	}
}
