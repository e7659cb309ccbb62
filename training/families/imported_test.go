package families

import (
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/auscult/auscult/agent/model"
	"github.com/auscult/auscult/training/network"
)

// elsewhere is a network that was trained elsewhere.
func elsewhere(t *testing.T, specs []network.Spec) *network.Network {
	t.Helper()
	net, err := network.New(specs, 4)
	if err != nil {
		t.Fatal(err)
	}
	return net
}

// TestImportedWindow finds out how windows lie in what a network takes.
func TestImportedWindow(t *testing.T) {
	row := network.NewChain(network.Shape{H: 1, W: 1, C: 24}).Dense(24, true).Specs()
	for _, c := range []struct {
		input  []int
		bands  int
		layout model.Layout
		want   model.Window
		err    string
	}{
		{[]int{24}, 8, "", model.Window{Frames: 3, StrideFrames: 1, Layout: model.FrameMajor}, ""},
		{[]int{24}, 8, model.BandMajor, model.Window{Frames: 3, StrideFrames: 1, Layout: model.BandMajor}, ""},
		{[]int{3, 8}, 8, "", model.Window{Frames: 3, StrideFrames: 1, Layout: model.FrameMajor}, ""},
		{[]int{8, 3, 1}, 8, "", model.Window{Frames: 3, StrideFrames: 1, Layout: model.BandMajor}, ""},
		{[]int{1, 24}, 24, "", model.Window{Frames: 1, StrideFrames: 1, Layout: model.FrameMajor}, ""},
		{[]int{8, 3, 1}, 8, model.FrameMajor, model.Window{}, "is not frame_major"},
		{[]int{6, 4}, 8, "", model.Window{}, "neither frames of 8 bands"},
		{[]int{6, 4}, 24, "", model.Window{}, "neither frames of 24 bands"},
		{[]int{24}, 7, "", model.Window{}, "whole frames of 7 bands"},
	} {
		d, err := Imported(elsewhere(t, row), c.input, c.bands, c.layout, Cells{Scale: 1})
		if c.err != "" {
			if err == nil || !strings.Contains(err.Error(), c.err) {
				t.Errorf("%v of %d bands: error %v, want %q", c.input, c.bands, err, c.err)
			}
			continue
		}
		if err != nil || d.Window != c.want {
			t.Errorf("%v of %d bands: %+v, %v, want %+v", c.input, c.bands, d.Window, err, c.want)
		}
	}
	encoder := network.NewChain(network.Shape{H: 1, W: 1, C: 24}).Dense(8, true).Specs()
	if _, err := Imported(elsewhere(t, encoder), []int{24}, 8, "", Cells{Scale: 1}); err == nil {
		t.Error("an encoder was taken for an autoencoder")
	}
}

// TestImportedCells compares a network of dB with what it becomes.
func TestImportedCells(t *testing.T) {
	specs := network.NewChain(network.Shape{H: 1, W: 1, C: 12}).Dense(5, true).ReLU().Dense(12, true).Specs()
	of, net := elsewhere(t, specs), elsewhere(t, specs)
	cells := Cells{Scale: 12, Offset: -4.5}
	if _, err := Imported(net, []int{12}, 4, "", cells); err != nil {
		t.Fatal(err)
	}
	rng := rand.New(rand.NewPCG(1, 1))
	x, db := make([]float32, 12), make([]float32, 12)
	for range 10 {
		for i := range x {
			x[i] = rng.Float32()
			db[i] = float32(cells.Scale)*x[i] + float32(cells.Offset)
		}
		want := slices.Clone(of.Forward(db, 1))
		for i, v := range net.Forward(x, 1) {
			if w := (float64(want[i]) - cells.Offset) / cells.Scale; math.Abs(float64(v)-w) > 1e-5 {
				t.Fatalf("cell %d is %g, want %g", i, v, w)
			}
		}
	}
	picture := network.NewChain(network.Shape{H: 4, W: 3, C: 1}).Conv2D(1, 3, 1, true).Specs()
	if _, err := Imported(elsewhere(t, picture), []int{4, 3, 1}, 4, "", cells); err == nil ||
		!strings.Contains(err.Error(), "dense layers at both ends") {
		t.Errorf("a picture in dB: %v", err)
	}
	if _, err := Imported(net, []int{12}, 4, "", Cells{}); err == nil {
		t.Error("cells of no scale")
	}
}
