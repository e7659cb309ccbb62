package library

import (
	"encoding/binary"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/auscult/auscult/tflite/backend"
)

// TestFiles opens what is no library for this program.
func TestFiles(t *testing.T) {
	folder := t.TempDir()
	self, err := os.ReadFile(os.Args[0])
	if err != nil {
		t.Fatal(err)
	}
	other := append([]byte(nil), self...)
	binary.LittleEndian.PutUint16(other[18:], 0xf3) // e_machine: RISC-V
	object := append([]byte(nil), self...)
	binary.LittleEndian.PutUint16(object[16:], 1) // e_type: an object
	for name, c := range map[string]struct {
		data []byte
		want string
	}{
		"text":   {[]byte("#!/bin/sh\n"), "is no shared library"},
		"empty":  {nil, "library"},
		"other":  {other, "EM_RISCV"},
		"object": {object, "ET_REL"},
	} {
		path := filepath.Join(folder, name)
		if err := os.WriteFile(path, c.data, 0o600); err != nil {
			t.Fatal(err)
		}
		for kind, open := range map[string]func(string) error{
			"tflite": func(path string) error {
				_, err := OpenTFLite(backend.Job{Model: []byte("x")}, TFLiteOptions{Library: path})
				return err
			},
			"litert": func(path string) error {
				_, err := OpenLiteRT(backend.Job{Model: []byte("x")}, LiteRTOptions{Library: path})
				return err
			},
		} {
			if err := open(path); err == nil || !strings.Contains(err.Error(), c.want) && runtime.GOARCH != "386" {
				t.Errorf("%s of a file that is %s: %v, want %q", kind, name, err, c.want)
			}
		}
	}
	if _, err := OpenTFLite(backend.Job{}, TFLiteOptions{Library: folder + "/none.so"}); err == nil ||
		!strings.Contains(err.Error(), "no such library") {
		t.Errorf("a missing library: %v", err)
	}
	if _, err := firstOf([]string{"libauscult-none.so", folder + "/none.so"}); err == nil {
		t.Error("found what is not there")
	}
	if name, err := firstOf([]string{"libauscult-none.so", folder + "/text"}); err != nil || name != folder+"/text" {
		t.Errorf("found %q, %v", name, err)
	}
}

// TestFlagsAt reads what TfLiteXNNPackDelegateOptionsDefault of several versions gave; build/delegates/run has the
// libraries.
func TestFlagsAt(t *testing.T) {
	for _, c := range []struct {
		version string
		words   []uint32
		want    int // 0: refused
	}{
		{"2.17.1", []uint32{0, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}, 1},
		{"2.21.0", []uint32{0, 0, 3, 0, 0, 0, 0, 0, 0, 0, 1<<32 - 1, 0}, 2},
		// Without flags in the defaults the version decides.
		{"2.16.2", nil, 1},
		{"2.19.1", nil, 1},
		{"2.20.0", nil, 2},
		// A build says it whatever its version is called.
		{"2.19.0-dev", []uint32{0, 0, 3}, 2},
		{"2.17.1", []uint32{0, 3 | 8, 0}, 1},
		{"3.0.0", []uint32{0, 3}, 0},
		{"1.15", []uint32{0, 3}, 0},
		{"", nil, 0},
		{"two", nil, 0},
	} {
		o := new(xnnpackOptions)
		copy(o.words[:], c.words)
		at, err := flagsAt(o, c.version)
		if at != c.want || (err == nil) != (c.want > 0) {
			t.Errorf("%s %v: at %d, %v; want %d", c.version, c.words, at, err, c.want)
		}
	}
}

func TestGoString(t *testing.T) {
	if got := goString(pointer(cString("a text"))); got != "a text" || goString(0) != "" {
		t.Errorf("got %q", got)
	}
	long := cString(strings.Repeat("x", 2*maxText))
	if got := goString(pointer(long)); len(got) != maxText {
		t.Errorf("a text without end has %d bytes", len(got))
	}
}
