package node

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"github.com/auscult/auscult/agent/backoff"
	"github.com/auscult/auscult/agent/config"
	"github.com/auscult/auscult/agent/fault"
	"github.com/auscult/auscult/agent/message"
	"github.com/auscult/auscult/agent/model"
	"github.com/auscult/auscult/agent/pipeline"
	"github.com/auscult/auscult/agent/sensor"
	"github.com/auscult/auscult/agent/setup"
	"github.com/auscult/auscult/agent/state"
	"github.com/auscult/auscult/hw"
)

// Pauses between attempts to open a source or to load a model.
const (
	retryFirst = time.Second
	retryCap   = 30 * time.Second
)

// source is one source with its pipeline and what it reports.
type source struct {
	n     *Node
	label string // its name in the configuration
	c     atomic.Pointer[config.Source]

	mu     sync.Mutex
	shift  shift
	pipe   *pipeline.Pipeline
	model  *model.Model
	name   message.Model
	origin hw.Origin // of what is open, or was last
	normal []float64
	over   bool
	gone   bool // the configuration no longer has it
	told

	showing sync.Mutex // held while the state is published, so that it goes in order

	// Of the pipeline's goroutine alone.
	logged float64 // the threshold that the log has
	broke  bool    // it has been started anew and has observed nothing since
}

// told is what a source has said and is to say next.
type told struct {
	state    state.State // by the last observation
	last     message.State
	since    time.Time      // of the state, as last said
	open     *message.Alert // of the event that is open
	stateSeq uint64
	scoreSeq uint64
	scored   time.Time // of the last score message
	maxRatio float64
}

// shift is the goroutine that listens to a source.
type shift struct {
	end  context.CancelCauseFunc
	over <-chan struct{} // closed when it is
}

// begin listens in a goroutine of its own until the context ends, or halt is called. It does
// nothing when another shift than the last began meanwhile, or the source is gone.
func (s *source) begin(ctx context.Context, last <-chan struct{}) {
	ctx, stop := context.WithCancelCause(ctx)
	over := make(chan struct{})
	s.mu.Lock()
	if s.shift.over != last || s.gone {
		s.mu.Unlock()
		stop(nil)
		return
	}
	s.over, s.shift = false, shift{stop, over}
	s.mu.Unlock()
	s.n.clear(fault.SourceEnded, s.label)
	go func() {
		defer s.n.finished()
		defer close(over)
		defer stop(nil)
		s.run(ctx)
	}()
}

// halt has the source be listened to no more, for a reason.
func (s *source) halt(why error) {
	s.mu.Lock()
	end := s.shift.end
	s.mu.Unlock()
	end(why)
}

// ended returns what is closed when the source is listened to no more.
func (s *source) ended() <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.shift.over
}

// run listens until the source ends or the context does.
func (s *source) run(ctx context.Context) {
	pause := backoff.Delay{First: retryFirst, Cap: retryCap}
	for {
		code, err := s.listen(ctx)
		switch {
		case ctx.Err() != nil:
			return
		case err == nil:
			s.mu.Lock()
			s.over = true
			s.mu.Unlock()
			s.clearHeard()
			s.show()
			s.n.raise(fault.SourceEnded, s.label, fmt.Errorf("node: source %s has given everything it has", s.label))
			return
		}
		s.n.raise(code, s.label, fmt.Errorf("node: source %s: %w", s.label, err))
		if pause.Sleep(ctx) != nil {
			return
		}
	}
}

// listen loads the model and runs a pipeline with it. It returns nil when the source
// has ended, and an error with its fault's code when the pipeline could not be built or
// broke.
func (s *source) listen(ctx context.Context) (code fault.Code, err error) {
	// A fault in one model's arithmetic must not take the other sources down.
	defer func() {
		if p := recover(); p != nil {
			s.n.log.Error("pipeline broke", "source", s.label, "err", p, "stack", string(debug.Stack()))
			s.broke = true
			s.interrupt()
			code, err = fault.SourcePanic, fmt.Errorf("pipeline broke: %v", p)
		}
	}()
	all, own := s.n.config.Load(), s.c.Load()
	m, err := s.n.models.load(all.ModelOf(own))
	if err != nil {
		return fault.ModelLoad, err
	}
	c, err := setup.Pipeline(all.Decision.Setup(), own.Setup(), m, s.n.readings)
	if errors.Is(err, setup.ErrNoCondition) {
		return fault.NoCondition, err
	}
	if err != nil {
		return fault.ModelLoad, err
	}
	stop, err := s.delegated(ctx, &c, m)
	if err != nil {
		return fault.ModelLoad, err
	}
	defer stop()
	c.Sink = s
	c.Open = func(ctx context.Context) (hw.Source, error) {
		src, err := own.Sensor.Open(ctx, sensor.Site{
			Root: s.n.o.Root, Now: s.n.o.Now, Channel: own.Channel, Shared: s.n.shared,
		})
		if err != nil {
			return nil, err
		}
		s.mu.Lock()
		s.origin = hw.OriginOf(src)
		s.mu.Unlock()
		return src, nil
	}
	c.Retry = &backoff.Delay{First: retryFirst, Cap: retryCap}
	p, err := pipeline.New(c)
	if err != nil {
		return fault.ModelLoad, err
	}
	s.mu.Lock()
	s.pipe, s.model, s.normal = p, m, m.NormalParts()
	s.name = message.Model{Name: m.Settings.Name, Hash: m.Hash()}
	s.mu.Unlock()
	s.n.clear(fault.ModelLoad, s.label)
	s.n.clear(fault.NoCondition, s.label)
	s.clearHeard()
	s.show()
	s.logged = c.Decision.Threshold
	if !m.Sealed() {
		s.n.log.Warn("model has no checksum: it was written by an older auscult, and damage to it may go unnoticed; train it again",
			"source", s.label, "model", m.Settings.Name)
	}
	s.n.log.Info("source starts", "source", s.label, "model", m.Settings.Name, "threshold", c.Decision.Threshold)
	return fault.SourcePanic, p.Run(ctx)
}

// heardFaults are what a pipeline finds in what it hears, and remembers having told: they end
// with it, since the next knows nothing of them.
var heardFaults = []fault.Code{
	fault.SourceSilent, fault.SourceClips, fault.SourceRate, fault.SourceBands, fault.SamplesLost, fault.Condition,
	fault.ConditionRange, fault.SourceScale, fault.SourceGain, fault.SourceOther,
}

// clearHeard ends what was found by a pipeline that is no more.
func (s *source) clearHeard() {
	for _, code := range heardFaults {
		s.n.clear(code, s.label)
	}
}

// alive reports whether the pipeline makes progress or has nothing to do.
func (s *source) alive(limit time.Duration) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.pipe == nil || s.pipe.Alive(limit)
}

func (s *source) status() message.SourceStatus {
	s.mu.Lock()
	defer s.mu.Unlock()
	status := message.SourceStatus{Name: s.label, State: s.present(), Model: s.name, Ended: s.over, Sensor: s.origin}
	if s.pipe != nil {
		st := s.pipe.Stats()
		status.Windows, status.LostSamples = st.Windows, st.LostSamples
	}
	return status
}
