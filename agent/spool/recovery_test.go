package spool

import (
	"bytes"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
)

// filled returns the bytes of a file that holds the records 5 to 24.
func filled(t testing.TB) []byte {
	t.Helper()
	path := filepath.Join(t.TempDir(), "s")
	s := open(t, path, Options{})
	for i := range 24 {
		n := 150 + i*40
		if i == 12 {
			n = 9000 // in several blocks
		}
		put(t, s, n)
	}
	for range 4 {
		r, _ := s.Next(nil)
		if err := s.Remove(r); err != nil {
			t.Fatal(err)
		}
	}
	_ = s.Close()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// survive opens a file with the given bytes and checks that the queue works.
func survive(t *testing.T, b []byte) Stats {
	t.Helper()
	dir, err := os.MkdirTemp(t.TempDir(), "")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = os.RemoveAll(dir) }()
	path := filepath.Join(dir, "s")
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	s, err := Open(path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	st := s.Stats()
	if st.Err != nil {
		t.Errorf("not stored: %v", st.Err)
	}
	r := put(t, s, 100)
	found := false
	for _, seq := range drain(t, s) {
		found = found || seq == r.Seq
	}
	if !found {
		t.Error("a new record was lost")
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	aside, err := filepath.Glob(path + ".damaged-*")
	if n := s.Stats().Damaged; err != nil || len(aside) != n {
		t.Errorf("%d files put aside, %d counted, error %v", len(aside), n, err)
	}
	return st
}

func TestTruncatedFile(t *testing.T) {
	b := filled(t)
	if st := survive(t, b); st.Damaged != 0 || st.Records != 20 {
		t.Fatalf("the whole file: %+v", st)
	}
	for n := 1; n < len(b); n += 2999 {
		survive(t, b[:n])
	}
	if st := survive(t, nil); st.Damaged != 0 || st.Records != 0 {
		t.Errorf("an empty file: %+v", st)
	}
}

func TestFlippedBits(t *testing.T) {
	b := filled(t)
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	rnd := rand.New(rand.NewPCG(seed, 0))
	damaged := 0
	for range 80 {
		c := bytes.Clone(b)
		c[rnd.IntN(len(c))] ^= 1 << rnd.IntN(8)
		st := survive(t, c)
		damaged += st.Damaged
		// One flipped bit costs at most one record.
		if st.Records < 19 {
			t.Errorf("%d of 20 records left: %+v", st.Records, st)
		}
	}
	if damaged == 0 {
		t.Error("no flipped bit was noticed")
	}
}

func TestTornPages(t *testing.T) {
	b := filled(t)
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	rnd := rand.New(rand.NewPCG(seed, 0))
	for at := 0; at+512 <= len(b); at += 1536 {
		c := bytes.Clone(b)
		for i := range 512 {
			c[at+i] = byte(rnd.Uint32())
		}
		survive(t, c)
	}
}

func TestOnlyNewestDamagedFilesStay(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s[1]")
	for range copiesKept + 3 {
		b := make([]byte, 2*blockBytes)
		copy(b, magic)
		copy(b[blockBytes:], "no record")
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		s := open(t, path, Options{})
		if st := s.Stats(); st.Damaged != 1 || st.DamageErr == nil || st.Err != nil {
			t.Errorf("%+v", st)
		}
		_ = s.Close()
	}
	entries, err := os.ReadDir(filepath.Dir(path))
	if err != nil || len(entries) != copiesKept+1 {
		t.Errorf("%d files, want %d: %v", len(entries), copiesKept+1, entries)
	}
}

func TestDamagedWhileOpen(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s")
	s := open(t, path, Options{})
	for range 10 {
		put(t, s, 200)
	}
	// Another hand destroys a block under the open file.
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	i := bytes.LastIndex(b, []byte("AuSp"))
	if _, err := f.WriteAt(bytes.Repeat([]byte{0xff}, 64), int64(i)); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	s.mu.Lock()
	s.lastTry = s.lastTry.Add(-reopenEvery)
	s.mu.Unlock()
	left := drain(t, s)
	put(t, s, 10)
	if st := s.Stats(); len(left) < 9 || st.Err != nil || st.InMemory != 0 {
		t.Errorf("%d records left, %+v", len(left), st)
	}
}

func TestCutOffWhileOpen(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s")
	s := open(t, path, Options{})
	for range 10 {
		put(t, s, 3000)
	}
	if err := os.Truncate(path, 2*blockBytes); err != nil {
		t.Fatal(err)
	}
	s.mu.Lock()
	s.lastTry = s.lastTry.Add(-reopenEvery)
	s.mu.Unlock()
	drain(t, s)
	put(t, s, 10)
	if st := s.Stats(); st.Damaged == 0 || st.Err != nil || st.Records != 1 {
		t.Errorf("%+v", st)
	}
}
