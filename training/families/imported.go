package families

import (
	"fmt"
	"math"
	"slices"

	"github.com/auscult/auscult/agent/model"
	"github.com/auscult/auscult/training/dataset"
	"github.com/auscult/auscult/training/network"
)

// ImportedName is the family of what was trained elsewhere.
const ImportedName = "imported"

// Cells say what a network that was trained elsewhere takes, for a cell of 0 to 1:
// Scale*cell + Offset.
type Cells struct {
	Scale, Offset float64
}

// Imported describes a folded network that was trained elsewhere, for windows of bands,
// and makes it one that takes and gives cells from 0 to 1. input is the shape of what it
// takes, without the batch, before anything flattened it: frames x bands or bands x
// frames, or all in a row, which is taken frame by frame unless layout says otherwise.
func Imported(net *network.Network, input []int, bands int, layout model.Layout, cells Cells) (Description, error) {
	d := Description{Name: ImportedName, Bands: bands, Layers: net.Specs(), Batch: 16, Objective: restoring{}}
	size := net.In().Size()
	if net.Out().Size() != size || net.Conditions() > 0 {
		return d, fmt.Errorf("families: the network makes %d values of %d: an autoencoder gives as many as it takes",
			net.Out().Size(), size)
	}
	if bands < 1 || size%bands != 0 || size > maxCells {
		return d, fmt.Errorf("families: the network takes %d values: needs whole frames of %d bands, at most %d cells",
			size, bands, maxCells)
	}
	frames := size / bands
	shape := slices.DeleteFunc(slices.Clone(input), func(n int) bool { return n == 1 })
	byFrame, byBand := slices.Equal(shape, []int{frames, bands}), slices.Equal(shape, []int{bands, frames})
	switch {
	case len(shape) <= 1:
		byFrame, byBand = true, true
	case !byFrame && !byBand:
		return d, fmt.Errorf("families: the network takes %v: neither frames of %d bands nor %d bands of frames",
			input, bands, bands)
	}
	if layout == "" {
		layout = model.FrameMajor
		if byBand && (!byFrame || len(shape) > 1) {
			layout = model.BandMajor
		}
	}
	if layout == model.FrameMajor && !byFrame || layout == model.BandMajor && !byBand {
		return d, fmt.Errorf("families: the network takes %v, which is not %s with %d bands", input, layout, bands)
	}
	d.Window = model.Window{Frames: frames, StrideFrames: max(1, frames/4), Layout: layout}
	return d, cells.foldInto(net)
}

// foldInto makes a network of cells from 0 to 1 of one that takes others.
func (c Cells) foldInto(net *network.Network) error {
	if !(math.Abs(c.Scale) > 0) || math.IsInf(c.Scale, 0) || math.IsNaN(c.Offset) || math.IsInf(c.Offset, 0) {
		return fmt.Errorf("families: cells as %g*cell + %g", c.Scale, c.Offset)
	}
	if c.Scale == 1 && c.Offset == 0 {
		return nil
	}
	specs := net.Specs()
	if specs[0].Kind != network.Dense || specs[len(specs)-1].Kind != network.Dense {
		return fmt.Errorf("families: the network begins with %v and ends with %v: other values than cells from 0 to 1 need dense layers at both ends", specs[0].Kind, specs[len(specs)-1].Kind)
	}
	s := standard{mean: make([]float64, net.In().Size()), deviation: 1 / c.Scale}
	for i := range s.mean {
		s.mean[i] = -c.Offset / c.Scale
	}
	s.foldInto(net)
	return nil
}

// Ready returns a network that needs no training as Train returns one: its history is
// its mean squared error on windows of normal sound. spread is as Error gives it.
func Ready(d Description, net *network.Network, windows dataset.NormalWindows) (t *Trained, spread float64, err error) {
	own, err := net.First(len(net.Specs())) // a network is one goroutine's
	if err != nil {
		return nil, 0, fmt.Errorf("families: %s: %w", d.Name, err)
	}
	t = &Trained{Description: d, Net: own}
	loss, spread, err := t.Error(windows)
	if err != nil {
		return nil, 0, err
	}
	t.History = network.History{Loss: []float64{loss}}
	return t, spread, nil
}

// mostScored bounds the windows that Error looks at.
const mostScored = 512

// Error returns the mean squared error with which an autoencoder restores windows, some
// of them where there are many, and the mean squared deviation of their cells from
// the mean of all: what restoring nothing but that mean would come to.
func (t *Trained) Error(windows dataset.NormalWindows) (mse, spread float64, err error) {
	size, count := windows.Size(), min(windows.Len(), mostScored)
	if count == 0 || size != t.Net.In().Size() || windows.ConditionCount() != t.Net.Conditions() {
		return 0, 0, fmt.Errorf("families: %s: %d windows of %d cells, the network takes %d",
			t.Name, windows.Len(), size, t.Net.In().Size())
	}
	x, conditions := make([]float32, size), make([]float32, windows.ConditionCount())
	sum, squares, cells := 0.0, 0.0, float64(size*count)
	for i := range count {
		at := i * windows.Len() / count
		windows.Sample(at, x)
		windows.Conditions(at, conditions)
		t.Net.SetConditions(conditions)
		for k, v := range t.Net.Forward(slices.Clone(x), 1) {
			d := float64(v) - float64(x[k])
			mse += d * d / cells
			sum, squares = sum+float64(x[k])/cells, squares+float64(x[k]*x[k])/cells
		}
	}
	if math.IsNaN(mse) || math.IsInf(mse, 0) {
		return 0, 0, fmt.Errorf("families: %s: the error on normal sound is %g: the network is not usable", t.Name, mse)
	}
	return mse, squares - sum*sum, nil
}
