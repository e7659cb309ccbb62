package spool

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"testing"
)

var errDisk = errors.New("input/output error")

// A disk that fails now and then loses nothing: what it does not take stays in
// memory, and is on it once it works again.
func TestFailingDisk(t *testing.T) {
	seed := rand.Uint64()
	twice := 0
	for run := range uint64(60) {
		rnd := rand.New(rand.NewPCG(seed, run))
		d := newFakeDisk()
		o := Options{MaxBytes: MinBytes, MaxRecords: 1000, disk: d}
		s := open(t, crashPath, o)
		d.fail = func(c change) error {
			// Now and then a write, a sync, or for a while all: a full disk.
			if rnd.IntN(8) == 0 || c.kind == write && c.at > 100_000 && run%2 == 0 {
				return errDisk
			}
			return nil
		}
		var want []string
		sent := map[string]bool{}
		for range 100 {
			if rnd.IntN(3) > 0 || len(s.queue) == 0 {
				r, err := s.Put("a/b", body(rnd.IntN(3000)))
				if err != nil && !errors.Is(err, ErrNotStored) {
					t.Fatal(err)
				}
				want = append(want, identity(r))
				continue
			}
			r, _ := s.Next(nil)
			_ = s.Remove(r)
			sent[identity(r)] = true
			want = want[1:]
		}
		dropped := int(s.Stats().Dropped)
		d.fail = nil
		if err := s.Flush(); err != nil || s.Stats().InMemory != 0 || s.Stats().Err != nil {
			t.Fatalf("seed %d, run %d: %v, %+v", seed, run, err, s.Stats())
		}
		_ = s.Close()
		var got []string
		for _, id := range contents(t, d) {
			if sent[id] { // marking it as removed had failed
				twice++
				continue
			}
			got = append(got, id)
		}
		if fmt.Sprint(got) != fmt.Sprint(want[dropped:]) {
			t.Fatalf("seed %d, run %d: left\n%v, want\n%v", seed, run, got, want[dropped:])
		}
	}
	if twice > 20 {
		t.Errorf("seed %d: %d records would be sent twice", seed, twice)
	}
}

// The error goes when nothing is in memory any more, also if it was sent from there.
func TestErrorClears(t *testing.T) {
	d := newFakeDisk()
	s := open(t, crashPath, Options{MaxBytes: MinBytes, disk: d})
	d.fail = func(change) error { return errDisk }
	r, err := s.Put("a", body(10))
	if !errors.Is(err, ErrNotStored) || !errors.Is(s.Stats().Err, errDisk) {
		t.Errorf("%v, %+v", err, s.Stats())
	}
	if err := s.Remove(r); err != nil {
		t.Error(err)
	}
	if err := s.Flush(); err != nil || s.Stats().Err != nil {
		t.Errorf("%v, %+v", err, s.Stats())
	}
}

// unreadable is a disk with blocks that it does not give.
type unreadable struct {
	*fakeDisk
	blocks map[int64]bool
}

type unreadableFile struct {
	file
	blocks map[int64]bool
}

func (d *unreadable) open(path string) (file, error) {
	f, err := d.fakeDisk.open(path)
	return unreadableFile{f, d.blocks}, err
}

func (d *unreadable) same(string, file) bool { return true }

func (f unreadableFile) ReadAt(b []byte, at int64) (int, error) {
	if f.blocks[at/blockBytes] {
		return 0, errDisk
	}
	return f.file.ReadAt(b, at)
}

// Blocks that the disk does not give stay as they are and out of use; what is in
// them comes back when they can be read again.
func TestUnreadableBlock(t *testing.T) {
	d := &unreadable{newFakeDisk(), map[int64]bool{}}
	o := Options{MaxBytes: MinBytes, disk: d}
	s := open(t, crashPath, o)
	for range 5 {
		put(t, s, 3000) // one in each block
	}
	_ = s.Close()
	d.blocks[2], d.blocks[4] = true, true
	s = open(t, crashPath, o)
	if st := s.Stats(); st.Records != 3 || st.Damaged != 1 || st.Err != nil {
		t.Errorf("%+v", st)
	}
	for range 70 { // more than there are blocks
		put(t, s, 3000)
		r, _ := s.Next(nil)
		if err := s.Remove(r); err != nil {
			t.Fatal(err)
		}
	}
	_ = s.Close()
	clear(d.blocks)
	s = open(t, crashPath, o)
	if got := fmt.Sprint(drain(t, s)); got != "[2 4 73 74 75]" {
		t.Errorf("left %s, want [2 4 73 74 75]", got)
	}
	_ = s.Close()
	for i := range int64(17) {
		d.blocks[i] = true
	}
	before := bytes.Clone(d.names[crashPath].content)
	s = open(t, crashPath, o)
	if st := s.Stats(); !errors.Is(st.Err, errDisk) || !bytes.Equal(before, d.names[crashPath].content) {
		t.Errorf("a dead disk: %+v", st)
	}
}

// A block that becomes unreadable while its record waits is noticed when it is its turn.
func TestUnreadableWhileOpen(t *testing.T) {
	d := &unreadable{newFakeDisk(), map[int64]bool{}}
	s := open(t, crashPath, Options{MaxBytes: MinBytes, disk: d})
	for range 3 {
		put(t, s, 3000)
	}
	d.blocks[1] = true
	s.lastTry = s.lastTry.Add(-reopenEvery)
	if got := fmt.Sprint(drain(t, s)); got != "[2 3]" {
		t.Errorf("left %s, want [2 3]", got)
	}
	if st := s.Stats(); st.Damaged != 1 || st.DamageErr == nil {
		t.Errorf("%+v", st)
	}
}

// A damaged file on a full disk is used as it is: the damage stays for later.
func TestDamagedAndFull(t *testing.T) {
	content := filled(t)
	content[blockBytes+100] ^= 1
	d := newFakeDisk()
	d.put(crashPath, content)
	d.fail = func(c change) error {
		if c.kind == create {
			return errDisk
		}
		return nil
	}
	o := Options{MaxBytes: MinBytes, disk: d}
	s := open(t, crashPath, o)
	before := s.Stats()
	if before.Damaged != 1 || !errors.Is(before.DamageErr, errDisk) || before.Err != nil || before.Records < 19 {
		t.Fatalf("%+v", before)
	}
	put(t, s, 100)
	_ = s.Close()
	d.fail = nil
	s = open(t, crashPath, o)
	if st := s.Stats(); st.Damaged != 1 || errors.Is(st.DamageErr, errDisk) || st.Records != before.Records+1 {
		t.Errorf("%+v", st)
	}
	_ = s.Close()
	if st := open(t, crashPath, o).Stats(); st.Damaged != 0 || st.Records != before.Records+1 {
		t.Errorf("it was not mended: %+v", st)
	}
}

// As many alerts fit as the defaults promise.
func TestCapacity(t *testing.T) {
	d := newFakeDisk()
	s := open(t, crashPath, Options{disk: d})
	for range DefaultRecords {
		put(t, s, 1229)
		d.log = nil
	}
	if st := s.Stats(); st.Dropped != 0 || st.Records != DefaultRecords || st.InMemory != 0 {
		t.Errorf("%+v", st)
	}
	put(t, s, 1229)
	if n := len(d.names[crashPath].content); n > DefaultBytes || s.Stats().Dropped != 1 {
		t.Errorf("%d bytes, %+v", n, s.Stats())
	}
}

// A smaller bound drops what is too much and shortens the file once its end is free.
func TestSmallerBound(t *testing.T) {
	d := newFakeDisk()
	s := open(t, crashPath, Options{MaxBytes: 2 * MinBytes, disk: d})
	for range 120 {
		put(t, s, 3000)
	}
	_ = s.Close()
	s = open(t, crashPath, Options{MaxBytes: MinBytes, disk: d})
	if st := s.Stats(); st.Bytes > MinBytes || st.Damaged != 0 {
		t.Errorf("%+v", st)
	}
	seqs := drain(t, s)
	if seqs[len(seqs)-1] != 120 {
		t.Errorf("left %v", seqs)
	}
	_ = s.Close()
	s = open(t, crashPath, Options{MaxBytes: MinBytes, disk: d})
	if n := len(d.names[crashPath].content); n != MinBytes || s.Stats().Damaged != 0 {
		t.Errorf("%d bytes, %+v", n, s.Stats())
	}
}

// A file that was cut off between blocks is known by what its pieces say, once.
func TestCutOff(t *testing.T) {
	d := newFakeDisk()
	o := Options{MaxBytes: MinBytes, disk: d}
	s := open(t, crashPath, o)
	for range 40 {
		put(t, s, 3000)
	}
	_ = s.Close()
	f := d.names[crashPath]
	f.content = f.content[:20*blockBytes]
	for _, want := range []int{1, 0} {
		s = open(t, crashPath, o)
		if st := s.Stats(); st.Damaged != want || st.Records != 19 || st.Err != nil {
			t.Errorf("%+v, want it damaged %d times", st, want)
		}
		_ = s.Close()
	}
}

// The file is cut off at every byte: what stands before is there, and what is
// behind is missed.
func TestCutAnywhere(t *testing.T) {
	whole := filled(t)
	image, err := scan(bytes.NewReader(whole), int64(len(whole)))
	if err != nil {
		t.Fatal(err)
	}
	ends := make([]int64, len(image.entries)) // of each record, the last byte
	for i, e := range image.entries {
		for _, at := range e.places {
			p, _ := decode(whole[at.at():])
			ends[i] = max(ends[i], at.at()+int64(p.size()))
		}
	}
	last := slices.Max(ends)
	for n := int64(0); n < int64(len(whole)); n++ {
		if n > last { // only zeros are left
			n = min(n+blockBytes/2, int64(len(whole)))
		}
		m, err := scan(bytes.NewReader(whole[:n]), n)
		if err != nil && !errors.Is(err, io.EOF) {
			t.Fatal(err)
		}
		want := 0
		for _, end := range ends {
			if end <= n {
				want++
			}
		}
		if len(m.entries) < want || !m.ours() {
			t.Fatalf("cut at %d: %d records, want %d", n, len(m.entries), want)
		}
	}
}

// Pieces with right checksums that contradict each other give no record, or both.
func TestContradictions(t *testing.T) {
	long := Record{ID: ID{"b", 7}, Topic: "t", Payload: bytes.Repeat([]byte{'x'}, 9000), key: 7}
	block := func(change func(p *piece), index int) []byte {
		p := long.cut(0, 1)[index]
		change(&p)
		return resize(p.encode(nil), blockBytes)
	}
	same := func(*piece) {}
	short := Record{ID: ID{"b", 8}, Topic: "t", Payload: []byte("x"), key: 8}
	lying := short.cut(0, 1)[0]
	lying.topic = 100
	garbage := append([]byte("garbage"), block(same, 2)[:2000]...)
	for name, c := range map[string]struct {
		blocks [][]byte
		want   int
	}{
		"whole":            {[][]byte{block(same, 2), block(same, 0), block(same, 1)}, 1},
		"twice":            {[][]byte{block(same, 0), block(same, 1), block(same, 2), block(same, 1), block(same, 0)}, 1},
		"one missing":      {[][]byte{block(same, 0), block(same, 2)}, 0},
		"one removed":      {[][]byte{block(same, 0), block(func(p *piece) { p.removed = true }, 1), block(same, 2)}, 0},
		"another count":    {[][]byte{block(same, 0), block(func(p *piece) { p.of = 4 }, 1), block(same, 2)}, 0},
		"another sequence": {[][]byte{block(same, 0), block(func(p *piece) { p.seq++ }, 1), block(same, 2)}, 0},
		"index too high":   {[][]byte{block(same, 0), block(same, 1), block(func(p *piece) { p.index = 200 }, 2)}, 0},
		"huge claim":       {[][]byte{block(func(p *piece) { p.blocks = 1 << 30 }, 0), block(same, 1), block(same, 2)}, 0},
		"topic too long":   {[][]byte{resize(lying.encode(nil), blockBytes)}, 0},
		"part in garbage":  {[][]byte{block(same, 0), resize(garbage, blockBytes)}, 0},
		"boot id too long": {[][]byte{block(func(p *piece) { p.boot = 200 }, 0), block(same, 1), block(same, 2)}, 0},
	} {
		d := newFakeDisk()
		content := resize([]byte(magic), blockBytes)
		for _, b := range c.blocks {
			content = append(content, b...)
		}
		d.put(crashPath, content)
		for _, from := range []string{"found", "left"} {
			s := open(t, crashPath, Options{MaxBytes: MinBytes, disk: d})
			if st := s.Stats(); st.Records != c.want || st.Err != nil || from == "left" && st.Damaged != 0 {
				t.Errorf("%s: %s %+v, want %d records", name, from, st, c.want)
			}
			if r, ok := s.Next(nil); ok && !bytes.Equal(r.Payload, long.Payload) {
				t.Errorf("%s: another payload", name)
			}
			_ = s.Close()
		}
	}
}
