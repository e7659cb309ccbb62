package table

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/auscult/auscult/hw"
	"github.com/auscult/auscult/hw/hwtest"
)

// opened opens data as often as it is called.
func opened(data []byte) func() (io.ReadCloser, error) {
	return func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(data)), nil }
}

func TestConformance(t *testing.T) {
	text := "time,x,y\n"
	for k := range 1500 {
		text += fmt.Sprintf("%.3f,%.3f,%.3f\n", float64(k)/200, 0.01*float64(k%7), 1+0.01*float64(k%5))
	}
	hwtest.TestSource(t, func(t *testing.T) hw.Source {
		r, err := openBytes("x.csv", []byte(text), Options{})
		if err != nil {
			t.Fatal(err)
		}
		return r
	}, hwtest.Want{Format: hw.Format{SampleRateHz: 200, Channels: 2, BitsPerSample: 32}, SampleTimes: 1500})
}

// TestRefuses reads what cannot be used, and says what to do about it.
func TestRefuses(t *testing.T) {
	lines := strings.Repeat("0.01,0.02,1.0\n0.02,0.01,0.99\n", 20)
	uneven := "time,x\n"
	for k := range 50 {
		uneven += fmt.Sprintf("%.4f,0.5\n", float64(k)/200+float64(k%3)*0.004)
	}
	stuck := "time,x\n" + strings.Repeat("5.00,0.5\n", 20)
	for name, c := range map[string]struct {
		text string
		o    Options
		want string
	}{
		"empty":           {"", Options{}, "the file is empty"},
		"names only":      {"x,y,z\n", Options{}, "holds no numbers"},
		"text":            {"this is not a table\nat all\n", Options{}, `holds no numbers: line 1 is "this is not`},
		"separators only": {",,\n,,\n", Options{}, "holds no numbers"},
		"bytes":           {"\x01\x02\x03\x04\x05", Options{}, "is no text"},
		"no rate":         {lines, Options{}, "--table-rate 1600"},
		"no column": {"ax,ay,az\n" + lines, Options{Column: "zz", RateHz: 200},
			`has no column "zz": did you mean "az"?; --column takes one of ax, ay, az, or a number from 1 to 3`},
		"near column": {"acc_x,acc_y,acc_z\n" + lines, Options{Column: "accz2", RateHz: 200}, `did you mean "acc_z"?`},
		"axis":        {"acc_x,acc_y,acc_z\n" + lines, Options{Column: "Z", RateHz: 200}, `did you mean "acc_z"?`},
		"column 4": {lines, Options{Column: "4", RateHz: 200},
			"a number from 1 to 3, since the columns have no names"},
		"column of text": {"a,x\n" + strings.Repeat("on,0.5\n", 9), Options{Column: "a", RateHz: 200},
			"column a holds no numbers"},
		"no time":       {"x,y,z\n" + lines, Options{Time: "t"}, `has no column "t"`},
		"unit":          {lines, Options{Unit: "furlong", RateHz: 200}, "use g, mg, m/s2 or counts:SCALE"},
		"scale":         {lines, Options{Unit: "counts", RateHz: 200}, "counts:16384"},
		"bad scale":     {lines, Options{Unit: "counts:-3", RateHz: 200}, "use counts:SCALE"},
		"large numbers": {strings.Repeat("120.5,-300.5\n-119.5,300.25\n", 20), Options{RateHz: 200}, "no unit"},
		"uneven":        {uneven, Options{}, "not evenly spaced"},
		"stuck time":    {stuck, Options{}, "does not run on"},
		"rate":          {lines, Options{RateHz: 2e6}, "must be 1 to 1000000"},
		"long line":     {"1,2\n" + strings.Repeat("1", 2<<20), Options{RateHz: 200}, "transposed"},
		"wide":          {strings.Repeat("1,", 2000) + "1\n", Options{RateHz: 200}, "columns: at most 1024"},
		"HDF5":          {"\x89HDF\r\n\x1a\n0000000000", Options{}, "h5py"},
		"Parquet":       {"PAR1 0000000000000", Options{}, "cut off"},
		"gzip":          {"\x1f\x8b0000000000000", Options{}, "gunzip"},
		"page":          {"<html><body>no</body></html>", Options{}, "HTML or XML"},
	} {
		r, err := openBytes("x.csv", []byte(c.text), c.o)
		if r != nil {
			err = errors.Join(err, drain(r))
		}
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
}

// drain reads all, in blocks.
func drain(r *Reader) error {
	b := hw.Block{PCM: make([]int32, 4096)}
	for {
		if err := r.Read(context.Background(), &b); errors.Is(err, io.EOF) {
			return r.Halt()
		} else if err != nil {
			return errors.Join(err, r.Halt())
		}
	}
}

// TestFound says how a table is understood.
func TestFound(t *testing.T) {
	text := "Logger 3\nt [s];ax [m/s²];ay [m/s²];az [m/s²];temp [°C]\n"
	for k := range 40 {
		text += strings.ReplaceAll(fmt.Sprintf("%.3f;%.3f;0.1;9.8;21.5\n", float64(k)/1000, 0.1*float64(k%3)), ".", ",")
	}
	r, err := openBytes("x.csv", []byte(text), Options{})
	if err != nil {
		t.Fatal(err)
	}
	want := "semicolons, decimal comma, 2 lines above the data, columns t ax ay az temp; acceleration in ax ay az, " +
		"unit m/s2 from the heading, 1000 Hz from t"
	if r.Reading().Text != want {
		t.Errorf("%s\nwant\n%s", r.Reading().Text, want)
	}
}

// TestNotes counts what could not be used.
func TestNotes(t *testing.T) {
	text := "time,x\n"
	for k := range 60 {
		switch k {
		case 10:
			text += "0.05\n"
		case 20:
			text += "0.1,oops\n"
		case 30, 31, 32:
		case 40:
			text += "0.2,50\n"
		case 59:
			text += "0.29"
		default:
			text += fmt.Sprintf("%.3f,0.5\n", float64(k)/200)
		}
	}
	r, err := openBytes("x.csv", []byte(text), Options{Unit: "g"})
	if err != nil {
		t.Fatal(err)
	}
	if err := drain(r); err != nil {
		t.Fatal(err)
	}
	got := strings.Join(r.Notes(), "\n")
	for _, want := range []string{
		"the last line, 58, is cut short", "1 line has other cells than the 2 columns, the first is line 12",
		`1 cell is no number, the first is "oops" in line 22`, "time runs on without samples once: 3 samples are missing",
		"2 of 56 samples have no value", "1 sample is beyond ±16 g, up to 50 g, clipped",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("the notes lack %q:\n%s", want, got)
		}
	}
	if !r.Truncated() {
		t.Error("a table whose last line is cut is whole")
	}
}

// TestDay follows the clock of a day that jitters, drifts and has gaps.
func TestDay(t *testing.T) {
	var lines []byte
	missing := uint64(0)
	const rate = 50
	for k := range 24 * 3600 * rate / 20 { // 72 minutes
		if k > 3*sampleLines && k%10007 < 4 {
			missing++
			continue
		}
		// 30 ppm off, as crystals are, and 3 ms of jitter.
		at := float64(k)/rate*(1+30e-6) + 0.003*math.Sin(float64(k*k%1000))
		lines = fmt.Appendf(lines, "%.4f,%d\n", 1.7e9+at, k%13)
	}
	r, err := openBytes("x.csv", append([]byte("time,x\n"), lines...), Options{Unit: "mg"})
	if err != nil {
		t.Fatal(err)
	}
	h := listen(t, r)
	lost := uint64(0)
	for _, n := range h.lost {
		lost += n
	}
	if r.plan.rateHz != rate || lost != missing || len(h.lost) != 20 {
		t.Errorf("%g Hz, %d samples lost in %d gaps, want %d in 20; %q", r.plan.rateHz, lost, len(h.lost), missing, r.Notes())
	}
}

// endless is a table without end.
type endless struct {
	line []byte
	left int
}

func (e *endless) Read(p []byte) (int, error) {
	n := 0
	for n+len(e.line) <= len(p) && e.left > 0 {
		n += copy(p[n:], e.line)
		e.left--
	}
	if n == 0 {
		return 0, io.EOF
	}
	return n, nil
}

func (*endless) Close() error { return nil }

// TestLongTable reads a table in memory that does not grow with it.
func TestLongTable(t *testing.T) {
	open := func() (io.ReadCloser, error) {
		return &endless{line: []byte("0.01,-0.25,0.98\n"), left: 1_000_000}, nil
	}
	r, err := Open("x.csv", open, Options{RateHz: 1000})
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Choose(2); err != nil {
		t.Fatal(err)
	}
	b := hw.Block{PCM: make([]int32, 1<<14)}
	n := 0
	perBlock := testing.AllocsPerRun(20, func() {
		if err := r.Read(t.Context(), &b); err != nil {
			t.Fatal(err)
		}
		n += len(b.PCM)
	})
	// A line costs the text that package encoding/csv makes of it, and nothing that stays.
	if perLine := perBlock / (1 << 14); perLine > 1.1 {
		t.Errorf("%.2f allocations a line", perLine)
	}
	if err := drain(r); err != nil {
		t.Fatal(err)
	}
	if r.next.sample != 1_000_000 {
		t.Errorf("%d samples", r.next.sample)
	}
}

// npzFile returns one of build/oracle/training/vibration_npz.py's files.
func npzFile(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name+".npz"))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// written are what vibration_npz.py writes, of an axis.
func written(axis int) []float64 {
	g := make([]float64, 200)
	for i := range g {
		g[i] = float64((i*[]int{3, 5, 7}[axis]+[]int{0, 11, 23}[axis])%64-32) / 64
	}
	return g
}

func TestArrays(t *testing.T) {
	for name, columns := range map[string]int{"table": 3, "axes": 3, "fortran": 3, "single": 1, "unclear": 2} {
		r, err := openBytes(name+".npz", npzFile(t, name), Options{DefaultRateHz: 200, Unit: "g"})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		axis := map[int]int{1: 1, 2: 1, 3: 2}[columns]
		if r.Columns() != columns || r.Format().SampleRateHz != 200 {
			t.Errorf("%s: %d columns: %s", name, r.Columns(), r.Reading().Text)
		}
		got := listen(t, r)
		near := func(a, b float64) bool { return math.Abs(a-b) < 1e-7 }
		if want := written(axis); !slices.EqualFunc(got.values, want, near) {
			t.Errorf("%s: %v, want %v", name, got.values[:8], want[:8])
		}
	}
}

// TestUnitHint takes what a model has learned where a heading does not say the unit, and the heading where it does.
func TestUnitHint(t *testing.T) {
	lines := strings.Repeat("1\n2\n", 50)
	for _, c := range []struct{ head, unit, hint, want string }{
		{"z (m/s²)", "", "g", "m/s2 from the heading"}, {"z (m/s²)", "g", "mg", "g as given"},
		{"z", "", "mg", "mg as learned"},
		{"z [mg]", "", "counts:16384", "mg from the heading"},
	} {
		r, err := openBytes("x.csv", []byte(c.head+"\n"+lines), Options{Unit: c.unit, UnitHint: c.hint, RateHz: 200})
		if err != nil {
			t.Errorf("%+v: %v", c, err)
			continue
		}
		if text := r.Reading().Text; !strings.Contains(text, "unit "+c.want) {
			t.Errorf("%+v: %s", c, text)
		}
		if err := r.Halt(); err != nil {
			t.Error(err)
		}
	}
	if _, err := openBytes("x.csv", []byte("z\n"+lines), Options{UnitHint: "furlong", RateHz: 200}); err == nil {
		t.Error("a model that has learned furlongs")
	}
}
