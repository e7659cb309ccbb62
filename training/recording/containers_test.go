package recording

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/auscult/auscult/hw"
)

// expected is what libsndfile reads from a file of testdata, by build/oracle/training/containers.py.
type expected struct {
	Rate     int       `json:"rate"`
	Channels int       `json:"channels"`
	Float    bool      `json:"float"`
	Samples  []float64 `json:"samples"` // integers of 32 bits, or floats
}

// pcm returns the samples in Q31.
func (e *expected) pcm() []int32 {
	pcm := make([]int32, len(e.Samples))
	for i, x := range e.Samples {
		if e.Float {
			x = math.RoundToEven(x * (1 << 31))
		}
		pcm[i] = int32(max(math.MinInt32, min(x, math.MaxInt32)))
	}
	return pcm
}

func expectations(t testing.TB) map[string]expected {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", "expected.json"))
	if err != nil {
		t.Fatal(err)
	}
	var all map[string]expected
	if err := json.Unmarshal(text, &all); err != nil {
		t.Fatal(err)
	}
	return all
}

func file(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// play reads a recording to its end.
func play(ctx context.Context, r *Recording, values int) (pcm []int32, lost uint64, err error) {
	b := hw.Block{PCM: make([]int32, values)}
	for {
		if err = r.Read(ctx, &b); err != nil {
			if errors.Is(err, io.EOF) {
				err = nil
			}
			return pcm, lost, err
		}
		pcm = append(pcm, b.PCM...)
		lost += b.Lost
	}
}

// TestContainers reads each file as libsndfile does, whole, cut off anywhere, and one channel.
func TestContainers(t *testing.T) {
	for name, e := range expectations(t) {
		t.Run(name, func(t *testing.T) {
			data, want := file(t, name), e.pcm()
			r, err := Open("a recording", opener(data), Options{})
			if err != nil {
				t.Fatal(err)
			}
			if f := r.Format(); f.SampleRateHz != e.Rate || f.Channels != e.Channels {
				t.Errorf("format %v, want %d Hz, %d channels", f, e.Rate, e.Channels)
			}
			got, lost, err := play(t.Context(), r, 98)
			if err != nil || lost != 0 || !slices.Equal(got, want) {
				t.Fatalf("%d values, want %d; %v, lost %d", len(got), len(want), err, lost)
			}
			if n, known := r.SampleTimes(); r.Truncated() || known && n != uint64(len(want)/e.Channels) {
				t.Errorf("truncated %v, %d sample times announced", r.Truncated(), n)
			}
			cutAnywhere(t, data, want)
			last := e.Channels - 1
			if r, err = Open("a recording", opener(data), Options{}); err != nil || r.Choose(last) != nil {
				t.Fatal(err)
			}
			got, _, err = play(t.Context(), r, 7)
			for i := range got {
				if got[i] != want[i*e.Channels+last] {
					t.Fatalf("channel %d, sample %d: %d, want %d", last, i, got[i], want[i*e.Channels+last])
				}
			}
			if err != nil || len(got) != len(want)/e.Channels {
				t.Errorf("channel %d: %d samples, %v", last, len(got), err)
			}
		})
	}
}

// cutAnywhere reads beginnings of a file: what there is of it, or an error that names the kind.
func cutAnywhere(t *testing.T, data []byte, want []int32) {
	t.Helper()
	for n := 0; n < len(data); n += 1 + n/97 {
		r, err := Open("a recording", opener(data[:n]), Options{})
		if err != nil {
			if kind, _, found := strings.Cut(err.Error(), ": "); !found || strings.ContainsAny(kind, " \n") {
				t.Errorf("%d bytes: %v", n, err)
			}
			continue
		}
		got, _, err := play(t.Context(), r, 64)
		if err != nil || len(got) > len(want) || !slices.Equal(got, want[:len(got)]) {
			t.Errorf("%d bytes: %d values, %v; want the beginning of %d", n, len(got), err, len(want))
		}
		if len(got) < len(want) && len(got) > 0 && !r.Truncated() {
			t.Errorf("%d bytes: %d values of %d, and it is not told that the file is cut off", n, len(got), len(want))
		}
	}
}
