package main

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/auscult/auscult/training/pumptest"
)

// fullAfter is a standard output that takes some bytes.
type fullAfter struct{ left int }

func (f *fullAfter) Write(b []byte) (int, error) {
	if len(b) > f.left {
		return f.left, &os.PathError{Op: "write", Path: "/dev/stdout", Err: syscall.ENOSPC}
	}
	f.left -= len(b)
	return len(b), nil
}

// TestNothingCanBePrinted ends each command with 1 and says why, whatever it prints and how much of it was taken.
func TestNothingCanBePrinted(t *testing.T) {
	dir := t.TempDir()
	pumptest.Folder(t, dir, 1, 1, 0, 1)
	clips, err := filepath.Glob(filepath.Join(dir, "normal", "*.wav"))
	if err != nil || len(clips) != 1 {
		t.Fatal(clips, err)
	}
	model := "../../../tflite/testdata"
	models, err := filepath.Glob(filepath.Join(model, "*.tflite"))
	if err != nil || len(models) == 0 {
		t.Fatal(models, err)
	}
	for _, args := range [][]string{
		{"--help"}, {"--version"}, {"train", "--help"}, {}, {"features", clips[0]}, {"features", "--json", clips[0]},
		{"inspect", models[0]}, {"inspect", "--json", models[0]}, {"devices"},
	} {
		for _, left := range []int{0, 10} {
			var stderr bytes.Buffer
			code := run(t.Context(), args, streams{nil, &fullAfter{left}, &stderr})
			if code != exitFailed ||
				strings.Count(stderr.String(), "the standard output cannot be written: no space left") != 1 {
				t.Errorf("%q after %d bytes ends with %d: %s", args, left, code, &stderr)
			}
		}
	}
}

// TestFullBeforehand says it before the work, for what can be seen then.
func TestFullBeforehand(t *testing.T) {
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if errors.Is(err, os.ErrNotExist) {
		t.Skip("only Linux has a device that is always full")
	}
	if err != nil {
		t.Fatal(err)
	}
	defer full.Close()
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer write.Close()
	if err := read.Close(); err != nil {
		t.Fatal(err)
	}
	for want, f := range map[string]*os.File{"no space left": full, "broken pipe": write} {
		var stderr bytes.Buffer
		if code := run(t.Context(), []string{"--help"}, streams{nil, f, &stderr}); code != exitFailed ||
			!strings.Contains(stderr.String(), want) {
			t.Errorf("ends with %d: %s", code, &stderr)
		}
	}
	file, err := os.Create(filepath.Join(t.TempDir(), "out"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if code := run(t.Context(), []string{"--help"}, streams{nil, file, &bytes.Buffer{}}); code != exitOK {
		t.Errorf("into a file: %d", code)
	}
}
