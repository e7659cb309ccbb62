package onnx

import (
	"os"
	"path/filepath"
	"testing"

	"google.golang.org/protobuf/proto"

	"github.com/auscult/auscult/tflite"
	"github.com/auscult/auscult/training/foreign/onnx/schema"
)

// small are the test data that a fuzzer begins with.
func small(tb testing.TB) (all [][]byte) {
	tb.Helper()
	files, err := filepath.Glob("../testdata/*.onnx")
	if err != nil || len(files) < 5 {
		tb.Fatalf("%d models, %v", len(files), err)
	}
	for _, path := range files {
		data, err := os.ReadFile(path)
		if err != nil {
			tb.Fatal(err)
		}
		if len(data) < 40_000 {
			all = append(all, data)
		}
	}
	return all
}

// FuzzParse reads damaged models: what is read can be rewritten and lowered, or is refused.
func FuzzParse(f *testing.F) {
	for _, data := range small(f) {
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		g, err := Parse(data, t.TempDir(), Options{Frames: 8})
		if err != nil || g.Input.Size() > 1<<16 {
			return
		}
		g.Simplify()
		m, err := g.Lower()
		if err != nil {
			return
		}
		if it, err := tflite.NewInterpreter(m, tflite.Options{MACLimit: 1e8}); err == nil {
			it.Invoke()
		}
	})
}

// TestDamaged reads models with one operator's inputs, attributes or constants changed.
func TestDamaged(t *testing.T) {
	for _, data := range small(t) {
		var m schema.ModelProto
		if err := proto.Unmarshal(data, &m); err != nil {
			t.Fatal(err)
		}
		count := len(m.GetGraph().GetNode())
		for i := 0; i < count; i += 1 + count/12 {
			for how := range 6 {
				copied := proto.Clone(&m).(*schema.ModelProto)
				n := copied.GetGraph().GetNode()[i]
				switch how {
				case 0:
					n.Input = nil
				case 1:
					n.Output = nil
				case 2:
					n.Attribute = nil
				case 3:
					for _, a := range n.GetAttribute() {
						for k := range a.GetInts() {
							a.Ints[k] = []int64{-1, 0, 1 << 40}[(i+k)%3]
						}
					}
				case 4:
					if len(n.GetInput()) > 1 {
						n.Input[0], n.Input[1] = n.Input[1], n.Input[0]
					}
				case 5:
					for _, c := range copied.GetGraph().GetInitializer() {
						if len(n.GetInput()) > 1 && c.GetName() == n.GetInput()[1] {
							c.Dims = append(c.GetDims(), 1)
						}
					}
				}
				raw, err := proto.Marshal(copied)
				if err != nil {
					t.Fatal(err)
				}
				g, err := Parse(raw, "../testdata", Options{Frames: 8})
				if err != nil {
					continue
				}
				g.Simplify()
				if m, err := g.Lower(); err == nil {
					if it, err := tflite.NewInterpreter(m, tflite.Options{MACLimit: 1e9}); err == nil {
						it.Invoke()
					}
				}
			}
		}
	}
}
