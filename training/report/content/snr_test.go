package content

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/auscult/auscult/dsp"
	"github.com/auscult/auscult/training/dataset"
	"github.com/auscult/auscult/training/families"
	"github.com/auscult/auscult/training/learn"
	"github.com/auscult/auscult/training/metrics"
	"github.com/auscult/auscult/training/pumptest"
)

// TestRecordedNoise lays two pumps out as MIMII does: they are two machines in two noises each, not four, and one
// of them is chosen by its name.
func TestRecordedNoise(t *testing.T) {
	dir := t.TempDir()
	pumptest.Folder(t, filepath.Join(dir, "learn"), 1, 3, 0, 5)
	for _, noise := range []string{"6_dB_pump", "-6_dB_pump"} {
		for i, machine := range []string{"id_00", "id_02"} {
			one := t.TempDir()
			pumptest.Folder(t, one, uint64(100+10*i), 2, 1, 5)
			for _, label := range []string{"normal", "abnormal"} {
				to := filepath.Join(dir, "test", noise, machine, label)
				if err := os.MkdirAll(filepath.Dir(to), 0o750); err != nil {
					t.Fatal(err)
				}
				if err := os.Rename(filepath.Join(one, label), to); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	learned, err := learn.Run(t.Context(), learn.Options{
		Data: filepath.Join(dir, "learn"), Name: "pump", Family: families.DenseName, Profile: dsp.DefaultProfile(),
		Epochs: 2, Folds: 2, Seed: 1, Threads: 2,
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := dataset.OpenPart(filepath.Join(dir, "test"), dataset.Selection{}); err == nil {
		t.Error("two machines are one")
	}
	set, err := dataset.OpenPart(filepath.Join(dir, "test"), dataset.Selection{Machine: "id_00"})
	if err != nil {
		t.Fatal(err)
	}
	s, err := Gather(t.Context(), Options{File: learned.File, Set: set, Channel: -1, Seed: 1, Quick: true})
	if err != nil {
		t.Fatal(err)
	}
	if len(s.InNoise) != 1 {
		t.Fatalf("%d machines in noise: %+v; groups %+v", len(s.InNoise), s.InNoise, s.Result.Groups)
	}
	for _, c := range s.InNoise {
		if len(c.Points) != 2 || *c.Points[0].SNRdB != 6 || *c.Points[1].SNRdB != -6 || c.Points[0].Metrics.Normal != 2 {
			t.Errorf("%s: %+v", c.Machine, c.Points)
		}
	}
}

func TestCollapse(t *testing.T) {
	point := func(db, auc float64) NoisePoint { return NoisePoint{SNRdB: &db, Metrics: metrics.Metrics{AUC: &auc}} }
	c := NoiseCurve{Points: []NoisePoint{{}, point(6, 0.9), point(0, 0.59), point(-6, 0.5)}}
	if db, ok := c.CollapseDB(); !ok || db != 0 {
		t.Errorf("collapses at %g (%v), want 0", db, ok)
	}
	c.Points = c.Points[:2]
	if db, ok := c.CollapseDB(); ok {
		t.Errorf("collapses at %g", db)
	}
}

// TestNoiseOrder orders noises that lie closer together than half a decibel.
func TestNoiseOrder(t *testing.T) {
	var points []NoisePoint
	for _, db := range []float64{0.2, -0.1, 0.4, 6, 0.3} {
		points = append(points, NoisePoint{SNRdB: &db})
	}
	slices.SortFunc(points, louder)
	var got []float64
	for _, p := range points {
		got = append(got, *p.SNRdB)
	}
	if want := []float64{6, 0.4, 0.3, 0.2, -0.1}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}
