package bench

import (
	"context"
	"fmt"
	"runtime"
	"time"

	"github.com/auscult/auscult/tflite"
	"github.com/auscult/auscult/training/quantise"
)

// Backend is one way to compute the model on this machine.
type Backend struct {
	Kernels string  `json:"kernels"` // a family of kernels, as AUSCULT_CPU takes it, or PlainGo
	Number  string  `json:"number"`  // int8 or float32
	Threads int     `json:"threads"`
	Latency Latency `json:"latency"`
	Allocs  float64 `json:"allocs_per_inference"`
	Bytes   int     `json:"weight_and_arena_bytes"`
	Missing string  `json:"missing,omitempty"` // why it does not run here
}

// backendRun is a backend that is being measured.
type backendRun struct {
	of      int // index of the Backend
	it      *tflite.Interpreter
	samples []time.Duration
	allocs  uint64
}

const (
	// backendRounds is into how many turns each backend's time is cut, so that
	// what else the machine does meets all of them.
	backendRounds = 20
	// backendSamples is the most inferences that a backend is measured by.
	backendSamples = 1 << 17
)

// PlainGo is the only family of kernels for float32: loops without vector
// instructions. A runtime that vectorises float32 is several times faster than they are.
const PlainGo = "plain Go"

// Backends measures the model in int8 with every family of kernels that there is,
// and in float32, by turns, each for opt.Duration in all. The float32 form is
// quantise.Dequantise's: the same graph and weights without rounding between layers.
func Backends(ctx context.Context, data []byte, opt Options) ([]Backend, error) {
	if opt.Duration <= 0 {
		return nil, fmt.Errorf("bench: duration %v: must be above 0", opt.Duration)
	}
	m, err := opt.parse(data)
	if err != nil {
		return nil, err
	}
	isFloat := m.Tensors[m.Inputs[0]].Type == tflite.Float32
	var all []Backend
	var runs []backendRun
	var release []func()
	add := func(graph *tflite.Model, cpu string, b Backend) error {
		all = append(all, b)
		if b.Missing != "" {
			return nil
		}
		it, err := tflite.NewInterpreter(graph, tflite.Options{CPU: cpu, Threads: opt.Threads})
		if err != nil {
			return fmt.Errorf("bench: %s, %s: %w", b.Kernels, b.Number, err)
		}
		release = append(release, it.EndWith(ctx))
		all[len(all)-1].Bytes = it.PreparedBytes() + it.ArenaBytes()
		fillBackend(it, opt)
		runs = append(runs, backendRun{of: len(all) - 1, it: it, samples: make([]time.Duration, 0, backendSamples)})
		return nil
	}
	defer func() {
		for _, end := range release {
			end()
		}
		for _, r := range runs {
			r.it.Close()
		}
	}()
	float := m
	b := Backend{Kernels: PlainGo, Number: "float32", Threads: max(opt.Threads, 1)}
	if !isFloat {
		for _, k := range tflite.CPUs() {
			if err := add(m, k.Name, Backend{
				Kernels: k.Name, Number: "int8", Threads: b.Threads, Missing: k.Missing,
			}); err != nil {
				return nil, err
			}
		}
		if float, err = quantise.Dequantise(m); err == nil {
			_, err = tflite.NewInterpreter(float, tflite.Options{})
		}
		if err != nil {
			b.Missing = err.Error() // a model of others may have no float32 form that runs here
		}
	}
	if err := add(float, "", b); err != nil {
		return nil, err
	}
	if err := takeTurns(ctx, runs, opt); err != nil {
		return nil, err
	}
	for _, r := range runs {
		all[r.of].Latency = Summarise(r.samples)
		all[r.of].Allocs = float64(r.allocs) / float64(len(r.samples))
	}
	return all, nil
}

// fillBackend sets the inputs and runs once, so that the first turn is not cold.
func fillBackend(it *tflite.Interpreter, opt Options) {
	fill(it, opt.Input)
	for i, t := range it.Inputs() {
		if t.Type == tflite.Float32 && opt.Input == nil {
			clear(it.InputBytes(i)) // random bytes are numbers that no sound gives
		}
	}
	it.Invoke()
}

// takeTurns measures the backends one after the other, round after round.
func takeTurns(ctx context.Context, runs []backendRun, opt Options) error {
	var before, after runtime.MemStats
	turn := opt.Duration / backendRounds
	for round := range backendRounds {
		for i := range runs {
			r := &runs[i]
			runtime.ReadMemStats(&before)
			r.it.Invoke() // brings its memory back into the caches
			for begin, now := time.Now(), time.Now(); len(r.samples) < cap(r.samples); {
				r.it.Invoke()
				end := time.Now()
				r.samples = append(r.samples, end.Sub(now))
				now = end
				if end.Sub(begin) >= turn {
					break
				}
			}
			runtime.ReadMemStats(&after)
			r.allocs += after.Mallocs - before.Mallocs
			if ctx.Err() != nil {
				return ctx.Err()
			}
			if opt.Progress != nil {
				opt.Progress(float64(round*len(runs)+i+1) / float64(backendRounds*len(runs)))
			}
		}
	}
	return nil
}
