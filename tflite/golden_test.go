package tflite_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/auscult/auscult/tflite"
)

var goldenModels = []string{"ad01_int8", "fcae_int8", "dsae_int8", "cae_int8", "kws_ref_model"}

func readFile(t testing.TB, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func newInterpreter(t testing.TB, m *tflite.Model) *tflite.Interpreter {
	t.Helper()
	it, err := tflite.NewInterpreter(m, tflite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return it
}

// TestGolden compares every byte of the models' outputs with LiteRT's.
func TestGolden(t *testing.T) { eachCPU(t, testGolden) }

func testGolden(t *testing.T, cpu string) {
	for _, name := range goldenModels {
		t.Run(name, func(t *testing.T) {
			m, err := tflite.Open(filepath.Join("testdata", name+".tflite"))
			if err != nil {
				t.Fatal(err)
			}
			it, err := tflite.NewInterpreter(m, tflite.Options{CPU: cpu})
			if err != nil {
				t.Fatal(err)
			}
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

func BenchmarkInvoke(b *testing.B) {
	for _, name := range goldenModels {
		b.Run(name, func(b *testing.B) {
			m, err := tflite.Open(filepath.Join("testdata", name+".tflite"))
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
