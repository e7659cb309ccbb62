package wav

import (
	"bytes"
	"context"
	"errors"
	"io"
	"testing"

	"github.com/auscult/auscult/hw"
)

// FuzzReader reads arbitrary bytes as a recording: no panic, no more samples
// than bytes, and what can be read can be written and read back.
func FuzzReader(f *testing.F) {
	f.Add([]byte{}, uint8(1))
	f.Add(riff(plain(1, 1, 16000, 16), chunk("data", []byte{1, 2, 3, 4})), uint8(3))
	f.Add(riff(chunk("LIST", []byte("odd")), extensible(1, 2, 48000, 32, 24), chunk("data", make([]byte, 24))), uint8(2))
	f.Add(riff(plain(3, 1, 16000, 32), chunk("data", floats(0.1, -2))), uint8(1))
	f.Add(long64("RF64", 6, make([]byte, 6)), uint8(1))
	f.Add(riff(plain(tagALaw, 1, 8000, 8), chunk("data", make([]byte, 20))), uint8(4))
	f.Add(riff(plain(tagFloat, 2, 8000, 64), chunk("data", make([]byte, 32))), uint8(4))
	f.Add(withSizes(riff(plain(1, 3, 1, 24), chunk("data", make([]byte, 20))), 0, 0), uint8(7))
	f.Add(riff(plain(1, 1, 1000, 16), chunk(aboutName, []byte(`{"origin":{"unit":"g","full_scale":2},"gaps":[{"at":1,"times":2}]} `)),
		chunk("data", make([]byte, 10))), uint8(1))
	f.Fuzz(func(t *testing.T, file []byte, block uint8) {
		r, err := NewReader("fuzz", bytes.NewReader(file), Options{})
		if err != nil {
			return
		}
		format := r.Format()
		b := hw.Block{PCM: make([]int32, int(block)+format.Channels)}
		var pcm []int32
		next := uint64(0)
		for {
			err := r.Read(context.Background(), &b)
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			if b.FirstSample != next+b.Lost || len(b.PCM) == 0 || len(b.PCM)%format.Channels != 0 {
				t.Fatalf("block of %d values at %d after %d", len(b.PCM), b.FirstSample, next)
			}
			next = b.FirstSample + uint64(len(b.PCM)/format.Channels)
			pcm = append(pcm, b.PCM...)
			if len(pcm) > len(file) {
				t.Fatalf("%d samples from %d bytes", len(pcm), len(file))
			}
		}
		if n, known := r.SampleTimes(); known && !r.Truncated() && n > next {
			t.Fatalf("%d sample times announced, %d read, not truncated", n, next)
		}

		format.BitsPerSample = 32
		var out bytes.Buffer
		if err := Write(&out, format, pcm); err != nil {
			t.Fatal(err)
		}
		again, err := NewReader("again", &out, Options{})
		if err != nil {
			t.Fatal(err)
		}
		got, err := readAll(again, 64*format.Channels)
		if err != nil || len(got) != len(pcm) {
			t.Fatalf("%d samples written, %d read back, error %v", len(pcm), len(got), err)
		}
		for i := range got {
			if got[i] != pcm[i] {
				t.Fatalf("sample %d: %d read back as %d", i, pcm[i], got[i])
			}
		}
	})
}
