package quantise

import (
	"context"
	"fmt"
	"math"

	"github.com/auscult/auscult/training/dataset"
)

// calibrationBatch is how many windows are run at once.
const calibrationBatch = 32

// pick returns the numbers of at most limit of n windows, evenly spread.
func pick(n, limit int) []int {
	m := min(n, limit)
	out := make([]int, m)
	for i := range out {
		out[i] = i * n / m
	}
	return out
}

// watch runs windows through the model, as they are and raised, and shows what each
// operator gives, several operators at the same time but each one's batches in their order.
func (r *runner) watch(
	ctx context.Context, windows dataset.NormalWindows, which []int, raise float32, visit func(op int, y []float32),
) error {
	size, count := windows.Size(), windows.ConditionCount()
	x, conditions := make([]float32, calibrationBatch*size), make([]float32, calibrationBatch*count)
	seen := make([][]float32, len(r.steps))
	show := func(n int) error {
		if err := r.run(ctx, x, conditions, n, func(op int, y []float32) { seen[op] = y }); err != nil {
			return err
		}
		spread(r.threads, len(seen), func(op int) { visit(op, seen[op]) })
		return nil
	}
	for len(which) > 0 {
		n := min(calibrationBatch, len(which))
		for i, w := range which[:n] {
			windows.Sample(w, x[i*size:(i+1)*size])
			windows.Conditions(w, conditions[i*count:(i+1)*count])
		}
		if err := show(n); err != nil {
			return err
		}
		if raise > 0 {
			for i, v := range x[:n*size] {
				x[i] = min(v+raise, 1)
			}
			if err := show(n); err != nil {
				return err
			}
		}
		which = which[n:]
	}
	return nil
}

// suits checks that windows are what the model takes.
func (g *graph) suits(windows Windows) error {
	if windows.Len() == 0 {
		return fmt.Errorf("quantise: no windows to calibrate on")
	}
	if size := g.size(g.Inputs[0]); windows.Size() != size {
		return fmt.Errorf("quantise: windows of %d cells, the model takes %d", windows.Size(), size)
	}
	if have := windows.ConditionCount(); have != g.conditions() {
		return fmt.Errorf("quantise: windows with %d conditions, the model takes %d", have, g.conditions())
	}
	return nil
}

// measure returns the span of each operator's output, and the mean of each channel of
// the cells.
func (r *runner) measure(
	ctx context.Context, windows dataset.NormalWindows, limit int, raise float32,
) ([]span, []float64, error) {
	g := r.g
	spans := make([]span, len(g.Operators))
	which := pick(windows.Len(), limit)
	err := r.watch(ctx, windows, which, raise, func(op int, y []float32) { spans[op].widen(y, g.channels(g.out(op))) })
	if err != nil {
		return nil, nil, err
	}
	for op, s := range spans {
		if !(s.high-s.low <= math.MaxFloat32) {
			return nil, nil, fmt.Errorf("quantise: operator %d (%v): activations from %g to %g: the network is not usable",
				op, g.Operators[op].Op, s.low, s.high)
		}
	}
	if err := r.watch(ctx, windows, which, raise, func(op int, y []float32) { spans[op].count(y) }); err != nil {
		return nil, nil, err
	}
	var cells span
	x := make([]float32, windows.Size())
	for _, w := range which {
		windows.Sample(w, x)
		cells.widen(x, g.channels(g.Inputs[0]))
	}
	return spans, cells.means(), nil
}
