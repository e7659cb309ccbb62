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
	worst := farthest(off, m.StdDev)
	return fmt.Sprintf("%s: %+.1f dB", m.name(worst, off[worst] >= 0), off[worst])
}

// name says what a feature stands for that is higher, or lower, than normal.
func (m *Motion) name(feature int, higher bool) string {
	if octave := feature - 2*dsp.MotionValues; octave >= 0 {
		return m.octave(octave, m.FrameHz)
	}
	value, changes := feature%dsp.MotionValues, feature >= dsp.MotionValues
	names := [2]string{"impulses are duller", "sharper impulses"}
	switch {
	case value > dsp.MotionImpulses:
		return m.octave(value-dsp.MotionImpulses-1, dsp.MotionParts*m.FrameHz)
	case value == dsp.MotionImpulses:
		names = [2]string{"smoother from moment to moment", "rougher from moment to moment"}
	case changes:
		names = [2]string{"impulses are more even", "impulses come and go"}
	}
	if higher {
		return names[1]
	}
	return names[0]
}

// octave names the beats of an octave of an envelope with so many points a second.
func (*Motion) octave(octave int, pointsHz float64) string {
	top := pointsHz / 2 / math.Pow(2, float64(dsp.Octaves-1-octave))
	if octave == 0 {
		return fmt.Sprintf("beats at up to %s Hz", short(top))
	}
	return fmt.Sprintf("beats at %s-%s Hz", short(top/2), short(top))
}

// short writes a number with about two digits, whole where it has them.
func short(v float64) string {
	if v >= 10 {
		return fmt.Sprintf("%.0f", v)
	}
	return fmt.Sprintf("%.2g", v)
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
