package detect

import (
	"fmt"
	"math"

	"github.com/auscult/auscult/dsp"
)

// ByMotion names the motion.
const ByMotion Name = "motion"

func motion() Kind {
	return Kind{
		Name: ByMotion, Needs: FromMotion, Joins: true,
		Listens: "impulses, roughness and beats that are not normal",
		New:     func() Detector { return &Motion{} },
	}
}

// MotionFeatures is how many numbers an observation's motion has, in dB: for each value of dsp's motion
// its mean over frames, then its deviation over them, then the power of the frames' envelope in
// octaves, the lowest first, re the square of its mean.
const MotionFeatures = 2*dsp.MotionValues + dsp.Octaves

// LeastBeats is the fewest frames that are looked at together for beats.
const LeastBeats = 16

// MinMotionStdDevDB is the least that a feature of motion may be said to vary.
const MinMotionStdDevDB = 0.4

// Motion is the distance to the nearest remembered moments by how they move: how impulsive the
// samples are and how their envelope beats, within frames and from frame to frame. A spectrum says
// nothing of it. Its details are by how many dB each feature differs from its mean.
type Motion struct {
	Memory `json:"motion"`
	// FrameHz is how many frames a second has, for words.
	FrameHz float64 `json:"frame_hz"`
}

// Validate implements Detector.
func (m *Motion) Validate(size Size) error {
	if size.Motion != MotionFeatures {
		return fmt.Errorf("the profile has no motion")
	}
	if !(m.FrameHz > 0 && m.FrameHz <= maxNumber) {
		return fmt.Errorf("%g frames a second: must be above 0", m.FrameHz)
	}
	return m.validate(MotionFeatures, MinMotionStdDevDB)
}

// Details implements Detector.
func (*Motion) Details() int { return MotionFeatures }

// Scorer implements Detector.
func (m *Motion) Scorer(Size) Score {
	steps := make([]int32, MotionFeatures)
	return func(o *Observation, e Evidence) float64 {
		for i, v := range o.Motion {
			e.Details[i] = v - m.Mean[i]
		}
		m.steps(steps, o.Motion)
		return m.distance(steps)
	}
}

// Words implements Detector: it says what the feature that is farthest off stands for.
func (m *Motion) Words(off []float64, _ func(int) (lo, hi float64)) string {
	worst, highest := 0, -1.0
	for i, v := range off {
		if z := math.Abs(v) / m.StdDev[i]; z > highest {
			worst, highest = i, z
		}
	}
	db := off[worst]
	if worst >= 2*dsp.MotionValues {
		octave := worst - 2*dsp.MotionValues
		return fmt.Sprintf("beats at %s Hz: %+.1f dB", m.octave(octave, m.FrameHz), db)
	}
	value, changes := worst%dsp.MotionValues, worst >= dsp.MotionValues
	switch {
	case value <= 3 && changes:
		return word(db, "impulses come and go: %+.1f dB", "impulses are more even: %+.1f dB", db)
	case value <= 3:
		return word(db, "sharper impulses: %+.1f dB", "impulses are duller: %+.1f dB", db)
	case value == 4:
		return word(db, "rougher from moment to moment: %+.1f dB", "smoother from moment to moment: %+.1f dB", db)
	}
	return fmt.Sprintf("beats at %s Hz: %+.1f dB", m.octave(value-5, 32*m.FrameHz), db)
}

func word(db float64, more, less string, v ...any) string {
	if db < 0 {
		return fmt.Sprintf(less, v...)
	}
	return fmt.Sprintf(more, v...)
}

// octave names the frequencies of an octave of an envelope with so many points a second.
func (*Motion) octave(octave int, pointsHz float64) string {
	top := pointsHz / 2 / math.Pow(2, float64(dsp.Octaves-1-octave))
	if octave == 0 {
		return fmt.Sprintf("up to %.2g", top)
	}
	return fmt.Sprintf("%.2g-%.2g", top/2, top)
}

// Fit implements Fitter.
func (m *Motion) Fit(normal *Normal) {
	features := make([][]float64, len(normal.Samples))
	for i := range features {
		features[i] = normal.Samples[i].Motion
	}
	m.FrameHz = Rounded(normal.FrameHz)
	m.remember(normal, features, MinMotionStdDevDB)
}
