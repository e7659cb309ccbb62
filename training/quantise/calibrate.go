package quantise

import (
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
func (r *runner) watch(windows dataset.NormalWindows, which []int, raise float32, visit func(op int, y []float32)) {
	size, count := windows.Size(), windows.ConditionCount()
	x, conditions := make([]float32, calibrationBatch*size), make([]float32, calibrationBatch*count)
	seen := make([][]float32, len(r.steps))
	show := func(n int) {
		r.run(x, conditions, n, func(op int, y []float32) { seen[op] = y })
		spread(r.threads, len(seen), func(op int) { visit(op, seen[op]) })
	}
	for len(which) > 0 {
		n := min(calibrationBatch, len(which))
		for i, w := range which[:n] {
			windows.Sample(w, x[i*size:(i+1)*size])
			windows.Conditions(w, conditions[i*count:(i+1)*count])
		}
		show(n)
		if raise > 0 {
			for i, v := range x[:n*size] {
				x[i] = min(v+raise, 1)
			}
			show(n)
		}
		which = which[n:]
	}
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
func (r *runner) measure(windows dataset.NormalWindows, limit int, raise float32) ([]span, []float64, error) {
	g := r.g
	spans := make([]span, len(g.Operators))
	which := pick(windows.Len(), limit)
	r.watch(windows, which, raise, func(op int, y []float32) { spans[op].widen(y, g.channels(g.out(op))) })
	for op, s := range spans {
		if !(s.high-s.low <= math.MaxFloat32) {
			return nil, nil, fmt.Errorf("quantise: operator %d (%v): activations from %g to %g: the network is not usable",
				op, g.Operators[op].Op, s.low, s.high)
		}
	}
	r.watch(windows, which, raise, func(op int, y []float32) { spans[op].count(y) })
	var cells span
	x := make([]float32, windows.Size())
	for _, w := range which {
		windows.Sample(w, x)
		cells.widen(x, g.channels(g.Inputs[0]))
	}
	return spans, cells.means(), nil
}
