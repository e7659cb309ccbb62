package node

import (
	"time"

	"github.com/auscult/auscult/agent/decide"
	"github.com/auscult/auscult/agent/fault"
	"github.com/auscult/auscult/agent/message"
	"github.com/auscult/auscult/agent/state"
)

// Fault takes a condition of the source from its pipeline.
func (s *source) Fault(name string, code fault.Code, err error) { s.n.report(code, name, err) }

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
	due := s.scored.IsZero() || o.Time.Before(s.scored) ||
		o.Time.Sub(s.scored) >= time.Duration(s.n.o.Config.Telemetry.Interval)
	s.mu.Unlock()

	if changed {
		s.sendState(o, previous)
	}
	s.logThreshold(o.Threshold)
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

// logThreshold logs that the threshold adapts. A drift that is learned must
// leave a trace, since it may be a fault.
func (s *source) logThreshold(now float64) {
	if moved := now/s.logged - 1; moved < thresholdStep && moved > -thresholdStep {
		return
	}
	s.n.log.Info("threshold adapts", "source", s.c.Name, "threshold", now, "previous", s.logged)
	s.logged = now
}

// head returns what every message of the source begins with.
func (s *source) head(t time.Time, seq uint64) message.Head {
	return message.Head{
		Node: s.n.id, Source: s.c.Name, Model: s.name, BootID: s.n.broker.BootID(), Seq: seq,
		Time: message.Time(t), TimeSynced: s.n.synced.Load(),
	}
}

func (s *source) sendState(o *decide.Observation, previous state.State) {
	s.mu.Lock()
	s.stateSeq++
	m := &message.State{
		Head: s.head(o.Time, s.stateSeq), State: o.State, Previous: previous,
		Score: message.Number(o.Score), Threshold: message.Number(o.Threshold), Ratio: message.Number(o.Ratio),
	}
	if o.Event != nil && o.Transition != decide.Ended {
		m.Event = o.Event.ID
	}
	s.mu.Unlock()
	s.n.outbox.Take(m)
	s.n.touch()
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
	s.n.outbox.Take(m)
}

func (s *source) sendAlert(o *decide.Observation) {
	e := o.Event
	m := &message.Alert{
		Head:  s.head(o.Time, 0),
		Phase: message.Start, Event: e.ID, Start: message.Time(e.Start), State: o.State,
		Score: message.Number(o.Score), Threshold: message.Number(o.Threshold), Ratio: message.Number(o.Ratio),
		Peak: message.Peak{Time: message.Time(e.PeakTime), Score: message.Number(e.PeakScore),
			Ratio: message.Number(e.PeakRatio)},
		Bands: s.bands(e.Evidence), Detectors: s.detectors(e.Evidence),
	}
	if o.Transition == decide.Ended {
		end := message.Time(e.End)
		m.Phase, m.End, m.Cause = message.End, &end, e.Cause
	}
	s.n.outbox.Take(m)
}

// bands names the bands that raise a score.
func (s *source) bands(evidence []float64) []decide.BandRange {
	return message.Bands(s.model, evidence, s.normal)
}

// detectors says what each detector has to say.
func (s *source) detectors(evidence []float64) []message.Detector {
	return message.Detectors(s.model.Findings(evidence))
}
