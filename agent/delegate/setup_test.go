package delegate

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// TestEdgeTPU runs TensorFlow Lite with Coral's plugin on the model that was compiled for it, and on no other.
func TestEdgeTPU(t *testing.T) {
	compiled := filepath.Join(t.TempDir(), "model_edgetpu.tflite")
	if err := os.WriteFile(compiled, []byte("compiled"), 0o600); err != nil {
		t.Fatal(err)
	}
	s := Setup{
		Backend: EdgeTPU, Program: os.Args[0], TFLite: "/lib/tflite.so", Plugin: "/lib/libedgetpu.so.1,device=usb",
		Root:   t.TempDir(),
		Models: map[string]string{EdgeTPU: compiled, TFLite: filepath.Join(t.TempDir(), "absent")},
	}
	all, auto := s.Candidates()
	if len(all) != 1 || auto {
		t.Fatalf("%+v, auto %v", all, auto)
	}
	want := []string{"--backend", "tflite", "--library", "/lib/tflite.so", "--delegate", s.Plugin}
	if c := all[0]; c.Name != EdgeTPU || c.Missing != "" || string(c.Model) != "compiled" ||
		!slices.Equal(c.Command.Args, want) {
		t.Errorf("%+v", c)
	}
}
