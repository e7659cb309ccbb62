package recording

import (
	"errors"
	"io"
	"slices"
	"testing"

	"github.com/auscult/auscult/hw"
)

// TestPart reads stretches of a recording of two channels, with blocks of every small size.
func TestPart(t *testing.T) {
	file, _, pcm := stereo(t, 100)
	for _, c := range []struct{ from, to, n uint64 }{
		{0, 100, 100}, {0, 10, 10}, {7, 31, 24}, {90, 1000, 10}, {50, 50, 0}, {100, 200, 0}, {60, 20, 0},
	} {
		for size := 1; size < 40; size++ {
			r, err := Open("x.wav", opener(file), Options{})
			if err != nil {
				t.Fatal(err)
			}
			r.Part(c.from, c.to)
			if n, err := r.Count(t.Context()); n != c.n || err != nil {
				t.Fatalf("%+v: %d sample times, %v", c, n, err)
			}
			var got []int32
			b := hw.Block{PCM: make([]int32, 2*size)}
			for err == nil {
				if err = r.Read(t.Context(), &b); err == nil {
					if b.FirstSample != uint64(len(got)/2) || len(b.PCM) == 0 || cap(b.PCM) != 2*size {
						t.Fatalf("%+v by %d: block of %d at %d after %d", c, size, len(b.PCM), b.FirstSample, len(got)/2)
					}
					got = append(got, b.PCM...)
				}
			}
			if !errors.Is(err, io.EOF) || !slices.Equal(got, pcm[2*min(c.from, 100):][:2*c.n]) {
				t.Fatalf("%+v by %d: %d sample times, %v", c, size, len(got)/2, err)
			}
			if err := r.Halt(); err != nil {
				t.Error(err)
			}
		}
	}
}
