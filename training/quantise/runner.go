package quantise

import (
	"context"
	"runtime"

	"github.com/auscult/auscult/tflite"
)

// runner runs a float32 model on batches of windows, operator by operator, and shows what
// each of them gives. An interpreter would do, window by window; but layers with weights
// are nearly all the work, and package network's kernels do them many times faster. They add
// in the order in which the network was trained.
type runner struct {
	g       *graph
	threads int
	steps   []step
	values  []value // by tensor, of the batch in progress
}

// step computes what an operator gives for each sample of a batch. Once ctx is done what it gives is of no use: steps
// that may take long end then.
type step interface {
	run(ctx context.Context, n int, values []value) value
}

// newRunner plans how a model is run by so many threads, 0 for all that there are.
func newRunner(g *graph, threads int) (*runner, error) {
	if threads < 1 {
		threads = runtime.GOMAXPROCS(0)
	}
	r := &runner{g: g, threads: threads, steps: make([]step, len(g.Operators)), values: make([]value, len(g.Tensors))}
	for i := range g.Operators {
		s := g.fastStep(i, threads)
		if s == nil {
			var err error
			if s, err = newInterpreted(g, i, threads); err != nil {
				return nil, err
			}
		}
		r.steps[i] = s
	}
	return r, nil
}

// fastStep returns how to compute an operator without an interpreter, nil where there is
// no such way.
func (g *graph) fastStep(op, threads int) step {
	o := &g.Operators[op]
	if s, ok := g.newConditioned(op); ok {
		return s
	}
	if k, ok := g.overall(op); ok {
		return newSum(k)
	}
	if k, ok := g.kernelOf(op); ok {
		if l := g.newLayer(op, k, threads); l != nil {
			return l
		}
		return nil
	}
	if o.Op == tflite.Reshape {
		return same{o.Inputs[0]}
	}
	return g.newElement(op, threads)
}

// run runs n samples until ctx is done, and shows what each operator gives: the samples' values of its
// output, one sample after the other, which stay as they are until the next run.
func (r *runner) run(
	ctx context.Context, cells, conditions []float32, n int, visit func(op int, y []float32),
) error {
	for i, t := range r.g.Inputs {
		r.values[t] = value{rounded: [][]float32{cells, conditions}[i][:n*r.g.size(t)]}
	}
	for i, s := range r.steps {
		t := r.g.out(i)
		r.values[t] = s.run(ctx, n, r.values)
		if err := ctx.Err(); err != nil {
			return err
		}
		r.g.clampLogVars(t, &r.values[t])
		visit(i, r.values[t].rounded)
	}
	return nil
}

// same gives the values of a tensor in another shape.
type same struct{ from int }

func (s same) run(_ context.Context, _ int, values []value) value { return values[s.from] }
