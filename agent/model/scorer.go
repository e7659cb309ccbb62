package model

import (
	"encoding/binary"
	"math"

	"github.com/auscult/auscult/agent/detect"
	"github.com/auscult/auscult/tflite"
)

// Score is the detector's answer for the windows that were pooled.
type Score struct {
	// Value grows with how little they look like normal sound, in the
	// detector's unit. It is never below 0.
	Value float64
	// Evidence is what Value rests on: first each band's part, which sum to Value
	// up to rounding (for Calibrated: to the score of the reconstruction), then,
	// for Calibrated, what package detect says. The next Push overwrites it.
	Evidence []float64
}

// residualOne is one code in the residual's Q8 format.
const residualOne = 1 << 8

// Scorer turns a stream of frames into scores.
type Scorer struct {
	// Trace, where set, is called right before and right after each inference,
	// so that a benchmark can tell inference from score.
	Trace func(after bool)

	settings *Settings
	detector *detector
	it       Invoker

	ring []int8 // the window's frames, Bands codes each; the oldest at next
	next int    // frame slot that the next Push fills
	wait int    // frames to go until the next window is complete

	tensors    *tensors
	window     []byte     // the input tensor's content; Invoke may overwrite the tensor
	conditions []byte     // likewise
	output     []byte     // the reconstruction; nil for none
	restored   [256]int32 // code that an output byte stands for, Q8, by byte value

	pooled   int        // windows in sums
	sums     []uint64   // squared residuals by band, Q16 codes²
	features []features // of the other outputs
	evidence []float64
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
	detector, err := newDetector(s, without...)
	if err != nil {
		return nil, err
	}
	t, err := newTensors(it, s)
	if err != nil {
		return nil, err
	}
	bands, frames := s.Profile.Bands, s.Window.Frames
	sc := &Scorer{
		settings:   s,
		detector:   detector,
		it:         it,
		tensors:    t,
		ring:       make([]int8, frames*bands),
		window:     make([]byte, frames*bands),
		conditions: make([]byte, len(s.Conditions)), // 0 is the middle code
		sums:       make([]uint64, bands),
		evidence:   make([]float64, s.evidenceLen()),
	}
	for o, r := range t.roles {
		if r == Reconstruction {
			sc.output = it.OutputBytes(o)
			for i := range sc.restored {
				steps := float64(int(int8(i)) - t.outputs[o].ZeroPoint)
				value := float64(steps * float64(t.outputs[o].Scale)) // 0 to 1 over the profile's range
				sc.restored[i] = toQ8(float64(value*255) - 128)
			}
			continue
		}
		f := features{output: o, sums: make([]int64, t.size(o)), role: r}
		if r == Embedding {
			detector.observed.Embedding = make([]float64, len(f.sums))
		}
		sc.features = append(sc.features, f)
	}
	sc.Reset()
	return sc, nil
}

// toQ8 rounds a code to Q8, within what a code can be: what lies beyond, by a
// hostile output scale, saturates. So a residual stays below 2^16 and its
// square below 2^32.
func toQ8(code float64) int32 {
	return int32(math.RoundToEven(max(math.MinInt16, min(math.MaxInt16, float64(code*residualOne)))))
}

// Reset forgets unfinished windows and scores: what follows does not continue
// what came before.
func (sc *Scorer) Reset() {
	sc.next = 0
	sc.wait = sc.settings.Window.Frames
	sc.clearPool()
}

func (sc *Scorer) clearPool() {
	sc.pooled = 0
	clear(sc.sums)
	for _, f := range sc.features {
		clear(f.sums)
	}
	sc.detector.heard.clear()
}

// Push adds one frame of Bands codes, as dsp.Quantiser gives them, and reports
// whether it completed a score.
func (sc *Scorer) Push(codes []int8) (Score, bool) {
	bands := sc.settings.Profile.Bands
	copy(sc.ring[sc.next*bands:(sc.next+1)*bands], codes)
	sc.next = (sc.next + 1) % sc.settings.Window.Frames
	sc.detector.heard.add(codes)
	sc.wait--
	if sc.wait > 0 {
		return Score{}, false
	}
	sc.wait = sc.settings.Window.StrideFrames
	sc.fillWindow()
	sc.infer()
	sc.pool()
	if sc.pooled < sc.settings.Detector.PoolWindows {
		return Score{}, false
	}
	return sc.Flush()
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

// features are the summed values of an output other than the reconstruction.
type features struct {
	role   Role
	output int
	sums   []int64
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
	for _, f := range sc.features {
		sc.observe(f)
	}
	value := sc.detector.score(sc.sums, sc.pooled, sc.evidence)
	sc.clearPool()
	return Score{Value: value, Evidence: sc.evidence}, true
}

// observe makes of the sums of pooled windows what detectors look at.
func (sc *Scorer) observe(f features) {
	o := &sc.detector.observed
	if f.role == Embedding {
		for i, sum := range f.sums {
			o.Embedding[i] = sc.tensors.feature(sum, f.output, sc.pooled)
		}
		return
	}
	o.Divergence = 0
	for _, sum := range f.sums {
		o.Divergence += sc.tensors.feature(sum, f.output, sc.pooled)
	}
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

// pool adds the squared residuals of the window, and its features, to the sums.
func (sc *Scorer) pool() {
	sc.pooled++
	for _, f := range sc.features {
		sc.tensors.addFeatures(f.sums, f.output)
	}
	if sc.output == nil {
		return
	}
	bands, frames := sc.settings.Profile.Bands, sc.settings.Window.Frames
	bandStep, frameStep := 1, bands
	if sc.settings.Window.Layout == BandMajor {
		bandStep, frameStep = frames, 1
	}
	for b := range bands {
		var sum uint64
		at := b * bandStep
		for range frames {
			d := int64(int32(int8(sc.window[at]))*residualOne - sc.restoredAt(at))
			sum += uint64(d * d)
			at += frameStep
		}
		sc.sums[b] += sum
	}
}

// restoredAt returns what the model made of a cell, Q8.
func (sc *Scorer) restoredAt(cell int) int32 {
	if sc.tensors.isFloat {
		value := float64(math.Float32frombits(binary.LittleEndian.Uint32(sc.output[4*cell:])))
		if math.IsNaN(value) {
			return math.MaxInt16 // not like sound that was restored
		}
		return toQ8(float64(value*255) - 128)
	}
	return sc.restored[sc.output[cell]]
}

// Observed returns what the last score was made of. The next Push overwrites it.
func (sc *Scorer) Observed() *detect.Observation { return &sc.detector.observed }
