package bench

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/auscult/auscult/agent/delegate"
	"github.com/auscult/auscult/agent/model"
	"github.com/auscult/auscult/tflite"
	"github.com/auscult/auscult/tflite/backend"
)

// Delegate is a backend that was measured: the Go kernels in this process, or a helper.
type Delegate struct {
	Backend string `json:"backend"`
	Text    string `json:"text,omitempty"` // what computes, in its own words
	// Latency is with the way to the helper and back, Overhead the way alone.
	Latency  Latency `json:"latency"`
	Overhead Latency `json:"overhead"`
	StartMS  float64 `json:"start_ms"` // from the program's start to the first outputs
	// Differ counts values of random inputs' outputs that are not the Go kernels', Most by how many codes.
	Values        int              `json:"values"`
	Differ        int              `json:"differ"`
	Most          int              `json:"most_codes"`
	Golden        *model.Agreement `json:"golden,omitempty"` // with the model's golden pair, where it has one
	ResidentBytes int64            `json:"resident_bytes,omitempty"`
	Missing       string           `json:"missing,omitempty"` // why it does not run here
}

// Limits of a measurement of a helper.
const (
	delegateWait  = 10 * time.Second
	delegateTrips = 20 // random inputs that are compared
)

// Delegates measures the Go kernels, and each candidate beside them on the same inputs.
func Delegates(ctx context.Context, data []byte, candidates []delegate.Candidate, opt Options) ([]Delegate, error) {
	if opt.Duration <= 0 {
		return nil, fmt.Errorf("bench: duration %v: must be above 0", opt.Duration)
	}
	graph, err := tflite.Parse(data)
	if err != nil {
		return nil, err
	}
	kernels, err := tflite.NewInterpreter(graph, tflite.Options{Threads: opt.Threads})
	if err != nil {
		return nil, err
	}
	defer kernels.Close()
	m, err := model.Parse(data)
	if err != nil {
		m = nil // a model without settings has no golden pair
	}
	all := []Delegate{inProcess(ctx, kernels, opt)}
	for i := range candidates {
		all = append(all, measureDelegate(ctx, &helperRun{candidates[i], data, kernels, m}, opt))
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
	}
	return all, nil
}

// inProcess measures the Go kernels.
func inProcess(ctx context.Context, it *tflite.Interpreter, opt Options) Delegate {
	begin := time.Now()
	defer it.EndWith(ctx)()
	fill(it, opt.Input)
	it.Invoke()
	d := Delegate{Backend: delegate.Go, Text: it.CPU() + " kernels", StartMS: us(time.Since(begin)) / 1e3}
	var samples []time.Duration
	for begin := time.Now(); time.Since(begin) < opt.Duration && ctx.Err() == nil && len(samples) < backendSamples; {
		start := time.Now()
		it.Invoke()
		samples = append(samples, time.Since(start))
	}
	d.Latency = Summarise(samples)
	return d
}

// helperRun is a helper that is to be measured.
type helperRun struct {
	candidate delegate.Candidate
	data      []byte
	kernels   *tflite.Interpreter
	model     *model.Model // nil: no golden pair
}

// measureDelegate starts a helper, compares it and takes its time.
func measureDelegate(ctx context.Context, r *helperRun, opt Options) Delegate {
	d := Delegate{Backend: r.candidate.Name}
	if err := r.measure(ctx, &d, opt); err != nil {
		d.Missing = err.Error()
	}
	return d
}

func (r *helperRun) measure(ctx context.Context, d *Delegate, opt Options) error {
	c := &r.candidate
	if c.Missing != "" {
		return errors.New(c.Missing)
	}
	began := time.Now()
	h, err := c.Start(ctx, r.data, r.kernels)
	if err != nil {
		return err
	}
	defer h.Close()
	d.Text = h.Text()
	if err := r.compare(d, h, began); err != nil {
		return err
	}
	if u, err := h.Usage(); err == nil {
		d.ResidentBytes = u.ResidentBytes
	}
	if r.model != nil {
		if a, err := delegate.Agree(r.model, h); err == nil {
			d.Golden = &a
		}
	}
	return d.time(ctx, h, r.kernels, opt)
}

// compare runs random inputs through both.
func (r *helperRun) compare(d *Delegate, h *backend.Helper, began time.Time) error {
	rng := rand.New(rand.NewPCG(3, 4))
	out := backend.Buffers(r.kernels.Outputs())
	for trip := range delegateTrips {
		fill(r.kernels, func(i int, dst []byte) {
			for j := range dst {
				dst[j] = byte(rng.Uint32())
			}
			if r.kernels.Inputs()[i].Type == tflite.Float32 {
				toUnit(dst)
			}
		})
		if err := h.Compute(r.kernels, out, delegateWait); err != nil {
			return err
		}
		if trip == 0 {
			d.StartMS = us(time.Since(began)) / 1e3
		}
		r.kernels.Invoke()
		for i, t := range r.kernels.Outputs() {
			values, differ, most := delegate.Differences(out[i], r.kernels.OutputBytes(i), t.Type)
			d.Values, d.Differ, d.Most = d.Values+values, d.Differ+differ, max(d.Most, most)
		}
	}
	return nil
}

// toUnit makes random bytes float32 numbers from 0 to 1.
func toUnit(dst []byte) {
	for j := 0; j+4 <= len(dst); j += 4 {
		copy(dst[j:], []byte{dst[j], dst[j+1], dst[j+2] & 0x7f, 0x3f}) // 0.5 to 1
	}
}

// time takes the latencies.
func (d *Delegate) time(ctx context.Context, h *backend.Helper, it *tflite.Interpreter, opt Options) error {
	out := backend.Buffers(it.Outputs())
	var samples, ways []time.Duration
	for begin := time.Now(); time.Since(begin) < opt.Duration && ctx.Err() == nil && len(samples) < backendSamples; {
		start := time.Now()
		if err := h.Compute(it, out, delegateWait); err != nil {
			return err
		}
		samples = append(samples, time.Since(start))
		ways = append(ways, max(0, samples[len(samples)-1]-h.Took()))
	}
	d.Latency, d.Overhead = Summarise(samples), Summarise(ways)
	return nil
}
