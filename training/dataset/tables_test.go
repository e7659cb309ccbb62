package dataset

import (
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/auscult/auscult/dsp"
	"github.com/auscult/auscult/training/recording/table"
)

// TestTables extracts features of vibration in tables.
func TestTables(t *testing.T) {
	dir := t.TempDir()
	for i, name := range []string{"normal/a.csv", "normal/b.CSV", "abnormal/c.csv"} {
		var b strings.Builder
		for k := range 400 {
			v := 0.1 * math.Sin(2*math.Pi*25*float64(k)/200+float64(i))
			b.WriteString(strings.Join([]string{"0.01", formatG(v), formatG(1 + v)}, ",") + "\n")
		}
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(b.String()), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	set, err := OpenPart(dir, Selection{Tables: table.Options{DefaultRateHz: 200}})
	if err != nil || set.Normal().Len() != 2 || len(set.Clips()) != 3 {
		t.Fatalf("%d normal clips of %d, error %v", set.Normal().Len(), len(set.Clips()), err)
	}
	p := dsp.VibrationProfileAt(200)
	f, warnings, err := ExtractNormal(t.Context(), NormalClips{set.Clips()}, Options{Profile: p, Channel: 2})
	if err != nil || len(warnings) != 0 {
		t.Fatalf("%v %v", warnings, err)
	}
	for _, c := range f.All() {
		codes := codesOf(c)
		// 0.1 g peak of 16 g is -47.1 dBFS RMS; gravity is gone.
		if c.DurationS != 2 || math.Abs(c.LevelDBFS+47.1) > 0.1 || c.Sound.SampleRateHz != 200 || c.Sound.Channels != 3 {
			t.Errorf("%s: %+v", c.Name, c.Sound)
		}
		loudest := 0
		for b := range p.Bands {
			if codes[5*p.Bands+b] > codes[5*p.Bands+loudest] {
				loudest = b
			}
		}
		if want := p.Bands / 4; loudest < want-1 || loudest > want { // 25 Hz of 100
			t.Errorf("%s: loudest in band %d of %d", c.Name, loudest, p.Bands)
		}
	}
	if _, _, err := ExtractNormal(t.Context(), set.Normal(), Options{Profile: p, Channel: 3}); err == nil ||
		!strings.Contains(err.Error(), "has 3 channels") {
		t.Errorf("a fourth column: %v", err)
	}
}

func formatG(v float64) string { return strconv.FormatFloat(v, 'f', 6, 64) }

// TestArraysInASet extracts features of a folder with such a file in it, beside a table of
// conditions, which is none.
func TestArraysInASet(t *testing.T) {
	dir := t.TempDir()
	for name, data := range map[string][]byte{
		"normal/a.npz": npz(t, "table"), "normal/b.npz": npz(t, "axes"), "normal/c.npz": npz(t, "text"),
		ConditionsFile: []byte("file,speed\nnormal/a.npz,1\nnormal/b.npz,2\nnormal/c.npz,2\n"),
	} {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	set, err := OpenPart(dir, Selection{Tables: table.Options{DefaultRateHz: 200}})
	if err != nil {
		t.Fatal(err)
	}
	features, warnings, err := ExtractNormal(t.Context(), set.Normal(),
		Options{Profile: dsp.VibrationProfileAt(200), Channel: 1})
	if err != nil {
		t.Fatal(err)
	}
	if features.Len() != 2 || len(warnings) != 1 || !strings.Contains(warnings[0], "c.npz") {
		t.Fatalf("%d clips, warnings %q", features.Len(), warnings)
	}
	for i, f := range features.All() {
		if v, ok := f.Condition("speed"); !ok || v != float64(i+1) {
			t.Errorf("%s: speed %g", f.Name, v)
		}
		if math.IsNaN(f.LevelDBFS) || f.DurationS != 1 {
			t.Errorf("%s: %g dBFS, %g s", f.Name, f.LevelDBFS, f.DurationS)
		}
	}
}

func npz(t *testing.T, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("..", "recording", "table", "testdata", name+".npz"))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// TestTextTables finds tables in texts, beside notes that are none, and keeps windows from
// spanning what a table lacks.
func TestTextTables(t *testing.T) {
	dir := t.TempDir()
	var whole, gappy strings.Builder
	whole.WriteString("time x\n")
	gappy.WriteString("time x\n")
	for k := range 2000 {
		line := strconv.FormatFloat(float64(k)/200, 'f', 3, 64) + " "
		line += formatG(0.1*math.Sin(float64(k))+0.01*float64(k%7)) + "\n"
		whole.WriteString(line)
		if k < 1000 || k >= 1100 {
			gappy.WriteString(line)
		}
	}
	for name, text := range map[string]string{
		"normal/a.txt": whole.String(), "normal/b.dat": gappy.String(),
		"normal/notes.txt": "Recorded on 2024-03-04, 3 files.\n1 2\n3 4\n", "normal/README.txt": "no table\n",
	} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	set, err := OpenPart(dir, Selection{Tables: table.Options{Unit: "g"}})
	if err != nil || set.Normal().Len() != 2 {
		t.Fatalf("%d clips, %v", set.Normal().Len(), err)
	}
	if c := set.Clips()[0]; c.RateHz != 200 {
		t.Errorf("%s has %d Hz", c.Name, c.RateHz)
	}
	p := dsp.VibrationProfileAt(200)
	features, warnings, err := ExtractNormal(t.Context(), set.Normal(), Options{Profile: p})
	if err != nil || features.Clips().Len() != 2 || len(warnings) != 1 ||
		!strings.Contains(warnings[0], "100 samples are missing") {
		t.Fatalf("%d clips, %v, %q", features.Len(), err, warnings)
	}
	r := ReviewOf(features, 200)
	if len(r.Tables) != 1 || r.Tables[0].Clips < 2 || r.Tables[0].RateHz != 200 || r.Unit() != "g" {
		t.Errorf("%+v", r.Tables)
	}
	var breaks []int
	l, err := NewListener(p, 0)
	if err != nil {
		t.Fatal(err)
	}
	frames := 0
	_, err = l.Listen(t.Context(), set.Clips()[1], Cut{}, Ear{
		Frame: func(int, []int8) error { frames++; return nil },
		Break: func(int) error { breaks = append(breaks, frames); return nil },
		End:   func(int, Heard) error { return nil },
	})
	// Before the gap 5 s were heard, in frames of which the first ends after its length.
	if want := (1000-p.FrameLength)/p.HopLength + 1; err != nil || len(breaks) != 1 || breaks[0] != want {
		t.Errorf("breaks at frames %d, want one at %d; %v", breaks, want, err)
	}
}
