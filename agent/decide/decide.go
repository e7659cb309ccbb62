package decide

import (
	"fmt"
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
	SensorFault Cause = "sensor_fault" // the sensor is at fault, and nothing is judged any more
	Replaced    Cause = "replaced"     // the model or the settings were replaced
	Interrupted Cause = "interrupted"  // the program ended without a word, or its source broke
)

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
	s        Settings
	average  average
	recent   recent
	lasting  lasting
	episode  episode
	scale    int // that opened the event; -1: K of N did
	quiet    int // consecutive observations at or below the clear level
	state    state.State
	obs      Observation
	adapting *adapting // nil: the threshold stays
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
	return &Decider{
		s: s, state: state.Normal,
		average: average{evidence: make([]float64, width)},
		recent:  newRecent(s.N, width),
		lasting: newLasting(s.Scales),
		episode: newEpisode(width),
		obs:     Observation{Evidence: make([]float64, width)},
	}, nil
}

// Push adds one window: when it ended, its score and what the score rests on.
// It reports whether that completed an observation. A window whose
// score is not a finite number is left out and counted, since one of them would
// spoil the mean. Push panics when evidence has not the Decider's length.
func (d *Decider) Push(t time.Time, score float64, evidence []float64) (Observation, bool) {
	if len(evidence) != d.recent.width {
		panic(fmt.Sprintf("decide: %d numbers of evidence pushed to a decider of %d", len(evidence), d.recent.width))
	}
	o := &d.obs
	if !d.average.push(t, score, evidence, d.s.AverageWindows, o) {
		return Observation{}, false
	}
	d.observe(o)
	return *o, true
}

// Reset drops the windows of the observation that is being averaged. Call it
// where samples were lost; see the package comment for what stays.
func (d *Decider) Reset() { d.average.reset() }

// Finish ends an open event for the given cause, at the time of the last
// observation. It reports false when none is open. The observation it returns
// repeats the last one's score; suspicion starts anew.
func (d *Decider) Finish(cause Cause) (Observation, bool) {
	d.Reset()
	d.recent.forget()
	d.lasting.forget()
	d.quiet = 0
	o := &d.obs
	o.Previous, o.State, o.Transition, o.Event = d.state, state.Normal, None, nil
	d.state = state.Normal
	if !d.episode.open {
		return Observation{}, false
	}
	o.Transition, o.Event = Ended, d.episode.end(o.Time, cause)
	return *o, true
}

// State returns the state after the last observation.
func (d *Decider) State() state.State { return d.state }

// observe says what an observation means.
func (d *Decider) observe(o *Observation) {
	o.Threshold = d.Threshold()
	o.Ratio = o.Score / o.Threshold
	o.Suspicious = o.Score > o.Threshold
	o.Previous, o.Transition, o.Event = d.state, None, nil
	d.recent.remember(o)
	d.lasting.add(o.Start, min(o.Score, o.Threshold))

	if o.Score <= float64(d.s.ClearRatio*o.Threshold) {
		d.quiet++
	} else {
		d.quiet = 0
	}
	shift := o.Threshold - d.s.Threshold
	scale, mean := d.lasting.above(shift)
	switch {
	case d.episode.open:
		d.goOn(o)
	case d.recent.suspicious() >= d.s.K:
		d.scale = -1
		o.State, o.Transition, o.Event = state.Alarm, Started, d.episode.begin(&d.recent, o.Threshold)
	case scale >= 0:
		d.scale = scale
		o.State, o.Transition = state.Alarm, Started
		slow := d.s.Scales[scale]
		since := past{d.lasting.start(scale, slow.Clear+shift), o.Time, mean}
		o.Event = d.episode.beginLasting(since, slow, shift, o.Evidence)
	case d.recent.suspicious() > 0:
		o.State = state.Warning
	default:
		o.State = state.Normal
	}
	d.state = o.State
	if d.adapting != nil {
		d.adapting.learn(o, d.episode.open, d.s.Threshold)
	}
}

// goOn takes an observation into the event that is open, and ends it when it has been
// quiet for long enough.
func (d *Decider) goOn(o *Observation) {
	lasts := false
	if d.scale >= 0 {
		shift := o.Threshold - d.s.Threshold
		scale := d.s.Scales[d.scale]
		mean, _ := d.lasting.mean(d.scale)
		if lasts = mean > scale.Clear+shift; lasts {
			d.episode.peak(past{o.Start, o.Time, mean}, scale.Threshold+shift)
		}
		if o.Score > scale.Clear+shift && !o.Suspicious {
			d.episode.count(o.Evidence)
		}
	}
	if o.Suspicious {
		d.episode.add(past{o.Start, o.Time, o.Score}, o.Evidence, o.Threshold)
	}
	o.State, o.Event = state.Alarm, d.episode.present()
	if d.quiet >= d.s.N && !lasts {
		d.recent.forget()
		d.lasting.forget()
		o.State, o.Transition, o.Event = state.Normal, Ended, d.episode.end(o.Time, Cleared)
	}
}
