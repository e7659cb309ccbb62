package quantise

import (
	"context"
	"fmt"

	"github.com/auscult/auscult/tflite"
	"github.com/auscult/auscult/training/dataset"
)

// Options say how to quantise.
type Options struct {
	// MaxWindows bounds the calibration windows, spread evenly; 0 means 512.
	MaxWindows int
	// Percentile, if not 0, takes ranges that leave 100-Percentile percent of the
	// calibration's values off at either end, at most: 50 to 100. 0 chooses ranges
	// by their mean squared error.
	Percentile float64
	// Raise is by how much of the input's range each calibration window is raised
	// and shown a second time, so that ranges have room for what is louder than
	// normal; 0 means DefaultRaise, and below 0 not at all.
	Raise float64
	// KeepBias leaves offsets as they are, without making up for what the weights'
	// rounding shifts.
	KeepBias bool
	// OtherUnit says that the outputs are in another unit than cells from 0 to 1, in
	// decibels, say: their codes cover what is seen of them.
	OtherUnit bool
	// Threads is how many threads run the float32 model, 0 for as many as the process
	// may use. Results do not depend on it.
	Threads int
}

const defaultWindows = 512

// DefaultRaise is 8 dB of a profile's 120.
const DefaultRaise = 8.0 / 120

// filled returns the options with their defaults.
func (o Options) filled() (Options, error) {
	if o.MaxWindows < 1 {
		o.MaxWindows = defaultWindows
	}
	if o.Percentile != 0 && !(o.Percentile >= 50 && o.Percentile <= 100) {
		return o, fmt.Errorf("quantise: percentile %g: must be 50 to 100", o.Percentile)
	}
	if o.Raise == 0 {
		o.Raise = DefaultRaise
	}
	if !(o.Raise <= 1) {
		return o, fmt.Errorf("quantise: raised by %g of the range: must be at most 1", o.Raise)
	}
	return o, nil
}

// Quantise returns the int8 model of a float32 model whose first input are the cells of a
// window, from 0 to 1, and whose second, if there is one, are operating conditions, from 0
// to 1 too. The model is left as it is, and shares no memory with the result but what the
// two have in common.
func Quantise(ctx context.Context, m *tflite.Model, windows dataset.NormalWindows, o Options) (*tflite.Model, error) {
	o, err := o.filled()
	if err != nil {
		return nil, err
	}
	p, err := newPlan(ctx, m, windows, o)
	if err != nil {
		return nil, err
	}
	out, err := p.write()
	if err != nil {
		return nil, err
	}
	// Scales may lie too far apart for the runtimes' arithmetic.
	if _, err := tflite.NewInterpreter(out, tflite.Options{}); err != nil {
		return nil, fmt.Errorf("quantise: the int8 model cannot be run: %w", err)
	}
	return out, nil
}
