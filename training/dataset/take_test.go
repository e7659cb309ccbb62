package dataset

import (
	"bytes"
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

// noise is sound that no other seed gives.
func noise(seed uint64, seconds float64) []int32 {
	rng := rand.New(rand.NewPCG(seed, 9))
	pcm := make([]int32, int(16000*seconds))
	for i := range pcm {
		pcm[i] = int32(rng.NormFloat64()*2000) << 16
	}
	return pcm
}

// withNoise is what a microphone nearby makes of the same sound.
func withNoise(pcm []int32, seed uint64) []int32 {
	out := noise(seed, float64(len(pcm))/16000)
	for i := range out {
		out[i] = pcm[i]/2 + out[i]/8
	}
	return out
}

// takesIn lists the names of each take with several clips.
func takesIn(s *Set) (takes [][]string) {
	of := map[string][]string{}
	for _, c := range s.Clips() {
		of[c.Take()] = append(of[c.Take()], c.Name)
	}
	for _, names := range of {
		if len(names) > 1 {
			takes = append(takes, names)
		}
	}
	slices.SortFunc(takes, func(a, b []string) int { return strings.Compare(a[0], b[0]) })
	return takes
}

// TestBareNames says what names tell of takes.
func TestBareNames(t *testing.T) {
	for _, together := range [][]string{
		{"normal/pump_001_part3.wav", "normal/pump_001_part12.flac"},
		{"normal/pump-mic1.wav", "normal/pump-mic2.wav"},
		{"normal/ch1/001.wav", "normal/ch2/001.WAV"},
		{"normal/a channel 3.wav", "normal/a channel 4.wav"},
		{"c/case1/NormalSound_IND/1100010001_ToyCar_case1_normal_IND_ch1_0001.wav",
			"c/case1/NormalSound_IND/1100020001_ToyCar_case1_normal_IND_ch2_0001.wav"},
		{"normal/Chunk-0001.wav", "normal/Chunk-0002.wav"},
		{"normal/x.wav", "normal/x.flac"},
	} {
		a, _, _ := bare(together[0])
		if b, _, _ := bare(together[1]); a != b {
			t.Errorf("%q and %q are two takes: %q, %q", together[0], together[1], a, b)
		}
	}
	apart := map[string]string{}
	for _, name := range []string{
		"normal/001.wav", "normal/002.wav", "abnormal/001.wav", "fan/id_00/normal/00000001.wav",
		"fan/id_02/normal/00000001.wav",
		"fan/train/normal_id_00_00000001.wav", "fan/train/section_00_source_train_normal_0001_vel_9.wav",
		"fan/train/section_01_source_train_normal_0001_vel_9.wav", "normal/Propeller_M1_1.wav", "normal/Propeller_M3_1.wav",
		"normal/pump_001_part3.wav", "normal/pump_002_part3.wav", "normal/department3.wav", "normal/department4.wav",
		"c/1100010001_ToyCar_case1_normal_IND_ch1_0001.wav", "c/1100010001_ToyCar_case1_normal_IND_ch1_0002.wav",
		"normal/march1.wav", "normal/march2.wav", "1st_test/2003.10.22.12.06.24.csv", "1st_test/2003.10.22.12.09.13.csv",
	} {
		key, _, _ := bare(name)
		if other := apart[key]; other != "" {
			t.Errorf("%q and %q are one take: %q", name, other, key)
		}
		apart[key] = name
	}
}

// TestTakes finds what belongs together by ear, name and time, and keeps it together.
func TestTakes(t *testing.T) {
	dir := t.TempDir()
	put := func(name string, pcm []int32) { writeWAV(t, filepath.Join(dir, name), 16000, pcm) }
	for i := range uint64(8) {
		put(fmt.Sprintf("normal/%d.wav", i), noise(i, 3))
	}
	long := noise(20, 12)
	put("normal/cut a.wav", long[:8*16000])
	put("normal/later cut.wav", long[5*16000+3:])
	put("normal/left of it.wav", noise(21, 10))
	put("normal/right of it.wav", withNoise(noise(21, 10), 22))
	put("normal/2026-01-01_10-00-00.wav", noise(30, 4))
	put("normal/2026-01-01_10-00-04.wav", noise(31, 4))
	put("normal/2026-01-01_10-00-08.wav", noise(32, 4))
	put("normal/2026-01-01_10-01-00.wav", noise(33, 4))
	put("abnormal/9.wav", noise(99, 3))
	put("abnormal/0 again.wav", withNoise(noise(0, 3), 98))
	// The samples of normal/1.wav in another format.
	var file bytes.Buffer
	if err := wav.Write(&file, hw.Format{SampleRateHz: 16000, Channels: 1, BitsPerSample: 16}, noise(1, 3)); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "normal", "copy.wav"), file.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	s, err := OpenPart(dir, Selection{TestShare: 0.3})
	if err != nil {
		t.Fatal(err)
	}
	want := [][]string{
		{"normal/0.wav", "abnormal/0 again.wav"},
		{"normal/1.wav", "normal/copy.wav"},
		{"normal/2026-01-01_10-00-00.wav", "normal/2026-01-01_10-00-04.wav", "normal/2026-01-01_10-00-08.wav"},
		{"normal/cut a.wav", "normal/later cut.wav"},
		{"normal/left of it.wav", "normal/right of it.wav"},
	}
	got := takesIn(s)
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("takes:\n%q\nwant\n%q", got, want)
	}
	const described = "19 files of 13 takes (up to 3 files each; one recording begins when another ends, the same sound)" +
		": a take is never on both sides"
	if d := s.Describe(); !strings.Contains(d, described) {
		t.Errorf("described as %q", d)
	}
	if w := strings.Join(s.Warnings(), "\n"); !strings.Contains(w, "1 abnormal clips are of a take that normal ones are of too, as normal/0.wav and abnormal/0 again.wav") {
		t.Errorf("warnings %q", w)
	}
	checkSides(t, s)
	if n := s.Kept(); n < 4 || n > 6 {
		t.Errorf("%d of 17 clips are kept, want about 5", n)
	}
	// What a model has learned takes its take along.
	rest := s.Unknown(func(sum [32]byte) float64 {
		if sum == s.Label(Normal)[1].hash {
			return 1
		}
		return 0
	})
	if n := len(rest.Label(Normal)); n != 15 {
		t.Errorf("%d normal clips are unknown to a model that has learned normal/1.wav, want 15: %q", n, rest.Warnings())
	}
	for how, takes := range map[string]int{GroupByNone: 19, GroupByName: 17, GroupByFolder: 2, `/(\d)`: 14} {
		s, err := OpenPart(dir, Selection{GroupBy: how})
		if err != nil {
			t.Fatal(err)
		}
		if n := len(takesOf(s.Clips())); n != takes {
			t.Errorf("by %s: %d takes, want %d: %q", how, n, takes, takesIn(s))
		}
	}
	if _, err := OpenPart(dir, Selection{GroupBy: "(a"}); err == nil || !strings.Contains(err.Error(), "use auto, name, folder, none, or a regular") {
		t.Errorf("a wrong expression: %v", err)
	}
}

// checkSides says where a take is on two sides of the split or of folds.
func checkSides(t *testing.T, s *Set) {
	t.Helper()
	side := map[string]string{}
	for _, c := range s.Label(Normal) {
		if was, ok := side[c.Take()]; ok && was != c.Split() {
			t.Errorf("%s is on both sides of the split", c.Name)
		}
		side[c.Take()] = c.Split()
	}
	for seed := range uint64(5) {
		folds, err := Folds(s.Normal(), 4, seed)
		if err != nil {
			t.Fatal(err)
		}
		times := map[string]int{}
		for _, f := range folds {
			held := map[string]bool{}
			for _, c := range f.Held.Clips() {
				held[c.Take()] = true
				times[c.Name]++
			}
			for _, c := range f.Fit.Clips() {
				if held[c.Take()] {
					t.Errorf("seed %d: %s is on both sides of a fold", seed, c.Name)
				}
			}
		}
		if len(times) != s.Normal().Len() {
			t.Errorf("seed %d: %d of %d clips are held back", seed, len(times), s.Normal().Len())
		}
	}
}

// TestOneTake cuts the only take there is in the order of its parts.
func TestOneTake(t *testing.T) {
	s := half(t, 0.2, 10, 2, func(i int) string { return fmt.Sprintf("pump_part%02d.wav", i) })
	if d := s.Describe(); !strings.Contains(d, "12 files of 2 takes") {
		t.Errorf("described as %q", d)
	}
	for i, c := range s.Label(Normal) {
		if (c.Split() == testSplit) != (i >= 8) {
			t.Errorf("%s is for %s", c.Name, c.Split())
		}
	}
	folds, err := Folds(s.Normal(), 4, 1)
	if err != nil {
		t.Fatal(err)
	}
	for f, held := range [][]string{{"00", "01"}, {"02", "03"}, {"04", "05"}, {"06", "07"}} {
		for i, c := range folds[f].Held.Clips() {
			if c.Name != "normal/pump_part"+held[i]+".wav" {
				t.Errorf("fold %d holds %s back", f, c.Name)
			}
		}
	}
}

// TestTakesByTable takes takes from a column of conditions, in a folder and in its archive.
func TestTakesByTable(t *testing.T) {
	dir := t.TempDir()
	table := "file;take;speed_rpm\n"
	for i := range uint64(6) {
		name := fmt.Sprintf("%d.wav", i)
		writeWAV(t, filepath.Join(dir, "normal", name), 16000, noise(i, 1))
		table += fmt.Sprintf("%s;Monday %c;%d\n", name, 'a'+rune(i/2), 900+i)
	}
	if err := os.WriteFile(filepath.Join(dir, ConditionsFile), []byte(table), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{dir, pack(t, dir)} {
		s := mustOpen(t, path)
		if n := len(takesOf(s.Clips())); n != 3 {
			t.Errorf("%d takes, want 3: %q", n, takesIn(s))
		}
		if d := s.Describe(); !strings.Contains(d, "6 files of 3 takes (2 files each; by conditions.csv)") {
			t.Errorf("described as %q", d)
		}
		if v, ok := s.Clips()[5].Condition("speed_rpm"); !ok || v != 905 || len(s.Warnings()) > 0 {
			t.Errorf("speed %g, %v; warnings %q", v, ok, s.Warnings())
		}
		if names := s.Clips()[0].ConditionNames(); len(names) != 1 {
			t.Errorf("conditions %q", names)
		}
	}
}

// TestOwnSplitStraddles says where a data set's own split has a take on both sides.
func TestOwnSplitStraddles(t *testing.T) {
	dir := t.TempDir()
	for i := range uint64(4) {
		writeWAV(t, filepath.Join(dir, "train", "normal", fmt.Sprintf("%d.wav", i)), 16000, noise(i, 2))
	}
	writeWAV(t, filepath.Join(dir, "test", "normal", "new.wav"), 16000, noise(9, 2))
	writeWAV(t, filepath.Join(dir, "test", "normal", "known.wav"), 16000, noise(3, 2))
	s := mustOpen(t, dir)
	if w := strings.Join(s.Warnings(), "\n"); !strings.Contains(w,
		"1 clips that are for testing are of takes that are learned too, as test/normal/known.wav") ||
		strings.Contains(s.Describe(), "never on both sides") {
		t.Errorf("described as %q; warnings %q", s.Describe(), w)
	}
}
