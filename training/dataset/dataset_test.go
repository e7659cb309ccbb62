package dataset

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/auscult/auscult/agent/model"
	"github.com/auscult/auscult/dsp"
	"github.com/auscult/auscult/hw"
	"github.com/auscult/auscult/hw/wav"
)

// tone returns seconds of a tone in Q31 at 16 kHz.
func tone(hz, amplitude, seconds float64) []int32 {
	pcm := make([]int32, int(seconds*16000))
	for i := range pcm {
		pcm[i] = int32(amplitude * math.MaxInt32 * math.Sin(2*math.Pi*hz*float64(i)/16000))
	}
	return pcm
}

func writeWAV(t *testing.T, path string, rate int, pcm []int32) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := wav.Write(f, hw.Format{SampleRateHz: rate, Channels: 1, BitsPerSample: 24}, pcm); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
}

func names(clips []*Clip) []string {
	var out []string
	for _, c := range clips {
		out = append(out, c.Name)
	}
	return out
}

func options() Options { return Options{Profile: dsp.DefaultProfile(), Workers: 2} }

// codesOf returns all codes of features.
func codesOf(f *Features) (all []int8) {
	f.Each(func(codes []int8) { all = append(all, codes...) })
	return all
}

// collect lists features.
func collect(n NormalFeatures) (all []*Features) {
	for _, f := range n.All() {
		all = append(all, f)
	}
	return all
}

func mustOpen(t *testing.T, dir string) *Set {
	t.Helper()
	s, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestOpenWalks(t *testing.T) {
	dir := t.TempDir()
	for i, name := range []string{
		"normal/b.wav", "normal/a/z.WAV", "normal/a-1.wav", "normal/.hidden.wav", "normal/.git/x.wav", "abnormal/x.wav",
		"other/y.wav",
	} {
		writeWAV(t, filepath.Join(dir, name), 16000, tone(float64(100+i), 0.1, 0.2))
	}
	if err := os.WriteFile(filepath.Join(dir, "normal", "notes.txt"), []byte("x"), 0o644); err != nil {
		t.Fatal(err)
	}
	for link, target := range map[string]string{
		"normal/link.wav": "b.wav", "normal/loop": ".", "normal/dangling.wav": "nowhere", "normal/dir.wav": "a",
	} {
		if err := os.Symlink(target, filepath.Join(dir, link)); err != nil {
			t.Fatal(err)
		}
	}
	s := mustOpen(t, dir)
	if want := []string{
		"normal/a-1.wav", "normal/a/z.WAV", "normal/b.wav", "normal/link.wav",
	}; !slices.Equal(names(s.Normal().Clips()), want) {
		t.Errorf("normal clips %q, want %q", names(s.Normal().Clips()), want)
	}
	if got := names(s.Clips()); len(got) != 5 || got[4] != "abnormal/x.wav" {
		t.Errorf("clips %q", got)
	}
	warnings := strings.Join(s.Warnings(), "\n")
	for _, want := range []string{
		"normal/loop: left out: a link to a folder", "normal/dir.wav: left out: a link to a folder",
		"normal/dangling.wav: left out", "normal/link.wav has the same content as normal/b.wav",
	} {
		if !strings.Contains(warnings, want) {
			t.Errorf("no warning %q in:\n%s", want, warnings)
		}
	}
}

func TestOpenRefuses(t *testing.T) {
	dir := t.TempDir()
	for name, want := range map[string]string{"": "no folder normal/", "missing": "no such file"} {
		if _, err := Open(filepath.Join(dir, name)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", name, err)
		}
	}
	if err := os.WriteFile(filepath.Join(dir, "normal"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(dir); err == nil || !strings.Contains(err.Error(), "not a folder") {
		t.Errorf("file: %v", err)
	}
	empty := t.TempDir()
	if err := os.Mkdir(filepath.Join(empty, "normal"), 0o755); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(empty); err == nil || !strings.Contains(err.Error(), "no recording of normal sound") {
		t.Errorf("empty: %v", err)
	}
}

func TestHashFollowsNamesAndContents(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "normal", "a.wav")
	writeWAV(t, path, 16000, tone(100, 0.1, 0.1))
	first := mustOpen(t, dir).Hash()
	if again := mustOpen(t, dir).Hash(); again != first || len(first) != 64 {
		t.Errorf("hash %s, then %s", first, again)
	}
	writeWAV(t, path, 16000, tone(101, 0.1, 0.1))
	second := mustOpen(t, dir).Hash()
	if err := os.Rename(path, filepath.Join(dir, "normal", "b.wav")); err != nil {
		t.Fatal(err)
	}
	third := mustOpen(t, dir).Hash()
	if first == second || second == third || first == third {
		t.Errorf("hashes %s, %s, %s", first, second, third)
	}
}

// TestOnlyNormalCanBeLearned proves the guard: the types that learning takes
// have no exported field, and no exported function of this package makes one
// of them from a Clip, a Features or a Set except through what lies in normal/.
func TestOnlyNormalCanBeLearned(t *testing.T) {
	for _, v := range []any{NormalClips{}, NormalFeatures{}, NormalWindows{}} {
		typ := reflect.TypeOf(v)
		for i := range typ.NumField() {
			if typ.Field(i).IsExported() {
				t.Errorf("%v has the exported field %s", typ, typ.Field(i).Name)
			}
		}
	}
	dir := t.TempDir()
	writeWAV(t, filepath.Join(dir, "normal", "n.wav"), 16000, tone(100, 0.1, 1))
	writeWAV(t, filepath.Join(dir, "normal", "n2.wav"), 16000, tone(150, 0.1, 1))
	writeWAV(t, filepath.Join(dir, "abnormal", "a.wav"), 16000, tone(200, 0.1, 1))
	s := mustOpen(t, dir)
	folds, err := Folds(s.Normal(), 2, 1)
	if err != nil {
		t.Fatal(err)
	}
	features, _, err := ExtractNormal(context.Background(), s.Normal(), options())
	if err != nil {
		t.Fatal(err)
	}
	for _, clips := range []NormalClips{
		s.Normal(), folds[0].Fit, folds[0].Held, folds[1].Fit, folds[1].Held, features.Clips(),
	} {
		for _, c := range clips.Clips() {
			if c.Label() != Normal {
				t.Errorf("%s among the normal clips", c.Name)
			}
		}
	}
	// A copy that a caller changes stays a copy.
	copied := s.Normal().Clips()
	copied[0] = s.Clips()[2]
	for _, f := range features.All() {
		f.Clip = s.Clips()[2]
	}
	if s.Normal().Clips()[0].Label() != Normal || features.Clips().Clips()[0].Label() != Normal {
		t.Error("a caller can put an abnormal clip among the normal ones")
	}
}

func TestFolds(t *testing.T) {
	var clips NormalClips
	for i := range 11 {
		name := string(rune('a' + i))
		clips.clips = append(clips.clips, &Clip{Name: name, hash: [32]byte{byte(i)}})
	}
	clips.clips[7].hash = clips.clips[2].hash
	folds, err := Folds(clips, 4, 3)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]int{}
	for _, f := range folds {
		if f.Fit.Len()+f.Held.Len() != 11 || f.Held.Len() < 2 {
			t.Errorf("fold of %d and %d clips", f.Fit.Len(), f.Held.Len())
		}
		held := names(f.Held.Clips())
		for _, n := range held {
			seen[n]++
		}
		if slices.Contains(held, "c") != slices.Contains(held, "h") {
			t.Errorf("equal clips are on both sides: %q", held)
		}
	}
	if len(seen) != 11 {
		t.Errorf("%d clips were held back, want 11", len(seen))
	}
	again, err := Folds(clips, 4, 3)
	if err != nil || !reflect.DeepEqual(folds, again) {
		t.Errorf("the same seed gives other folds (%v)", err)
	}
	for _, k := range []int{-1, 0, 1, 12, 11} { // 11: only ten different contents
		if _, err := Folds(clips, k, 1); err == nil {
			t.Errorf("%d folds: no error", k)
		}
	}
}

// hearing keeps the codes of what a stream hears.
type hearing struct {
	quantiser *dsp.Quantiser
	codes     []int8
}

func (h *hearing) Frame(levels []dsp.DB) {
	codes := make([]int8, len(levels))
	h.quantiser.Quantise(codes, levels)
	h.codes = append(h.codes, codes...)
}

func (*hearing) Break() {}

func TestExtractIsTheStream(t *testing.T) {
	dir := t.TempDir()
	for i := range 5 {
		writeWAV(t, filepath.Join(dir, "normal", string(rune('a'+i))+".wav"), 16000,
			tone(float64(200+50*i), 0.01, 1+0.3*float64(i)))
	}
	s := mustOpen(t, dir)
	calls := 0
	o := options()
	var last Progress
	o.Progress = func(p Progress) {
		calls++
		if p.Clips < last.Clips || p.HeardS < last.HeardS || p.Of != 5 || math.Abs(p.TotalS-8) > 1e-3 {
			t.Errorf("%+v after %+v", p, last)
		}
		last = p
	}
	features, warnings, err := ExtractNormal(context.Background(), s.Normal(), o)
	if err != nil || len(warnings) != 0 || calls != 10 || last.Clips != 5 || math.Abs(last.Share()-1) > 1e-9 {
		t.Fatalf("%v, warnings %q, %d calls, at last %+v", err, warnings, calls, last)
	}
	stream, err := dsp.NewStream(o.Profile, dsp.Input{SampleRateHz: 16000})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range features.All() {
		pcm, _, err := f.ReadMono(t.Context(), 0, 3600)
		if err != nil {
			t.Fatal(err)
		}
		want := hearing{quantiser: dsp.NewQuantiser(o.Profile)}
		stream.Restart()
		stream.Write(pcm, &want)
		if !slices.Equal(codesOf(f), want.codes) || f.Frames*f.Bands != len(want.codes) || f.Frames != (len(pcm)-1024)/512+1 {
			t.Errorf("%s: codes of %d frames differ from the stream's", f.Name, f.Frames)
		}
		if math.Abs(f.LevelDBFS-(-43.01)) > 0.05 {
			t.Errorf("%s: level %g dBFS, want -43.01", f.Name, f.LevelDBFS)
		}
	}
}

func TestExtractBadFiles(t *testing.T) {
	dir := t.TempDir()
	good := filepath.Join(dir, "normal", "good.wav")
	writeWAV(t, good, 16000, tone(200, 0.1, 1))
	writeWAV(t, filepath.Join(dir, "normal", "short.wav"), 16000, tone(200, 0.1, 0.05))
	raw, err := os.ReadFile(good)
	if err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string][]byte{
		"cut.wav": raw[:len(raw)/2], "noise.wav": []byte("not a recording"), "empty.wav": nil,
	} {
		if err := os.WriteFile(filepath.Join(dir, "normal", name), content, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	features, warnings, err := ExtractNormal(context.Background(), mustOpen(t, dir).Normal(), options())
	if err != nil {
		t.Fatal(err)
	}
	if got := names(features.Clips().Clips()); !slices.Equal(got, []string{"normal/cut.wav", "normal/good.wav"}) {
		t.Errorf("used %q", got)
	}
	all := strings.Join(warnings, "\n")
	for _, want := range []string{
		"normal/short.wav: left out: its 0.05 s are less than one frame", "normal/noise.wav: left out", "normal/empty.wav: left out",
		"normal/cut.wav: the recording is cut off",
	} {
		if !strings.Contains(all, want) {
			t.Errorf("no warning %q in:\n%s", want, all)
		}
	}
	if err := os.Remove(good); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(dir, "normal", "cut.wav")); err != nil {
		t.Fatal(err)
	}
	_, _, err = ExtractNormal(context.Background(), mustOpen(t, dir).Normal(), options())
	if !errors.Is(err, ErrUnusable) {
		t.Errorf("no usable clip: %v", err)
	}
}

// TestHigherRates converts clips of 44.1 and 48 kHz as the node does.
func TestHigherRates(t *testing.T) {
	dir := t.TempDir()
	const seconds = 1
	for i, rate := range []int{16000, 44100, 48000, 16000} {
		pcm := make([]int32, seconds*rate)
		for j := range pcm {
			pcm[j] = int32(math.Round(0x20000000 * math.Sin(2*math.Pi*440*float64(j)/float64(rate))))
		}
		writeWAV(t, filepath.Join(dir, "normal", fmt.Sprintf("%d.wav", i)), rate, pcm)
	}
	n, _, err := ExtractNormal(context.Background(), mustOpen(t, dir).Normal(), options())
	if err != nil {
		t.Fatal(err)
	}
	features := collect(n)
	want := features[0]
	wanted := codesOf(want)
	for _, f := range features[1:] {
		codes := codesOf(f)
		if math.Abs(f.DurationS-seconds) > 1e-9 || f.Frames < want.Frames-1 || f.Frames > want.Frames {
			t.Fatalf("%s: %g s, %d frames; want %d s, about %d", f.Name, f.DurationS, f.Frames, seconds, want.Frames)
		}
		frame := want.Frames / 2
		loudest := slices.Max(wanted[frame*want.Bands : (frame+1)*want.Bands])
		for b := range want.Bands {
			at := frame*want.Bands + b
			if int(wanted[at]) > int(loudest)-60 && math.Abs(float64(wanted[at])-float64(codes[at])) > 1 {
				t.Errorf("%s, band %d: code %d, at 16 kHz %d", f.Name, b, codes[at], wanted[at])
			}
		}
	}
}

func TestExtractRefuses(t *testing.T) {
	dir := t.TempDir()
	writeWAV(t, filepath.Join(dir, "normal", "a.wav"), 16000, tone(200, 0.1, 1))
	writeWAV(t, filepath.Join(dir, "normal", "b.wav"), 8000, tone(200, 0.1, 1))
	s := mustOpen(t, dir)
	f, warnings, err := ExtractNormal(context.Background(), s.Normal(), options())
	if err != nil || f.Len() != 1 || len(warnings) != 1 ||
		!strings.Contains(warnings[0], "normal/b.wav: left out: has 8000 Hz, the profile 16000 Hz") {
		t.Errorf("rates: %d clips, %q, %v", f.Len(), warnings, err)
	}
	low := NormalClips{s.Clips()[1:]}
	if _, _, err := ExtractNormal(context.Background(), low, options()); !errors.Is(err, ErrUnusable) {
		t.Errorf("only one of a lower rate: %v", err)
	}
	o := options()
	o.Channel = 3
	if _, _, err := ExtractNormal(context.Background(), s.Normal(), o); err == nil ||
		!strings.Contains(err.Error(), "channel from 0 to 0") {
		t.Errorf("channel: %v", err)
	}
	o = options()
	o.Profile.Bands = 0
	if _, _, err := ExtractNormal(context.Background(), s.Normal(), o); err == nil {
		t.Error("profile: no error")
	}
	l, err := NewListener(dsp.DefaultProfile(), 0)
	if err != nil {
		t.Fatal(err)
	}
	odd := Ear{Changes: func(int) []Change { return []Change{{SamplesDB: math.NaN()}} }}
	if _, err := l.Listen(context.Background(), s.Clips()[0], Cut{}, odd); err == nil {
		t.Error("change: no error")
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, _, err := ExtractNormal(ctx, s.Normal(), options()); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	if _, _, err := ExtractNormal(context.Background(), NormalClips{}, options()); err == nil {
		t.Error("no clips: no error")
	}
}

// TestChanges hears clips as they are, at one level of their samples, and with one mean of their
// cells, the latter two in one reading.
func TestChanges(t *testing.T) {
	dir := t.TempDir()
	writeWAV(t, filepath.Join(dir, "normal", "quiet.wav"), 16000, tone(1000, 0.01, 1))
	writeWAV(t, filepath.Join(dir, "normal", "loud.wav"), 16000, tone(1000, 0.1, 1))
	writeWAV(t, filepath.Join(dir, "normal", "silent.wav"), 16000, make([]int32, 16000))
	l, err := NewListener(dsp.DefaultProfile(), 0)
	if err != nil {
		t.Fatal(err)
	}
	type result struct {
		Heard
		codes [3][]int8 // by change
	}
	hear := func(c *Clip, changes ...Change) (r result) {
		if _, err := l.Listen(t.Context(), c, Cut{}, Ear{
			Changes: func(int) []Change { return changes },
			Frame: func(i int, codes []int8) error {
				r.codes[i] = append(r.codes[i], codes...)
				return nil
			},
			End: func(_ int, h Heard) error { r.Heard = h; return nil },
		}); err != nil {
			t.Fatal(err)
		}
		return r
	}
	same := func(a, b []int8) bool {
		for i := range a {
			// Rounding to 24 bits leaves the floor of quiet bands uncertain.
			if d := int(a[i]) - int(b[i]); (d > 1 || d < -1) && max(a[i], b[i]) > -100 {
				return false
			}
		}
		return len(a) > 0 && len(a) == len(b)
	}
	raw, changed := map[string]result{}, map[string]result{}
	for _, c := range mustOpen(t, dir).Clips() {
		name := filepath.Base(c.Name)
		r := hear(c, Change{})
		raw[name] = r
		changed[name] = hear(c, Change{SamplesDB: -30 - r.LevelDBFS}, Change{CellsDB: -60 - r.MeanDB}, Change{})
		if !slices.Equal(changed[name].codes[2], r.codes[0]) {
			t.Errorf("%s: as it is, beside changes, it sounds otherwise", name)
		}
	}
	quiet, loud := changed["quiet.wav"], changed["loud.wav"]
	if same(raw["quiet.wav"].codes[0], raw["loud.wav"].codes[0]) {
		t.Error("raw: the clips do not differ")
	}
	if !same(quiet.codes[0], loud.codes[0]) || quiet.LevelDBFS > -42.9 || loud.Saturated != 0 {
		t.Errorf("at one level: %d clamped, level before %g dBFS", loud.Saturated, quiet.LevelDBFS)
	}
	for _, c := range mustOpen(t, dir).Clips() {
		if filepath.Base(c.Name) == "loud.wav" && hear(c, Change{SamplesDB: 23}).Saturated == 0 {
			t.Error("a sine of 0 dBFS RMS is not clamped")
		}
	}
	shifted := hear(mustOpen(t, dir).Clips()[1], Change{CellsDB: 5})
	_, peak := loudest(raw["quiet.wav"].codes[0])
	// 5 dB are 10.6 codes.
	if d := int(shifted.codes[0][peak]) - int(raw["quiet.wav"].codes[0][peak]); d < 10 || d > 11 {
		t.Errorf("a shift by 5 dB moves a code by %d", d)
	}
}

func TestWindows(t *testing.T) {
	ramp := func(frames int, base byte) *Features {
		f := &Features{Heard: Heard{Frames: frames}, Bands: 3, Values: 3}
		for i := range frames * 3 {
			f.codes.resident = append(f.codes.resident, base+byte(i))
		}
		return f
	}
	features := []*Features{ramp(5, 0), ramp(1, 50), ramp(2, 60)}
	w, err := newWindows(features, model.Window{Frames: 2, StrideFrames: 2, Layout: model.FrameMajor})
	if err != nil {
		t.Fatal(err)
	}
	if w.Len() != 3 || w.Size() != 6 {
		t.Fatalf("%d windows of %d cells, want 3 of 6", w.Len(), w.Size())
	}
	for i, want := range []int{0, 0, 2} {
		if got := w.clip(i); got != want {
			t.Errorf("window %d is of clip %d, want %d", i, got, want)
		}
	}
	got := make([]int8, 6)
	for i, want := range [][]int8{{0, 1, 2, 3, 4, 5}, {6, 7, 8, 9, 10, 11}, {60, 61, 62, 63, 64, 65}} {
		if w.Codes(i, got); !slices.Equal(got, want) {
			t.Errorf("window %d is %v, want %v", i, got, want)
		}
	}
	w, err = newWindows(features, model.Window{Frames: 2, StrideFrames: 1, Layout: model.BandMajor})
	if err != nil || w.Len() != 5 {
		t.Fatalf("%d windows, %v", w.Len(), err)
	}
	w.Codes(1, got)
	if want := []int8{3, 6, 4, 7, 5, 8}; !slices.Equal(got, want) {
		t.Errorf("band major: %v, want %v", got, want)
	}
	cells := make([]float32, 6)
	w.Sample(1, cells)
	for i, v := range cells {
		if want := float32(int(got[i])+128) / 255; v != want {
			t.Errorf("cell %d is %g, want %g", i, v, want)
		}
	}
	for _, bad := range []model.Window{
		{Frames: 0, StrideFrames: 1, Layout: model.FrameMajor}, {Frames: 1, Layout: model.FrameMajor},
		{Frames: 1, StrideFrames: 1}, {Frames: 9, StrideFrames: 1, Layout: model.FrameMajor},
	} {
		if _, err := newWindows(features, bad); err == nil {
			t.Errorf("%+v: no error", bad)
		}
	}
	mixed := []*Features{ramp(5, 0), {Clip: &Clip{Name: "x"}, Heard: Heard{Frames: 1}, Bands: 2, Values: 2}}
	if _, err := newWindows(mixed, model.Window{Frames: 1, StrideFrames: 1, Layout: model.FrameMajor}); err == nil {
		t.Error("other bands: no error")
	}
	if (Windows{}).Len() != 0 {
		t.Error("the zero value has windows")
	}
}

// loudest returns the highest code and where it stands.
func loudest(codes []int8) (code int8, at int) {
	code = slices.Max(codes)
	return code, slices.Index(codes, code)
}

// TestShippedRecordings reads the fan clips that the demonstration learns and
// judges. The levels are those that the data set is described with: about
// -43.7 dBFS normal, -39.3 dBFS abnormal (medians over the whole set).
func TestShippedRecordings(t *testing.T) {
	const fan = "../testdata/recordings/mimii_fan_id00"
	learn, test := mustOpen(t, filepath.Join(fan, "learn")), mustOpen(t, filepath.Join(fan, "test"))
	if learn.Normal().Len() != 8 || len(learn.Clips()) != 8 || test.Normal().Len() != 6 || len(test.Clips()) != 14 {
		t.Fatalf("%d clips to learn, %d to judge", len(learn.Clips()), len(test.Clips()))
	}
	levels := map[Label][]float64{}
	for _, s := range []*Set{learn, test} {
		features, warnings, err := ExtractNormal(context.Background(), NormalClips{s.Clips()}, options())
		if err != nil || len(warnings)+len(s.Warnings()) > 0 {
			t.Fatalf("%v; warnings %q %q", err, s.Warnings(), warnings)
		}
		for _, f := range features.All() {
			if f.Frames != 311 || f.DurationS != 10 {
				t.Errorf("%s: %d frames, %g s", f.Name, f.Frames, f.DurationS)
			}
			levels[f.Label()] = append(levels[f.Label()], f.LevelDBFS)
		}
	}
	for label, want := range map[Label]float64{Normal: -43.7, Abnormal: -39.3} {
		l := levels[label]
		slices.Sort(l)
		if median := (l[(len(l)-1)/2] + l[len(l)/2]) / 2; math.Abs(median-want) > 1 {
			t.Errorf("%s: median level %.1f dBFS, want about %.1f", label, median, want)
		}
	}
}
