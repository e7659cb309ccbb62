package dataset

import (
	"bytes"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/auscult/auscult/dsp"
	"github.com/auscult/auscult/hw"
	"github.com/auscult/auscult/hw/wav"
)

// writeTone writes a second of a tone; a peak above 1 clips.
func writeTone(t *testing.T, path string, rateHz int, peak float64) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	w, err := wav.NewWriter(f, hw.Format{SampleRateHz: rateHz, Channels: 1, BitsPerSample: 16}, hw.Origin{})
	if err != nil {
		t.Fatal(err)
	}
	pcm := make([]int32, rateHz)
	for i := range pcm {
		v := peak * math.Sin(2*math.Pi*200*float64(i)/float64(rateHz)) * math.MaxInt32
		pcm[i] = int32(max(math.MinInt32, min(math.MaxInt32, v)))
	}
	if err := w.Write(pcm); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
}

// oddities is a folder with a clip of each kind that a review tells of.
func oddities(t *testing.T) NormalClips {
	t.Helper()
	dir := t.TempDir()
	for name, clip := range map[string]struct {
		rateHz int
		peak   float64
	}{
		"a": {16000, 0.1}, "b": {16000, 0.11}, "c": {48000, 0.09}, "clipped": {16000, 1.6}, "silent": {16000, 0},
		"weak": {16000, 0.001},
	} {
		writeTone(t, filepath.Join(dir, "normal", name+".wav"), clip.rateHz, clip.peak)
	}
	set, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	return set.Normal()
}

func TestReview(t *testing.T) {
	f, warnings, err := ExtractNormal(t.Context(), oddities(t), Options{Profile: dsp.DefaultProfile()})
	if err != nil {
		t.Fatal(err)
	}
	r := ReviewOf(f, 16000)
	if r.Clips != 5 || r.Resampled != 1 || !slices.Equal(r.RatesHz, []int{16000, 48000}) {
		t.Errorf("%d clips of %d Hz, %d resampled", r.Clips, r.RatesHz, r.Resampled)
	}
	if r.DurationS != 5 || math.Abs(r.MedianDBFS+23) > 0.5 {
		t.Errorf("%g s of %g dBFS", r.DurationS, r.MedianDBFS)
	}
	got := strings.Join(append(append(warnings, r.Warnings()...), r.String()), "\n")
	for _, want := range []string{
		"the clips have 16000 and 48000 Hz", "normal/silent.wav: left out: silent", "normal/clipped.wav is clipped",
		"2 clips are more than 10 dB from the others' level", "5 clips, 5 s, 16000 and 48000 Hz, 1 channels",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in\n%s", want, got)
		}
	}
	if r := ReviewOf(NormalFeatures{}, 16000); r.Warnings() != nil || r.Clips != 0 {
		t.Errorf("no clips: %+v", r)
	}
}

// TestCache extracts twice, then with damaged files, and with another channel's key.
func TestCache(t *testing.T) {
	clips := oddities(t)
	o := Options{Profile: dsp.DefaultProfile(), Cache: filepath.Join(t.TempDir(), "kept", "here")}
	first, _, err := ExtractNormal(t.Context(), clips, o)
	if err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(o.Cache, "*.features"))
	if err != nil || len(files) != clips.Len()-1 { // but the silent one
		t.Fatalf("%d files are kept, error %v", len(files), err)
	}
	same := func(when string) {
		t.Helper()
		again, warnings, err := ExtractNormal(t.Context(), clips, o)
		if err != nil || len(warnings) != 1 {
			t.Fatalf("%s: %v %v", when, warnings, err)
		}
		all := collect(first)
		for i, f := range again.All() {
			w := all[i]
			if f.Name != w.Name || f.Frames != w.Frames || !slices.Equal(codesOf(f), codesOf(w)) {
				t.Errorf("%s: %s of %d frames for %s of %d, or other codes", when, f.Name, f.Frames, w.Name, w.Frames)
			}
			for _, v := range []struct {
				what      string
				got, want any
			}{
				{"level", f.LevelDBFS, w.LevelDBFS}, {"sound", f.Sound, w.Sound},
				{"mean", f.MeanDB, w.MeanDB}, {"duration", f.DurationS, w.DurationS},
			} {
				if v.got != v.want {
					t.Errorf("%s: %s of %s is %v, want %v", when, v.what, f.Name, v.got, v.want)
				}
			}
		}
	}
	same("from the cache")
	for i, path := range files {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		switch i % 3 {
		case 0:
			data = data[:len(data)/2]
		case 1:
			data[len(cacheMagic)+40] ^= 1
		case 2:
			data = nil
		}
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	same("after damage")
	o.Cache = filepath.Join(files[0], "no-folder")
	if _, warnings, err := ExtractNormal(t.Context(), clips, o); err != nil || len(warnings) != 2 ||
		!strings.Contains(warnings[0], "cannot be kept") || !strings.Contains(warnings[0], "and 4 clips more are like that") {
		t.Errorf("a cache that cannot be: %v, error %v", warnings, err)
	}
}

func FuzzDecodeFeatures(f *testing.F) {
	var good bytes.Buffer
	if err := encodeFeatures(&good, &Features{
		Heard: Heard{Frames: 2}, Bands: 3, Values: 3, codes: codes{resident: []byte{1, 254, 3, 4, 5, 128}},
	}); err != nil {
		f.Fatal(err)
	}
	f.Add(good.Bytes())
	f.Add([]byte(cacheMagic))
	f.Fuzz(func(t *testing.T, data []byte) {
		w := codeWriter{store: newStore()}
		got, err := decodeFeatures(bytes.NewReader(data), &w)
		if err == nil && len(w.buffer) != got.Frames*got.Bands {
			t.Errorf("%d codes for %d frames of %d bands", len(w.buffer), got.Frames, got.Bands)
		}
	})
}
