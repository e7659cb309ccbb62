package tflite_test

import (
	"bytes"
	"path/filepath"
	"testing"

	"github.com/auscult/auscult/tflite"
)

// TestThreads compares every byte with LiteRT's when several threads share the work.
func TestThreads(t *testing.T) {
	eachCPU(t, func(t *testing.T, cpu string) {
		for _, name := range goldenModels {
			for _, threads := range []int{2, 3, 5} {
				it, err := tflite.NewInterpreter(open(t, name), tflite.Options{CPU: cpu, Threads: threads})
				if err != nil {
					t.Fatal(err)
				}
				copy(it.InputBytes(0), readFile(t, filepath.Join("testdata", name+".in")))
				want := readFile(t, filepath.Join("testdata", name+".out"))
				for i := range 3 {
					clear(it.OutputBytes(0))
					it.Invoke()
					if got := it.OutputBytes(0); !bytes.Equal(got, want) {
						t.Errorf("%s, %d threads, inference %d: %d of %d bytes differ", name, threads, i, different(got, want), len(want))
					}
				}
				if n := testing.AllocsPerRun(2, it.Invoke); n != 0 {
					t.Errorf("%s, %d threads: %v allocations an inference", name, threads, n)
				}
				it.Close()
				it.Close()
			}
		}
	})
	for _, threads := range []int{-1, 65} {
		if _, err := tflite.NewInterpreter(open(t, "ad01_int8"), tflite.Options{Threads: threads}); err == nil {
			t.Errorf("%d threads are accepted", threads)
		}
	}
}
