package node

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"sync"
	"time"

	"github.com/auscult/auscult/agent/backoff"
	"github.com/auscult/auscult/agent/config"
	"github.com/auscult/auscult/agent/decide"
	"github.com/auscult/auscult/agent/fault"
	"github.com/auscult/auscult/agent/message"
	"github.com/auscult/auscult/agent/model"
	"github.com/auscult/auscult/agent/mqtt"
	"github.com/auscult/auscult/agent/pipeline"
	"github.com/auscult/auscult/agent/sensor"
	"github.com/auscult/auscult/agent/setup"
	"github.com/auscult/auscult/hw"
)

// Pauses between attempts to open a source or to load a model.
const (
	retryFirst = time.Second
	retryCap   = 30 * time.Second
)

// models loads each model file once.
type models struct {
	mu     sync.Mutex
	loaded map[string]*model.Model
}

func (m *models) load(path string) (*model.Model, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if found := m.loaded[path]; found != nil {
		return found, nil
	}
	loaded, err := model.Load(path)
	if err != nil {
		return nil, err
	}
	if m.loaded == nil {
		m.loaded = make(map[string]*model.Model)
	}
	m.loaded[path] = loaded
	return loaded, nil
}

// source is one source with its pipeline and what it reports.
type source struct {
	n *Node
	c *config.Source

	mu       sync.Mutex
	pipe     *pipeline.Pipeline
	model    *model.Model
	name     message.Model
	normal   []float64
	state    decide.State
	last     *message.State // last state message, nil before the first
	stateSeq uint64
	scoreSeq uint64
	scored   time.Time // of the last score message
	maxRatio float64
	over     bool

	// Of the pipeline's goroutine alone.
	told  float64 // the threshold that the log has
	broke bool    // it has been started anew and has observed nothing since
}

func (n *Node) newSource(c *config.Source) (*source, error) {
	if c.Sensor == nil {
		return nil, fmt.Errorf("node: source %s has no sensor", c.Name)
	}
	return &source{n: n, c: c}, nil
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
			s.n.raise(fault.SourceEnded, s.c.Name, fmt.Errorf("node: source %s has given everything it has", s.c.Name))
			return
		}
		s.n.raise(code, s.c.Name, fmt.Errorf("node: source %s: %w", s.c.Name, err))
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
			s.n.log.Error("pipeline broke", "source", s.c.Name, "err", p, "stack", string(debug.Stack()))
			s.broke = true
			code, err = fault.SourcePanic, fmt.Errorf("pipeline broke: %v", p)
		}
	}()
	m, err := s.n.models.load(s.n.o.Config.ModelOf(s.c))
	if err != nil {
		return fault.ModelLoad, err
	}
	c, err := setup.Pipeline(s.n.o.Config.Decision.Setup(), s.c.Setup(), m, s.n.readings)
	if errors.Is(err, setup.ErrNoCondition) {
		return fault.NoCondition, err
	}
	if err != nil {
		return fault.ModelLoad, err
	}
	c.Sink = s
	c.Open = func(ctx context.Context) (hw.Source, error) {
		return s.c.Sensor.Open(ctx, sensor.Site{Root: s.n.o.Root, Now: s.n.o.Now, Channel: s.c.Channel})
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
	s.n.clear(fault.ModelLoad, s.c.Name)
	s.n.clear(fault.NoCondition, s.c.Name)
	s.told = c.Decision.Threshold
	s.n.log.Info("source starts", "source", s.c.Name, "model", m.Settings.Name, "threshold", c.Decision.Threshold)
	return fault.SourcePanic, p.Run(ctx)
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
	status := message.SourceStatus{Name: s.c.Name, State: s.state, Model: s.name, Ended: s.over}
	if s.pipe != nil {
		st := s.pipe.Stats()
		status.Windows, status.LostSamples = st.Windows, st.LostSamples
	}
	return status
}

// Fault takes a condition of the source from its pipeline.
func (s *source) Fault(name string, code fault.Code, err error) {
	if err == nil {
		s.n.clear(code, name)
		return
	}
	s.n.raise(code, name, err)
}

// Observe makes messages of an observation.
func (s *source) Observe(_ string, o *decide.Observation) {
	if s.broke {
		s.broke = false
		s.n.clear(fault.SourcePanic, s.c.Name)
	}
	s.mu.Lock()
	changed := o.State != s.state
	previous := s.state
	s.state = o.State
	s.maxRatio = max(s.maxRatio, o.Ratio)
	due := s.scored.IsZero() || o.Time.Before(s.scored) || o.Time.Sub(s.scored) >= time.Duration(s.n.o.Config.Telemetry.Interval)
	s.mu.Unlock()

	if changed {
		s.sendState(o, previous)
	}
	s.tellThreshold(o.Threshold)
	if due && o.Transition != decide.Ended {
		s.sendScore(o)
	}
	if o.Transition != decide.None {
		s.sendAlert(o)
	}
}

// thresholdStep is by how much an adaptive threshold must have moved to be worth a
// line in the log: a few lines from the model's threshold to the limit.
const thresholdStep = 0.05

// tellThreshold logs that the threshold adapts. A drift that is learned must
// leave a trace, since it may be a fault.
func (s *source) tellThreshold(now float64) {
	if moved := now/s.told - 1; moved < thresholdStep && moved > -thresholdStep {
		return
	}
	s.n.log.Info("threshold adapts", "source", s.c.Name, "threshold", now, "previous", s.told)
	s.told = now
}

// head returns what every message of the source begins with.
func (s *source) head(t time.Time, seq uint64) message.Head {
	return message.Head{
		Node: s.n.id, Source: s.c.Name, Model: s.name, BootID: s.n.spool.BootID(), Seq: seq,
		Time: message.Time(t), TimeSynced: s.n.synced.Load(),
	}
}

func (s *source) sendState(o *decide.Observation, previous decide.State) {
	s.mu.Lock()
	s.stateSeq++
	m := &message.State{
		Head: s.head(o.Time, s.stateSeq), State: o.State, Previous: previous,
		Score: message.Number(o.Score), Threshold: message.Number(o.Threshold), Ratio: message.Number(o.Ratio),
	}
	if o.Event != nil && o.Transition != decide.Ended {
		m.Event = o.Event.ID
	}
	s.last = m
	s.mu.Unlock()
	s.n.log.Info("state", "source", s.c.Name, "state", string(o.State), "previous", string(previous), "ratio", o.Ratio)
	s.put(message.StateTopic(s.n.id, s.c.Name), m, true)
	s.n.touch()
}

// repeatState sends the last state message again.
func (s *source) repeatState() {
	s.mu.Lock()
	m := s.last
	s.mu.Unlock()
	if m != nil {
		s.put(message.StateTopic(s.n.id, s.c.Name), m, true)
	}
}

func (s *source) sendScore(o *decide.Observation) {
	s.mu.Lock()
	s.scoreSeq++
	m := &message.Score{
		Head: s.head(o.Time, s.scoreSeq), State: o.State,
		Score: message.Number(o.Score), Threshold: message.Number(o.Threshold), Ratio: message.Number(o.Ratio),
		MaxRatio: message.Number(s.maxRatio),
		Bands:    s.bands(o.Evidence), Detectors: s.detectors(o.Evidence),
	}
	s.scored, s.maxRatio = o.Time, 0
	s.mu.Unlock()
	s.put(message.ScoreTopic(s.n.id, s.c.Name), m, false)
}

func (s *source) sendAlert(o *decide.Observation) {
	e := o.Event
	m := message.Alert{
		Head:  s.head(o.Time, 0),
		Phase: message.Start, Event: e.ID, Start: message.Time(e.Start), State: o.State,
		Score: message.Number(o.Score), Threshold: message.Number(o.Threshold), Ratio: message.Number(o.Ratio),
		Peak:  message.Peak{Time: message.Time(e.PeakTime), Score: message.Number(e.PeakScore), Ratio: message.Number(e.PeakRatio)},
		Bands: s.bands(e.Evidence), Detectors: s.detectors(e.Evidence),
	}
	if o.Transition == decide.Ended {
		end := message.Time(e.End)
		m.Phase, m.End, m.Cause = message.End, &end, e.Cause
	}
	s.n.handOver(alert{message.AlertTopic(s.n.id, s.c.Name), m})
}

// bands names the bands that raise a score.
func (s *source) bands(evidence []float64) []decide.BandRange {
	return message.Bands(s.model, evidence, s.normal)
}

// detectors says what each detector has to say.
func (s *source) detectors(evidence []float64) []message.Detector {
	return message.Detectors(s.model.Findings(evidence))
}

// put queues telemetry.
func (s *source) put(topic string, m any, retained bool) {
	payload, err := message.Encode(m)
	if err != nil {
		s.n.log.Error("message cannot be written", "topic", topic, "err", err)
		return
	}
	s.n.ring.Put(mqtt.Message{Topic: topic, Payload: payload, Retained: retained})
}
