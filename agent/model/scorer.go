package model

import (
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
	it       *tflite.Interpreter

	ring []int8 // the window's frames, Bands codes each; the oldest at next
	next int    // frame slot that the next Push fills
	wait int    // frames to go until the next window is complete

	window        []byte // the input tensor's content; Invoke may overwrite the tensor
	input, output []byte
	restored      [256]int32 // code that an output byte stands for, Q8, by byte value
	floats        *floats    // of a float32 model, else nil

	pooled   int      // windows in sums
	sums     []uint64 // squared residuals by band, Q16 codes²
	evidence []float64
}

// NewScorer returns a Scorer with an interpreter of its own. It leaves the named
// detectors of an ensemble out.
func (m *Model) NewScorer(without ...detect.Name) (*Scorer, error) {
	it, err := tflite.NewInterpreter(m.graph, tflite.Options{})
	if err != nil {
		return nil, err
	}
	s := &m.Settings
	detector, err := newDetector(s, without...)
	if err != nil {
		return nil, err
	}
	bands, frames := s.Profile.Bands, s.Window.Frames
	sc := &Scorer{
		settings: s,
		detector: detector,
		it:       it,
		ring:     make([]int8, frames*bands),
		window:   make([]byte, frames*bands),
		input:    it.InputBytes(0),
		output:   it.OutputBytes(0),
		sums:     make([]uint64, bands),
		evidence: make([]float64, s.evidenceLen()),
	}
	out := it.Outputs()[0]
	if out.Type == tflite.Float32 {
		sc.floats = newFloats(it, frames*bands)
	}
	for i := range sc.restored {
		steps := float64(int(int8(i)) - out.ZeroPoint)
		value := float64(steps * float64(out.Scale)) // 0 to 1 over the profile's range
		sc.restored[i] = toQ8(float64(value*255) - 128)
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
	if sc.floats != nil {
		sc.floats.infer(sc.window, sc.Trace)
		return
	}
	copy(sc.input, sc.window)
	invoke(sc.it, sc.Trace)
}

func invoke(it *tflite.Interpreter, trace func(after bool)) {
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
	value := sc.detector.score(sc.sums, sc.pooled, sc.evidence)
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

// pool adds the squared residuals of the window to the sums.
func (sc *Scorer) pool() {
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
	sc.pooled++
}

// restoredAt returns what the model made of a cell, Q8.
func (sc *Scorer) restoredAt(cell int) int32 {
	if sc.floats != nil {
		return sc.floats.restored[cell]
	}
	return sc.restored[sc.output[cell]]
}

// Observed returns what the last score was made of. The next Push overwrites it.
func (sc *Scorer) Observed() *detect.Observation { return &sc.detector.observed }
