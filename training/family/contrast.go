package family

import (
	"fmt"
	"math"
	"math/rand/v2"

	"github.com/auscult/auscult/agent/model"
	"github.com/auscult/auscult/training/dataset"
	"github.com/auscult/auscult/training/nn"
)

// Sizes of the contrastive family.
const (
	embeddingSize  = 64
	projectionSize = 32
	temperature    = 0.1 // of NT-Xent; Chen et al. find 0.1 best for batches as small as these
)

// Contrast describes an encoder of windows of bands x frames cells, both multiples of
// 16, to a point among 64 axes, with the projection that trains it.
func Contrast(bands, frames int) (Description, error) {
	if err := halvable(ContrastName, bands, frames, len(smallChannels)); err != nil {
		return Description{}, err
	}
	c := nn.NewChain(nn.Shape{H: bands, W: frames, C: 1})
	separableEncoder(c)
	c.Conv2D(embeddingSize, 1, 1, true).MeanPool()
	encoder := len(c.Specs())
	c.Dense(embeddingSize, true).ReLU().Dense(projectionSize, true)
	return Description{
		Name:    ContrastName,
		Bands:   bands,
		Window:  model.Window{Frames: frames, StrideFrames: frames / 4, Layout: model.BandMajor},
		Layers:  c.Specs(),
		Outputs: []model.Role{model.Embedding},
		Encoder: encoder,
		Batch:   64,
	}, nil
}

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
	nn.Samples
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

// unitDeviation scales the last layer with weights so that what the encoder gives for
// windows has a standard deviation of 1 over all axes: then int8 and what is known of
// normal sound need no unit.
func unitDeviation(encoder *nn.Network, windows dataset.NormalWindows) error {
	const most = 512
	sum, squares := make([]float64, encoder.Out().Size()), 0.0
	x := make([]float32, windows.Size())
	count := min(windows.Len(), most)
	for i := range count {
		windows.Sample(i*windows.Len()/count, x)
		for k, v := range encoder.Forward(x, 1) {
			sum[k] += float64(v) / float64(count)
			squares += float64(v) * float64(v) / float64(count)
		}
	}
	for _, m := range sum {
		squares -= m * m
	}
	deviation := math.Sqrt(max(squares, 0) / float64(len(sum)))
	if !(deviation > 1e-9) {
		return fmt.Errorf("the encoder gives the same for every window: train for more epochs, or on more varied sound")
	}
	for i, s := range encoder.Specs() {
		if s.Kind != nn.MeanPool {
			continue
		}
		w := encoder.Weights(i - 1)
		// Centred too: the codes are used for what differs.
		for k := range w.W {
			w.W[k] = float32(float64(w.W[k]) / deviation)
		}
		for k := range w.Bias {
			w.Bias[k] = float32((float64(w.Bias[k]) - sum[k]) / deviation)
		}
	}
	return nil
}
