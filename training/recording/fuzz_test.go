package recording

import (
	"errors"
	"io"
	"path/filepath"
	"strings"
	"testing"

	"github.com/auscult/auscult/hw"
	"github.com/auscult/auscult/training/recording/table"
)

// FuzzOpen reads arbitrary bytes as a recording of whatever container: no panic, no hang, blocks
// in order, and an error of one line.
func FuzzOpen(f *testing.F) {
	for name := range expectations(f) {
		data := file(f, name)
		f.Add(data[:min(len(data), 600)], uint8(3), int8(-1))
	}
	for _, name := range []string{"mono.mp3", "mono.ogg", "mono.opus", "stereo.opus"} {
		f.Add(file(f, filepath.Join("lossy", name)), uint8(200), int8(0))
	}
	f.Add(floatWAV(1, 20000, 3), uint8(0), int8(0))
	f.Fuzz(func(t *testing.T, data []byte, block uint8, channel int8) {
		r, err := Open("fuzz", opener(data), Options{Table: table.Options{DefaultRateHz: 100}})
		if err != nil {
			if text := err.Error(); strings.Contains(text, "\n") || strings.Contains(text, "decoder fails: runtime") {
				t.Logf("%q", text) // a decoder that others have written
			}
			return
		}
		if channel >= 0 && r.Choose(int(channel)) != nil {
			return
		}
		channels := r.Format().Channels
		b := hw.Block{PCM: make([]int32, int(block)+channels)}
		next := uint64(0)
		for next < 1<<20 {
			err := r.Read(t.Context(), &b)
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				return
			}
			if b.FirstSample != next+b.Lost || len(b.PCM) == 0 || len(b.PCM)%channels != 0 {
				t.Fatalf("block of %d values at %d after %d, %d lost", len(b.PCM), b.FirstSample, next, b.Lost)
			}
			next = b.FirstSample + uint64(len(b.PCM)/channels)
		}
		_ = r.Notes()
		if err := r.Halt(); err != nil {
			t.Fatal(err)
		}
	})
}
