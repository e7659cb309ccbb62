package learn

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/auscult/auscult/hw"
	"github.com/auscult/auscult/hw/wav"
)

// TestGapAtTheBegin learns recordings that lost samples soon after they began: what comes before the gap is too short
// to be looked at, and the recordings are what they were, in the review and in the model.
func TestGapAtTheBegin(t *testing.T) {
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "normal"), 0o755); err != nil {
		t.Fatal(err)
	}
	rng := rand.New(rand.NewPCG(1, 1))
	for i := range 4 {
		f, err := os.Create(filepath.Join(dir, "normal", fmt.Sprint(i, ".wav")))
		if err != nil {
			t.Fatal(err)
		}
		format := hw.Format{SampleRateHz: 16000, Channels: 1, BitsPerSample: 16}
		w, err := wav.NewWriter(f, format, hw.Origin{Unit: hw.FullScale, FullScale: 1, Sensor: "hw:0,0, mic"})
		if err != nil {
			t.Fatal(err)
		}
		pcm := make([]int32, 5*16000)
		for i := range pcm {
			pcm[i] = int32(1 << 27 * rng.NormFloat64())
		}
		err = w.Write(pcm[:1600])
		w.Lost(100)
		if err := errors.Join(err, w.Write(pcm[1600:]), w.Close(), f.Close()); err != nil {
			t.Fatal(err)
		}
	}
	out, err := Run(t.Context(), quick(dir))
	if err != nil {
		t.Fatal(err)
	}
	if r := &out.Review; r.Clips != 4 || !slices.Equal(r.RatesHz, []int{16000}) || r.MedianDBFS > -10 {
		t.Errorf("review: %v", r)
	}
	if n := out.Model.Settings.Normal; len(out.Clips) != 4 || n.Clips != 4 || n.DurationS >= 20 {
		t.Errorf("learned %d clips, %+v", len(out.Clips), n)
	}
	recorded := out.Model.Settings.Provenance.Recorded
	if len(recorded) != 1 || recorded[0].Clips != 4 || recorded[0].Origin.Sensor != "hw:0,0, mic" {
		t.Errorf("the model says of what it learned: %v", recorded)
	}
	if text := strings.Join(out.Warnings, "\n"); strings.Contains(text, "are shorter than") {
		t.Errorf("warnings: %s", text)
	}
}
