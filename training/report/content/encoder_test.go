package content

import (
	"path/filepath"
	"testing"

	"github.com/auscult/auscult/dsp"
	"github.com/auscult/auscult/training/families"
	"github.com/auscult/auscult/training/learn"
)

// TestEncoder gathers what there is to say of a model that reconstructs nothing: no
// residuals, and no pictures of them.
func TestEncoder(t *testing.T) {
	dir := t.TempDir()
	known := set(t, filepath.Join(dir, "learn"), 1, 3, 0, 5)
	test := set(t, filepath.Join(dir, "test"), 100, 3, 2, 5)
	learned, err := learn.Run(t.Context(), learn.Options{
		Data: known.Dir(), Name: "pump", Family: families.ContrastName, Profile: dsp.DefaultProfile(),
		Epochs: 2, Folds: 2, Seed: 1, Threads: 2,
	})
	if err != nil {
		t.Fatal(err)
	}
	s, err := Gather(t.Context(), Options{
		File: learned.File, Set: test, Learned: known, PerMonth: 1, Channel: -1, Seed: 1,
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(s.Examples) != 5 || len(s.Triptychs) != 0 || len(s.Spectra) != 0 {
		t.Errorf("%d examples, %d triptychs, %d spectra", len(s.Examples), len(s.Triptychs), len(s.Spectra))
	}
	if len(s.Result.Detectors) != 5 || s.Float == nil {
		t.Errorf("%d detectors, float32 compared: %v", len(s.Result.Detectors), s.Float != nil)
	}
}
