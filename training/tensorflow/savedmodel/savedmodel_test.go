package savedmodel

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/auscult/auscult/agent/model"
	"github.com/auscult/auscult/dsp"
	"github.com/auscult/auscult/training/export"
	"github.com/auscult/auscult/training/external"
	"github.com/auscult/auscult/training/foreign"
	"github.com/auscult/auscult/training/learn"
	"github.com/auscult/auscult/training/network"
	"github.com/auscult/auscult/training/pumptest"
)

// kinds lists the layers of a network, by a letter each.
func kinds(net *network.Network) string {
	letters := map[network.Kind]string{
		network.Dense: "D", network.Conv2D: "C", network.DepthwiseConv2D: "W", network.ConvTranspose2D: "T",
		network.ReLU: "r", network.Sigmoid: "s",
		network.Reshape: "/",
	}
	var all strings.Builder
	for _, s := range net.Specs() {
		all.WriteString(letters[s.Kind])
	}
	return all.String()
}

// TestImport compares imported networks with what Keras predicted.
func TestImport(t *testing.T) {
	for name, want := range map[string]string{
		"keras3_dense": "DrDrDrD", "keras2_dense": "DrDrDrD",
		"keras3_conv": "CrWr/DDr/TrTs", "keras2_conv": "CrWr/DDr/TrTs",
	} {
		t.Run(name, func(t *testing.T) {
			net, found, err := Import(filepath.Join("testdata", name), external.DefaultSignature)
			if err != nil {
				t.Fatal(err)
			}
			if got := kinds(net); got != want {
				t.Errorf("layers %s, want %s", got, want)
			}
			wantInput := map[bool][]int{true: {3, 8}, false: {16, 8, 1}}[strings.HasSuffix(name, "dense")]
			if !slices.Equal(found.Input, wantInput) {
				t.Errorf("input %v, want %v", found.Input, wantInput)
			}
			if difference := found.Difference; difference > 1e-5 {
				t.Errorf("differs from the SavedModel by %g of its largest output", difference)
			}
			raw, err := os.ReadFile(filepath.Join("testdata", name+".json"))
			if err != nil {
				t.Fatal(err)
			}
			var golden struct{ Input, Output []float32 }
			if err := json.Unmarshal(raw, &golden); err != nil {
				t.Fatal(err)
			}
			got := net.Forward(golden.Input, len(golden.Input)/net.In().Size())
			if len(got) != len(golden.Output) {
				t.Fatalf("%d values, want %d", len(got), len(golden.Output))
			}
			for i, v := range golden.Output {
				if math.Abs(float64(v-got[i])) > 1e-5 {
					t.Fatalf("value %d is %g, Keras has %g", i, got[i], v)
				}
			}
		})
	}
}

// TestRefuses gives what cannot be imported.
func TestRefuses(t *testing.T) {
	for _, c := range []struct{ name, signature, want string }{
		{"refused_tanh", external.DefaultSignature, "no counterpart of Tanh"},
		{"refused_skip", external.DefaultSignature, "only chains can be imported"},
		{"refused_offset", external.DefaultSignature, "also the zeros around pictures"},
		{"keras3_dense", "predict", `there is no signature "predict", but ["serve" "serving_default"]`},
		{"nowhere", external.DefaultSignature, "nowhere"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, _, err := Import(filepath.Join("testdata", c.name), c.signature)
			if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n") {
				t.Errorf("error %v, want one line with %q", err, c.want)
			}
		})
	}
}

// TestBecomesAModel takes a network all the way to a node's model.
func TestBecomesAModel(t *testing.T) {
	net, found, err := Import(filepath.Join("testdata", "keras3_conv"), external.DefaultSignature)
	if err != nil {
		t.Fatal(err)
	}
	profile := dsp.DefaultProfile()
	profile.Bands = found.Input[0]
	profile.MaxHz = float64(profile.SampleRateHz) / 2 // as auscult import has it
	lowered, err := export.Network(net, "keras3_conv")
	if err != nil {
		t.Fatal(err)
	}
	g, err := foreign.Of(lowered.Model, found.Input)
	if err != nil {
		t.Fatal(err)
	}
	fit, err := foreign.Use{
		Bands: profile.Bands, Predicts: foreign.AnyFrame,
		Cells: foreign.Cells{Scale: []float64{1}, Offset: []float64{0}},
	}.Fit(g)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	pumptest.Folder(t, dir, 1, 3, 0, 5)
	out, err := learn.Run(t.Context(), learn.Options{
		Data: dir, Name: "pump", Profile: profile, Imported: &learn.Imported{
			Window: fit.Window, Float: fit.Model, Params: fit.Params, MACs: fit.MACs,
		},
		Folds: 2, Seed: 1, Threads: 1, Tool: "test",
	})
	if err != nil {
		t.Fatal(err)
	}
	if w := out.Model.Settings.Window; w.Frames != 8 || w.Layout != model.BandMajor {
		t.Errorf("window %+v", w)
	}
	if c := out.Quantisation.Correlation; c == nil {
		t.Error("errors do not vary")
	} else if *c < 0.999 {
		t.Errorf("errors of int8 and float32 correlate by %g", *c)
	}
}
