package families

import (
	"fmt"
	"math"
	"slices"

	"github.com/auscult/auscult/agent/model"
	"github.com/auscult/auscult/training/dataset"
)

// ImportedName is the family of what was trained elsewhere.
const ImportedName = "imported"

// Imported describes a network that was trained elsewhere, for windows of bands. It has no
// layers that could be trained.
func Imported(bands int, window model.Window) Description {
	return Description{Name: ImportedName, Bands: bands, Window: window, Batch: 16, Objective: restoring{}}
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
