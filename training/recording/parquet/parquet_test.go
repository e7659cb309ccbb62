package parquet

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func fixture(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name+".parquet"))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// column reads a column to its end.
func (f *File) column(i int) (values []float64, err error) {
	c, err := f.Cursor(i)
	if err != nil {
		return nil, err
	}
	defer c.Close()
	for {
		v, err := c.Next()
		if errors.Is(err, io.EOF) {
			return values, nil
		}
		if err != nil {
			return values, err
		}
		values = append(values, v)
	}
}

// TestColumns compares every column with what PyArrow reads.
func TestColumns(t *testing.T) {
	data, err := os.ReadFile("testdata/expected.json")
	if err != nil {
		t.Fatal(err)
	}
	var expected map[string]map[string][]*float64
	if err := json.Unmarshal(data, &expected); err != nil {
		t.Fatal(err)
	}
	names, err := filepath.Glob("testdata/*.parquet")
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, path := range names {
		name := strings.TrimSuffix(filepath.Base(path), ".parquet")
		if strings.HasPrefix(name, "refused_") {
			continue
		}
		key, _, _ := strings.Cut(name, "_")
		if expected[key] == nil {
			key = name
		}
		seen[key] = true
		data := fixture(t, name)
		f, err := Open(bytes.NewReader(data), int64(len(data)))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		compared := 0
		for i, c := range f.Columns {
			if !c.IsNumber {
				continue
			}
			compared++
			want := expected[key][c.Name]
			got, err := f.column(i)
			if err != nil || len(got) != len(want) || int64(len(got)) != f.Rows {
				t.Errorf("%s: %s has %d values, want %d: %v", name, c.Name, len(got), len(want), err)
				continue
			}
			for k, w := range want {
				if w == nil && !math.IsNaN(got[k]) || w != nil && math.Abs(got[k]-*w) > 1e-6*max(1, math.Abs(*w)/1e9) {
					t.Errorf("%s: %s has %g at %d, want %v", name, c.Name, got[k], k, w)
					break
				}
			}
		}
		if compared == 0 || compared != len(expected[key]) {
			t.Errorf("%s: %d columns of numbers, want %d", name, compared, len(expected[key]))
		}
		if f.held != 0 {
			t.Errorf("%s: %d bytes are still held", name, f.held)
		}
	}
	if len(seen) != len(expected) {
		t.Errorf("%d files of %d", len(seen), len(expected))
	}
}

// TestRefuses names what is not read.
func TestRefuses(t *testing.T) {
	for name, want := range map[string]string{"refused_brotli": "packed by Brotli", "refused_lz4": "packed by LZ4"} {
		data := fixture(t, name)
		f, err := Open(bytes.NewReader(data), int64(len(data)))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.column(0); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	whole := fixture(t, "one")
	for _, n := range []int{4, 12, len(whole) / 2, len(whole) - 1} {
		if _, err := Open(bytes.NewReader(whole[:n]), int64(n)); err == nil || !strings.Contains(err.Error(), "cut off") {
			t.Errorf("%d bytes of %d: %v", n, len(whole), err)
		}
	}
}

// TestDamage reads files with any byte changed: an error or other numbers, no panic and no large memory.
func TestDamage(t *testing.T) {
	for _, name := range []string{"one", "missing_zstd_2", "delta", "dictionary", "split", "time_old", "plain_gzip_1"} {
		whole := fixture(t, name)
		for i := 4; i < len(whole); i += 1 + len(whole)/900 {
			data := slices.Clone(whole)
			data[i] ^= 0xff
			readAll(data)
		}
	}
}

// readAll reads all columns of any bytes.
func readAll(data []byte) {
	f, err := Open(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return
	}
	for i := range f.Columns {
		c, err := f.Cursor(i)
		if err != nil {
			continue
		}
		for range 10_000 {
			if _, err := c.Next(); err != nil {
				break
			}
		}
		c.Close()
	}
}
