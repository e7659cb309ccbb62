package spool

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func open(t testing.TB, path string, o Options) *Spool {
	t.Helper()
	s, err := Open(path, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// body gives a payload that names the record's identity, padded to n bytes.
func body(n int) func(string, uint64) ([]byte, error) {
	return func(boot string, seq uint64) ([]byte, error) {
		b := fmt.Appendf(nil, "%s/%d;", boot, seq)
		return append(b, bytes.Repeat([]byte{'x'}, max(0, n-len(b)))...), nil
	}
}

func put(t testing.TB, s *Spool, n int) Record {
	t.Helper()
	r, err := s.Put("a/b", body(n))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// drain removes everything and returns the sequence numbers in order.
func drain(t testing.TB, s *Spool) []uint64 {
	t.Helper()
	var seqs []uint64
	for {
		r, ok := s.Next(nil)
		if !ok {
			return seqs
		}
		if !strings.HasPrefix(string(r.Payload), fmt.Sprintf("%s/%d;", r.BootID, r.Seq)) {
			t.Fatalf("record %s/%d has the payload %.40q", r.BootID, r.Seq, r.Payload)
		}
		seqs = append(seqs, r.Seq)
		if err := s.Remove(r); err != nil {
			t.Fatal(err)
		}
	}
}

func TestOrderAndReopen(t *testing.T) {
	path := filepath.Join(t.TempDir(), "deep", "spool.db")
	s := open(t, path, Options{})
	boot := s.BootID()
	put(t, s, 10)
	put(t, s, 10)
	put(t, s, 9000) // in several blocks
	<-s.Ready()
	if r, ok := s.Next(nil); !ok || r.Seq != 1 || r.Topic != "a/b" {
		t.Fatalf("Peek = %+v, %v", r, ok)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Put("a", body(1)); !errors.Is(err, ErrClosed) {
		t.Errorf("Put on a closed spool: %v", err)
	}
	if _, ok := s.Next(nil); ok {
		t.Error("Peek on a closed spool found a record")
	}

	s = open(t, path, Options{})
	<-s.Ready() // what waits from before is announced
	if s.BootID() == boot {
		t.Error("the boot id stayed the same")
	}
	if r := put(t, s, 10); r.Seq != 4 {
		t.Errorf("sequence goes on with %d, want 4", r.Seq)
	}
	want, err := body(10)(boot, 1)
	if err != nil {
		t.Fatal(err)
	}
	if r, _ := s.Next(nil); r.BootID != boot || r.Seq != 1 || !bytes.Equal(r.Payload, want) {
		t.Errorf("first record after reopening: %s/%d, %q, want %s/1, %q", r.BootID, r.Seq, r.Payload, boot, want)
	}
	if got := fmt.Sprint(drain(t, s)); got != "[1 2 3 4]" {
		t.Errorf("order %s, want [1 2 3 4]", got)
	}
	_ = s.Close()
	s = open(t, path, Options{})
	if st := s.Stats(); st.Records != 0 || st.LastSeq != 4 || st.Bytes != 0 {
		t.Errorf("after draining and reopening: %+v", st)
	}
}

func TestRemoveTwiceAndUnknown(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "s"), Options{})
	r := put(t, s, 10)
	for range 2 {
		if err := s.Remove(r); err != nil {
			t.Error(err)
		}
	}
	put(t, s, 10)
	if err := s.Remove(Record{ID: ID{"another", 2}}); err != nil || s.Stats().Records != 1 {
		t.Errorf("an unknown record: %v, %+v", err, s.Stats())
	}
}

func TestDropsOldestFirst(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s")
	s := open(t, path, Options{MaxRecords: 4})
	for range 3 {
		put(t, s, 10) // 1 2 3
	}
	for range 3 {
		put(t, s, 10) // 4 5 6: 1 and 2 go
	}
	_ = s.Close()
	s = open(t, path, Options{MaxRecords: 4})
	if st := s.Stats(); st.Dropped != 2 || st.Records != 4 {
		t.Errorf("after reopening: %+v", st)
	}
	put(t, s, 10) // 7: 3 goes
	put(t, s, 10) // 8: 4 goes
	if st := s.Stats(); st.Dropped != 4 {
		t.Errorf("dropped %d, want 4", st.Dropped)
	}
	if got := fmt.Sprint(drain(t, s)); got != "[5 6 7 8]" {
		t.Errorf("left %s, want [5 6 7 8]", got)
	}
}

func TestNeverLargerThanItsBound(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s")
	s := open(t, path, Options{MaxBytes: MinBytes})
	for i := range 150 {
		put(t, s, 100+i*37)
	}
	for range 20 {
		put(t, s, 20_000)
	}
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	st := s.Stats()
	if info.Size() > MinBytes || st.Bytes > MinBytes || st.Err != nil || st.InMemory != 0 {
		t.Errorf("file of %d bytes, %+v", info.Size(), st)
	}
	seqs := drain(t, s)
	if len(seqs) == 0 || seqs[len(seqs)-1] != 170 || uint64(len(seqs))+st.Dropped != 170 {
		t.Errorf("%d left, %d dropped, the last is %v", len(seqs), st.Dropped, seqs)
	}
	if _, err := s.Put("a", body(MinBytes/2)); err == nil {
		t.Error("a record larger than the queue was taken")
	}
}

func TestPutRefuses(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "s"), Options{})
	wrong := errors.New("wrong")
	for name, fn := range map[string]func() (Record, error){
		"no topic": func() (Record, error) { return s.Put("", body(1)) },
		"topic":    func() (Record, error) { return s.Put(strings.Repeat("a", maxTopic+1), body(1)) },
		"payload":  func() (Record, error) { return s.Put("a", body(MaxPayload+1)) },
		"no answer": func() (Record, error) {
			return s.Put("a", func(string, uint64) ([]byte, error) { return nil, wrong })
		},
	} {
		if _, err := fn(); err == nil || errors.Is(err, ErrNotStored) {
			t.Errorf("%s: error %v", name, err)
		}
	}
	if st := s.Stats(); st.Records != 0 || st.LastSeq != 0 {
		t.Errorf("something was stored: %+v", st)
	}
}

func TestOpenRefusesWrongOptions(t *testing.T) {
	for _, o := range []Options{{MaxBytes: 1}, {MaxBytes: MaxBytes + 1}, {MaxRecords: -1}, {MaxRecords: MaxRecords + 1}} {
		if _, err := Open(filepath.Join(t.TempDir(), "s"), o); err == nil {
			t.Errorf("%+v was accepted", o)
		}
	}
	for _, o := range []Options{
		{MaxBytes: 262144}, {MaxBytes: 67108864}, {MaxRecords: 1}, {MaxRecords: 1_000_000}, // as auscultd.toml says
	} {
		s, err := Open(filepath.Join(t.TempDir(), "s"), o)
		if err != nil {
			t.Errorf("%+v: %v", o, err)
			continue
		}
		_ = s.Close()
	}
	if _, err := Open("", Options{}); err == nil {
		t.Error("an empty path was accepted")
	}
}

// TestRead says what is in a file while a Spool has it open.
func TestRead(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s")
	s := open(t, path, Options{})
	for range 3 {
		put(t, s, 9000)
	}
	before, err := Read(path)
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		r, _ := s.Next(nil)
		if err := s.Remove(r); err != nil {
			t.Fatal(err)
		}
	}
	c, err := Read(path)
	if err != nil {
		t.Fatal(err)
	}
	if len(c.Records) != 1 || c.Records[0].Seq != 3 || c.LastSeq != 3 || c.Dropped != 0 || c.Damage != nil {
		t.Errorf("%d records up to %d, %d dropped, damage %v", len(c.Records), c.LastSeq, c.Dropped, c.Damage)
	}
	// Each record has pieces in three of 16 blocks; the first says whose file it is.
	if before.Blocks != 17 || before.Free != 16-9 || c.Blocks != 17 || c.Free != 16-3 {
		t.Errorf("%d of %d blocks free, then %d of %d, want 7 of 17 and 13 of 17", before.Free, before.Blocks, c.Free, c.Blocks)
	}
}

func TestTwoPrograms(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s")
	first := open(t, path, Options{})
	put(t, first, 10)
	second := open(t, path, Options{})
	_, err := second.Put("a", body(10))
	if !errors.Is(err, ErrNotStored) || !strings.Contains(err.Error(), "in use by another program") {
		t.Errorf("error %v", err)
	}
	mine, ok := second.Next(nil)
	if !ok || mine.BootID != second.BootID() || second.Stats().InMemory != 1 {
		t.Errorf("the record is not in memory: %+v", second.Stats())
	}
	// The file comes free: both records must be there, also if the second one
	// was being sent meanwhile.
	_ = first.Close()
	second.mu.Lock()
	second.lastTry = second.lastTry.Add(-reopenEvery)
	second.mu.Unlock()
	if err := second.Flush(); err != nil {
		t.Fatal(err)
	}
	if st := second.Stats(); st.Records != 2 || st.InMemory != 0 || st.Err != nil {
		t.Errorf("after the file came free: %+v", st)
	}
	if err := second.Remove(mine); err != nil {
		t.Fatal(err)
	}
	left, _ := second.Next(nil)
	if left.BootID != first.BootID() {
		t.Error("the wrong record was removed")
	}
}

// What was put while the file was away stands behind what the file ever held,
// also if nothing of that waits.
func TestFileWasAway(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s")
	first := open(t, path, Options{})
	for range 3 {
		put(t, first, 10)
	}
	second := open(t, path, Options{})
	for range 2 {
		if _, err := second.Put("a", body(10)); !errors.Is(err, ErrNotStored) {
			t.Fatal(err)
		}
	}
	drain(t, first)
	_ = first.Close()
	second.lastTry = second.lastTry.Add(-reopenEvery)
	if err := second.Flush(); err != nil {
		t.Fatal(err)
	}
	if r := put(t, second, 10); r.Seq != 4 {
		t.Errorf("sequence goes on with %d, want 4", r.Seq)
	}
	_ = second.Close()
	if got := fmt.Sprint(drain(t, open(t, path, Options{}))); got != "[1 2 4]" {
		t.Errorf("left %s, want [1 2 4]", got)
	}
}

func TestNoPlaceToStore(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	s := open(t, filepath.Join(file, "spool"), Options{MaxRecords: 2})
	for range 3 {
		if _, err := s.Put("a", body(1)); !errors.Is(err, ErrNotStored) {
			t.Errorf("error %v", err)
		}
	}
	if st := s.Stats(); st.Err == nil || st.InMemory != 2 || st.Dropped != 1 {
		t.Errorf("%+v", st)
	}
	if got := fmt.Sprint(drain(t, s)); got != "[2 3]" {
		t.Errorf("left %s", got)
	}
}

func TestRing(t *testing.T) {
	r := NewRing[int](3)
	if _, ok := r.Take(); ok {
		t.Error("an empty ring gave an item")
	}
	for i := range 5 {
		r.Put(i)
	}
	<-r.Ready()
	if r.Len() != 3 || r.Dropped() != 2 {
		t.Errorf("%d items, %d dropped", r.Len(), r.Dropped())
	}
	for want := 2; want < 5; want++ {
		if got, ok := r.Take(); !ok || got != want {
			t.Errorf("Take = %d, %v, want %d", got, ok, want)
		}
	}
	r.Put(9)
	if got, _ := r.Take(); got != 9 {
		t.Errorf("Take = %d, want 9", got)
	}
}

func TestRingDeleteFunc(t *testing.T) {
	r := NewRing[int](4)
	for i := range 6 {
		r.Put(i) // 2 3 4 5 are left, around the end of the memory
	}
	r.DeleteFunc(func(i int) bool { return i%2 == 0 })
	r.Put(9)
	var got []int
	for i, ok := r.Take(); ok; i, ok = r.Take() {
		got = append(got, i)
	}
	if fmt.Sprint(got) != "[3 5 9]" || r.Dropped() != 2 {
		t.Errorf("left %v, dropped %d", got, r.Dropped())
	}
}

// The largest record that is allowed comes back whole, also after a restart.
func TestLargest(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s")
	s := open(t, path, Options{})
	topic := strings.Repeat("t", maxTopic)
	want, err := s.Put(topic, body(MaxPayload))
	if err != nil {
		t.Fatal(err)
	}
	_ = s.Close()
	s = open(t, path, Options{})
	<-s.Ready()
	got, ok := s.Next(nil)
	if !ok || got.Topic != topic || got.Seq != want.Seq || !bytes.Equal(got.Payload, want.Payload) {
		t.Errorf("%d bytes came back, %v", len(got.Payload), ok)
	}
}
