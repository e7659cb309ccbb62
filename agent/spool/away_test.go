package spool

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

// What is taken away while it is in use is made anew with all that waits.
func TestTakenAway(t *testing.T) {
	for name, take := range map[string]func(path string) error{
		"file removed":   os.Remove,
		"folder removed": func(path string) error { return os.RemoveAll(filepath.Dir(path)) },
		"file renamed":   func(path string) error { return os.Rename(path, path+"x") },
		"file replaced": func(path string) error {
			return errors.Join(os.WriteFile(path+"x", nil, 0o600), os.Rename(path+"x", path))
		},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "folder", "s")
			s := open(t, path, Options{})
			put(t, s, 10)
			put(t, s, 9000)
			put(t, s, 10)
			first, _ := s.Next(nil)
			if err := s.Remove(first); err != nil {
				t.Fatal(err)
			}
			if err := take(path); err != nil {
				t.Fatal(err)
			}
			put(t, s, 10)
			st := s.Stats()
			if st.Err != nil || st.InMemory != 0 || st.Records != 3 {
				t.Errorf("not as before: %+v", st)
			}
			if st.Damaged != 1 || st.Salvaged != 2 || st.DamageErr == nil {
				t.Errorf("not noticed: %+v", st)
			}
			// As after kill -9: nothing is closed.
			c, err := Read(path)
			if err != nil || len(c.Records) != 3 {
				t.Fatalf("%+v, %v", c, err)
			}
			if got := fmt.Sprint(drain(t, s)); got != "[2 3 4]" {
				t.Errorf("left %s, want [2 3 4]", got)
			}
		})
	}
}

// Without a new record, Flush notices.
func TestTakenAwayAndFlush(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s")
	s := open(t, path, Options{})
	put(t, s, 10)
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if err := s.Flush(); err != nil {
		t.Fatal(err)
	}
	if c, err := Read(path); err != nil || len(c.Records) != 1 {
		t.Errorf("%+v, %v", c, err)
	}
}

// What is no spool and takes the file's place stays, and what waits is in memory.
func TestForeignInItsPlace(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s")
	s := open(t, path, Options{})
	put(t, s, 10)
	text := []byte("a text")
	if err := errors.Join(os.Remove(path), os.WriteFile(path, text, 0o600)); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Put("a", body(10)); !errors.Is(err, ErrNotStored) || !errors.Is(err, ErrForeign) {
		t.Errorf("error %v", err)
	}
	if got, err := os.ReadFile(path); err != nil || !bytes.Equal(got, text) {
		t.Errorf("it became %q, %v", got, err)
	}
	if _, err := Read(path); !errors.Is(err, ErrForeign) {
		t.Errorf("Read: %v", err)
	}
	if st := s.Stats(); st.InMemory != 2 || !errors.Is(st.Err, ErrForeign) {
		t.Errorf("%+v", st)
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	s.lastTry = s.lastTry.Add(-reopenEvery)
	if err := s.Flush(); err != nil {
		t.Error(err)
	}
	if got := fmt.Sprint(drain(t, s)); got != "[1 2]" {
		t.Errorf("left %s, want [1 2]", got)
	}
}

// A file that another spool held is joined, and goes before what is in memory.
func TestAnotherInItsPlace(t *testing.T) {
	dir := t.TempDir()
	other := open(t, filepath.Join(dir, "other"), Options{})
	put(t, other, 10)
	put(t, other, 10)
	_ = other.Close()
	path := filepath.Join(dir, "s")
	s := open(t, path, Options{})
	put(t, s, 10)
	if err := os.Rename(filepath.Join(dir, "other"), path); err != nil {
		t.Fatal(err)
	}
	put(t, s, 10)
	_ = s.Close()
	s = open(t, path, Options{})
	if st := s.Stats(); st.Err != nil || st.Damaged != 0 || st.Records != 4 {
		t.Errorf("%+v", st)
	}
	if got := fmt.Sprint(drain(t, s)); got != "[1 2 1 3]" {
		t.Errorf("left %s, want [1 2 1 3]", got)
	}
}

// Only the owner may read alerts, and nothing is left beside the file.
func TestMode(t *testing.T) {
	path := filepath.Join(t.TempDir(), "folder", "s")
	s := open(t, path, Options{})
	put(t, s, 10)
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	entries, err := os.ReadDir(filepath.Dir(path))
	if err != nil || len(entries) != 1 {
		t.Errorf("%v, %v", entries, err)
	}
}

// A record that another hand marked as removed is not sent.
func TestRemovedByAnotherHand(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s")
	s := open(t, path, Options{})
	put(t, s, 10)
	put(t, s, 10)
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	other := &store{f: osFile{f}, use: make([]int, 2)}
	if err := errors.Join(other.remove(s.queue[0].places), other.close()); err != nil {
		t.Fatal(err)
	}
	s.lastTry = s.lastTry.Add(-reopenEvery)
	if got := fmt.Sprint(drain(t, s)); got != "[2]" {
		t.Errorf("left %s, want [2]", got)
	}
}
