package learn

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/auscult/auscult/agent/detect"
	"github.com/auscult/auscult/agent/model"
	"github.com/auscult/auscult/training/dataset"
	"github.com/auscult/auscult/training/export"
	"github.com/auscult/auscult/training/families"
	"github.com/auscult/auscult/training/foreign"
	"github.com/auscult/auscult/training/pumptest"
)

func names(e *detect.Ensemble) string {
	var all []string
	for _, p := range e.Parts {
		all = append(all, string(p.Name))
	}
	return strings.Join(all, " ")
}

// TestContrast learns an encoder: the node's detectors are those that need no
// reconstruction.
func TestContrast(t *testing.T) {
	dir := t.TempDir()
	pumptest.Folder(t, dir, 1, 4, 0, 5)
	o := quick(dir)
	o.Family, o.Alone = families.ContrastName, ""
	out, err := Run(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	s := &out.Model.Settings
	if got := names(&s.Detector.Ensemble); got != "level neighbours motion thirds embedding" || s.Restores() ||
		out.LossUnit != "nats" {
		t.Errorf("detectors %q, outputs %q, losses in %s", got, s.Outputs, out.LossUnit)
	}
	if _, err := model.Parse(out.Float); err != nil {
		t.Errorf("the float32 model: %v", err)
	}
	o.Alone = detect.ByMSE
	if _, err := Run(context.Background(), o); err == nil || !strings.Contains(err.Error(), "restores nothing") {
		t.Errorf("an encoder with residuals: %v", err)
	}
}

// TestConditioned learns clips of two speeds, and hears one of them with either.
func TestConditioned(t *testing.T) {
	dir := t.TempDir()
	pumptest.Folder(t, dir, 1, 4, 0, 3)
	o := quick(dir)
	o.Family = families.ConditionedName
	if _, err := Run(context.Background(), o); err == nil || !strings.Contains(err.Error(), dataset.ConditionsFile) {
		t.Fatalf("without conditions: %v", err)
	}
	set, err := dataset.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	table := "file,speed_rpm\n"
	for i, c := range set.Normal().Clips() {
		table += fmt.Sprintf("%s,%d\n", c.Name, 900+600*(i%2))
	}
	if err := os.WriteFile(filepath.Join(dir, dataset.ConditionsFile), []byte(table), 0o600); err != nil {
		t.Fatal(err)
	}
	o.Conditions = []string{"speed_rpm"}
	out, err := Run(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	s := &out.Model.Settings
	if len(s.Conditions) != 1 || s.Conditions[0] != (model.Condition{Name: "speed_rpm", Min: 900, Max: 1500}) {
		t.Fatalf("conditions %+v", s.Conditions)
	}
	sc, err := out.Model.NewScorer()
	if err != nil {
		t.Fatal(err)
	}
	score := func(rpm float64) (last float64) {
		sc.Reset()
		sc.SetConditions([]float64{rpm})
		codes := make([]int8, s.Profile.Bands)
		for i := range 200 {
			for b := range codes {
				codes[b] = int8(i*b%64 - 32)
			}
			if v, ok := sc.Push(codes); ok {
				last = v.Value
			}
		}
		return last
	}
	if slow, fast := score(900), score(1500); slow == fast {
		t.Errorf("the score is %g whatever the speed", slow)
	}
}

// TestVAE learns a variational autoencoder: the node also asks how far the latent values
// are from those of normal sound.
func TestVAE(t *testing.T) {
	dir := t.TempDir()
	pumptest.Folder(t, dir, 1, 3, 0, 4)
	o := quick(dir)
	o.Family, o.Alone, o.Epochs = families.VAEName, "", 8
	out, err := Run(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	s := &out.Model.Settings
	if got := names(&s.Detector.Ensemble); got != "reconstruction level covariance neighbours motion thirds divergence" {
		t.Errorf("detectors %q", got)
	}
	float, err := model.Parse(out.Float)
	if err != nil {
		t.Fatal(err)
	}
	hear := func(m *model.Model) float64 {
		sc, err := m.NewScorer()
		if err != nil {
			t.Fatal(err)
		}
		codes := make([]int8, s.Profile.Bands)
		for i := range 200 {
			for b := range codes {
				codes[b] = int8(s.Golden.Input[b*s.Window.Frames+i%s.Window.Frames]) // normal sound
			}
			if _, ok := sc.Push(codes); ok {
				return sc.Observed().Divergence
			}
		}
		t.Fatal("nothing was scored")
		return 0
	}
	if a, b := hear(out.Model), hear(float); !(a > 0 && a < 1.2*b && b < 1.2*a) {
		t.Errorf("divergence %.3g in int8, %.3g in float32", a, b)
	}
}

// TestImported gives Run a network as if it had been trained elsewhere.
func TestImported(t *testing.T) {
	dir := t.TempDir()
	pumptest.Folder(t, dir, 1, 3, 0, 5)
	o := quick(dir)
	own, err := Run(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	set, err := dataset.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	features, _, err := dataset.ExtractNormal(context.Background(), set.Normal(),
		dataset.Options{Profile: o.Profile, Workers: 2})
	if err != nil {
		t.Fatal(err)
	}
	dense, err := families.Dense(families.DenseFrames, o.Profile.Bands)
	if err != nil {
		t.Fatal(err)
	}
	windows, err := dataset.NewNormalWindows(features, dense.Window)
	if err != nil {
		t.Fatal(err)
	}
	trained, err := families.Train(context.Background(), dense, windows,
		families.Config{Epochs: o.Epochs, Seed: o.Seed, Threads: 1})
	if err != nil {
		t.Fatal(err)
	}
	elsewhere := func(scale, offset float64) *Imported {
		t.Helper()
		lowered, err := export.Network(trained.Net, "elsewhere")
		if err != nil {
			t.Fatal(err)
		}
		g, err := foreign.Of(lowered.Model, []int{families.DenseFrames * o.Profile.Bands})
		if err != nil {
			t.Fatal(err)
		}
		net, err := foreign.Use{
			Bands: o.Profile.Bands, Predicts: foreign.AnyFrame,
			Cells: foreign.Cells{Scale: []float64{scale}, Offset: []float64{offset}},
		}.Fit(g)
		if err != nil {
			t.Fatal(err)
		}
		return &Imported{Window: net.Window, Float: net.Model, Params: net.Params, MACs: net.MACs}
	}
	o.Imported, o.Epochs = elsewhere(1, 0), 0
	out, err := Run(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	s, want := &out.Model.Settings, &own.Model.Settings
	if !slices.Equal(s.Golden.Output, want.Golden.Output) || s.Window != want.Window || s.Family != families.ImportedName {
		t.Error("the same network, trained here and imported, gives other outputs")
	}
	if last := own.Loss[len(own.Loss)-1]; len(out.Loss) != 1 || out.Loss[0] > 2*last || out.Loss[0] < last/2 {
		t.Errorf("error %v dB², while training in its last epoch %v", out.Loss, own.Loss)
	}
	for _, w := range out.Warnings {
		if strings.Contains(w, "worse than their mean") {
			t.Error(w)
		}
	}

	// Zeros for a network that was trained on dB.
	o.Imported = elsewhere(120, -80)
	_, err = Run(context.Background(), o)
	if err == nil || !strings.Contains(err.Error(), "does not restore these recordings") {
		t.Errorf("wrong levels: %v", err)
	}
	o.Patience = 3
	if _, err := Run(context.Background(), o); err == nil || !strings.Contains(err.Error(), "belong to trainings") {
		t.Errorf("patience without training: %v", err)
	}
}
