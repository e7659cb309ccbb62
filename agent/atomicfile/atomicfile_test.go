package atomicfile

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestWriteReplaces(t *testing.T) {
	path := filepath.Join(t.TempDir(), "model.tflite")
	for _, content := range []string{"first", "second, longer", ""} {
		if err := WriteBytes(path, 0o644, []byte(content)); err != nil {
			t.Fatal(err)
		}
		got, err := os.ReadFile(path)
		if err != nil || string(got) != content {
			t.Fatalf("read %q, %v; want %q", got, err, content)
		}
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o644 {
		t.Errorf("mode %v, %v; want 0644", info.Mode(), err)
	}
	onlyFile(t, path)
}

func TestWriteKeepsOldOnError(t *testing.T) {
	path := filepath.Join(t.TempDir(), "model.tflite")
	if err := WriteBytes(path, 0o600, []byte("old")); err != nil {
		t.Fatal(err)
	}
	broken := errors.New("no more")
	err := Write(path, 0o600, func(w io.Writer) error {
		if _, err := w.Write([]byte("half of the ne")); err != nil {
			return err
		}
		return broken
	})
	if !errors.Is(err, broken) {
		t.Errorf("error %v, want %v", err, broken)
	}
	if got, err := os.ReadFile(path); err != nil || string(got) != "old" {
		t.Errorf("read %q, %v; want the old content", got, err)
	}
	onlyFile(t, path)
}

// TestWriteReportsRename has the name taken while the content is written.
func TestWriteReportsRename(t *testing.T) {
	path := filepath.Join(t.TempDir(), "model.tflite")
	err := Write(path, 0o600, func(io.Writer) error { return os.MkdirAll(filepath.Join(path, "folder"), 0o700) })
	if err == nil {
		t.Error("a file that is not there was written")
	}
	onlyFile(t, path)
}

func TestWriteNoFolder(t *testing.T) {
	if err := WriteBytes(filepath.Join(t.TempDir(), "absent", "x"), 0o600, nil); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("error %v, want %v", err, os.ErrNotExist)
	}
}

// onlyFile fails when a temporary file was left beside path.
func onlyFile(t *testing.T, path string) {
	t.Helper()
	entries, err := os.ReadDir(filepath.Dir(path))
	if err != nil || len(entries) != 1 {
		t.Errorf("%d entries, %v; want only %s", len(entries), err, filepath.Base(path))
	}
}

// TestWriteKeepsDevices does not put a file in the place of what is none.
func TestWriteKeepsDevices(t *testing.T) {
	folder := t.TempDir()
	link := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(os.DevNull, link); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{folder, link} {
		if err := WriteBytes(path, 0o600, []byte("x")); err == nil || !strings.Contains(err.Error(), "not a file") {
			t.Errorf("%s: error %v", path, err)
		}
	}
	if info, err := os.Lstat(link); err != nil || info.Mode().IsRegular() {
		t.Errorf("the link became %v, %v", info, err)
	}
}
