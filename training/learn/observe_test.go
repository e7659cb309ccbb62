package learn

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/auscult/auscult/dsp"
	"github.com/auscult/auscult/hw"
	"github.com/auscult/auscult/hw/wav"
	"github.com/auscult/auscult/training/dataset"
)

// silentSet opens clips of rates and lengths: their sound does not matter.
func silentSet(t *testing.T, ratesHz []int, seconds float64) dataset.NormalClips {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "normal")
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	for i, rate := range ratesHz {
		f, err := os.Create(filepath.Join(dir, string(rune('a'+i))+".wav"))
		if err != nil {
			t.Fatal(err)
		}
		pcm := make([]int32, int(float64(rate)*seconds))
		if err := wav.Write(f, hw.Format{SampleRateHz: rate, Channels: 1, BitsPerSample: 16}, pcm); err != nil {
			t.Fatal(err)
		}
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
	}
	set, err := dataset.Open(filepath.Dir(dir))
	if err != nil {
		t.Fatal(err)
	}
	return set.Normal()
}

// TestProfileOf takes the recordings' rate over where it is lower than the usual one, and frames
// that fit into short ones.
func TestProfileOf(t *testing.T) {
	for _, c := range []struct {
		rates   []int
		seconds float64
		rate    int
		frame   int
		why     string
	}{
		{[]int{16000}, 5, 16000, 1024, ""},
		{[]int{48000, 44100}, 5, 16000, 1024, ""},
		{[]int{8000, 48000}, 5, 16000, 1024, ""},
		{[]int{8000, 8000, 48000}, 5, 8000, 512, "made for 8000 Hz, since 2 of 3 recordings have less than 16000 (--rate)"},
		{[]int{8000, 8000}, 5, 8000, 512, "made for 8000 Hz, the recordings' rate (--rate)"},
		{[]int{11025, 8000}, 5, 8000, 512, "made for 8000 Hz"},
		{[]int{4300}, 3, 4300, 1024, "made for 4300 Hz"},
		{[]int{16000}, 0.1, 16000, 512, "frames of 32 ms, since the recordings are of 0.1 s"},
		{[]int{25600}, 0.1, 16000, 512, "frames of 32 ms"},
		{[]int{4000}, 0.1, 4000, 128, "made for 4000 Hz, the recordings' rate (--rate), frames of 32 ms"},
		{[]int{16000}, 0.2, 16000, 1024, ""},
	} {
		p, why := ProfileOf(silentSet(t, c.rates, c.seconds))
		if p.SampleRateHz != c.rate || p.FrameLength != c.frame ||
			!strings.Contains(why, c.why) || (c.why == "") != (why == "") {
			t.Errorf("%v Hz, %g s: %d Hz, frames of %d, %q", c.rates, c.seconds, p.SampleRateHz, p.FrameLength, why)
		}
		if err := p.Validate(); err != nil {
			t.Errorf("%v Hz, %g s: %v", c.rates, c.seconds, err)
		}
		if least(p) > c.seconds {
			t.Errorf("%v Hz, %g s: a window takes %g s", c.rates, c.seconds, least(p))
		}
	}
	if p, why := ProfileOf(dataset.NormalClips{}); p != dsp.DefaultProfile() || why != "" {
		t.Errorf("of nothing: %+v, %q", p, why)
	}
}
