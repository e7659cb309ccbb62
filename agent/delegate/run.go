package delegate

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/auscult/auscult/agent/backoff"
	"github.com/auscult/auscult/agent/model"
	"github.com/auscult/auscult/tflite/backend"
)

// Go is the name of the backend that is this process itself.
const Go = "go"

// Supervisor starts helpers for an Invoker.
type Supervisor struct {
	Invoker *Invoker
	Model   *model.Model
	// Find looks for what could compute, before each start: what is missing now may be there later. With auto the
	// fastest is taken, or the Go kernels where these are; otherwise the first is meant.
	Find   func() (all []Candidate, auto bool)
	Limits Limits
	Memory *Memory // where choices are kept; nil: nowhere
	// Report takes why the Go kernels compute although a helper should, nil when one does again.
	Report func(error)
	// Chosen takes what was tried and taken.
	Chosen func(taken string, tried []Measured)

	// Pause is what lies between a helper's failure and the next start; zero: at most a second at first, doubled each
	// time up to five minutes.
	Pause backoff.Delay

	starts []time.Time // in the last hour
}

// Pauses between two starts.
const (
	pauseFirst = time.Second
	pauseCap   = 5 * time.Minute
)

// lookEvery is how often a helper's memory and files are looked at.
const lookEvery = 10 * time.Second

// Run starts helpers until the context ends, and leaves none behind.
func (s *Supervisor) Run(ctx context.Context) {
	if s.Model.KeepsState() {
		s.Report(errors.New("the model keeps state from one window to the next, which a helper would take with it: the Go kernels compute"))
		return
	}
	pause := s.Pause
	if pause.Cap == 0 {
		pause.First, pause.Cap = pauseFirst, pauseCap
	}
	for {
		taken, err := s.choose(ctx)
		if err == nil && taken == nil {
			s.Report(nil)
			return // the Go kernels are the fastest
		}
		if err == nil {
			err = s.serve(ctx, taken, &pause)
		}
		if ctx.Err() != nil {
			return
		}
		s.Report(err)
		if pause.Sleep(ctx) != nil || s.await(ctx) != nil {
			return
		}
	}
}

// serve lets one helper compute until it fails or the context ends. The error is why it is over.
func (s *Supervisor) serve(ctx context.Context, c *Candidate, pause *backoff.Delay) error {
	s.starts = append(s.starts, time.Now())
	h, _, err := Try(ctx, s.Model, c, s.Limits)
	if err != nil {
		return fmt.Errorf("backend %s: %w", c.Name, err)
	}
	before, err := h.Usage()
	if err == nil {
		s.Invoker.install(h)
		s.Report(nil)
		err = s.watch(ctx, h, before, pause)
	}
	if s.Invoker.install(nil) == nil {
		select {
		case f := <-s.Invoker.failures: // it was the sound's goroutine that found it
			err = f.err
		default:
		}
	}
	h.Close()
	if err != nil {
		err = fmt.Errorf("backend %s: %w", c.Name, err)
	}
	return err
}

// watch waits for the end of a helper.
func (s *Supervisor) watch(ctx context.Context, h *backend.Helper, before backend.Usage, pause *backoff.Delay) error {
	look := time.NewTicker(lookEvery)
	defer look.Stop()
	began := time.Now()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case f := <-s.Invoker.failures:
			return f.err
		case <-h.Died():
			return h.Death()
		case <-look.C:
			now, err := h.Usage()
			if err == nil {
				err = grown(before, now, s.Limits.MemoryBytes)
			}
			if err != nil {
				return err
			}
			if time.Since(began) > pauseCap {
				pause.Reset()
			}
		}
	}
}

// Growth that a helper may show after its first windows.
const (
	growthBytes = 64 << 20
	growthFiles = 64
)

// grown says whether a helper holds more than it may.
func grown(before, now backend.Usage, most int64) error {
	switch {
	case now.ResidentBytes > most:
		return fmt.Errorf("it holds %d MiB, and may hold %d", now.ResidentBytes>>20, most>>20)
	case now.ResidentBytes > before.ResidentBytes+growthBytes:
		return fmt.Errorf("its memory has grown from %d to %d MiB", before.ResidentBytes>>20, now.ResidentBytes>>20)
	case now.Files > before.Files+growthFiles:
		return fmt.Errorf("its open files have grown from %d to %d", before.Files, now.Files)
	}
	return nil
}

// await waits until another start does not exceed what an hour may see.
func (s *Supervisor) await(ctx context.Context) error {
	for {
		for len(s.starts) > 0 && time.Since(s.starts[0]) > time.Hour {
			s.starts = s.starts[1:]
		}
		if len(s.starts) < s.Limits.StartsPerHour {
			return nil
		}
		if err := backoff.Wait(ctx, time.Hour-time.Since(s.starts[0])); err != nil {
			return err
		}
	}
}
