package dataset

import (
	"fmt"
	"math"

	"github.com/auscult/auscult/dsp"
)

// TreatmentKind names what is done to a clip's level.
type TreatmentKind uint8

// Kinds of treatment.
const (
	AsRecorded TreatmentKind = iota // nothing: what a node hears
	ToRMS                           // scale the samples to an RMS of TargetDB
	ToMean                          // shift all cells to a mean of TargetDB
)

// Treatment changes the level of a whole clip, to see how much of a result is
// loudness. A node cannot do it: it does not know the rest of the clip.
type Treatment struct {
	Kind     TreatmentKind
	TargetDB float64 // dB re full scale; of the samples' RMS or the cells' mean
}

func (t Treatment) validate() error {
	if t.Kind > ToMean {
		return fmt.Errorf("dataset: unknown treatment %d", t.Kind)
	}
	if t.Kind != AsRecorded && !(t.TargetDB >= -200 && t.TargetDB <= 100) {
		return fmt.Errorf("dataset: target level %g dB: must be -200 to 100", t.TargetDB)
	}
	return nil
}

// SilenceDBFS is the level of digital silence, below any that samples have.
const SilenceDBFS = -200

// LevelDBFS returns the RMS level of Q31 samples in dB re full scale (a square
// wave at full scale has 0), SilenceDBFS if all are 0.
func LevelDBFS(pcm []int32) float64 {
	sum := 0.0
	for _, v := range pcm {
		x := float64(v) / (1 << 31)
		sum += float64(x * x)
	}
	if sum == 0 {
		return SilenceDBFS
	}
	return 10 * math.Log10(sum/float64(len(pcm)))
}

// Amplify multiplies Q31 samples by a gain in dB, rounding to the nearest, in
// place. It returns how many it had to clamp.
func Amplify(pcm []int32, gainDB float64) (saturated int) {
	gain := math.Pow(10, gainDB/20)
	for i, v := range pcm {
		x := math.RoundToEven(float64(v) * gain)
		if x > math.MaxInt32 || x < math.MinInt32 {
			saturated++
			x = math.Copysign(math.MaxInt32, x)
		}
		pcm[i] = int32(x)
	}
	return saturated
}

// meanDB returns the mean of the levels in dB.
func meanDB(levels []dsp.DB) float64 {
	var sum int64
	for _, v := range levels {
		sum += int64(v)
	}
	return float64(sum) / float64(max(len(levels), 1)) * dsp.DB(1).Float64()
}

// shift adds a number of dB to all levels.
func shift(levels []dsp.DB, byDB float64) {
	// |byDB| is at most about 300, far from what DB cannot hold, 2048.
	by := dsp.DB(math.RoundToEven(byDB / dsp.DB(1).Float64()))
	for i := range levels {
		levels[i] += by
	}
}
