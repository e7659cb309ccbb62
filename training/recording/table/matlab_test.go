package table

import (
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// matFile returns one of build/oracle/training/vibration_mat.py's files.
func matFile(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name+".mat"))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// TestMatlab reads bearing data as they are published.
func TestMatlab(t *testing.T) {
	for name, c := range map[string]struct {
		o       Options
		columns string
		rate    float64
		axis    int // of the last column
		scale   float64
		add     float64
	}{
		"cwru":       {o: Options{DefaultRateHz: 12000}, columns: "X097_DE_time X097_FE_time", rate: 12000, axis: 1},
		"cwru_plain": {o: Options{DefaultRateHz: 12000}, columns: "X097_DE_time X097_FE_time", rate: 12000, axis: 1},
		"mfpt":       {columns: "gs", rate: 97656, axis: 0},
		"paderborn":  {o: Options{RateHz: 64000, Column: "vibration_1"}, columns: "Y.vibration_1", rate: 64000, axis: 2},
		"counts":     {o: Options{Unit: "counts:16384"}, columns: "1 2 3", rate: 200, axis: 2},
		"small":      {o: Options{Unit: "counts:64"}, columns: "z", rate: 200, axis: 2, add: 40.0 / 64},
		"single":     {columns: "x", rate: 200, axis: 0},
		"cells":      {columns: "runs{1} runs{2}", rate: 200, axis: 1},
		"other":      {columns: "z", rate: 200, axis: 2},
	} {
		r, err := openBytes("x.mat", matFile(t, name), c.o)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if got := r.Reading(); strings.Join(got.Columns, " ") != c.columns || got.RateHz != c.rate {
			t.Errorf("%s: %+v", name, got)
		}
		got := listen(t, r)
		want := written(c.axis)
		near := func(a, b float64) bool { return math.Abs(a-b-c.add) < 1e-7 }
		if !slices.EqualFunc(got.values, want, near) {
			t.Errorf("%s: %v, want %v", name, got.values[:8], want[:8])
		}
	}
	if _, err := openBytes("x.mat", matFile(t, "none"), Options{}); err == nil ||
		!strings.Contains(err.Error(), "without an array of numbers") || !strings.Contains(err.Error(), "complex numbers") {
		t.Errorf("nothing to be heard: %v", err)
	}
	newer := append([]byte("MATLAB 7.3 MAT-file, Platform: GLNXA64, Created on: now HDF5 schema 1.00 ."), make([]byte, 600)...)
	if _, err := openBytes("x.mat", newer, Options{}); err == nil || !strings.Contains(err.Error(), `"-v6"`) {
		t.Errorf("version 7.3: %v", err)
	}
}

// TestCutMatlab reads what there is of a file that is cut off anywhere.
func TestCutMatlab(t *testing.T) {
	for _, name := range []string{"cwru", "cwru_plain", "paderborn", "other"} {
		whole := matFile(t, name)
		for n := 16; n < len(whole); n += 37 {
			readAll(t, whole[:n], Options{RateHz: 200})
		}
	}
}

// TestParquet reads a table with a column of times, and one with an index as pandas writes it.
func TestParquet(t *testing.T) {
	for name, rate := range map[string]float64{
		"time_ns": 800, "time_us": 800, "time_old": 800, "stats": 200, "nested": 200,
	} {
		data, err := os.ReadFile(filepath.Join("..", "parquet", "testdata", name+".parquet"))
		if err != nil {
			t.Fatal(err)
		}
		r, err := openBytes("x.parquet", data, Options{DefaultRateHz: 200, Unit: "g"})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if got := r.Reading(); got.RateHz != rate || got.Columns[len(got.Columns)-1] != "z" {
			t.Errorf("%s: %+v", name, got)
		}
		got := listen(t, r)
		if len(got.values) != 260 || len(got.lost) != 0 {
			t.Fatalf("%s: %d values, gaps %v; %q", name, len(got.values), got.lost, r.Notes())
		}
		for k, v := range got.values {
			if want := math.Round(math.Sin(float64(k)*0.37)*512) / 512; math.Abs(v-want) > 1e-7 {
				t.Fatalf("%s: %g at %d, want %g", name, v, k, want)
			}
		}
	}
}
