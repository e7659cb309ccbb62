package matlab

import (
	"bytes"
	"encoding/binary"
	"io"
	"os"
	"path/filepath"
	"testing"
)

// FuzzScan reads any bytes: no panic, and no array outside the file or of no type.
func FuzzScan(f *testing.F) {
	names, err := filepath.Glob("../table/testdata/*.mat")
	if err != nil || len(names) == 0 {
		f.Fatal(names, err)
	}
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Add(written(binary.BigEndian, "MI", false, vector(binary.BigEndian, "abc", 1, 2, 3)))
	f.Fuzz(func(t *testing.T, b []byte) {
		arrays, _, err := Scan(bytes.NewReader(b), int64(len(b)))
		if err != nil && len(arrays) > 0 {
			t.Fatal(err)
		}
		for _, a := range arrays {
			if a.Type == "" || len(a.Shape) == 0 || a.Offset < 0 {
				t.Fatalf("%+v", a)
			}
			r, err := a.Open()
			if err != nil {
				continue
			}
			_, _ = io.CopyN(io.Discard, r, 1<<16)
			_ = r.Close()
		}
	})
}
