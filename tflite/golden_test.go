package tflite

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
)

var goldenModels = []string{"ad01_int8", "dsae_int8", "cae_int8", "kws_ref_model"}

func readFile(t testing.TB, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func newInterpreter(t testing.TB, m *Model) *Interpreter {
	t.Helper()
	it, err := NewInterpreter(m, Options{})
	if err != nil {
		t.Fatal(err)
	}
	return it
}

// TestGolden compares every byte of the models' outputs with LiteRT's.
func TestGolden(t *testing.T) {
	for _, name := range goldenModels {
		t.Run(name, func(t *testing.T) {
			m, err := Open(filepath.Join("testdata", name+".tflite"))
			if err != nil {
				t.Fatal(err)
			}
			it := newInterpreter(t, m)
			if n := copy(it.InputBytes(0), readFile(t, filepath.Join("testdata", name+".in"))); n != it.Inputs()[0].Bytes {
				t.Fatalf("golden input has %d bytes, model needs %d", n, it.Inputs()[0].Bytes)
			}
			it.Invoke()
			want := readFile(t, filepath.Join("testdata", name+".out"))
			if got := it.OutputBytes(0); !bytes.Equal(got, want) {
				t.Errorf("%d of %d bytes differ", different(got, want), len(want))
			}
		})
	}
}

// different counts the positions where a and b differ.
func different(a, b []byte) int {
	n := max(len(a), len(b)) - min(len(a), len(b))
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			n++
		}
	}
	return n
}

func BenchmarkInvoke(b *testing.B) {
	for _, name := range goldenModels {
		b.Run(name, func(b *testing.B) {
			m, err := Open(filepath.Join("testdata", name+".tflite"))
			if err != nil {
				b.Fatal(err)
			}
			it := newInterpreter(b, m)
			copy(it.InputBytes(0), readFile(b, filepath.Join("testdata", name+".in")))
			b.ReportAllocs()
			for b.Loop() {
				it.Invoke()
			}
		})
	}
}
