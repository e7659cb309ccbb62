package model

import (
	"math"

	"github.com/auscult/auscult/agent/detect"
	"github.com/auscult/auscult/dsp"
)

// rhythm adds up how the sound of an observation moves: within frames, by their values of motion, and
// from frame to frame, by their power.
type rhythm struct {
	heard   *listener // which has heard a frame before
	frames  int
	sum     [dsp.MotionValues]int64 // of code+128
	squares [dsp.MotionValues]int64 // of (code+128)²

	beats     *dsp.Beats
	envelope  []uint32 // amplitudes of the frames of the present stretch
	octaves   [dsp.Octaves]dsp.DB
	slow      [dsp.Octaves]int64 // sums over stretches
	stretches int64
}

// mostBeats is how many frames are looked at together.
const mostBeats = 64

func newRhythm(s *Settings, heard *listener) *rhythm {
	points := mostBeats
	for points > detect.LeastBeats && points > s.Detector.PoolWindows*s.Window.StrideFrames {
		points /= 2
	}
	return &rhythm{heard: heard, beats: dsp.NewBeats(points, true), envelope: make([]uint32, 0, points)}
}

func (r *rhythm) clear() {
	*r = rhythm{heard: r.heard, beats: r.beats, envelope: r.envelope[:0]}
}

func (r *rhythm) frame(codes []int8) {
	if r.frames >= maxHeard {
		return
	}
	r.frames++
	bands := len(r.heard.sum)
	for i, code := range codes[bands:] {
		v := int64(code) + 128
		r.sum[i] += v
		r.squares[i] += v * v
	}
	// The mean is 2^40 at most: the root, rounded down, below 2^23, is the same everywhere.
	r.envelope = append(r.envelope, uint32(math.Sqrt(float64(r.heard.last/uint64(bands)*16))))
	if len(r.envelope) == r.beats.Points() {
		r.stretch()
	}
}

// stretch adds the beats of a stretch of frames.
func (r *rhythm) stretch() {
	r.beats.Measure(r.octaves[:], r.envelope)
	for i, v := range r.octaves {
		r.slow[i] += int64(v)
	}
	r.stretches++
	r.envelope = r.envelope[:0]
}

func (*rhythm) window([]byte) {}

func (r *rhythm) describe(o *detect.Observation, _ int) {
	n := int64(r.frames)
	for i, sum := range r.sum {
		lowest := dsp.MotionDB(i, math.MinInt8)
		step := float64(dsp.MotionDB(i, math.MinInt8+1) - lowest)
		o.Motion[i] = lowest + float64(float64(sum)/float64(n)*step)
		variance := float64(n*r.squares[i]-sum*sum) / float64(n*n)
		o.Motion[dsp.MotionValues+i] = float64(math.Sqrt(variance) * step)
	}
	if r.stretches == 0 { // a clip that is shorter than an observation
		for len(r.envelope) < r.beats.Points() {
			r.envelope = append(r.envelope, r.envelope[len(r.envelope)-min(r.frames, len(r.envelope))])
		}
		r.stretch()
	}
	for i, sum := range r.slow {
		o.Motion[2*dsp.MotionValues+i] = float64(sum) / float64(r.stretches) * dsp.DB(1).Float64()
	}
}
