package dataset

import (
	"crypto/sha256"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/auscult/auscult/hw"
	"github.com/auscult/auscult/training/recording"
)

// samples reads all of a clip.
func samples(t *testing.T, c *Clip) (all []int32) {
	t.Helper()
	r, err := c.Open(recording.Options{})
	if err != nil {
		t.Fatal(err)
	}
	n, known := r.SampleTimes()
	block := hw.Block{PCM: make([]int32, 1000)}
	for r.Read(t.Context(), &block) == nil {
		if block.FirstSample != uint64(len(all)) {
			t.Fatalf("block at %d after %d samples", block.FirstSample, len(all))
		}
		all = append(all, block.PCM...)
	}
	if err := r.Halt(); err != nil || !known || n != uint64(len(all)) {
		t.Errorf("%d samples, %d announced (%t), %v", len(all), n, known, err)
	}
	return all
}

// TestOneRecordingIsSplit learns the begin of the only normal recording, judges by its end, and
// finds the same end for a model that knows the begin.
func TestOneRecordingIsSplit(t *testing.T) {
	dir := t.TempDir()
	pcm := hiss(205, 4)
	writeWAV(t, filepath.Join(dir, "normal", "long.wav"), 16000, pcm)
	writeWAV(t, filepath.Join(dir, "abnormal", "a.wav"), 16000, hiss(5, 5))
	s, err := OpenPart(dir, Selection{TestShare: 0.2})
	if err != nil {
		t.Fatal(err)
	}
	if d := s.Describe(); !strings.Contains(d, "1 normal and 1 abnormal clips; the last 20 % of the normal recording") {
		t.Errorf("described as %q", d)
	}
	learned, kept := s.Normal(), s.Label(Normal)[1]
	if learned.Len() != 1 || s.Kept() != 1 || learned.Part() != 0.8 {
		t.Fatalf("%d clips are learned, %d kept, part %g", learned.Len(), s.Kept(), learned.Part())
	}
	const edge, gap = 164 * 16000, 10 * 16000
	if got := samples(t, learned.Clips()[0]); !slices.Equal(got, pcm[:edge]) {
		t.Errorf("%d samples are learned, want %d", len(got), edge)
	}
	if got := samples(t, kept); !slices.Equal(got, pcm[edge+gap:]) {
		t.Errorf("%d samples are kept, want %d", len(got), len(pcm)-edge-gap)
	}
	whole := mustOpen(t, dir)
	knows := func(sum [sha256.Size]byte) float64 {
		if sum == whole.normal[0].hash {
			return 0.8
		}
		return 0
	}
	rest := whole.Unknown(knows)
	if n := rest.Label(Normal); len(n) != 1 || !slices.Equal(samples(t, n[0]), pcm[edge+gap:]) ||
		!strings.Contains(strings.Join(rest.Warnings(), "\n"), "has learned its first 80 %") {
		t.Errorf("%d clips to judge by, warnings %q", len(n), rest.Warnings())
	}
	if n := whole.Normal().Known(knows); n.Len() != 1 || n.Hash() != learned.Hash() || n.Hash() == whole.Normal().Hash() {
		t.Error("what is known is not what was learned")
	}
	writeWAV(t, filepath.Join(dir, "normal", "long.wav"), 16000, pcm[:150*16000])
	if s, err = OpenPart(dir, Selection{TestShare: 0.2}); err != nil || s.Kept() != 0 || s.Normal().Part() != 1 {
		t.Errorf("a short recording is split: %v", err)
	}
}
