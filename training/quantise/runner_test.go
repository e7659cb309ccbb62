package quantise

import (
	"math"
	"slices"
	"testing"

	"github.com/auscult/auscult/tflite"
)

// each returns the models of this package's tests: networks of all families, and one that
// package network has no layers for.
func each(t *testing.T) (models map[string]*tflite.Model, windows map[string]smallNet) {
	t.Helper()
	models, windows = map[string]*tflite.Model{}, smallNets(t)
	for name, s := range windows {
		models[name] = s.float(t)
	}
	models["imported"], windows["imported"] = imported(), windows["conv"]
	return models, windows
}

// TestRunner compares what a runner shows of every operator, in batches and by several
// threads, with what the float32 interpreter gives window by window.
func TestRunner(t *testing.T) {
	models, windows := each(t)
	for name, m := range models {
		t.Run(name, func(t *testing.T) {
			const n = 7
			g, err := newGraph(m)
			if err != nil {
				t.Fatal(err)
			}
			s := windows[name]
			size, count := s.normal.Size(), s.normal.ConditionCount()
			x, conditions := make([]float32, n*size), make([]float32, n*count)
			for i := range n {
				s.normal.Sample(i*s.normal.Len()/n, x[i*size:(i+1)*size])
				s.normal.Conditions(i*s.normal.Len()/n, conditions[i*count:(i+1)*count])
			}
			r, err := newRunner(g, 3)
			if err != nil {
				t.Fatal(err)
			}
			got := make([][]float32, len(m.Operators))
			for range 2 { // buffers are used again
				err := r.run(t.Context(), x, conditions, n, func(op int, y []float32) { got[op] = slices.Clone(y) })
				if err != nil {
					t.Fatal(err)
				}
			}
			want := interpret(t, g, x, conditions, n)
			for op := range got {
				if len(got[op]) != len(want[op]) {
					t.Fatalf("operator %d gives %d values, want %d", op, len(got[op]), len(want[op]))
				}
				for i, v := range got[op] {
					if d := math.Abs(float64(v - want[op][i])); d > 2e-5*max(1, math.Abs(float64(v))) {
						t.Fatalf("operator %d (%v): value %d is %g, the interpreter's %g",
							op, m.Operators[op].Op, i, v, want[op][i])
					}
				}
			}
		})
	}
}

// interpret returns what the interpreter gives of every operator, log variances within the
// runner's bounds.
func interpret(t *testing.T, g *graph, x, conditions []float32, n int) [][]float32 {
	t.Helper()
	m := *g.Model
	m.Outputs = nil
	for op := range m.Operators {
		m.Outputs = append(m.Outputs, g.out(op))
	}
	it, err := tflite.NewInterpreter(&m, tflite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	all := make([][]float32, len(m.Operators))
	for i := range n {
		for k, values := range [][]float32{x, conditions}[:len(m.Inputs)] {
			size := len(values) / n
			put(it.InputBytes(k), values[i*size:(i+1)*size])
		}
		it.Invoke()
		for op := range all {
			all[op] = append(all[op], floats(it.OutputBytes(op))...)
		}
	}
	return all
}

// TestRunnerIsTheNetwork wants the bits that the network itself gives, one window at a time
// or many: models have the bytes of ranges that were taken from the network.
func TestRunnerIsTheNetwork(t *testing.T) {
	for name, s := range smallNets(t) {
		t.Run(name, func(t *testing.T) {
			low := s.lowered(t)
			g, err := newGraph(low.Model)
			if err != nil {
				t.Fatal(err)
			}
			r, err := newRunner(g, 2)
			if err != nil {
				t.Fatal(err)
			}
			for _, n := range []int{1, 5, 32} {
				size, count := s.normal.Size(), s.normal.ConditionCount()
				x, conditions := make([]float32, n*size), make([]float32, n*count)
				for i := range n {
					s.normal.Sample(i, x[i*size:(i+1)*size])
					s.normal.Conditions(i, conditions[i*count:(i+1)*count])
				}
				got := make([][]float32, len(g.Tensors))
				err := r.run(t.Context(), x, conditions, n, func(op int, y []float32) { got[g.out(op)] = slices.Clone(y) })
				if err != nil {
					t.Fatal(err)
				}
				s.net.SetConditions(conditions)
				s.net.Trace(x, n, func(layer int, y []float32) {
					if tensor := low.Outputs[layer]; tensor >= 0 && !slices.Equal(got[tensor], y) {
						t.Errorf("%d windows: layer %d is not what the network gives", n, layer)
					}
				})
			}
		})
	}
}
