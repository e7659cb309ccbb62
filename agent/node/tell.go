package node

import (
	"time"

	"github.com/auscult/auscult/agent/decide"
	"github.com/auscult/auscult/agent/fault"
	"github.com/auscult/auscult/agent/message"
	"github.com/auscult/auscult/agent/outbox"
	"github.com/auscult/auscult/agent/state"
)

// Fault takes a condition of the source from its pipeline.
func (s *source) Fault(name string, code fault.Code, err error) { s.n.report(code, name, err) }

// Observe makes messages of an observation.
func (s *source) Observe(_ string, o *decide.Observation) {
	if s.broke {
		s.broke = false
		s.n.clear(fault.SourcePanic, s.label)
	}
	s.mu.Lock()
	s.state = o.State
	if o.Transition == decide.Ended {
		s.state = after(o)
	}
	s.last.Time, s.last.Event = message.Time(o.Time), ""
	s.last.Score, s.last.Ratio = message.Number(o.Score), message.Number(o.Ratio)
	s.last.Threshold = message.Number(o.Threshold)
	if o.Event != nil && o.Transition != decide.Ended {
		s.last.Event = o.Event.ID
	}
	s.maxRatio = max(s.maxRatio, o.Ratio)
	due := s.scored.IsZero() || o.Time.Before(s.scored) ||
		o.Time.Sub(s.scored) >= time.Duration(s.n.config.Load().Telemetry.Interval)
	s.mu.Unlock()

	s.show()
	s.logThreshold(o.Threshold)
	if due && o.Transition != decide.Ended {
		s.sendScore(o)
	}
	if o.Transition != decide.None {
		s.sendAlert(o)
	}
}

// after returns the state after an event's end: where nobody heard that it is normal, it is not
// said to be.
func after(o *decide.Observation) state.State {
	switch o.Event.Cause {
	case decide.Cleared:
		return o.State
	case decide.Replaced:
		return state.Learning
	}
	return state.Offline
}

// present returns the state that is true now. The caller holds s.mu.
func (s *source) present() state.State {
	broken, unfit := s.n.faults.Broken(s.label)
	switch {
	case s.n.stopping.Load() || s.over:
		return state.Offline
	case unfit:
		return state.Unfit
	case broken:
		return state.Fault
	}
	return s.state
}

// doubt forgets what the last observation said, when nothing is heard any more: what is heard
// next may be otherwise. An event that is open stays open. The caller holds s.mu.
func (s *source) doubt() {
	if s.state = state.Learning; s.open != nil {
		s.state = state.Alarm
	}
}

// observed reports whether a state is what an observation says.
func observed(s state.State) bool {
	return s == state.Normal || s == state.Warning || s == state.Alarm || s == state.Off
}

// show publishes the state when it is another than before.
func (s *source) show() {
	s.showing.Lock()
	defer s.showing.Unlock()
	s.mu.Lock()
	now := s.present()
	if now == s.last.State || s.gone {
		s.mu.Unlock()
		return
	}
	s.stateSeq++
	at := time.Time(s.last.Time)
	if !observed(now) || at.IsZero() {
		at = s.n.o.Now() // no observation says so
	}
	s.since = at
	if now == state.Fault || now == state.Unfit {
		s.doubt()
	}
	m := s.last
	m.Previous, m.State = m.State, now
	m.Head = s.head(at, s.stateSeq)
	s.last.State = now
	s.mu.Unlock()
	s.n.outbox.Take(&m)
	s.n.touch()
}

// retell publishes the state once more, by the clock as it goes now.
func (s *source) retell() {
	s.showing.Lock()
	defer s.showing.Unlock()
	s.mu.Lock()
	if s.last.State == "" || s.gone {
		s.mu.Unlock()
		return
	}
	s.stateSeq++
	m := s.last
	m.Head = s.head(s.since, s.stateSeq)
	s.mu.Unlock()
	s.n.outbox.Take(&m)
}

// interrupt ends the event that was open when the pipeline broke.
func (s *source) interrupt() {
	s.mu.Lock()
	open := s.open
	s.open = nil
	s.last.Event = ""
	s.mu.Unlock()
	if open != nil {
		s.n.outbox.Take(outbox.Interrupt(*open, s.n.clock.Present()))
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
	s.n.log.Info("threshold adapts", "source", s.label, "threshold", now, "previous", s.logged)
	s.logged = now
}

// head returns what every message of the source begins with.
func (s *source) head(t time.Time, seq uint64) message.Head {
	now := s.n.clock.Present()
	return message.Head{
		Node: s.n.id, Source: s.label, Model: s.name, BootID: s.n.broker.BootID(), Seq: seq,
		Time: message.Time(now.Of(t)), Clocked: message.ClockedAt(now, t),
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
	s.n.outbox.Take(m)
}

func (s *source) sendAlert(o *decide.Observation) {
	e := o.Event
	now := s.n.clock.Present()
	wire := func(t time.Time) message.Time { return message.Time(now.Of(t)) }
	m := &message.Alert{
		Head:  s.head(o.Time, 0),
		Phase: message.Start, Event: e.ID, Start: wire(e.Start), State: o.State,
		Score: message.Number(o.Score), Threshold: message.Number(o.Threshold), Ratio: message.Number(o.Ratio),
		Peak: message.Peak{Time: wire(e.PeakTime), Score: message.Number(e.PeakScore),
			Ratio: message.Number(e.PeakRatio)},
		Bands: s.bands(e.Evidence), Detectors: s.detectors(e.Evidence),
	}
	if e.Averaged > 1 {
		period := s.model.Settings.ObservationPeriod().Seconds()
		m.OverS = message.Number(float64(e.Averaged) * period)
		m.Score, m.Ratio = message.Number(e.PeakScore), message.Number(e.PeakRatio)
		m.Threshold = message.Number(e.PeakScore / e.PeakRatio)
	}
	if o.Transition == decide.Ended {
		end := wire(e.End)
		m.Phase, m.End, m.Cause, m.State = message.End, &end, e.Cause, after(o)
	}
	s.mu.Lock()
	s.open = nil
	if m.Phase == message.Start {
		s.open = m
	}
	s.mu.Unlock()
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
