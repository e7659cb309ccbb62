package learn

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/auscult/auscult/agent/detect"
	"github.com/auscult/auscult/training/pumptest"
)

// TestDomainsReachTheModel learns a set in DCASE's layout with two domains: the model knows
// the covariance of each.
func TestDomainsReachTheModel(t *testing.T) {
	made, dir := t.TempDir(), t.TempDir()
	pumptest.Folder(t, made, 1, 8, 0, 9)
	if err := os.MkdirAll(filepath.Join(dir, "pump", "train"), 0o755); err != nil {
		t.Fatal(err)
	}
	for i := range 8 {
		name := fmt.Sprintf("section_00_%s_train_normal_%04d_speed_%d.wav", []string{"source", "target"}[i%2], i, i%2)
		from := filepath.Join(made, "normal", fmt.Sprintf("%03d.wav", i+1))
		if err := os.Rename(from, filepath.Join(dir, "pump", "train", name)); err != nil {
			t.Fatal(err)
		}
	}
	o := quick(dir)
	o.Alone, o.Epochs = "", 1
	out, err := Run(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	if c := out.Model.Settings.Detector.Part(detect.ByCovariance).(*detect.Covariance); c.Target == nil {
		t.Error("both domains have one covariance")
	}
}
