package families

import (
	"fmt"
	"math"

	"github.com/auscult/auscult/training/dataset"
	"github.com/auscult/auscult/training/network"
)

// Objective is what a training makes small, and what follows from that: a loss has a unit, a
// step holds more or less, and not all that was trained is kept.
type Objective interface {
	// Restores says that the loss is a mean squared error, so that the network gives back the
	// windows that it is shown.
	Restores() bool
	// Rows returns how many samples a step of some windows holds.
	Rows(windows int) int
	// Loss returns a loss as History has it in the unit of reports, and Shown in the one that
	// people watch; cells from 0 to 1 stand for spanDB.
	Loss(loss, spanDB float64) (value float64, unit string)
	Shown(loss, spanDB float64) (value float64, unit string)

	// samples returns windows as training sees them, and what nn needs to know about them.
	samples(windows dataset.NormalWindows, s standard, spanDB float64) (network.Samples, float64, error)
	// kept returns what is kept of a trained network.
	kept(net *network.Network) (*network.Network, error)
	// settle makes the folded network ready for use.
	settle(folded *network.Network, windows dataset.NormalWindows) error
}

// restoring makes the mean squared error small with which windows are restored.
type restoring struct{}

// Restores is Objective's.
func (restoring) Restores() bool { return true }

// Rows is Objective's.
func (restoring) Rows(windows int) int { return windows }

// Loss is Objective's.
func (restoring) Loss(loss, spanDB float64) (value float64, unit string) {
	return loss * (spanDB * spanDB), "dB²"
}

// Shown is Objective's.
func (restoring) Shown(loss, spanDB float64) (value float64, unit string) {
	return math.Sqrt(loss) * spanDB, "dB"
}

func (restoring) samples(windows dataset.NormalWindows, s standard, _ float64) (network.Samples, float64, error) {
	return standardised{windows, s}, 0, nil
}

func (restoring) kept(net *network.Network) (*network.Network, error) { return net, nil }

func (restoring) settle(*network.Network, dataset.NormalWindows) error { return nil }

// telling learns to tell windows from each other: two views of one shall lie close together.
type telling struct {
	keep int // layers of the encoder; the others are there to train it
}

// temperature is NT-Xent's; Chen et al. find 0.1 best for batches as small as these.
const temperature = 0.1

// Restores is Objective's.
func (telling) Restores() bool { return false }

// Rows is Objective's.
func (telling) Rows(windows int) int { return 2 * windows }

// Loss is Objective's.
func (telling) Loss(loss, _ float64) (value float64, unit string) { return loss, "nats" }

// Shown is Objective's.
func (telling) Shown(loss, _ float64) (value float64, unit string) { return loss, "nats" }

func (telling) samples(windows dataset.NormalWindows, _ standard, spanDB float64) (network.Samples, float64, error) {
	if !(spanDB > 0) {
		return nil, 0, fmt.Errorf("needs the profile's range")
	}
	return viewsOf(windows, spanDB), temperature, nil
}

func (t telling) kept(net *network.Network) (*network.Network, error) { return net.First(t.keep) }

func (telling) settle(folded *network.Network, windows dataset.NormalWindows) error {
	return unitDeviation(folded, windows)
}

// unitDeviation scales the last layer with weights so that what the encoder gives for
// windows has a standard deviation of 1 over all axes: then int8 and what is known of
// normal sound need no unit.
func unitDeviation(encoder *network.Network, windows dataset.NormalWindows) error {
	const most = 512
	sum, squares := make([]float64, encoder.Out().Size()), 0.0
	x := make([]float32, windows.Size())
	count := min(windows.Len(), most)
	for i := range count {
		windows.Sample(i*windows.Len()/count, x)
		for k, v := range encoder.Forward(x, 1) {
			sum[k] += float64(v) / float64(count)
			squares += float64(v) * float64(v) / float64(count)
		}
	}
	for _, m := range sum {
		squares -= m * m
	}
	deviation := math.Sqrt(max(squares, 0) / float64(len(sum)))
	if !(deviation > 1e-9) {
		return fmt.Errorf("the encoder gives the same for every window: train for more epochs, or on more varied sound")
	}
	for i, s := range encoder.Specs() {
		if s.Kind != network.MeanPool {
			continue
		}
		w := encoder.Weights(i - 1)
		// Centred too: the codes are used for what differs.
		for k := range w.W {
			w.W[k] = float32(float64(w.W[k]) / deviation)
		}
		for k := range w.Bias {
			w.Bias[k] = float32((float64(w.Bias[k]) - sum[k]) / deviation)
		}
	}
	return nil
}
