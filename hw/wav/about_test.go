package wav

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/auscult/auscult/hw"
)

var mono = hw.Format{SampleRateHz: 1000, Channels: 1, BitsPerSample: 16}

// recordAbout writes n samples that count up, with gaps, and returns the file.
func recordAbout(t *testing.T, origin hw.Origin, n int, gaps []Gap) []byte {
	t.Helper()
	path := filepath.Join(t.TempDir(), "a.wav")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	w, err := NewWriter(f, mono, origin)
	if err != nil {
		t.Fatal(err)
	}
	for i := range n {
		for _, g := range gaps {
			if g.At == uint64(i) {
				w.Lost(g.Times)
			}
		}
		if err := w.Write([]int32{int32(i) << 16}); err != nil {
			t.Fatal(err)
		}
		if i%100 == 0 {
			if err := w.Flush(); err != nil {
				t.Fatal(err)
			}
		}
	}
	w.Measured(998.5)
	if err := errors.Join(w.Close(), f.Close()); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestAbout reads back what a recording says of itself, and hears gaps where it lost samples,
// whatever the blocks are.
func TestAbout(t *testing.T) {
	origin := hw.Origin{Sensor: "ADXL345{I2C1}", Unit: hw.G, FullScale: 2.044673, Range: 2, Mixer: "Mic 3 dB"}
	gaps := []Gap{{At: 0, Times: 3}, {At: 50, Times: 7}, {At: 57, Times: 1}, {At: 120, Times: 60}}
	file := recordAbout(t, origin, 200, gaps)
	origin.RateHz = 998.5
	for _, size := range []int{1, 7, 64, 1000} {
		r, err := NewReader("a", bytes.NewReader(file), Options{})
		if err != nil {
			t.Fatal(err)
		}
		if r.Origin() != origin {
			t.Errorf("origin %+v, want %+v", r.Origin(), origin)
		}
		lost := map[uint64]uint64{}
		b := hw.Block{PCM: make([]int32, size)}
		for {
			err := r.Read(context.Background(), &b)
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			if b.Lost > 0 {
				lost[b.FirstSample] = b.Lost
			}
			for i, v := range b.PCM {
				if v>>16 != int32(b.FirstSample)+int32(i) {
					t.Fatalf("blocks of %d: sample %d is %d", size, int(b.FirstSample)+i, v>>16)
				}
			}
		}
		if want := map[uint64]uint64{3: 3, 58: 8, 180: 60}; !reflect.DeepEqual(lost, want) {
			t.Errorf("blocks of %d: lost %v, want %v", size, lost, want)
		}
	}
}

// TestAboutManyGaps keeps each lost sample within a gap, however many gaps there are.
func TestAboutManyGaps(t *testing.T) {
	var gaps []Gap
	for i := range 9000 {
		gaps = append(gaps, Gap{At: uint64(10*i + i%3), Times: uint64(1 + i%2)})
	}
	h, err := ReadHeader(bytes.NewReader(recordAbout(t, hw.Origin{}, 90_010, gaps)))
	if err != nil {
		t.Fatal(err)
	}
	got := h.About.Gaps
	if len(got) < 100 || len(got) > mostGaps {
		t.Errorf("%d gaps were kept", len(got))
	}
	w := h.About.NewWalk()
	for _, g := range gaps {
		if lost, _ := w.Next(g.At); lost < g.Times {
			t.Fatalf("of the %d lost at %d the file tells %d", g.Times, g.At, lost)
		}
	}
}

// TestAboutHostile takes what makes no sense for what is not there, and reads the samples.
func TestAboutHostile(t *testing.T) {
	good := recordAbout(t, hw.Origin{Unit: hw.G, FullScale: 2}, 50, nil)
	at := bytes.Index(good, []byte(aboutName)) + 8
	for _, text := range []string{
		"", "{", "null", `{"origin":{"unit":"g","full_scale":-2}}`, `{"origin":{"unit":"g"}}`,
		`{"origin":{"full_scale":1e300}}`, `{"origin":{"range":-1}}`, `{"origin":{"full_scale":1e999}}`, `[1,2]`,
		`{"gaps":[{"at":18446744073709551615,"times":2}]}`, `{"gaps":[{"at":5,"times":0}]}`,
		`{"gaps":[{"at":5,"times":3},{"at":6,"times":1}]}`, strings.Repeat("[", 8000),
	} {
		file := bytes.Clone(good)
		copy(file[at:], text+strings.Repeat(" ", aboutBytes-len(text)))
		r, err := NewReader("a", bytes.NewReader(file), Options{})
		if err != nil {
			t.Fatalf("%.40q: %v", text, err)
		}
		b := hw.Block{PCM: make([]int32, 100)}
		if err := r.Read(context.Background(), &b); err != nil || len(b.PCM) != 50 || b.Lost != 0 ||
			r.Origin() != (hw.Origin{}) {
			t.Errorf("%.40q: %d samples, %d lost, %+v, %v", text, len(b.PCM), b.Lost, r.Origin(), err)
		}
	}
	// A gap beyond the end, and one that never ends.
	for _, text := range []string{`{"gaps":[{"at":5,"times":18446744073709551600}]}`, `{"gaps":[{"at":0,"times":60}]}`} {
		file := bytes.Clone(good)
		copy(file[at:], text+strings.Repeat(" ", aboutBytes-len(text)))
		r, err := NewReader("a", bytes.NewReader(file), Options{})
		if err != nil {
			t.Fatal(err)
		}
		b := hw.Block{PCM: make([]int32, 100)}
		for err == nil {
			err = r.Read(context.Background(), &b)
		}
		if !errors.Is(err, io.EOF) {
			t.Errorf("%s: %v", text, err)
		}
	}
	// A chunk that says that it is longer than anything, and one that ends early.
	file := bytes.Clone(good)
	binary.LittleEndian.PutUint32(file[at-4:], 1<<31)
	if _, err := ReadHeader(bytes.NewReader(file)); err == nil {
		t.Error("a chunk of 2 GiB in a file of some KiB")
	}
	if _, err := ReadHeader(bytes.NewReader(good[:at+100])); err == nil {
		t.Error("a file that ends in the chunk")
	}
}
