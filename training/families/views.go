package families

import (
	"math"
	"math/rand/v2"

	"github.com/auscult/auscult/training/dataset"
	"github.com/auscult/auscult/training/network"
)

// What a view of a window changes, at most: enough that neighbours in time are the
// same, and no more than a microphone and its room do.
const (
	viewGainDB  = 3.0 // louder or quieter in all
	viewTiltDB  = 3.0 // lowest band against the highest
	viewNoiseDB = 1.5 // standard deviation of each cell
	viewMask    = 8   // of the bands, and of the frames, one part in so many hides
	viewMix     = 0.2 // power of another window
)

// Views shows windows as a microphone elsewhere might have heard them. Windows are
// bands x frames, band after band.
type Views struct {
	network.Samples
	Look
}

// Look says what the values of a window are, for its views.
type Look struct {
	Bands  int     `json:"bands"`
	Frames int     `json:"frames"`
	SpanDB float64 `json:"span_db"` // that cells from 0 to 1 stand for
}

// viewsOf are those of windows.
func viewsOf(w dataset.NormalWindows, spanDB float64) Views {
	return Views{w, Look{w.Bands(), w.Window().Frames, spanDB}}
}

// View writes window i to dst: begun elsewhere, since a machine that runs has no
// beginning, mixed with another window of normal sound, louder or quieter, tilted,
// noisy, and with some bands and frames hidden.
func (v Views) View(i int, rng *rand.Rand, dst []float32) {
	bands, frames := v.Bands, v.Frames
	size := bands * frames
	buf := make([]float32, 2*size)
	one, other := buf[:size], buf[size:]
	v.Sample(i, one)
	v.Sample(rng.IntN(v.Len()), other)
	mixed := mixture(viewMix*rng.Float64(), v.SpanDB/255)
	start := rng.IntN(frames)
	gain := viewGainDB * (2*rng.Float64() - 1)
	tilt := viewTiltDB * (2*rng.Float64() - 1)
	for b := range bands {
		shift := gain + tilt*(float64(b)/float64(bands)-0.5)
		for f := range frames {
			at := b*frames + (f+start)%frames
			difference := int(math.Round(float64(other[at]-one[at]) * 255)) // codes
			level := float64(one[at])*v.SpanDB + mixed[255+difference] + shift + viewNoiseDB*rng.NormFloat64()
			dst[b*frames+f] = float32(max(0, min(level/v.SpanDB, 1)))
		}
	}
	mean := float32(0)
	for _, c := range dst {
		mean += c / float32(size)
	}
	from, count := part(rng, bands)
	for at := from * frames; at < (from+count)*frames; at++ {
		dst[at] = mean
	}
	from, count = part(rng, frames)
	for b := range bands {
		for f := from; f < from+count; f++ {
			dst[b*frames+f] = mean
		}
	}
}

// part chooses where something is hidden, and how much: none to one in viewMask.
func part(rng *rand.Rand, all int) (from, count int) {
	count = rng.IntN(all/viewMask + 1)
	return rng.IntN(all - count + 1), count
}

// mixture returns by how many dB a sound's level changes when a share of its power is
// another's, whose level is higher by -255 to 255 codes.
func mixture(share, codeDB float64) (change [511]float64) {
	for i := range change {
		change[i] = 10 * math.Log10(1-share+share*math.Pow(10, float64(i-255)*codeDB/10))
	}
	return change
}
