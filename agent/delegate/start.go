package delegate

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/auscult/auscult/agent/model"
	"github.com/auscult/auscult/tflite"
	"github.com/auscult/auscult/tflite/backend"
)

// Candidate is a helper that could compute the model.
type Candidate struct {
	Name    string // of the backend, as the configuration has it
	Command backend.Command
	// Model is what it loads: nil for the model's own file, else one that was compiled for its device.
	Model   []byte
	Threads int
	// Identity changes when what computes does: the libraries' sizes and times.
	Identity string
	// Missing is why it cannot be tried; "" where it can.
	Missing string
}

// Measured is a helper that has been tried.
type Measured struct {
	Name string `json:"name"`
	Text string `json:"text,omitempty"` // what it says of itself
	// Latency is a window's median with the way there and back, Way that of the way alone.
	Latency time.Duration `json:"latency_ns"`
	P99     time.Duration `json:"p99_ns,omitempty"`
	Way     time.Duration `json:"way_ns,omitempty"`
	// Start is from the program's start to the first outputs.
	Start     time.Duration    `json:"start_ns,omitempty"`
	Agreement *model.Agreement `json:"agreement,omitempty"`
	Resident  int64            `json:"resident_bytes,omitempty"`
	Missing   string           `json:"missing,omitempty"` // why it is not taken
}

const (
	// startLimit is how long a helper may take to load its model; compiling for a device takes some.
	startLimit = time.Minute
	// firstLimit is how long its first inferences may take, which often prepare something.
	firstLimit = 5 * time.Second
	// trials is by how many inferences a latency is measured, or fewTrials and more that fit into trialTime.
	trials    = 50
	fewTrials = 5
	trialTime = 2 * time.Second
	// scoreTolerance is by what part of the threshold the golden window's score may differ from the Go kernels'.
	scoreTolerance = 0.05
)

// probe is a model.Invoker on a helper alone: it remembers the first error.
type probe struct {
	*tflite.Interpreter // for its tensors and their memory
	h                   *backend.Helper
	out                 [][]byte
	err                 error
}

func newProbe(kernels *tflite.Interpreter, h *backend.Helper) *probe {
	return &probe{Interpreter: kernels, h: h, out: backend.Buffers(kernels.Outputs())}
}

// OutputBytes is what the helper gave.
func (p *probe) OutputBytes(i int) []byte { return p.out[i] }

// Reset does nothing: a model with state has no helper.
func (p *probe) Reset() {}

// Invoke asks the helper, unless it has failed before.
func (p *probe) Invoke() {
	if p.err == nil {
		p.err = p.h.Compute(p, p.out, firstLimit)
	}
}

// Agree lets a helper compute the model's golden pair.
func Agree(m *model.Model, h *backend.Helper) (model.Agreement, error) {
	kernels, err := m.NewInterpreter()
	if err != nil {
		return model.Agreement{}, err
	}
	defer kernels.Close()
	return newProbe(kernels, h).agree(m)
}

// agree is Model.Agree with the helper's error, if there is one.
func (p *probe) agree(m *model.Model) (model.Agreement, error) {
	a, err := m.Agree(p)
	return a, cmp.Or(p.err, err)
}

// Start starts the helper for a model's file, whose tensors the Go kernels tell.
func (c *Candidate) Start(ctx context.Context, file []byte, kernels *tflite.Interpreter) (*backend.Helper, error) {
	job := backend.Job{Model: c.Model, Inputs: kernels.Inputs(), Outputs: kernels.Outputs(), Threads: c.Threads}
	if job.Model == nil {
		job.Model = file
	}
	ctx, cancel := context.WithTimeout(ctx, startLimit)
	defer cancel()
	return backend.Start(ctx, c.Command, job)
}

// Try starts a candidate and finds out whether it computes the model, and how fast. The helper is the caller's to
// close; it is nil with an error.
func Try(ctx context.Context, m *model.Model, c *Candidate, l Limits) (*backend.Helper, Measured, error) {
	measured := Measured{Name: c.Name}
	if c.Missing != "" {
		return nil, measured, errors.New(c.Missing)
	}
	kernels, err := m.NewInterpreter()
	if err != nil {
		return nil, measured, err
	}
	defer kernels.Close()
	began := time.Now()
	h, err := c.Start(ctx, m.Bytes(), kernels)
	if err != nil {
		return nil, measured, err
	}
	measured.Text = h.Text()
	p := newProbe(kernels, h)
	if err := measured.judge(m, p, began, l); err != nil {
		h.Close()
		return nil, measured, err
	}
	return h, measured, nil
}

// judge compares what a helper computes with the golden pair, and measures it.
func (r *Measured) judge(m *model.Model, p *probe, began time.Time, l Limits) error {
	a, err := p.agree(m)
	if err != nil {
		return err
	}
	r.Start, r.Agreement = time.Since(began), &a
	if a.Most > l.ToleranceCodes {
		return fmt.Errorf("%w: %d of %d values of the golden output differ, by up to %d codes, and %d are tolerated",
			errWrong, a.Differ, a.Values, a.Most, l.ToleranceCodes)
	}
	if off := math.Abs(a.Score - a.Want); off > scoreTolerance*m.Settings.Decision.Threshold {
		return fmt.Errorf("%w: the golden window's score is %.4g, and %.4g by the Go kernels", errWrong, a.Score, a.Want)
	}
	var all, ways []time.Duration
	for begin := time.Now(); len(all) < trials && (len(all) < fewTrials || time.Since(begin) < trialTime); {
		start := time.Now()
		if p.Invoke(); p.err != nil {
			return p.err
		}
		all = append(all, time.Since(start))
		ways = append(ways, all[len(all)-1]-p.h.Took())
	}
	r.Latency, r.P99, r.Way = percentile(all, 50), percentile(all, 99), percentile(ways, 50)
	if u, err := p.h.Usage(); err == nil {
		r.Resident = u.ResidentBytes
		if u.ResidentBytes > l.MemoryBytes {
			return fmt.Errorf("it holds %d MiB, and may hold %d", u.ResidentBytes>>20, l.MemoryBytes>>20)
		}
	}
	if l.Deadline > 0 && r.Latency > l.Deadline/2 {
		return fmt.Errorf("it takes %v for a window, and a window may wait %v", r.Latency, l.Deadline)
	}
	return nil
}

// percentile sorts times and returns one.
func percentile(times []time.Duration, percent int) time.Duration {
	slices.Sort(times)
	return times[min(len(times)-1, len(times)*percent/100)]
}

// Kernels measures the Go kernels in the same way.
func Kernels(m *model.Model) (Measured, error) {
	r := Measured{Name: Go}
	began := time.Now()
	it, err := m.NewInterpreter()
	if err != nil {
		return r, err
	}
	defer it.Close()
	a, err := m.Agree(it)
	if err != nil {
		return r, err
	}
	r.Start, r.Agreement, r.Text = time.Since(began), &a, "Go kernels, "+it.CPU()
	var all []time.Duration
	for range trials {
		start := time.Now()
		it.Invoke()
		all = append(all, time.Since(start))
	}
	r.Latency, r.P99 = percentile(all, 50), percentile(all, 99)
	return r, nil
}
