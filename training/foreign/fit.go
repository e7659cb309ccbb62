package foreign

import (
	"fmt"
	"math"
	"slices"

	"github.com/auscult/auscult/agent/model"
	"github.com/auscult/auscult/tflite"
	"github.com/auscult/auscult/training/graph"
)

// Cells say what a network takes for a cell of 0 to 1, as the node has them: Scale*cell +
// Offset. Each has one value, one for each band, or one for each cell, frame after frame.
type Cells struct {
	Scale, Offset []float64
}

// Use says how a network is to be used.
type Use struct {
	Bands int
	// Layout is the order of the cells in what the network takes; empty: by its shape, and
	// frame after frame where they lie in a row.
	Layout model.Layout
	Cells  Cells
	// Predicts is the first frame, of the window, that a network gives which gives fewer
	// frames than the window has; AnyFrame: those in the middle.
	Predicts int
}

// AnyFrame leaves it to the network's shape which frames it gives.
const AnyFrame = -1

// Network is one that a node can use.
type Network struct {
	// Model takes and gives the cells of a window, in float32.
	Model  *tflite.Model
	Window model.Window
	Params int
	MACs   int64
	// Notes say what was understood of it, each in a sentence.
	Notes []string
}

// maxFrames bounds a window.
const maxFrames = 1024

// Fit makes a network of a graph that takes the cells of a window and gives them again. The
// graph is used up.
func (u Use) Fit(g *graph.Graph) (*Network, error) {
	f, err := u.shape(g)
	if err != nil {
		return nil, err
	}
	if err := f.choose(g); err != nil {
		return nil, err
	}
	if err := f.surround(g); err != nil {
		return nil, err
	}
	g.Simplify()
	g.Description = "auscult imported network"
	m, err := g.Lower()
	if err != nil {
		return nil, err
	}
	it, err := tflite.NewInterpreter(m, tflite.Options{})
	if err != nil {
		return nil, fmt.Errorf("foreign: %w", err)
	}
	n := &Network{Model: m, Window: f.window, Params: g.Params(), Notes: f.notes}
	for _, o := range it.Operators() {
		n.MACs += o.MACs
	}
	return n, nil
}

// fitting is what is known of a network while it is fitted.
type fitting struct {
	use    Use
	window model.Window
	input  []int // shape that the network takes, with the batch
	frames int   // that the network takes
	given  int   // frames that it gives
	first  int   // of those, in the window
	inside bool  // what it gives is part of what it takes
	notes  []string
}

// shape finds out how a window lies in what a network takes.
func (u Use) shape(g *graph.Graph) (*fitting, error) {
	f := &fitting{use: u, input: g.Input.Shape}
	size := g.Input.Size()
	if len(f.input) > 1 && f.input[0] != 1 {
		return nil, fmt.Errorf("foreign: the network takes %v: the first number is the batch, which must be 1 or open: "+
			"export it with one window as the example", f.input)
	}
	if u.Bands < 1 || size%u.Bands != 0 || size/u.Bands > maxFrames {
		return nil, fmt.Errorf("foreign: the network takes %v, %d values: that is no number of frames of %d bands: give --bands",
			f.input, size, u.Bands)
	}
	f.frames = size / u.Bands
	shape := slices.DeleteFunc(slices.Clone(f.input), func(n int) bool { return n == 1 })
	byFrame, byBand := slices.Equal(shape, []int{f.frames, u.Bands}), slices.Equal(shape, []int{u.Bands, f.frames})
	switch {
	case len(shape) <= 1:
		byFrame, byBand = true, true
	case !byFrame && !byBand:
		return nil, fmt.Errorf("foreign: the network takes %v: neither frames of %d bands nor %d bands of frames: give --bands",
			f.input, u.Bands, u.Bands)
	}
	f.window.Layout = u.Layout
	if u.Layout == "" {
		f.window.Layout = model.FrameMajor
		if byBand && (!byFrame || len(shape) > 1) {
			f.window.Layout = model.BandMajor
		}
	}
	if u.Layout == model.FrameMajor && !byFrame || u.Layout == model.BandMajor && !byBand {
		return nil, fmt.Errorf("foreign: the network takes %v, which is not %s with %d bands", f.input, u.Layout, u.Bands)
	}
	return f, nil
}

// choose finds the output that restores what the network takes, or frames of it.
func (f *fitting) choose(g *graph.Graph) error {
	size := g.Input.Size()
	for _, out := range g.Outputs {
		if out.Size() == size && out != g.Input {
			f.given, f.inside = f.frames, true
			f.take(g, out)
			f.window.Frames = f.frames
			return f.strides()
		}
	}
	for _, out := range g.Outputs {
		n := out.Size()
		if n%f.use.Bands != 0 || n >= size || classifies(out) {
			continue
		}
		if f.given = n / f.use.Bands; f.given > 1 && f.window.Layout == model.BandMajor {
			continue // which of the frames come first cannot be seen
		}
		f.take(g, out)
		return f.predict()
	}
	return fmt.Errorf("foreign: the network gives %s of %d values: that is a classifier or an encoder; a node scores by what an "+
		"autoencoder makes of the window, which gives as many values as it takes, or by frames that it predicts", sizes(g), size)
}

// sizes lists what a network gives.
func sizes(g *graph.Graph) string {
	text := ""
	for i, out := range g.Outputs {
		if i > 0 {
			text += " and "
		}
		text += fmt.Sprint(out.Size())
	}
	return text
}

// classifies reports whether an output is that of a classifier.
func classifies(v *graph.Value) bool {
	op, ok := v.Operator()
	return ok && (op == tflite.Softmax || op == tflite.LogSoftmax)
}

// take keeps one output.
func (f *fitting) take(g *graph.Graph, out *graph.Value) {
	if n := len(g.Outputs); n > 1 {
		f.notes = append(f.notes, fmt.Sprintf("of its %d outputs the one is used that restores the window", n))
	}
	g.Outputs = []*graph.Value{out}
}

// strides proposes how far windows are apart.
func (f *fitting) strides() error {
	f.window.StrideFrames = max(1, f.window.Frames/4)
	if f.window.Frames > maxFrames {
		return fmt.Errorf("foreign: windows of %d frames: at most %d", f.window.Frames, maxFrames)
	}
	return nil
}

// predict finds out which frames a network gives that gives fewer than it takes.
func (f *fitting) predict() error {
	f.inside = f.frames%2 == 1 && f.use.Predicts == AnyFrame
	f.window.Frames = f.frames + f.given
	if f.inside {
		f.window.Frames = f.frames
	}
	f.first = (f.window.Frames - f.given) / 2
	if f.use.Predicts != AnyFrame {
		f.first = f.use.Predicts
	}
	if f.first < 0 || f.first+f.given > f.window.Frames {
		return fmt.Errorf("foreign: the network gives %d frames: they cannot begin at frame %d of a window of %d",
			f.given, f.first, f.window.Frames)
	}
	how := "takes the others"
	if f.inside {
		how = "takes all"
	}
	f.notes = append(f.notes, fmt.Sprintf("it predicts frames %d to %d of a window of %d and %s",
		f.first+1, f.first+f.given, f.window.Frames, how))
	return f.strides()
}

// surround makes a graph of cells of one of what the network takes, and of what it gives.
func (f *fitting) surround(g *graph.Graph) error {
	scale, offset, err := f.units()
	if err != nil {
		return err
	}
	shape := []int{1, f.window.Frames, f.use.Bands}
	axis := 1
	if f.window.Layout == model.BandMajor {
		shape, axis = []int{1, f.use.Bands, f.window.Frames}, 2
	}
	if f.window.Frames == f.frames && f.given == f.frames {
		shape = f.input
	}
	part := func(v *graph.Value, from, to int) *graph.Value {
		begin, extent := []int{0, 0, 0}, slices.Clone(shape)
		begin[axis], extent[axis] = from, to-from
		return g.Slice(v, begin, extent)
	}
	behind := f.first + f.given
	g.Before("window", shape, func(in *graph.Value) *graph.Value {
		if !f.inside {
			in = g.Concat(axis, parts(part, in, [2]int{0, f.first}, [2]int{behind, f.window.Frames})...)
			return g.Reshape(g.Affine(in, f.without(scale, axis), f.without(offset, axis)), f.input...)
		}
		return g.Reshape(g.Affine(in, scale, offset), f.input...)
	})
	y := g.Outputs[0]
	back, shift := inverse(scale, offset)
	if f.given == f.frames {
		g.Outputs[0] = g.Affine(g.Reshape(y, shape...), back, shift)
		return nil
	}
	// The other frames are given as they came, so that they are no part of the error.
	own := slices.Clone(shape)
	own[axis] = f.given
	y = g.Affine(g.Reshape(y, own...), f.only(back, axis), f.only(shift, axis))
	all := parts(part, g.Input, [2]int{0, f.first})
	all = append(append(all, y), parts(part, g.Input, [2]int{behind, f.window.Frames})...)
	g.Outputs[0] = g.Concat(axis, all...)
	return nil
}

// parts returns those of some ranges that are not empty.
func parts(part func(*graph.Value, int, int) *graph.Value, v *graph.Value, ranges ...[2]int) (all []*graph.Value) {
	for _, r := range ranges {
		if r[1] > r[0] {
			all = append(all, part(v, r[0], r[1]))
		}
	}
	return all
}

// units returns what the network takes for a cell: one number, or one for each cell of the
// window in its order.
func (f *fitting) units() (scale, offset []float32, err error) {
	for i, given := range [][]float64{f.use.Cells.Scale, f.use.Cells.Offset} {
		for _, v := range given {
			if math.IsNaN(v) || math.IsInf(v, 0) || i == 0 && v == 0 {
				return nil, nil, fmt.Errorf("foreign: cells times %g are no levels", v)
			}
		}
		out, err := f.laid(given)
		if err != nil {
			return nil, nil, err
		}
		if i == 0 {
			scale = out
		} else {
			offset = out
		}
	}
	return scale, offset, nil
}

// laid returns numbers for the cells of the window in their order.
func (f *fitting) laid(given []float64) ([]float32, error) {
	bands, frames := f.use.Bands, f.window.Frames
	if len(given) == 1 {
		return []float32{float32(given[0])}, nil
	}
	if len(given) != bands && len(given) != bands*frames {
		return nil, fmt.Errorf("foreign: %d means or deviations: give one, one for each of %d bands, or one for each of %d cells",
			len(given), bands, bands*frames)
	}
	out := make([]float32, bands*frames)
	for t := range frames {
		for b := range bands {
			at := t*bands + b
			if f.window.Layout == model.BandMajor {
				at = b*frames + t
			}
			out[at] = float32(given[(t*bands+b)%len(given)])
		}
	}
	return out, nil
}

// without returns numbers for the cells of a window without the frames that are given.
func (f *fitting) without(all []float32, axis int) []float32 {
	return f.filter(all, axis, func(t int) bool { return t < f.first || t >= f.first+f.given })
}

// only returns those of the frames that are given.
func (f *fitting) only(all []float32, axis int) []float32 {
	return f.filter(all, axis, func(t int) bool { return t >= f.first && t < f.first+f.given })
}

func (f *fitting) filter(all []float32, axis int, keeps func(frame int) bool) (kept []float32) {
	if len(all) == 1 {
		return all
	}
	for i, v := range all {
		t := i / f.use.Bands
		if axis == 2 {
			t = i % f.window.Frames
		}
		if keeps(t) {
			kept = append(kept, v)
		}
	}
	return kept
}

// inverse returns what undoes an affine step.
func inverse(scale, offset []float32) (back, shift []float32) {
	n := max(len(scale), len(offset))
	at := func(v []float32, i int) float64 { return float64(v[min(i, len(v)-1)]) }
	for i := range n {
		back = append(back, float32(1/at(scale, i)))
		shift = append(shift, float32(-at(offset, i)/at(scale, i)))
	}
	return back, shift
}
