package table

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

// npyHead returns the begin of an .npy file.
func npyHead(descr, order, shape string) []byte {
	dict := fmt.Sprintf("{'descr': %s, 'fortran_order': %s, 'shape': %s, }\n", descr, order, shape)
	out := append([]byte("\x93NUMPY\x01\x00"), 0, 0)
	binary.LittleEndian.PutUint16(out[8:], uint16(len(dict)))
	return append(out, dict...)
}

// zipOf packs entries; announced says what sizes the archive claims, 0 the true ones.
func zipOf(t testing.TB, entries map[string][]byte, announced uint64) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for name, data := range entries {
		size := uint64(len(data))
		head := &zip.FileHeader{Name: name, UncompressedSize64: size, CompressedSize64: size}
		if announced > 0 {
			head.UncompressedSize64, head.Method = announced, zip.Deflate
		}
		w, err := z.CreateRaw(head)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(data); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestArraysRefused(t *testing.T) {
	values := make([]byte, 80)
	lie := append(npyHead("'<f8'", "False", "(800000000,)"), values...)
	for name, c := range map[string]struct {
		data []byte
		want string
	}{
		"text":        {npzFile(t, "text"), "values of type U1"},
		"no zip":      {[]byte("PK\x03\x04 and nothing of a zip"), "is no archive of NumPy's arrays"},
		"bool":        {append(npyHead("'|b1'", "False", "(80,)"), values...), "values of type b1: floats"},
		"complex":     {append(npyHead("'<c16'", "False", "(5,)"), values...), "values of type c16"},
		"objects":     {append(npyHead("'|O'", "False", "(10,)"), values...), `values of type "|O" cannot be read`},
		"long double": {append(npyHead("'<f16'", "False", "(5,)"), values...), "values of type f16"},
		"cube":        {append(npyHead("'<f4'", "False", "(2, 2, 5)"), values...), "must be samples, or samples x axes"},
		"windows":     {append(npyHead("'<f4'", "False", "(5000, 4096)"), values...), "windows that were cut must be joined"},
		"nothing":     {npyHead("'<f4'", "False", "(0,)"), "without values"},
		"shape":       {append(npyHead("'<f4'", "False", "(99999999999, 99999999999)"), values...), "is of no array"},
		"minus":       {append(npyHead("'<f4'", "False", "(-5,)"), values...), "is of no array"},
		"no dict":     {append([]byte("\x93NUMPY\x01\x00\x08\x00"), "import os"...), "is not of an array"},
		"head":        {[]byte("\x93NUMPY\x02\x00\xff\xff\xff\xff"), "a header of 4294967295 bytes"},
		"lie":         {zipOf(t, map[string][]byte{"data.npy": lie}, 0), "are there"},
		"bomb":        {zipOf(t, map[string][]byte{"data.npy": values}, 6_800_000_000), "no recording packs so well"},
		"Excel":       {zipOf(t, map[string][]byte{"xl/workbook.xml": values}, 0), "is an Excel file: save it as CSV"},
		"other zip":   {zipOf(t, map[string][]byte{"a.txt": values}, 0), "holds no array of numbers"},
		"cut Fortran": {append(npyHead("'<f8'", "True", "(10, 3)"), values...), "is cut short: it holds 10 of 30"},
		"cut axes":    {append(npyHead("'<f8'", "False", "(3, 10)"), values...), "is cut short: it holds 10 of 30"},
	} {
		r, err := openBytes("x.npz", c.data, Options{RateHz: 200})
		if err == nil {
			err = drain(r)
		}
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
}

// TestArrayCut reads what there is of an array whose file was cut.
func TestArrayCut(t *testing.T) {
	values := make([]byte, 8*7)
	for k := range 7 {
		values[8*k+6], values[8*k+7] = 0xf0, 0x3f // 1.0
	}
	r, err := openBytes("x.npy", append(npyHead("'<f8'", "False", "(1000, 2)"), values...), Options{RateHz: 200})
	if err != nil {
		t.Fatal(err)
	}
	h := listen(t, r)
	if len(h.values) != 3 || !r.Truncated() || !strings.Contains(strings.Join(r.Notes(), " "), "holds 7 of 2000 values") {
		t.Errorf("%d samples, notes %q", len(h.values), r.Notes())
	}
}

// TestArraysDamaged reads damaged files: an error or other numbers, never a panic.
func TestArraysDamaged(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 7))
	for _, name := range []string{"axes", "table"} {
		whole := npzFile(t, name)
		for range 1000 {
			damaged := bytes.Clone(whole)
			for range 1 + rng.IntN(4) {
				damaged[rng.IntN(len(damaged))] = byte(rng.Uint32())
			}
			if r, err := openBytes("x.npz", damaged[:rng.IntN(len(damaged)+1)], Options{RateHz: 200}); err == nil {
				_ = drain(r) // what it says of the damage is not looked at
			}
		}
	}
}
