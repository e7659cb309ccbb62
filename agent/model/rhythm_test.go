package model

import (
	"encoding/binary"
	"hash/fnv"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/auscult/auscult/agent/detect"
	"github.com/auscult/auscult/dsp"
)

// moving returns settings whose frames hold motion, and what listens to such frames.
func moving(pool int) (*Settings, []observer) {
	p := dsp.DefaultProfile()
	p.Motion = true
	s := &Settings{Profile: p, Window: Window{Frames: 4, StrideFrames: 1}, Detector: Detector{PoolWindows: pool}}
	heard := newListener(p.Bands, s.codeDB())
	return s, []observer{heard, newRhythm(s, heard)}
}

// hearAll gives frames to all and returns what they say.
func hearAll(s *Settings, all []observer, frames [][]int8) detect.Observation {
	o := detect.NewObservation(observed(s.Profile))
	for _, by := range all {
		by.clear()
	}
	for _, codes := range frames {
		for _, by := range all {
			by.frame(codes)
		}
	}
	for _, by := range all {
		by.describe(&o, 1)
	}
	return o
}

// TestRhythm has values of motion that alternate and a level that beats once in eight frames.
func TestRhythm(t *testing.T) {
	s, all := moving(64)
	frames := make([][]int8, 64)
	for i := range frames {
		frames[i] = make([]int8, s.Profile.Values())
		for b := range s.Profile.Bands {
			frames[i][b] = int8(20 * math.Cos(2*math.Pi*float64(i)/8))
		}
		for j := range dsp.MotionValues {
			frames[i][s.Profile.Bands+j] = int8(10*j + 4*(i%2))
		}
	}
	o := hearAll(s, all, frames)
	for j := range dsp.MotionValues {
		low, high := dsp.MotionDB(j, int8(10*j)), dsp.MotionDB(j, int8(10*j+4))
		if mean, deviation := o.Motion[j], o.Motion[dsp.MotionValues+j]; math.Abs(mean-(low+high)/2) > 1e-9 ||
			math.Abs(deviation-(high-low)/2) > 1e-9 {
			t.Errorf("value %d: mean %g and deviation %g of %g and %g", j, mean, deviation, low, high)
		}
	}
	// Eight beats in 64 frames lie in the second of the octaves 2-4, 5-8, 9-16 and 17-32.
	octaves := o.Motion[2*dsp.MotionValues:]
	for j, v := range octaves {
		if j != 1 && v > octaves[1]-6 {
			t.Errorf("octaves %v: want the second to stand out", octaves)
			break
		}
	}

	// What is shorter than an observation is heard as if it went on.
	short := hearAll(s, all, frames[:16])
	if d := short.Motion[2*dsp.MotionValues+1] - octaves[1]; math.Abs(d) > 1e-9 {
		t.Errorf("two beats, repeated, differ from eight by %g dB", d)
	}
	hearAll(s, all, frames[:1])
}

// TestRhythmGolden holds the bits that every architecture gives.
func TestRhythmGolden(t *testing.T) {
	h, r := fnv.New64a(), rand.New(rand.NewPCG(1, 2))
	for _, pool := range []int{64, 24, 16, 100} {
		s, all := moving(pool)
		frames := make([][]int8, pool)
		for i := range frames {
			frames[i] = make([]int8, s.Profile.Values())
			for j := range frames[i] {
				frames[i][j] = int8(r.IntN(256) - 128)
			}
		}
		o := hearAll(s, all, frames)
		_ = binary.Write(h, binary.LittleEndian, o.Motion) // never fails
	}
	if got := h.Sum64(); got != 0x9c5435bc2f4c984d {
		t.Errorf("hash %#x", got)
	}
}
