package model

import (
	"context"
	"math"

	"github.com/auscult/auscult/agent/detect"
	"github.com/auscult/auscult/tflite"
)

// Score is the detector's answer for the windows that were pooled.
type Score struct {
	// Value grows with how little they look like normal sound, in the
	// detector's unit. It is never below 0.
	Value float64
	// Evidence is what Value rests on: first each band's part, which sum to Value up to
	// rounding (of an ensemble: to the score of the reconstruction), then what package
	// detect says. The next Push overwrites it.
	Evidence []float64
}

// Scorer turns a stream of frames into scores.
type Scorer struct {
	// Trace, where set, is called right before and right after each inference,
	// so that a benchmark can tell inference from score.
	Trace func(after bool)

	settings *Settings
	ensemble *detect.Scorer
	it       Invoker

	ring []int8 // the window's frames, Bands codes each; the oldest at next
	next int    // frame slot that the next Push fills
	wait int    // frames to go until the next window is complete

	tensors    *tensors
	window     []byte // the input tensor's content; Invoke may overwrite the tensor
	conditions []byte // likewise

	ending    context.Context // of inferences; nil: they come to their end
	pooled    int             // windows since the last score
	observers []observer
	observed  detect.Observation // of the last score
	evidence  []float64
}

// NewScorer returns a Scorer with an interpreter of its own. It leaves the named
// detectors of an ensemble out.
func (m *Model) NewScorer(without ...detect.Name) (*Scorer, error) {
	it, err := tflite.NewInterpreter(m.graph, tflite.Options{})
	if err != nil {
		return nil, err
	}
	return m.NewScorerOn(it, without...)
}

// NewScorerOn returns a Scorer that runs the model on an Invoker of this model's graph.
// The caller closes it when the Scorer is no longer used.
func (m *Model) NewScorerOn(it Invoker, without ...detect.Name) (*Scorer, error) {
	s := &m.Settings
	t, err := newTensors(it, s)
	if err != nil {
		return nil, err
	}
	size := t.observed(s.Profile)
	ensemble, err := s.Detector.NewScorer(size, without...)
	if err != nil {
		return nil, err
	}
	bands, frames := s.Profile.Bands, s.Window.Frames
	sc := &Scorer{
		settings:   s,
		ensemble:   ensemble,
		it:         it,
		tensors:    t,
		ring:       make([]int8, frames*bands),
		window:     make([]byte, frames*bands),
		conditions: make([]byte, len(s.Conditions)), // 0 is the middle code
		observers:  observers(s, t),
		observed:   detect.NewObservation(size),
		evidence:   make([]float64, m.EvidenceLen()),
	}
	sc.Reset()
	return sc, nil
}

// Reset forgets unfinished windows and scores: what follows does not continue
// what came before.
func (sc *Scorer) Reset() {
	sc.next = 0
	sc.wait = sc.settings.Window.Frames
	sc.it.Reset()
	sc.clearPool()
}

func (sc *Scorer) clearPool() {
	sc.pooled = 0
	for _, o := range sc.observers {
		o.clear()
	}
}

// Push adds one frame of the profile's Values, as dsp.Quantiser gives them, and reports
// whether it completed a score.
func (sc *Scorer) Push(codes []int8) (Score, bool) {
	bands := sc.settings.Profile.Bands
	copy(sc.ring[sc.next*bands:(sc.next+1)*bands], codes[:bands])
	sc.next = (sc.next + 1) % sc.settings.Window.Frames
	for _, o := range sc.observers {
		o.frame(codes)
	}
	sc.wait--
	if sc.wait > 0 {
		return Score{}, false
	}
	sc.wait = sc.settings.Window.StrideFrames
	sc.fillWindow()
	sc.infer()
	if sc.ending != nil && sc.ending.Err() != nil {
		sc.Reset() // what there is may be half of an inference
		return Score{}, false
	}
	sc.pooled++
	for _, o := range sc.observers {
		o.window(sc.window)
	}
	if sc.pooled < sc.settings.Detector.PoolWindows {
		return Score{}, false
	}
	return sc.Flush()
}

// EndWith has inferences end early once ctx is done, until release is called. There are no more scores then, and what
// was pushed is forgotten; who pushes looks at ctx.
func (sc *Scorer) EndWith(ctx context.Context) (release func()) {
	end := func() {}
	if it, ok := sc.it.(interface{ EndWith(context.Context) func() }); ok {
		end = it.EndWith(ctx)
	}
	sc.ending = ctx
	return func() {
		sc.ending = nil
		end()
	}
}

// infer runs the window through the model.
func (sc *Scorer) infer() {
	sc.tensors.fill(sc.window, sc.conditions)
	invoke(sc.it, sc.Trace)
}

// SetConditions gives the operating conditions of the frames that are pushed from here
// on, in the order of Settings.Conditions. A model without takes none; those that were
// first the middle of what was learned.
func (sc *Scorer) SetConditions(values []float64) {
	for i, c := range sc.settings.Conditions {
		if i < len(values) && !math.IsNaN(values[i]) {
			sc.conditions[i] = byte(c.Code(values[i]))
		}
	}
}

func invoke(it Invoker, trace func(after bool)) {
	if trace == nil {
		it.Invoke()
		return
	}
	trace(false)
	it.Invoke()
	trace(true)
}

// Flush scores the windows that wait for others to be pooled with, so that a
// clip that is too short for a full score has one. It reports whether there
// were any. The stream goes on as if nothing had been pooled.
func (sc *Scorer) Flush() (Score, bool) {
	if sc.pooled == 0 {
		return Score{}, false
	}
	for _, o := range sc.observers {
		o.describe(&sc.observed, sc.pooled)
	}
	value := sc.ensemble.Score(&sc.observed, sc.evidence)
	sc.clearPool()
	return Score{Value: value, Evidence: sc.evidence}, true
}

// fillWindow lays the ring's frames out as the input tensor has them, oldest
// first.
func (sc *Scorer) fillWindow() {
	bands, frames := sc.settings.Profile.Bands, sc.settings.Window.Frames
	for f := range frames {
		slot := (sc.next + f) % frames
		frame := sc.ring[slot*bands : (slot+1)*bands]
		if sc.settings.Window.Layout == FrameMajor {
			row := sc.window[f*bands : (f+1)*bands]
			for b, code := range frame {
				row[b] = byte(code)
			}
			continue
		}
		for b, code := range frame {
			sc.window[b*frames+f] = byte(code)
		}
	}
}

// Observed returns what the last score was made of. The next Push overwrites it.
func (sc *Scorer) Observed() *detect.Observation { return &sc.observed }
