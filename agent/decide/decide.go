package decide

import (
	"fmt"
	"math"
	"math/bits"
	"time"

	"github.com/auscult/auscult/agent/state"
)

// Transition says what an observation did to an event.
type Transition string

// Transitions of an event.
const (
	None    Transition = ""
	Started Transition = "started"
	Ended   Transition = "ended"
)

// Cause says why an event ended.
type Cause string

// Causes of an event's end.
const (
	Cleared     Cause = "cleared"      // the sound is normal again
	SourceEnded Cause = "source_ended" // the recording has ended
	Stopped     Cause = "stopped"      // the program was told to stop
)

// Event is an episode of abnormal sound.
type Event struct {
	ID        string    // unique among the events of one source, across restarts
	Start     time.Time // of the oldest observation that raised it
	End       time.Time // zero while it is open
	Cause     Cause     // why it ended, empty while it is open
	PeakScore float64   // highest observation score so far
	PeakTime  time.Time // when that was
	PeakRatio float64   // PeakScore/threshold
	// Evidence is the mean of the event's suspicious observations' evidence.
	Evidence []float64
	// Suspicious counts the event's suspicious observations.
	Suspicious int
}

// Observation is the mean of AverageWindows consecutive windows, and what it
// means.
type Observation struct {
	Start      time.Time   // of its first window, as given to Push
	Time       time.Time   // of its last window, as given to Push
	Score      float64     // mean of the windows' scores
	Threshold  float64     // what it was compared with
	Ratio      float64     // Score/Threshold
	Suspicious bool        // Score is above Threshold
	State      state.State // after this observation
	Previous   state.State // before it
	Evidence   []float64   // mean of the windows'
	Transition Transition  // Started or Ended where an event does
	Event      *Event      // the event that is open or has just ended, else nil
}

// Decider turns window scores into observations, states and events.
type Decider struct {
	s     Settings
	width int // of the evidence

	// The observation being averaged.
	windows  int
	score    float64
	parts    []float64
	start    time.Time
	rejected uint64

	// The last N observations, as a ring; bit i of suspicion is the i-th last.
	ring      []past
	ringParts []float64 // len(ring)*width
	at        int
	filled    int
	suspicion uint64

	quiet  int // consecutive observations at or below the clear level
	state  state.State
	open   bool
	event  Event
	sum    []float64 // of the event's suspicious evidence
	events uint64
	obs    Observation

	adapting *adapting // nil: the threshold stays
}

type past struct {
	start time.Time
	time  time.Time
	score float64
}

// maxWidth bounds the memory of a Decider.
const maxWidth = 4096

// New returns a Decider for scores with so many numbers of evidence, 1 to 4096.
func New(s Settings, width int) (*Decider, error) {
	if err := s.Validate(); err != nil {
		return nil, err
	}
	if width < 1 || width > maxWidth {
		return nil, fmt.Errorf("decide: %d numbers of evidence: must be 1 to %d", width, maxWidth)
	}
	d := &Decider{
		s: s, width: width, state: state.Normal,
		parts:     make([]float64, width),
		ring:      make([]past, s.N),
		ringParts: make([]float64, s.N*width),
		sum:       make([]float64, width),
	}
	d.obs.Evidence = make([]float64, width)
	d.event.Evidence = make([]float64, width)
	return d, nil
}

// Push adds one window: when it ended, its score and what the score rests on.
// It reports whether that completed an observation. A window whose
// score is not a finite number is left out and counted, since one of them would
// spoil the mean. Push panics when evidence has not the Decider's length.
func (d *Decider) Push(t time.Time, score float64, evidence []float64) (Observation, bool) {
	if len(evidence) != d.width {
		panic(fmt.Sprintf("decide: %d numbers of evidence pushed to a decider of %d", len(evidence), d.width))
	}
	if math.IsNaN(score) || math.IsInf(score, 0) {
		d.rejected++
		return Observation{}, false
	}
	if d.windows == 0 {
		d.start = t
	}
	d.windows++
	d.score += score
	for b, v := range evidence {
		d.parts[b] += v
	}
	if d.windows < d.s.AverageWindows {
		return Observation{}, false
	}
	n := float64(d.windows)
	o := &d.obs
	o.Start, o.Time = d.start, t
	o.Score = d.score / n
	for b, v := range d.parts {
		o.Evidence[b] = v / n
	}
	d.Reset()
	d.observe(o)
	return *o, true
}

// Reset drops the windows of the observation that is being averaged. Call it
// where samples were lost; see the package comment for what stays.
func (d *Decider) Reset() {
	d.windows, d.score = 0, 0
	clear(d.parts)
}

// Finish ends an open event for the given cause, at the time of the last
// observation. It reports false when none is open. The observation it returns
// repeats the last one's score; suspicion starts anew.
func (d *Decider) Finish(cause Cause) (Observation, bool) {
	d.Reset()
	d.suspicion, d.filled, d.quiet = 0, 0, 0
	o := &d.obs
	o.Previous, o.State, o.Transition, o.Event = d.state, state.Normal, None, nil
	d.state = state.Normal
	if !d.open {
		return Observation{}, false
	}
	d.end(o, cause)
	return *o, true
}

// State returns the state after the last observation.
func (d *Decider) State() state.State { return d.state }

// Rejected counts the windows that were left out because their score was not a
// finite number.
func (d *Decider) Rejected() uint64 { return d.rejected }

func (d *Decider) observe(o *Observation) {
	o.Threshold = d.Threshold()
	o.Ratio = o.Score / o.Threshold
	o.Suspicious = o.Score > o.Threshold
	o.Previous, o.Transition, o.Event = d.state, None, nil
	d.remember(o)

	if o.Score <= float64(d.s.ClearRatio*o.Threshold) {
		d.quiet++
	} else {
		d.quiet = 0
	}
	switch {
	case d.open:
		if o.Suspicious {
			d.add(past{o.Start, o.Time, o.Score}, o.Evidence)
		}
		o.State, o.Event = state.Alarm, d.present()
		if d.quiet >= d.s.N {
			d.suspicion, d.filled = 0, 0
			o.State = state.Normal
			d.end(o, Cleared)
		}
	case bits.OnesCount64(d.suspicion) >= d.s.K:
		d.begin(o)
		o.State = state.Alarm
	case d.suspicion != 0:
		o.State = state.Warning
	default:
		o.State = state.Normal
	}
	d.state = o.State
	if d.adapting != nil {
		d.adapting.learn(o, d.open, d.s.Threshold)
	}
}

// remember puts o into the ring of the last N observations.
func (d *Decider) remember(o *Observation) {
	d.at = (d.at + 1) % d.s.N
	d.filled = min(d.filled+1, d.s.N)
	d.ring[d.at] = past{o.Start, o.Time, o.Score}
	copy(d.ringParts[d.at*d.width:][:d.width], o.Evidence)
	d.suspicion <<= 1
	if o.Suspicious {
		d.suspicion |= 1
	}
	if d.s.N < 64 {
		d.suspicion &= 1<<d.s.N - 1
	}
}

// begin opens an event with the suspicious ones of the last N observations,
// oldest first.
func (d *Decider) begin(o *Observation) {
	d.events++
	clear(d.sum)
	d.open = true
	d.event = Event{Evidence: d.event.Evidence}
	for age := d.filled - 1; age >= 0; age-- {
		if d.suspicion>>age&1 == 0 {
			continue
		}
		i := (d.at - age + d.s.N) % d.s.N
		if d.event.Suspicious == 0 {
			d.event.Start = d.ring[i].start
		}
		d.add(d.ring[i], d.ringParts[i*d.width:][:d.width])
	}
	d.event.ID = fmt.Sprintf("%s-%d", d.event.Start.UTC().Format("20060102T150405.000Z"), d.events)
	o.Transition, o.Event = Started, d.present()
}

func (d *Decider) add(p past, parts []float64) {
	e := &d.event
	e.Suspicious++
	if e.Suspicious == 1 || p.score > e.PeakScore {
		e.PeakScore, e.PeakTime, e.PeakRatio = p.score, p.time, p.score/d.Threshold()
	}
	for b, v := range parts {
		d.sum[b] += v
	}
}

// present brings the event's mean evidence up to date.
func (d *Decider) present() *Event {
	for b, v := range d.sum {
		d.event.Evidence[b] = v / float64(d.event.Suspicious)
	}
	return &d.event
}

func (d *Decider) end(o *Observation, cause Cause) {
	d.open = false
	e := d.present()
	e.End, e.Cause = o.Time, cause
	o.Transition, o.Event = Ended, e
}
