package dsp

import (
	"fmt"
	"math"
	"math/bits"

	"github.com/auscult/auscult/dsp/fft"
	"github.com/auscult/auscult/dsp/internal/exact"
)

// windowBits is the number of fractional bits of the window.
const windowBits = 30

// Spectrum computes power spectra of windowed frames: the first half of what
// FrontEnd does. A Spectrum belongs to one goroutine and allocates only when it
// is made.
type Spectrum struct {
	window []uint32 // Q30, 0 to 2^30
	fft    *fft.Real
	scaled []int32 // windowed frame with the block exponent removed
	power  []uint64
}

// NewSpectrum returns a Spectrum for frames of n samples; n is even, 32 to 16384,
// and half of it a product of 2, 3 and 5.
func NewSpectrum(n int) (*Spectrum, error) {
	transform, err := fft.New(n)
	if err != nil {
		return nil, fmt.Errorf("dsp: %w", err)
	}
	return &Spectrum{
		window: newWindow(n),
		fft:    transform,
		scaled: make([]int32, n),
		power:  make([]uint64, n/2+1),
	}, nil
}

// Power returns |X_k|^2 for k = 0 to n/2, as integers times 2^exponent, where X is
// the transform of the n samples (Q31, full scale 1) times a periodic Hann window:
// for a full-scale sine on bin k, X_k has the modulus n/4. The memory is reused.
func (s *Spectrum) Power(samples []int32) (power []uint64, exponent int) {
	samples = samples[:len(s.window)]
	shift := s.blockExponent(samples)
	scale(s.scaled, samples, s.window, shift)
	s.fft.Power(s.power, s.scaled)
	// A sample of 1 in Q31, times the window in Q30, shifted right: one unit of
	// the spectrum is 2^(shift-61) of full scale, and power is its square.
	return s.power, 2 * (shift - 31 - windowBits)
}

// rootBits is the number of fractional bits of a modulus.
const rootBits = 30

// magnitudes turns powers, below 2^62, into moduli, below 2^61, and the exponent of the ones into that of the others,
// which is half of it: Power gives even ones. A modulus is the root of the power rounded to float64, itself rounded to
// float64 and exact in this format: IEEE 754 says each of its bits, so it is the same everywhere.
func magnitudes(power []uint64, exponent int) int {
	for k, p := range power {
		power[k] = uint64(int64(math.Sqrt(float64(int64(p))) * (1 << rootBits)))
	}
	return exponent/2 - rootBits
}

// newWindow returns the periodic Hann window of n points in Q30:
// (1-cos(2 pi i/n))/2, rounded.
func newWindow(n int) []uint32 {
	w := make([]uint32, n)
	for i := range w {
		phase, _ := bits.Div64(uint64(i), uint64(n)/2, uint64(n))
		_, cos := exact.SinCos(phase)
		w[i] = uint32(exact.Round(1<<61-cos>>1, windowBits))
	}
	return w
}

// blockExponent returns the smallest right shift of the windowed samples (Q61)
// with which the magnitudes of those of even index, and of those of odd index,
// sum to at most fft.MaxL1.
func (s *Spectrum) blockExponent(samples []int32) int {
	even, odd := l1(samples, s.window)
	// Each term lost less than 1, and rounding to integers adds at most 1/2.
	n := uint64(len(samples)) / 2
	sum := max(even, odd) + n
	limit := fft.MaxL1 - n/2
	shift := max(0, bits.Len64(sum)+l1Drop-30)
	if sum > limit<<max(0, shift-l1Drop)>>max(0, l1Drop-shift) {
		shift++
	}
	return shift
}

// l1Drop is how many bits of a product's magnitude the sums leave out. A Hann
// window's values sum to half its length, so all of up to 2^14 products sum to
// at most 2^61*2^13, and the sums to 2^62.
const l1Drop = 12

// l1Generic returns the sums of the products' magnitudes, each without its
// lowest l1Drop bits, over even and over odd indices.
func l1Generic(samples []int32, window []uint32) (even, odd uint64) {
	window = window[:len(samples)]
	for ; len(samples) >= 2 && len(window) >= 2; samples, window = samples[2:], window[2:] {
		even += magnitude(samples[0]) * uint64(window[0]) >> l1Drop
		odd += magnitude(samples[1]) * uint64(window[1]) >> l1Drop
	}
	return even, odd
}

// magnitude returns |x|, which is 2^31 for the smallest int32.
func magnitude(x int32) uint64 {
	sign := x >> 31
	return uint64(uint32((x ^ sign) - sign))
}

// scaleGeneric writes the windowed samples, shifted right and rounded, halves
// upwards.
func scaleGeneric(scaled, samples []int32, window []uint32, shift int) {
	window, scaled = window[:len(samples)], scaled[:len(samples)]
	round := int64(1) << shift >> 1
	for i, x := range samples {
		scaled[i] = int32((int64(x)*int64(window[i]) + round) >> (shift & 63))
	}
}
