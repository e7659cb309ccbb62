package table

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/auscult/auscult/hw"
)

// seeds are the tables of build/oracle/training/tables.py with these endings.
func seeds(f *testing.F, add func(data []byte), endings ...string) {
	f.Helper()
	for _, ending := range endings {
		names, err := filepath.Glob(filepath.Join("testdata", "dialects", "*"+ending))
		if err != nil || len(names) == 0 {
			f.Fatal(names, err)
		}
		for _, name := range names {
			data, err := os.ReadFile(name)
			if err != nil {
				f.Fatal(err)
			}
			add(data[:min(len(data), 1200)])
		}
	}
}

// readAll reads a table to its end and checks that its blocks hang together.
func readAll(t *testing.T, data []byte, o Options) {
	t.Helper()
	r, err := openBytes("x", data, o)
	if err != nil {
		return
	}
	b := hw.Block{PCM: make([]int32, 64*max(r.Columns(), 1))}
	next := uint64(0)
	for r.Read(t.Context(), &b) == nil {
		if len(b.PCM) == 0 || b.FirstSample != next+b.Lost {
			t.Fatalf("%d values from %d, %d lost, after %d", len(b.PCM), b.FirstSample, b.Lost, next)
		}
		next = b.FirstSample + uint64(len(b.PCM)/r.Format().Channels)
	}
	_, _ = r.Reading().Text, r.Notes()
	if err := r.Halt(); err != nil {
		t.Fatal(err)
	}
}

func FuzzText(f *testing.F) {
	seeds(f, func(data []byte) { f.Add(data, "", "", "") }, ".csv", ".tsv", ".txt")
	f.Add([]byte(",,\n1,2,3\n"), "z", "1:ms", "counts:256")
	f.Fuzz(func(t *testing.T, data []byte, column, clock, unit string) {
		readAll(t, data, Options{RateHz: 200, Column: column, Time: clock, Unit: unit})
		readAll(t, data, Options{})
	})
}

// FuzzArrays reads arrays whose headers are built from parts, alone and in an archive,
// and whole files.
func FuzzArrays(f *testing.F) {
	f.Add("'<f4'", "False", "(10, 2)", []byte("01234567890123456789012345678901234567890"))
	f.Add("[('t', '<f8'), ('a', '>i2', (3,))]", "True", "(5,)", bytes.Repeat([]byte{1, 2}, 40))
	f.Add("'<M8[ms]'", "False", "(3,)", bytes.Repeat([]byte{1}, 24))
	f.Add("'|u1'", "True", "(3, 1, 7)", bytes.Repeat([]byte{7}, 21))
	seeds(f, func(data []byte) { f.Add("", "", "", data) }, ".npy", ".npz")
	f.Fuzz(func(t *testing.T, descr, order, shape string, data []byte) {
		if descr != "" && len(descr)+len(order)+len(shape) < 60000 {
			data = append(npyHead(descr, order, shape), data...)
		}
		readAll(t, data, Options{RateHz: 200, Unit: "g"})
		readAll(t, zipOf(t, map[string][]byte{"acc.npy": data, "fs.npy": data}, 0), Options{Unit: "g"})
	})
}
