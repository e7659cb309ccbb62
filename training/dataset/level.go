package dataset

import (
	"math"

	"github.com/auscult/auscult/dsp"
)

// SilenceDBFS is the level of digital silence, below any that samples have.
const SilenceDBFS = -200

// LevelDBFS returns the RMS level of Q31 samples in dB re full scale (a square
// wave at full scale has 0), SilenceDBFS if all are 0.
func LevelDBFS(pcm []int32) float64 {
	return levelOf(squares(0, pcm), int64(len(pcm)))
}

// squares adds the squares of samples, full scale 1, to a sum.
func squares(sum float64, pcm []int32) float64 {
	for _, v := range pcm {
		x := float64(v) / (1 << 31)
		sum += float64(x * x)
	}
	return sum
}

// levelOf returns the RMS level of so many samples, by the sum of their squares.
func levelOf(squares float64, samples int64) float64 {
	if squares == 0 {
		return SilenceDBFS
	}
	return 10 * math.Log10(squares/float64(samples))
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

// shift adds a number of dB to all levels.
func shift(levels []dsp.DB, byDB float64) {
	// |byDB| is at most mostChangeDB, far from what DB cannot hold, 2048.
	by := dsp.DB(math.RoundToEven(byDB / dsp.DB(1).Float64()))
	for i := range levels {
		levels[i] += by
	}
}
