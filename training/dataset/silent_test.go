package dataset

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/auscult/auscult/agent/model"
	"github.com/auscult/auscult/hw"
	"github.com/auscult/auscult/hw/wav"
)

// writeStereo writes 16-bit samples of two channels at 16 kHz.
func writeStereo(t *testing.T, path string, left, right []int32) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	pcm := make([]int32, 0, 2*len(left))
	for i := range left {
		pcm = append(pcm, left[i], right[i])
	}
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := wav.Write(f, hw.Format{SampleRateHz: 16000, Channels: 2, BitsPerSample: 16}, pcm); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
}

// TestSilenceIsNotLearned leaves silent, stuck and dithered clips out, and dead stretches
// within clips, so that no window spans them, and says so in a line each.
func TestSilenceIsNotLearned(t *testing.T) {
	dir := t.TempDir()
	write := func(name string, pcm []int32) { writeWAV(t, filepath.Join(dir, "normal", name), 16000, pcm) }
	loud := tone(200, 0.1, 2)
	dither := make([]int32, 32000)
	for i := range dither {
		dither[i] = int32(i*i/7%2) << 16
	}
	for i := range 3 {
		write(fmt.Sprintf("silent%d.wav", i), make([]int32, 32000))
	}
	writeStereo(t, filepath.Join(dir, "normal", "dither.wav"), dither, dither)
	write("half.wav", slices.Concat(loud, make([]int32, 16000), loud))
	write("ends.wav", slices.Concat(make([]int32, 8000), loud))
	write("whole.wav", loud)
	f, warnings, err := ExtractNormal(t.Context(), mustOpen(t, dir).Normal(), options())
	if err != nil {
		t.Fatal(err)
	}
	text := strings.Join(warnings, "\n")
	for _, want := range []string{
		"normal/dither.wav: left out: silent: it holds no more than dither",
		"3 clips are silent and were left out, normal/silent0.wav first",
		"2 clips have stretches of one value, 1.5 s in all, which were left out, normal/ends.wav first",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
	var pieces []string
	for _, c := range f.All() {
		pieces = append(pieces, fmt.Sprintf("%s %d: %d", c.Name, c.Piece, c.Frames))
	}
	// Two seconds have 61 frames; one more has the first samples of silence.
	want := []string{"normal/ends.wav 0: 61", "normal/half.wav 1: 61", "normal/half.wav 2: 61", "normal/whole.wav 0: 61"}
	if !slices.Equal(pieces, want) {
		t.Errorf("frames of pieces %q, want %q", pieces, want)
	}
	if n := f.Clips().Len(); n != 3 {
		t.Errorf("%d clips, want 3", n)
	}
	if r := ReviewOf(f, 16000); r.Clips != 3 {
		t.Errorf("review of %d clips", r.Clips)
	}
	w, err := NewNormalWindows(f, model.Window{Frames: 5, StrideFrames: 1, Layout: model.FrameMajor})
	if err != nil || w.Len() != 4*57 {
		t.Errorf("%d windows, %v: want 57 of each piece", w.Len(), err)
	}
}

// TestOtherChannelHasSound says which channel to take where the one that is listened to is
// silent.
func TestOtherChannelHasSound(t *testing.T) {
	dir := t.TempDir()
	for i := range 3 {
		writeStereo(t, filepath.Join(dir, "normal", fmt.Sprintf("%d.wav", i)), make([]int32, 32000), tone(200, 0.1, 2))
	}
	_, warnings, err := ExtractNormal(t.Context(), mustOpen(t, dir).Normal(), options())
	const want = "channel 0 is silent, channel 1 has sound: use --channel 1"
	if err == nil || !strings.Contains(err.Error(), want) || len(warnings) != 1 ||
		!strings.HasPrefix(warnings[0], "3 clips are silent") {
		t.Errorf("error %v, warnings %q: want %q", err, warnings, want)
	}
	o := options()
	o.Channel = 1
	f, warnings, err := ExtractNormal(t.Context(), mustOpen(t, dir).Normal(), o)
	if err != nil || f.Len() != 3 || len(warnings) > 0 {
		t.Errorf("%d clips, %q, %v", f.Len(), warnings, err)
	}
}

// TestConstantIsNotLearned gives a clip the same codes whatever constant its sound has.
func TestConstantIsNotLearned(t *testing.T) {
	var want []int8
	for _, constant := range []float64{0, 0.05, 0.5, -0.3} {
		dir := t.TempDir()
		pcm := tone(300, 0.1, 1)
		for i := range pcm {
			pcm[i] += int32(constant * (1 << 31))
		}
		writeWAV(t, filepath.Join(dir, "normal", "a.wav"), 16000, pcm)
		f, _, err := ExtractNormal(t.Context(), mustOpen(t, dir).Normal(), options())
		if err != nil {
			t.Fatal(err)
		}
		got := collect(f)[0]
		if constant == 0 {
			want = codesOf(got)
		}
		if level := got.LevelDBFS; level < -23.1 || level > -22.9 {
			t.Errorf("constant %g: level %g dBFS, want -23: the constant is not heard", constant, level)
		}
		differ := 0
		for i, code := range codesOf(got) {
			if d := int(code) - int(want[i]); d != 0 {
				differ++
				if d > 1 || d < -1 {
					t.Fatalf("constant %g: code %d is %d, want %d", constant, i, code, want[i])
				}
			}
		}
		if differ > len(want)/100 {
			t.Errorf("constant %g: %d of %d codes differ", constant, differ, len(want))
		}
	}
}

// TestGathered says once what many clips were left out for.
func TestGathered(t *testing.T) {
	got := Gathered([]string{
		"normal/a.wav: left out: has 8000 Hz, the profile 16000 Hz", "normal/odd.wav: is cut off",
		"normal/b.wav: left out: has 8000 Hz, the profile 16000 Hz", "normal/c.wav: left out: the file is empty",
		"normal/d.wav: left out: has 8000 Hz, the profile 16000 Hz",
	})
	want := []string{
		"3 clips were left out, normal/a.wav first: has 8000 Hz, the profile 16000 Hz", "normal/odd.wav: is cut off",
		"normal/c.wav: left out: the file is empty",
	}
	if !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	var many []string
	for i := range 50 {
		many = append(many, fmt.Sprintf("normal/%03d.csv: up to %d.5 Hz, steps of %d ms", i, i, i%7))
	}
	want = []string{"normal/000.csv: up to 0.5 Hz, steps of 0 ms (and 49 clips more are like that)", "x.csv: is cut off"}
	if got := Gathered(append(many, "x.csv: is cut off")); !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	if got := Gathered(many[:3]); !slices.Equal(got, many[:3]) {
		t.Errorf("%q, want all three", got)
	}
}
