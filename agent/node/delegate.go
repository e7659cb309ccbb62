package node

import (
	"context"
	"fmt"
	"log/slog"
	"path/filepath"
	"sync"

	"github.com/auscult/auscult/agent/delegate"
	"github.com/auscult/auscult/agent/fault"
	"github.com/auscult/auscult/agent/model"
	"github.com/auscult/auscult/agent/pipeline"
)

// choicesFile is where choices of "auto" are kept, beside the spool.
const choicesFile = "backends.json"

// delegated gives a pipeline a scorer that a helper computes, where the configuration says so. Stop ends the helper
// and waits until it is gone.
func (s *source) delegated(ctx context.Context, c *pipeline.Config, m *model.Model) (stop func(), err error) {
	cfg, own := s.n.config.Load(), s.c.Load()
	if cfg.BackendOf(own) == delegate.Go {
		return func() {}, nil
	}
	kernels, err := m.NewInterpreter()
	if err != nil {
		return nil, err
	}
	d := &cfg.Delegate
	limits := delegate.Limits{
		Deadline: delegate.Deadline(&m.Settings), ToleranceCodes: d.Tolerance, MemoryBytes: int64(d.MemoryMax),
		StartsPerHour: d.StartsPerHour,
	}
	invoker := delegate.NewInvoker(kernels, limits)
	scorer, err := m.NewScorerOn(invoker, own.Without...)
	if err != nil {
		return nil, err
	}
	c.Scorer = scorer
	setup := cfg.DelegateOf(own, s.n.o.Root)
	supervisor := &delegate.Supervisor{
		Invoker: invoker, Model: m, Limits: limits, Memory: &s.n.choices, Report: s.reportDelegate, Chosen: s.logChoice,
		Find: setup.Candidates,
	}
	ctx, cancel := context.WithCancel(ctx)
	var running sync.WaitGroup
	running.Go(func() { supervisor.Run(ctx) })
	return func() {
		cancel()
		running.Wait()
		invoker.Close()
		s.n.clear(fault.Delegate, s.label)
	}, nil
}

// reportDelegate raises the fault of a backend that does not compute, and clears it.
func (s *source) reportDelegate(err error) {
	if err != nil {
		err = fmt.Errorf("node: source %s: %w", s.label, err)
	}
	s.n.report(fault.Delegate, s.label, err)
}

// logChoice says what "auto" has tried and taken.
func (s *source) logChoice(taken string, tried []delegate.Measured) {
	for _, t := range tried {
		args := []any{slog.String("source", s.label), slog.String("backend", t.Name)}
		if t.Latency > 0 {
			args = append(args, slog.Float64("latency_us", float64(t.Latency.Nanoseconds())/1e3))
		}
		if t.Missing != "" {
			args = append(args, slog.String("not_taken", t.Missing))
		}
		s.n.log.Info("backend tried", args...)
	}
	s.n.log.Info("backend taken", "source", s.label, "backend", taken)
}

// choicesPath returns where choices are kept.
func (n *Node) choicesPath() string {
	return filepath.Join(filepath.Dir(n.o.Config.Spool.Path), choicesFile)
}
