package trainedon

import (
	"archive/zip"
	"encoding/binary"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/auscult/auscult/dsp"
	"github.com/auscult/auscult/training/dataset/npy"
)

// TestComplete takes from presets and shapes what is not said.
func TestComplete(t *testing.T) {
	for _, c := range []struct {
		f     Features
		bands int
		want  dsp.Profile
		unit  string
	}{
		{Features{}, 0, profile(128, 1024, 512, 16000, 8000), Cell},
		{Features{}, 40, profile(40, 1024, 512, 16000, 8000), Cell},
		{Features{Preset: "mimii"}, 128, profile(64, 1024, 512, 16000, 8000), DB},
		{Features{Preset: "mimii", Power: 1}, 128, magnitudes(profile(64, 1024, 512, 16000, 8000)), DB},
		{Features{Preset: "dcase2020", Bands: 80, MaxHz: 7000}, 128, profile(80, 1024, 512, 16000, 7000), DB},
		{Features{Bands: 64, Frame: 2048, Hop: 256, RateHz: 32000}, 0, profile(64, 2048, 256, 32000, 16000), Cell},
	} {
		f, err := c.f.Complete(c.bands)
		if err != nil {
			t.Fatal(err)
		}
		p, err := f.Profile()
		if err != nil || p != c.want || f.Unit != c.unit {
			t.Errorf("%+v: %+v in %s, %v, want %+v in %s", c.f, p, f.Unit, err, c.want, c.unit)
		}
	}
}

func profile(bands, frame, hop, rate int, maxHz float64) dsp.Profile {
	p := dsp.DefaultProfile()
	p.Bands, p.FrameLength, p.HopLength, p.SampleRateHz, p.MaxHz = bands, frame, hop, rate, maxHz
	return p
}

func magnitudes(p dsp.Profile) dsp.Profile {
	p.Magnitude, p.MinDB, p.MaxDB = true, -100, 20
	return p
}

// TestRefused says why a node cannot give some features.
func TestRefused(t *testing.T) {
	for want, f := range map[string]Features{
		"power 3":                    {Power: 3},
		"use one of dcase2020":       {Preset: "panns"},
		"belong together":            {Min: []float64{0}},
		"not by both":                {Min: []float64{0}, Max: []float64{1}, Mean: []float64{2}},
		"must be above the smallest": {Min: []float64{1}, Max: []float64{1}},
		"a deviation of 0":           {Std: []float64{0}},
		"a mean of NaN":              {Mean: []float64{math.NaN()}},
		`norm "height"`:              {Norm: "height"},
		`unit "volt"`:                {Unit: "volt"},
	} {
		if _, err := f.Complete(0); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: %v, want %q", f, err, want)
		}
	}
	f, err := Features{Norm: "none"}.Complete(0)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := f.Scaling(profile(128, 1024, 512, 16000, 8000)); err == nil {
		t.Error("cells from 0 to 1 with triangles of height 1")
	}
}

// TestScaling computes what some cells are in the network's numbers.
func TestScaling(t *testing.T) {
	p := profile(128, 1024, 512, 16000, 8000)
	for _, c := range []struct {
		f          Features
		cell, want float64
	}{
		{Features{Unit: DB}, 0.5, -20},
		{Features{Unit: Log10}, 0.5, -2},
		{Features{Unit: Ln}, 0.5, -2 * math.Ln10},
		{Features{Unit: DB, Mean: []float64{-60}, Std: []float64{10}}, 0.5, 4},
		{Features{Unit: DB, Min: []float64{-100}, Max: []float64{0}}, 0.5, 0.8},
		{Features{}, 0.25, 0.25},
	} {
		f, err := c.f.Complete(0)
		if err != nil {
			t.Fatal(err)
		}
		scale, offset, err := f.Scaling(p)
		if err != nil || len(scale) != 1 || len(offset) != 1 {
			t.Fatalf("%+v: %v, %v, %v", c.f, scale, offset, err)
		}
		if got := scale[0]*c.cell + offset[0]; math.Abs(got-c.want) > 1e-9 {
			t.Errorf("%+v: cell %g is %g, want %g", c.f, c.cell, got, c.want)
		}
	}
	// Of magnitudes a decade is 20 dB.
	for unit, want := range map[string]float64{DB: -40, Log10: -2, Ln: -2 * math.Ln10} {
		f, err := Features{Unit: unit, Power: 1}.Complete(0)
		if err != nil {
			t.Fatal(err)
		}
		scale, offset, err := f.Scaling(magnitudes(p))
		if err != nil || math.Abs(scale[0]*0.5+offset[0]-want) > 1e-9 {
			t.Errorf("%s of magnitudes: %v, %v, %v, want %g in the middle", unit, scale, offset, err, want)
		}
	}
	// Triangles of height 1 give as much more than those of unit area as half their width in Hz, which
	// the formula of the scale gives.
	f, err := Features{Unit: DB, Norm: "none", Scale: "htk", Bands: 40}.Complete(0)
	if err != nil {
		t.Fatal(err)
	}
	p, err = f.Profile()
	if err != nil {
		t.Fatal(err)
	}
	_, offset, err := f.Scaling(p)
	if err != nil || len(offset) != 40 {
		t.Fatal(offset, err)
	}
	for _, b := range []int{0, 20, 39} {
		hz := func(i int) float64 {
			mel := 2595 * math.Log10(1+8000/700.0) * float64(i) / 41
			return 700 * (math.Pow(10, mel/2595) - 1)
		}
		want := -80 + 10*math.Log10((hz(b+2)-hz(b))/2)
		if math.Abs(offset[b]-want) > 0.01 {
			t.Errorf("band %d: cell 0 is %g dB, want %g", b, offset[b], want)
		}
	}
}

// TestStats reads means and deviations that NumPy wrote.
func TestStats(t *testing.T) {
	write := func(arrays map[string][]float32) string {
		path := filepath.Join(t.TempDir(), "stats.npz")
		f, err := os.Create(path)
		if err != nil {
			t.Fatal(err)
		}
		z := zip.NewWriter(f)
		for name, values := range arrays {
			w, err := z.Create(name + ".npy")
			if err != nil {
				t.Fatal(err)
			}
			data := npy.HeaderFloat32([]int{len(values)})
			for _, v := range values {
				data = binary.LittleEndian.AppendUint32(data, math.Float32bits(v))
			}
			if _, err := w.Write(data); err != nil {
				t.Fatal(err)
			}
		}
		if err := z.Close(); err != nil {
			t.Fatal(err)
		}
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
		return path
	}
	var f Features
	if err := f.Stats(write(map[string][]float32{"mean": {1, 2}, "std": {3}})); err != nil {
		t.Fatal(err)
	}
	if len(f.Mean) != 2 || f.Mean[1] != 2 || len(f.Std) != 1 || f.Std[0] != 3 || f.Min != nil {
		t.Errorf("%+v", f)
	}
	f = Features{}
	if err := f.Stats(write(map[string][]float32{"levels": {1}})); err == nil || !strings.Contains(err.Error(), "levels") {
		t.Errorf("no statistics: %v", err)
	}
	if err := f.Stats("features_test.go"); err == nil || !strings.Contains(err.Error(), "numpy.savez") {
		t.Errorf("no archive: %v", err)
	}
}
