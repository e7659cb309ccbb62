package foreign

import (
	"encoding/binary"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/auscult/auscult/agent/model"
	"github.com/auscult/auscult/tflite"
	"github.com/auscult/auscult/training/graph"
)

// denseLayer adds a dense layer with random weights to a row of values.
func denseLayer(g *graph.Graph, x *graph.Value, units int, rng *rand.Rand) *graph.Value {
	w := make([]float32, units*x.Size())
	for i := range w {
		w[i] = (rng.Float32() - 0.5) / 2
	}
	b := make([]float32, units)
	for i := range b {
		b[i] = rng.Float32() - 0.5
	}
	return g.Add(tflite.FullyConnected, tflite.FullyConnectedOptions{}, []int{1, units}, g.Reshape(x, 1, x.Size()),
		graph.Floats("w", []int{units, x.Size()}, w), graph.Floats("b", []int{units}, b))
}

// row returns a network of two dense layers from values of a shape to so many.
func row(shape []int, out int) *graph.Graph {
	rng := rand.New(rand.NewPCG(1, 2))
	g := graph.New("x", shape)
	h := g.Add(tflite.Relu, nil, []int{1, 5}, denseLayer(g, g.Input, 5, rng))
	g.Outputs = []*graph.Value{denseLayer(g, h, out, rng)}
	return g
}

// runModel returns what a model makes of values.
func runModel(t *testing.T, m *tflite.Model, x []float32) []float32 {
	t.Helper()
	it, err := tflite.NewInterpreter(m, tflite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for i, v := range x {
		binary.LittleEndian.PutUint32(it.InputBytes(0)[4*i:], math.Float32bits(v))
	}
	it.Invoke()
	y := make([]float32, len(it.OutputBytes(0))/4)
	for i := range y {
		y[i] = math.Float32frombits(binary.LittleEndian.Uint32(it.OutputBytes(0)[4*i:]))
	}
	return y
}

var plainCells = Cells{Scale: []float64{1}, Offset: []float64{0}}

// TestFitWindow finds out how windows lie in what a network takes.
func TestFitWindow(t *testing.T) {
	for _, c := range []struct {
		input  []int
		bands  int
		layout model.Layout
		want   model.Window
		err    string
	}{
		{[]int{1, 24}, 8, "", model.Window{Frames: 3, StrideFrames: 1, Layout: model.FrameMajor}, ""},
		{[]int{1, 24}, 8, model.BandMajor, model.Window{Frames: 3, StrideFrames: 1, Layout: model.BandMajor}, ""},
		{[]int{1, 3, 8}, 8, "", model.Window{Frames: 3, StrideFrames: 1, Layout: model.FrameMajor}, ""},
		{[]int{1, 8, 3, 1}, 8, "", model.Window{Frames: 3, StrideFrames: 1, Layout: model.BandMajor}, ""},
		{[]int{1, 1, 24}, 24, "", model.Window{Frames: 1, StrideFrames: 1, Layout: model.FrameMajor}, ""},
		{[]int{1, 8, 3, 1}, 8, model.FrameMajor, model.Window{}, "is not frame_major"},
		{[]int{1, 6, 4}, 8, "", model.Window{}, "neither frames of 8 bands"},
		{[]int{1, 6, 4}, 24, "", model.Window{}, "neither frames of 24 bands"},
		{[]int{1, 24}, 7, "", model.Window{}, "frames of 7 bands"},
		{[]int{2, 12}, 12, "", model.Window{}, "the batch, which must be 1"},
	} {
		use := Use{Bands: c.bands, Layout: c.layout, Cells: plainCells, Predicts: AnyFrame}
		n, err := use.Fit(row(c.input, 24))
		if c.err != "" {
			if err == nil || !strings.Contains(err.Error(), c.err) {
				t.Errorf("%v of %d bands: error %v, want %q", c.input, c.bands, err, c.err)
			}
			continue
		}
		if err != nil || n.Window != c.want {
			t.Errorf("%v of %d bands: %+v, %v, want %+v", c.input, c.bands, n, err, c.want)
		}
	}
}

// TestFitRefuses tells what is no autoencoder.
func TestFitRefuses(t *testing.T) {
	for _, outputs := range []int{6, 7, 48} {
		_, err := Use{Bands: 8, Cells: plainCells, Predicts: AnyFrame}.Fit(row([]int{1, 24}, outputs))
		if err == nil || !strings.Contains(err.Error(), "classifier or an encoder") {
			t.Errorf("%d outputs: %v", outputs, err)
		}
	}
	g := row([]int{1, 24}, 8)
	g.Outputs[0] = g.Add(tflite.Softmax, tflite.SoftmaxOptions{Beta: 1}, []int{1, 8}, g.Outputs[0])
	if _, err := (Use{Bands: 8, Cells: plainCells, Predicts: AnyFrame}).Fit(g); err == nil ||
		!strings.Contains(err.Error(), "classifier") {
		t.Errorf("a classifier of 8 kinds, as many as bands: %v", err)
	}
	none := Cells{Scale: []float64{0}, Offset: []float64{0}}
	if _, err := (Use{Bands: 8, Cells: none}).Fit(row([]int{1, 24}, 24)); err == nil {
		t.Error("cells of no scale")
	}
}

// TestFitCells compares networks of other units, by layout and by what has a scale of its own,
// with what they become.
func TestFitCells(t *testing.T) {
	const bands, frames = 4, 3
	rng := rand.New(rand.NewPCG(7, 7))
	numbers := func(n int) []float64 {
		all := make([]float64, n)
		for i := range all {
			all[i] = 0.5 + rng.Float64()
		}
		return all
	}
	for _, n := range []int{1, bands, bands * frames} {
		for _, shape := range [][]int{{1, bands * frames}, {1, frames, bands}, {1, 1, bands, frames}} {
			cells := Cells{Scale: numbers(n), Offset: numbers(n)}
			plain, err := row(shape, bands*frames).Lower()
			if err != nil {
				t.Fatal(err)
			}
			net, err := Use{Bands: bands, Cells: cells, Predicts: AnyFrame}.Fit(row(shape, bands*frames))
			if err != nil {
				t.Fatal(err)
			}
			x, units := make([]float32, bands*frames), make([]float32, bands*frames)
			unit := func(i int, v float64, back bool) float64 {
				frame, band := i/bands, i%bands
				if net.Window.Layout == model.BandMajor {
					frame, band = i%frames, i/frames
				}
				at := (frame*bands + band) % n
				if back {
					return (v - cells.Offset[at]) / cells.Scale[at]
				}
				return v*cells.Scale[at] + cells.Offset[at]
			}
			for i := range x {
				x[i] = rng.Float32()
				units[i] = float32(unit(i, float64(x[i]), false))
			}
			want, got := runModel(t, plain, units), runModel(t, net.Model, x)
			for i := range got {
				if w := unit(i, float64(want[i]), true); math.Abs(float64(got[i])-w) > 1e-5 {
					t.Fatalf("%v, %d scales: cell %d is %g, want %g", shape, n, i, got[i], w)
				}
			}
		}
	}
}

// TestFitPredicts gives a network four frames and puts the one that it predicts between them.
func TestFitPredicts(t *testing.T) {
	const bands = 4
	for _, c := range []struct{ takes, first, frames, at int }{
		{4, AnyFrame, 5, 2}, {4, 4, 5, 4}, {4, 0, 5, 0}, {5, AnyFrame, 5, 2}, {5, 5, 6, 5},
	} {
		net, err := Use{Bands: bands, Cells: plainCells, Predicts: c.first}.Fit(row([]int{1, c.takes * bands}, bands))
		if err != nil {
			t.Fatal(err)
		}
		plain, err := row([]int{1, c.takes * bands}, bands).Lower()
		if err != nil {
			t.Fatal(err)
		}
		if net.Window.Frames != c.frames {
			t.Fatalf("%+v: a window of %d", c, net.Window.Frames)
		}
		x := make([]float32, c.frames*bands)
		var taken []float32
		for i := range x {
			x[i] = float32(i) / float32(len(x))
			if c.takes == c.frames || i/bands != c.at {
				taken = append(taken, x[i])
			}
		}
		want, got := runModel(t, plain, taken), runModel(t, net.Model, x)
		for i := range got {
			w := x[i]
			if i/bands == c.at {
				w = want[i%bands]
			}
			if math.Abs(float64(got[i]-w)) > 1e-6 {
				t.Errorf("%+v: cell %d is %g, want %g", c, i, got[i], w)
			}
		}
	}
	if _, err := (Use{Bands: bands, Cells: plainCells, Predicts: 6}).Fit(row([]int{1, 4 * bands}, bands)); err == nil {
		t.Error("a frame behind the window was predicted")
	}
}
