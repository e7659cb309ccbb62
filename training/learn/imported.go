package learn

import (
	"context"
	"encoding/binary"
	"fmt"
	"math"

	"github.com/auscult/auscult/tflite"
	"github.com/auscult/auscult/training/dataset"
	"github.com/auscult/auscult/training/network"
	"github.com/auscult/auscult/training/quantise"
)

// absurd is how many times worse than the mean of all cells, by its squared error, a network
// restores normal sound that was trained on something else.
const absurd = 4

// ready quantises the network that was trained elsewhere by windows of normal sound. Its
// history is its error on them.
func (t *trainer) ready(ctx context.Context, windows dataset.NormalWindows, name, step string) (*fitted, error) {
	float := t.o.Imported.Float
	mse, spread, err := restores(ctx, float, windows)
	if err != nil {
		return nil, err
	}
	t.progress(step, network.Progress{Step: 1, Steps: 1, Loss: mse})
	const advice = "was it trained on other levels (--levels, --mean, --deviation), other features (auscult features shows " +
		"what a node hears) or cells in another order (--order)?"
	if !(mse <= absurd*spread) {
		span := t.spanDB()
		return nil, fmt.Errorf("learn: the network does not restore these recordings: its error is %.3g dB, where the mean of all "+
			"cells would come to %.1f dB: %s", math.Sqrt(mse)*span, math.Sqrt(spread)*span, advice)
	}
	if name == keptName {
		t.checkRestores(mse, spread, advice)
	}
	options := quantise.Options{Threads: t.threads}
	if float, err = quantise.Equalise(ctx, float, windows, options); err != nil {
		return nil, fmt.Errorf("learn: the network does not fit into 8 bits: %w", err)
	}
	f, err := t.fitted(ctx, float, float, windows, options)
	if err != nil {
		return nil, fmt.Errorf("learn: the network does not fit into 8 bits: %w", err)
	}
	f.history = network.History{Loss: []float64{mse}}
	return f, nil
}

// restoredWindows is how many windows show how well a network restores them.
const restoredWindows = 512

// restores returns the mean squared error with which a float32 model restores windows, some of
// them where there are many, and the mean squared deviation of their cells from the mean of
// all.
func restores(
	ctx context.Context, float *tflite.Model, windows dataset.NormalWindows,
) (mse, spread float64, err error) {
	it, err := tflite.NewInterpreter(float, tflite.Options{})
	if err != nil {
		return 0, 0, fmt.Errorf("learn: %w", err)
	}
	size, count := windows.Size(), min(windows.Len(), restoredWindows)
	if count == 0 || 4*size != len(it.InputBytes(0)) || 4*size != len(it.OutputBytes(0)) {
		return 0, 0, fmt.Errorf("learn: %d windows of %d cells, the network takes %d",
			windows.Len(), size, len(it.InputBytes(0))/4)
	}
	x := make([]float32, size)
	sum, squares, cells := 0.0, 0.0, float64(size)*float64(count)
	for i := range count {
		windows.Sample(i*windows.Len()/count, x)
		for k, v := range x {
			binary.LittleEndian.PutUint32(it.InputBytes(0)[4*k:], math.Float32bits(v))
		}
		if err := it.InvokeContext(ctx); err != nil {
			return 0, 0, err
		}
		for k, v := range x {
			d := float64(math.Float32frombits(binary.LittleEndian.Uint32(it.OutputBytes(0)[4*k:]))) - float64(v)
			mse += d * d / cells
			sum, squares = sum+float64(v)/cells, squares+float64(v)*float64(v)/cells
		}
	}
	if math.IsNaN(mse) || math.IsInf(mse, 0) {
		return 0, 0, fmt.Errorf("learn: the network's error on normal sound is %g: it is not usable", mse)
	}
	return mse, squares - sum*sum, nil
}
