package detect

import "math"

// Normal is normal sound, for detectors to be fitted to.
type Normal struct {
	Samples []Sample // one or more; those of a clip stand together
	// EdgeHz gives the lower edge of a band in Hz.
	EdgeHz func(band int) float64
	// FrameHz is how many frames a second has.
	FrameHz float64
}

// Sample is an observation of normal sound, its residual made by a model that had not
// learned the clip.
type Sample struct {
	Clip   string // of the same name: heard together
	Target bool   // of the domain that little was recorded of, if there are two
	Observation
}

// Bands returns the number of bands.
func (n *Normal) Bands() int { return len(n.Samples[0].MeanDB) }

// Size returns how long the samples' slices are.
func (n *Normal) Size() Size {
	return Size{Bands: n.Bands(), Embedding: len(n.Samples[0].Embedding), Motion: len(n.Samples[0].Motion)}
}

// Moments returns mean and standard deviation of a value of the samples, the latter as that
// of what they were drawn from.
func (n *Normal) Moments(at func(i int) float64) (mean, deviation float64) {
	count := len(n.Samples)
	for i := range count {
		mean += at(i) / float64(count)
	}
	for i := range count {
		d := at(i) - mean
		deviation += d * d / float64(max(1, count-1))
	}
	return mean, math.Sqrt(deviation)
}

// Rounded keeps six significant digits, so that settings stay short.
func Rounded(v float64) float64 {
	if v == 0 {
		return 0
	}
	scale := math.Pow(10, 5-math.Floor(math.Log10(math.Abs(v))))
	if math.IsInf(scale, 0) {
		return 0
	}
	return math.Round(v*scale) / scale
}
