package vibration

import (
	"fmt"
	"math"

	"github.com/auscult/auscult/dsp"
)

// Welch averages power spectra of segments that overlap by half.
type Welch struct {
	spectrum *dsp.Spectrum
	rateHz   float64

	buffer   []int32 // the last filled samples
	centred  []int32 // a segment without its mean
	filled   int
	sum      []float64 // of |X|^2, full scale 1
	segments int
}

// NewWelch returns an estimator for samples at a rate, with segments of n samples:
// even, 32 to 16384, and half of it a product of 2, 3 and 5.
func NewWelch(sampleRateHz float64, n int) (*Welch, error) {
	if !(sampleRateHz > 0 && sampleRateHz <= maxRateHz) {
		return nil, fmt.Errorf("vibration: sample rate %g Hz: must be above 0, at most %d", sampleRateHz, maxRateHz)
	}
	spectrum, err := dsp.NewSpectrum(n)
	if err != nil {
		return nil, fmt.Errorf("vibration: segments: %w", err)
	}
	return &Welch{
		spectrum: spectrum,
		rateHz:   sampleRateHz,
		buffer:   make([]int32, n),
		centred:  make([]int32, n),
		sum:      make([]float64, n/2+1),
	}, nil
}

// Reset forgets everything.
func (w *Welch) Reset() {
	w.filled, w.segments = 0, 0
	clear(w.sum)
}

// Gap says that samples were lost: the next one starts a new segment.
func (w *Welch) Gap() { w.filled = 0 }

// Segments returns how many segments were averaged.
func (w *Welch) Segments() int { return w.segments }

// BinHz returns the distance of two values of the spectrum.
func (w *Welch) BinHz() float64 { return w.rateHz / float64(len(w.buffer)) }

// Write takes the samples that follow those of the previous call (Q31).
func (w *Welch) Write(pcm []int32) {
	for len(pcm) > 0 {
		n := copy(w.buffer[w.filled:], pcm)
		pcm = pcm[n:]
		w.filled += n
		if w.filled < len(w.buffer) {
			return
		}
		w.add()
		w.filled = copy(w.buffer, w.buffer[len(w.buffer)/2:])
	}
}

// add adds the spectrum of the segment in buffer.
func (w *Welch) add() {
	var sum int64
	low, high := w.buffer[0], w.buffer[0]
	for _, v := range w.buffer {
		sum += int64(v)
		low, high = min(low, v), max(high, v)
	}
	n := int64(len(w.buffer))
	mean := (2*sum + n) / (2 * n)
	// A sample may be twice full scale from the mean; then all are halved.
	halve := 0
	if int64(high)-mean > math.MaxInt32 || int64(low)-mean < math.MinInt32 {
		halve = 1
	}
	for i, v := range w.buffer {
		w.centred[i] = int32((int64(v) - mean) >> halve)
	}
	power, exponent := w.spectrum.Power(w.centred)
	for k, p := range power {
		w.sum[k] += math.Ldexp(float64(p), exponent+2*halve)
	}
	w.segments++
}

// PSD writes the one-sided power density, full scale squared per Hz, of bins 0 to
// half the segment's length to dst, and returns it; a dst that is too short is
// replaced. It returns nothing when no segment is complete.
func (w *Welch) PSD(dst []float64) []float64 {
	if w.segments == 0 {
		return dst[:0]
	}
	if cap(dst) < len(w.sum) {
		dst = make([]float64, len(w.sum))
	}
	dst = dst[:len(w.sum)]
	// The squares of a periodic Hann window sum to 3n/8.
	window := float64(len(w.buffer)) * 3 / 8
	scale := 2 / float64(float64(w.rateHz*window)*float64(w.segments))
	for k, s := range w.sum {
		dst[k] = float64(s * scale)
	}
	dst[0] /= 2
	dst[len(dst)-1] /= 2
	return dst
}
