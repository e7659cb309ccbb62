package foreign

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/auscult/auscult/tflite"
)

// FuzzTFLite reads damaged models: what is read can be rewritten and lowered, or is refused.
func FuzzTFLite(f *testing.F) {
	files, err := filepath.Glob("testdata/*.tflite")
	if err != nil || len(files) < 5 {
		f.Fatalf("%d models, %v", len(files), err)
	}
	for _, path := range files {
		data, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		if len(data) < 40_000 {
			f.Add(data)
		}
	}
	f.Fuzz(func(_ *testing.T, data []byte) {
		m, err := tflite.Parse(data)
		if err != nil {
			return
		}
		g, err := fromTFLite(m)
		if err != nil || g.Input.Size() > 1<<16 {
			return
		}
		g.Simplify()
		if m, err = g.Lower(); err != nil {
			return
		}
		if it, err := tflite.NewInterpreter(m, tflite.Options{MACLimit: 1e8}); err == nil {
			it.Invoke()
		}
	})
}
