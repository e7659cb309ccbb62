package selection

import (
	"math"
	"math/rand/v2"
)

// kind is a way of spoiling normal sound.
type kind struct {
	name string
	// add returns what is added to samples of unit RMS, of unit RMS too.
	add func(normal []float64, rateHz float64, rng *rand.Rand) []float64
}

var kinds = []kind{{"hum", hum}, {"impacts", impacts}, {"hiss", hiss}, {"beat", beat}}

// strengthsDB are levels of what is added, re the clip's RMS.
var strengthsDB = []float64{-12, -6, 0}

// between draws from lo to hi, each ratio as likely as another.
func between(rng *rand.Rand, lo, hi float64) float64 {
	return lo * math.Pow(hi/lo, rng.Float64())
}

func hum(normal []float64, rateHz float64, rng *rand.Rand) []float64 {
	step := 2 * math.Pi * between(rng, 40, rateHz/10) / rateHz
	out := make([]float64, len(normal))
	for i := range out {
		out[i] = math.Sin(step * float64(i))
	}
	return unit(out)
}

func impacts(normal []float64, rateHz float64, rng *rand.Rand) []float64 {
	ring := 2 * math.Pi * between(rng, rateHz/16, rateHz/4) / rateHz
	every := rateHz / between(rng, 8, 40)
	decay := math.Exp(-1 / (0.003 * rateHz)) // 3 ms
	out := make([]float64, len(normal))
	next, strength, phase := 0.0, 0.0, 0.0
	for i := range out {
		if float64(i) >= next {
			strength, phase = 1, 0
			next += every * (0.98 + 0.04*rng.Float64()) // rolling elements slip
		}
		out[i] = strength * math.Sin(phase)
		phase += ring
		strength *= decay
	}
	return unit(out)
}

// hiss filters noise by a resonator of one octave.
func hiss(normal []float64, rateHz float64, rng *rand.Rand) []float64 {
	w := 2 * math.Pi * between(rng, rateHz/100, rateHz/4) / rateHz
	r := math.Exp(-w / 3)
	a1, a2 := 2*r*math.Cos(w), -r*r
	out := make([]float64, len(normal))
	y1, y2 := 0.0, 0.0
	for i := range out {
		y := rng.NormFloat64() + a1*y1 + a2*y2
		y1, y2 = y, y1
		out[i] = y
	}
	return unit(out)
}

func beat(normal []float64, rateHz float64, rng *rand.Rand) []float64 {
	step := 2 * math.Pi * between(rng, 3, 12) / rateHz
	out := make([]float64, len(normal))
	for i, v := range normal {
		out[i] = v * math.Sin(step*float64(i))
	}
	return unit(out)
}

// unit scales x to an RMS of 1, in place. Silence stays.
func unit(x []float64) []float64 {
	if level := rms(x); level > 0 {
		for i := range x {
			x[i] /= level
		}
	}
	return x
}

func rms(x []float64) float64 {
	sum := 0.0
	for _, v := range x {
		sum += v * v
	}
	return math.Sqrt(sum / float64(max(1, len(x))))
}

// spoil returns pcm with an outlier of a kind added at a strength.
func spoil(pcm []int32, k kind, strengthDB, rateHz float64, rng *rand.Rand) []int32 {
	x := make([]float64, len(pcm))
	for i, v := range pcm {
		x[i] = float64(v)
	}
	level := rms(x)
	added := k.add(unit(x), rateHz, rng)
	gain := level * math.Pow(10, strengthDB/20)
	out := make([]int32, len(pcm))
	for i, v := range pcm {
		out[i] = int32(max(math.MinInt32, min(math.MaxInt32, math.Round(float64(v)+gain*added[i]))))
	}
	return out
}
