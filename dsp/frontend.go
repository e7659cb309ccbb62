package dsp

import (
	"math/bits"

	"github.com/auscult/auscult/dsp/fft"
	"github.com/auscult/auscult/dsp/internal/exact"
	"github.com/auscult/auscult/dsp/mel"
)

// windowBits is the number of fractional bits of the window.
const windowBits = 30

// FrontEnd turns a stream of samples into frames of band levels. Its memory is
// allocated at construction. A FrontEnd belongs to one goroutine.
type FrontEnd struct {
	profile Profile
	window  []uint32 // Q30, 0 to 2^30
	fft     *fft.Real
	bank    *mel.Bank
	log     *logTable
	// exponents of the bands' weights: the value is the weight times 2^exponent.
	exponents []int32

	samples []int32 // the last filled samples, oldest first
	filled  int
	scaled  []int32 // windowed frame with the block exponent removed
	power   []uint64
	sums    []mel.Sum
	levels  []DB
}

// NewFrontEnd returns a front end for p, or an error that names the parameter
// that cannot be used and what to change.
func NewFrontEnd(p Profile) (*FrontEnd, error) {
	bank, err := p.bank()
	if err != nil {
		return nil, err
	}
	transform, err := fft.New(p.FrameLength)
	if err != nil {
		return nil, err
	}
	f := &FrontEnd{
		profile:   p,
		window:    newWindow(p.FrameLength),
		fft:       transform,
		bank:      bank,
		log:       newLogTable(),
		exponents: make([]int32, p.Bands),
		samples:   make([]int32, p.FrameLength),
		scaled:    make([]int32, p.FrameLength),
		power:     make([]uint64, p.FrameLength/2+1),
		sums:      make([]mel.Sum, p.Bands),
		levels:    make([]DB, p.Bands),
	}
	for i := range f.exponents {
		f.exponents[i] = int32(-bank.Shift(i))
	}
	return f, nil
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

// Profile returns the profile that the front end was built from.
func (f *FrontEnd) Profile() Profile { return f.profile }

// BandHz returns the lower edge, centre and upper edge of a band in Hz. Bands
// count from 0, the lowest.
func (f *FrontEnd) BandHz(band int) (lower, centre, upper float64) { return f.bank.Edges(band) }

// Reset forgets all buffered samples: the next sample starts frame 0.
func (f *FrontEnd) Reset() { f.filled = 0 }

// Write takes the samples that follow those of the previous call, one channel
// in Q31, any number of them, and calls emit for each frame that they complete,
// in order. Frame i covers samples i*HopLength to i*HopLength+FrameLength-1
// since the start or Reset: no padding, librosa's center=False. The frame
// holds Bands levels, lowest band first; its memory is reused, so emit copies
// what it keeps. How a stream is cut into calls does not change any bit.
func (f *FrontEnd) Write(pcm []int32, emit func(frame []DB)) {
	for len(pcm) > 0 {
		n := copy(f.samples[f.filled:], pcm)
		pcm = pcm[n:]
		f.filled += n
		if f.filled < len(f.samples) {
			return
		}
		f.analyse()
		f.filled = copy(f.samples, f.samples[f.profile.HopLength:])
		emit(f.levels)
	}
}

// analyse computes the levels of the frame in samples.
func (f *FrontEnd) analyse() {
	shift := f.blockExponent()
	scale(f.scaled, f.samples, f.window, shift)
	f.fft.Power(f.power, f.scaled)
	f.bank.Apply(f.sums, f.power)
	// A sample of 1 in Q31, times the window in Q30, shifted right: one unit of
	// the spectrum is 2^(shift-61) of full scale, and power is its square.
	f.log.levels(f.levels, f.sums, f.exponents, 2*(shift-31-windowBits))
}

// blockExponent returns the smallest right shift of the windowed samples (Q61)
// with which the magnitudes of those of even index, and of those of odd index,
// sum to at most fft.MaxL1.
func (f *FrontEnd) blockExponent() int {
	even, odd := l1(f.samples, f.window)
	// Each term lost less than 1, and rounding to integers adds at most 1/2.
	n := uint64(len(f.samples)) / 2
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
