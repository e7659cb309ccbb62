package dataset

import (
	"math"

	"github.com/auscult/auscult/dsp"
)

// SilenceDBFS is the level of digital silence, below any that samples have.
const SilenceDBFS = -200

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

// shift adds a number of dB to all levels.
func shift(levels []dsp.DB, byDB float64) {
	// |byDB| is at most mostChangeDB, far from what DB cannot hold, 2048.
	by := dsp.DB(math.RoundToEven(byDB / dsp.DB(1).Float64()))
	for i := range levels {
		levels[i] += by
	}
}
