package tflite_test

import (
	"flag"
	"os"
	"sort"
	"strings"
	"testing"

	"github.com/auscult/auscult/tflite"
	"github.com/auscult/auscult/tflite/tflitetest"
)

var (
	packFile      = flag.String("pack", "testdata/oracle.pack.gz", "pack of models with LiteRT's outputs")
	referencePack = flag.String("reference-pack", "testdata/reference.pack.gz",
		"likewise, from TFLite's reference kernels")
	widePack     = flag.String("wide-pack", "testdata/wide.pack.gz", "likewise, of models with activations of int16")
	unsignedPack = flag.String("unsigned-pack", "testdata/unsigned.pack.gz", "likewise, of models of uint8")
)

// TestOracle compares random models' outputs with LiteRT's, byte by byte.
func TestOracle(t *testing.T) {
	eachCPU(t, func(t *testing.T, cpu string) { compare(t, *packFile, tflite.Options{CPU: cpu}) })
}

// TestUnsigned compares models of uint8.
func TestUnsigned(t *testing.T) {
	eachCPU(t, func(t *testing.T, cpu string) { compare(t, *unsignedPack, tflite.Options{CPU: cpu}) })
}

// TestWide compares models with activations of int16.
func TestWide(t *testing.T) { compare(t, *widePack, tflite.Options{}) }

// TestReference compares the other profile with TFLite's reference kernels.
func TestReference(t *testing.T) {
	compare(t, *referencePack, tflite.Options{Profile: tflite.Reference})
}

// unreferenced are the kinds whose int8 the reference profile refuses, and what it says.
var unreferenced = map[string]string{"SUM": "does not scale sums of int8", "RESIZE_BILINEAR": "shares of 10 bits"}

// unregistered are kinds that TFLite's set of reference kernels lacks, though its other kernel gives the same.
var unregistered = map[string]bool{"ELU": true}

func compare(t *testing.T, path string, opts tflite.Options) {
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	cases, err := tflitetest.ReadPack(f)
	if err != nil {
		t.Fatal(err)
	}
	type count struct{ models, bytes, different int }
	counts := map[string]*count{}
	for i, c := range cases {
		n := counts[c.Kind]
		if n == nil {
			n = new(count)
			counts[c.Kind] = n
		}
		got, err := infer(c.Model, c.Input, opts)
		if c.Refused {
			if err == nil && !unregistered[c.Kind] {
				t.Errorf("case %d (%s): LiteRT refuses the model", i, c.Kind)
			}
			continue
		}
		if want := unreferenced[c.Kind]; want != "" && opts.Profile == tflite.Reference {
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("case %d (%s): error %v, expected %q", i, c.Kind, err, want)
			}
			continue
		}
		if err != nil {
			t.Errorf("case %d (%s): %v", i, c.Kind, err)
			continue
		}
		n.models++
		n.bytes += len(got)
		if d := different(got, c.Output); d > 0 {
			n.different += d
			t.Errorf("case %d (%s): %d of %d bytes differ", i, c.Kind, d, len(c.Output))
		}
	}
	var kinds []string
	for k := range counts {
		kinds = append(kinds, k)
	}
	sort.Strings(kinds)
	for _, k := range kinds {
		t.Logf("%-30s %5d models %8d bytes %6d differ", k, counts[k].models, counts[k].bytes, counts[k].different)
	}
	if len(cases) < 150 {
		t.Errorf("%d cases, expected at least 150", len(cases))
	}
}

// infer runs one model on the bytes of its inputs.
func infer(model, input []byte, opts tflite.Options) ([]byte, error) {
	m, err := tflite.Parse(model)
	if err != nil {
		return nil, err
	}
	it, err := tflite.NewInterpreter(m, opts)
	if err != nil {
		return nil, err
	}
	for i := range it.Inputs() {
		input = input[copy(it.InputBytes(i), input):]
	}
	it.Invoke()
	var out []byte
	for i := range it.Outputs() {
		out = append(out, it.OutputBytes(i)...)
	}
	return out, nil
}

// different counts the positions where a and b differ.
func different(a, b []byte) int {
	n := max(len(a), len(b)) - min(len(a), len(b))
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			n++
		}
	}
	return n
}
