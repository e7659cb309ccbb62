package spool

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
)

var (
	crashStates = flag.Int("crash-states", 1000, "states after a power cut to open")
	crashSeed   = flag.Uint64("crash-seed", 0, "of their choice; 0: a new one")
)

const crashPath = "/var/lib/auscult/s"

// crashRecords is the bound of the queue.
const crashRecords = 30

// history is what a queue did on a disk and what it promised thereby.
type history struct {
	disk  *fakeDisk
	start *fakeDisk // a copy of the disk before
	o     Options
	rnd   *rand.Rand
	puts  map[string]span // by identity
	goes  map[string]int  // the step at which a record was confirmed, or dropped
}

// span is from the step at which something began to that at which it was done.
type span struct{ from, to int }

func identity(r Record) string { return fmt.Sprintf("%s/%d", r.BootID, r.Seq) }

// newHistory lets a queue work on a disk that begins with the given file, if any.
func newHistory(t *testing.T, rnd *rand.Rand, content []byte) *history {
	t.Helper()
	h := &history{rnd: rnd, disk: newFakeDisk(), start: newFakeDisk(), puts: map[string]span{}, goes: map[string]int{}}
	if content != nil {
		h.disk.put(crashPath, content)
		h.start.put(crashPath, content)
		copied := newFakeDisk()
		copied.put(crashPath, content)
		for _, id := range contents(t, copied) {
			h.puts[id] = span{-1, -1} // what is whole in the damaged file
		}
	}
	h.o = Options{MaxBytes: MinBytes, MaxRecords: crashRecords, disk: h.disk}
	s := open(t, crashPath, h.o)
	for range 25 + rnd.IntN(60) {
		s = h.step(t, s)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return h
}

// contents returns the identities of the records on a disk, in order.
func contents(t *testing.T, d *fakeDisk) (ids []string) {
	t.Helper()
	s := open(t, crashPath, Options{MaxBytes: MinBytes, disk: d})
	for r, ok := s.Next(nil); ok; r, ok = s.Next(nil) {
		ids = append(ids, identity(r))
		if err := s.Remove(r); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return ids
}

func (h *history) step(t *testing.T, s *Spool) *Spool {
	t.Helper()
	from := len(h.disk.log)
	switch p := h.rnd.IntN(100); {
	case p < 55:
		sizes := []int{40, 300, 1200, 1200, 1200, 3000, 9000, 30_000}
		before := slices.Clone(s.queue)
		r := put(t, s, sizes[h.rnd.IntN(len(sizes))]+h.rnd.IntN(40))
		h.puts[identity(r)] = span{from, len(h.disk.log)}
		for _, e := range before {
			if !slices.ContainsFunc(s.queue, func(x entry) bool { return x.key == e.key }) {
				h.goes[identity(Record{ID: ID{e.boot, e.seq}})] = from
			}
		}
	case p < 94 && len(s.queue) > 0:
		i := 0
		if p > 88 {
			i = h.rnd.IntN(len(s.queue)) // out of turn
		}
		r := Record{ID: ID{s.queue[i].boot, s.queue[i].seq}}
		h.goes[identity(r)] = from
		if err := s.Remove(r); err != nil {
			t.Fatal(err)
		}
	case p >= 94:
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		return open(t, crashPath, h.o)
	}
	return s
}

// check opens what a power cut at a step left and compares it with the promises.
func (h *history) check(t *testing.T, d *fakeDisk, step int) Stats {
	t.Helper()
	s := open(t, crashPath, Options{MaxBytes: MinBytes, MaxRecords: crashRecords, disk: d})
	st := s.Stats()
	if st.Err != nil {
		t.Errorf("not stored: %v", st.Err)
	}
	there := map[string]bool{}
	var last uint64
	for r, ok := s.Next(nil); ok; r, ok = s.Next(nil) {
		id := identity(r)
		if made, known := h.puts[id]; !known || made.from >= step {
			t.Errorf("record %s comes out of nothing", id)
		}
		if there[id] || r.key <= last {
			t.Errorf("record %s comes twice, or out of turn", id)
		}
		there[id], last = true, r.key
		if want, _ := body(len(r.Payload))(r.BootID, r.Seq); string(want) != string(r.Payload) {
			t.Errorf("record %s has another payload", id)
		}
		if err := s.Remove(r); err != nil {
			t.Error(err)
		}
	}
	h.checkLost(t, st, there, step)
	put(t, s, 1200)
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if n := len(contents(t, d)); n != 1 {
		t.Errorf("%d records after one was put, want 1", n)
	}
	return st
}

// checkLost looks for records that were on the disk and are not there. Removals that were not
// synced come back; where the queue is full thereby, each of them may push one out, the
// oldest, which is counted.
func (h *history) checkLost(t *testing.T, st Stats, there map[string]bool, step int) {
	t.Helper()
	var lost []string
	back := 0
	for id, made := range h.puts {
		gone, goes := h.goes[id]
		switch stays := !goes || gone > step; {
		case made.to <= step && stays && !there[id]:
			lost = append(lost, id)
		case !stays && there[id]:
			back++
		}
	}
	if st.Records == crashRecords && uint64(len(lost)) <= st.Dropped && len(lost) <= back {
		return
	}
	for _, id := range lost {
		t.Errorf("record %s was on the disk and is lost", id)
	}
}

// TestCrashStates cuts the power at every step of many histories, finds the disk
// in a state that this allows, and opens the queue. Every other history begins
// with a damaged file, so the power also goes while that is mended; and now and
// then it goes a second time, while the first cut is mended.
func TestCrashStates(t *testing.T) {
	seed := *crashSeed
	if seed == 0 {
		seed = rand.Uint64()
	}
	damaged := filled(t)
	states, twice := 0, 0
	var noticed [2]int
	for run := uint64(0); states < *crashStates; run++ {
		rnd := rand.New(rand.NewPCG(seed, run))
		var content []byte
		if run%2 == 1 {
			content = slices.Clone(damaged)
			for range 1 + rnd.IntN(4) {
				content[rnd.IntN(len(content))] ^= 1 << rnd.IntN(8)
			}
		}
		h := newHistory(t, rnd, content)
		model := newCrashModel(h.start, sectors[run/2%2])
		for step := range len(h.disk.log) + 1 {
			for range 2 {
				d := model.crash(ways(rnd))
				if rnd.IntN(8) == 0 {
					d = again(t, rnd, d)
					twice++
				}
				noticed[run%2] += h.check(t, d, step).Damaged
				states++
			}
			if t.Failed() {
				t.Fatalf("seed %d, history %d, before step %d of %v", seed, run, step, h.disk.log)
			}
			if step < len(h.disk.log) {
				model.apply(h.disk.log[step])
			}
		}
	}
	t.Logf("seed %d: %d states, %d of them after a second cut; damage noticed in %d of those that began with some, "+
		"and a broken write in %d of the others", seed, states, twice, noticed[1], noticed[0])
}

// again opens the queue on a disk and cuts the power while that is done.
func again(t *testing.T, rnd *rand.Rand, d *fakeDisk) *fakeDisk {
	t.Helper()
	model := newCrashModel(d, sectors[rnd.IntN(len(sectors))])
	s := open(t, crashPath, Options{MaxBytes: MinBytes, disk: d})
	for _, c := range d.log[:rnd.IntN(len(d.log)+1)] {
		model.apply(c)
	}
	_ = s.Close()
	return model.crash(ways(rnd))
}
