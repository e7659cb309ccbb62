package dataset

import (
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/auscult/auscult/dsp"
)

func TestReadTable(t *testing.T) {
	for name, text := range map[string]string{
		"commas":     "0.5, 1, -1\n-0.5, 1.5, 1\n",
		"names":      "x;y;z\n0.5;1;-1\n-0.5;1.5;1",
		"tabs":       "# 200 Hz\n\n0.5\t1\t-1\n-0.5\t1.5\t1\r\n",
		"exponents":  "5e-1 1 -1\n-5e-1 1.5 1\n",
		"names only": "t,y,z\n0.5,1,-1\n-0.5,1.5,1\n",
	} {
		pcm, columns, err := readTable(strings.NewReader(text), 1)
		if err != nil || columns != 3 || len(pcm) != 2 {
			t.Errorf("%s: %d values of %d columns, error %v", name, len(pcm), columns, err)
			continue
		}
		// 1 and 1.5 g without their mean are ±0.25 of 16 g.
		if want := int32(1 << 31 / 64); pcm[0] != -want || pcm[1] != want {
			t.Errorf("%s: %d", name, pcm)
		}
	}
	for text, want := range map[string]string{
		"":                             "holds no numbers",
		"x,y\n":                        "holds no numbers",
		"1,2\n3\n":                     "line 2 has 1 numbers, those before have 2",
		"1,2\n3,nan\n":                 `line 2: "nan" is no acceleration`,
		"1,2\n3,1e300\n":               "line 2",
		"1,2\nx,y\n":                   `"y" is no acceleration`,
		strings.Repeat("1,", 65) + "1": "66 columns: at most 64",
		";;\n1,2\n":                    "line 1 holds no numbers",
		strings.Repeat("1", 1<<17):     "too long",
	} {
		if _, _, err := readTable(strings.NewReader(text), 1); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.20q: error %v, want %q", text, err, want)
		}
	}
}

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
	set, err := Open(dir)
	if err != nil || set.Normal().Len() != 2 || len(set.Clips()) != 3 {
		t.Fatalf("%d normal clips of %d, error %v", set.Normal().Len(), len(set.Clips()), err)
	}
	p := dsp.VibrationProfileAt(200)
	f, warnings, err := Extract(t.Context(), set.Clips(), Options{Profile: p, Channel: 2})
	if err != nil || len(warnings) != 0 {
		t.Fatalf("%v %v", warnings, err)
	}
	for _, c := range f {
		// 0.1 g peak of 16 g is -47.1 dBFS RMS; gravity is gone.
		if c.DurationS != 2 || math.Abs(c.LevelDBFS+47.1) > 0.1 || c.Sound.SampleRateHz != 200 || c.Sound.Channels != 3 {
			t.Errorf("%s: %+v", c.Name, c.Sound)
		}
		loudest := 0
		for b := range p.Bands {
			if c.Codes[5*p.Bands+b] > c.Codes[5*p.Bands+loudest] {
				loudest = b
			}
		}
		if want := p.Bands / 4; loudest < want-1 || loudest > want { // 25 Hz of 100
			t.Errorf("%s: loudest in band %d of %d", c.Name, loudest, p.Bands)
		}
	}
	if _, _, err := Extract(t.Context(), set.Clips(), Options{Profile: p, Channel: 3}); err == nil ||
		!strings.Contains(err.Error(), "has 3 channels") {
		t.Errorf("a fourth column: %v", err)
	}
}

func formatG(v float64) string { return strconv.FormatFloat(v, 'f', 6, 64) }
