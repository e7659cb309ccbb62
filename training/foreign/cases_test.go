package foreign

import (
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/auscult/auscult/training/dataset/npy"
)

// array reads the numbers of an .npy file.
func array(t *testing.T, path string) []float32 {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	h, err := npy.ReadHeader(f)
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	all, value := make([]float32, h.Count()), make([]byte, h.Size)
	for i := range all {
		if _, err := io.ReadFull(f, value); err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		all[i] = float32(h.Fields[0].Number(value))
	}
	return all
}

// tolerances are what exports differ from the framework's numbers by that are rounded themselves.
var tolerances = map[string]float64{
	"k02_dense_mimii64.dyn.tflite":           5e-3, // weights of 8 bits
	"k02_dense_mimii64.f16.tflite":           5e-4, // of 16
	"k16_vae_tf_random.float.tflite":         2e-2, // the framework's numbers hold a draw
	"t08_vae_randn_three_outputs.dyn18.onnx": 5e-2,
}

// refused are exports that are no networks for a node, and what is said of them.
var refused = map[string]string{
	"k02_dense_mimii64.readvar.tflite":                    "VAR_HANDLE",
	"k02_dense_mimii64.uint8io.tflite":                    "quantised already",
	"k12_dense_normalization_prelu_elu_swish.int8.tflite": "quantised already",
}

// TestFrameworks compares networks of other frameworks with what these give for the same windows.
// CASES names a folder with more of them.
func TestFrameworks(t *testing.T) {
	folder := os.Getenv("CASES")
	if folder == "" {
		folder = "testdata"
	}
	var files []string
	for _, ending := range []string{"*.tflite", "*.onnx"} {
		found, err := filepath.Glob(filepath.Join(folder, ending))
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, found...)
	}
	if len(files) < 8 {
		t.Fatalf("%s holds %d networks", folder, len(files))
	}
	for _, path := range files {
		t.Run(filepath.Base(path), func(t *testing.T) { compareWith(t, path) })
	}
}

func compareWith(t *testing.T, path string) {
	name := filepath.Base(path)
	g, err := Open(path, Options{})
	if why := refused[name]; why != "" {
		if err == nil || !strings.Contains(err.Error(), why) {
			t.Errorf("error %v, want %q", err, why)
		}
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	before := len(g.Nodes)
	g.Simplify()
	m, err := g.Lower()
	if err != nil {
		t.Fatal(err)
	}
	stem, _, _ := strings.Cut(name, ".")
	if stem == "t02_external" {
		stem = "t02_cae_op1_leaky_sigmoid"
	}
	at := filepath.Join(filepath.Dir(path), stem)
	x, want := array(t, at+".in.npy"), array(t, at+".out.npy")
	size := g.Input.Size()
	if len(x)%size != 0 || len(want)%(len(x)/size) != 0 {
		t.Fatalf("takes %d values, and windows have %d", size, len(x))
	}
	gives := len(want) * size / len(x)
	worst, largest := 0.0, 0.0
	for w := range len(x) / size {
		y := runModel(t, m, x[w*size:(w+1)*size])
		if len(y) != gives {
			t.Fatalf("gives %d values, want %d", len(y), gives)
		}
		for i, v := range y {
			worst = max(worst, math.Abs(float64(v-want[w*gives+i])))
			largest = max(largest, math.Abs(float64(want[w*gives+i])))
		}
	}
	ops := ""
	for _, o := range m.Operators {
		ops += " " + o.Op.String()
	}
	t.Logf("%d operators, %d left, differs by %.2g of %.3g:%.1000s", before, len(m.Operators), worst, largest, ops)
	if limit := max(1e-4, tolerances[name]); !(worst <= limit*max(1, largest)) {
		t.Errorf("differs by %g of %g", worst, largest)
	}
}
