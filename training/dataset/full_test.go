package dataset

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// fullDisk takes some bytes, and then no more.
type fullDisk struct{ room int }

func (d *fullDisk) WriteAt(p []byte, _ int64) (int, error) {
	n := min(len(p), d.room)
	d.room -= n
	if n < len(p) {
		return n, fmt.Errorf("write: %w", syscall.ENOSPC)
	}
	return n, nil
}

func (d *fullDisk) ReadAt([]byte, int64) (int, error) { return 0, errors.New("nothing is kept") }
func (d *fullDisk) Close() error                      { return nil }

// TestSmallDisk says before the work what a disk lacks.
func TestSmallDisk(t *testing.T) {
	t.Setenv("TMPDIR", "/somewhere")
	for _, tc := range []struct {
		needs int64
		free  uint64
		known bool
		want  string
	}{
		{ResidentCodes, 0, true, ""}, {ResidentCodes + 5e6, 5e6, true, ""}, {1 << 40, 0, false, ""}, {0, 0, true, ""},
		{ResidentCodes + 5e6, 5e6 - 1, true, "some 5 MB of temporary files, and /somewhere has 4 MB free: name a folder"},
	} {
		s := newStore()
		s.needs = tc.needs
		err := s.check(func(string) (uint64, bool) { return tc.free, tc.known })
		if (err != nil) != (tc.want != "") || err != nil && !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%+v: error %v", tc, err)
		}
	}
}

// TestFullDisk says where no space is left, how much is needed and what to do.
func TestFullDisk(t *testing.T) {
	dir := t.TempDir()
	writeWAV(t, filepath.Join(dir, "normal", "a.wav"), 16000, hiss(30, 1))
	writeWAV(t, filepath.Join(dir, "normal", "b.wav"), 16000, hiss(30, 2))
	t.Setenv("TMPDIR", dir)
	clips := mustOpen(t, dir).Normal()
	for _, tc := range []struct {
		needs int64
		want  string
	}{{119_500_000, "which take some 120 MB in all"}, {0, "which take more than they have"}} {
		s := newStore()
		s.room.Store(0)
		s.needs = tc.needs
		s.create = func() (tempFile, error) { return &fullDisk{room: 100}, nil }
		_, _, err := extractInto(context.Background(), s, clips, options())
		if !errors.Is(err, syscall.ENOSPC) || !strings.Contains(err.Error(), tc.want) ||
			!strings.Contains(err.Error(), "no space is left in "+dir) || !strings.Contains(err.Error(), "as TMPDIR") {
			t.Errorf("error %v", err)
		}
	}
}
