package decide

import (
	"fmt"
	"time"
)

// Event is an episode of abnormal sound.
type Event struct {
	ID        string    // unique among the events of one source, across restarts
	Start     time.Time // of the oldest observation that raised it
	End       time.Time // zero while it is open
	Cause     Cause     // why it ended, empty while it is open
	PeakScore float64   // score, or mean of a slower scale, that is highest to its threshold so far
	PeakTime  time.Time // when that was
	PeakRatio float64   // PeakScore/threshold
	// Evidence is the mean of the event's suspicious observations' evidence.
	Evidence []float64
	// Suspicious counts the event's suspicious observations: of a slower scale those above its
	// Clear.
	Suspicious int
	// Averaged is how many observations the decision that opened the event takes the mean of: 1
	// for K of N.
	Averaged int
}

// episode is the event that is open, or was the last.
type episode struct {
	open   bool
	event  Event
	sum    []float64 // of its suspicious evidence
	events uint64    // opened so far
}

func newEpisode(width int) episode {
	return episode{event: Event{Evidence: make([]float64, width)}, sum: make([]float64, width)}
}

// begin opens an event with the suspicious ones of the last observations.
func (e *episode) begin(r *recent, threshold float64) *Event {
	e.events++
	clear(e.sum)
	e.open = true
	e.event = Event{Evidence: e.event.Evidence, Averaged: 1}
	r.eachSuspicious(func(p past, evidence []float64) {
		if e.event.Suspicious == 0 {
			e.event.Start = p.start
		}
		e.add(p, evidence, threshold)
	})
	e.name()
	return e.present()
}

// beginLasting opens an event that a scale's mean has raised, with the evidence of its last
// observation.
func (e *episode) beginLasting(mean past, scale Scale, shift float64, evidence []float64) *Event {
	e.events++
	clear(e.sum)
	e.open = true
	e.event = Event{Evidence: e.event.Evidence, Start: mean.start, Averaged: scale.Observations}
	e.count(evidence)
	e.peak(mean, scale.Threshold+shift)
	e.name()
	return e.present()
}

// name gives the event its identity.
func (e *episode) name() {
	e.event.ID = fmt.Sprintf("%s-%d", e.event.Start.UTC().Format("20060102T150405.000Z"), e.events)
}

// add counts a suspicious observation in.
func (e *episode) add(p past, evidence []float64, threshold float64) {
	e.count(evidence)
	e.peak(p, threshold)
}

// count takes a suspicious observation's evidence in.
func (e *episode) count(evidence []float64) {
	e.event.Suspicious++
	for b, v := range evidence {
		e.sum[b] += v
	}
}

// peak remembers the score that is highest to its threshold.
func (e *episode) peak(p past, threshold float64) {
	if ratio := p.score / threshold; ratio > e.event.PeakRatio {
		e.event.PeakScore, e.event.PeakTime, e.event.PeakRatio = p.score, p.time, ratio
	}
}

// present returns the event with its mean evidence brought up to date.
func (e *episode) present() *Event {
	for b, v := range e.sum {
		e.event.Evidence[b] = v / float64(e.event.Suspicious)
	}
	return &e.event
}

// end closes the event.
func (e *episode) end(at time.Time, cause Cause) *Event {
	e.open = false
	event := e.present()
	event.End, event.Cause = at, cause
	return event
}
