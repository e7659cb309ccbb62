package mel

import (
	"fmt"
	"math"
	"math/bits"
)

// Sum is an exact weighted sum of powers: Hi*2^32 + Lo.
type Sum struct{ Hi, Lo uint64 }

// Bank is a filter bank. It does not change and may be shared.
type Bank struct {
	bands []band
	edges []float64 // Hz, len(bands)+2

	// The same weights for the assembly, when every band fits.
	bins   int      // of a spectrum
	runs   []run    // per band
	padded []uint32 // weights with zeros to a multiple of lanes, one band after the other
}

// lanes is how many bins the assembly takes at a time.
const lanes = 4

// run says where a band's padded weights lie in the spectrum.
type run struct {
	first uint32 // bin
	count uint32 // of lanes bins each, at least 1
}

type band struct {
	first   int      // bin of the first weight
	weights []uint32 // value is the weight divided by 2^shift
	shift   int
}

// faint is the share of a triangle's peak below which a bin is outside it.
const faint = 1.0 / (1 << 30)

// New returns a bank of the given number of bands between two frequencies, for
// spectra of frameLength samples at sampleRateHz. The caller has checked that
// 0 <= minHz < maxHz <= sampleRateHz/2. A band without a bin is an error that
// names the band.
func New(sampleRateHz, frameLength, bands int, scale Scale, minHz, maxHz float64) (*Bank, error) {
	b := &Bank{bands: make([]band, bands), edges: make([]float64, bands+2), bins: frameLength/2 + 1}
	low, high := scale.FromHz(minHz), scale.FromHz(maxHz)
	step := (high - low) / float64(bands+1)
	for i := range b.edges {
		b.edges[i] = scale.ToHz(low + float64(step*float64(i)))
	}
	for i := range b.bands {
		if !b.bands[i].fill(b.edges[i], b.edges[i+1], b.edges[i+2], float64(sampleRateHz)/float64(frameLength),
			frameLength/2) {
			return nil, fmt.Errorf("band %d of %d (%.1f to %.1f Hz) holds no FFT bin (one every %.4g Hz): "+
				"use fewer bands or longer frames",
				i+1, bands, b.edges[i], b.edges[i+2], float64(sampleRateHz)/float64(frameLength))
		}
	}
	b.pad()
	return b, nil
}

// pad lays out the weights for the assembly. A band near the end of the spectrum
// starts earlier, so that no bin beyond it is read; if a band's padding is
// longer than the spectrum, the generic code is left to do it.
func (b *Bank) pad() {
	var runs []run
	var padded []uint32
	for i := range b.bands {
		w := &b.bands[i]
		count := (len(w.weights) + lanes - 1) / lanes
		first := min(w.first, b.bins-count*lanes)
		if first < 0 {
			return
		}
		runs = append(runs, run{uint32(first), uint32(count)})
		padded = append(padded, make([]uint32, count*lanes)...)
		copy(padded[len(padded)-count*lanes+w.first-first:], w.weights)
	}
	b.runs, b.padded = runs, padded
}

// fill computes the weights of a triangle and reports whether it has any.
func (b *band) fill(left, peak, right, binHz float64, lastBin int) bool {
	// Written so that edges which fall together, or are not finite, give no bin.
	if !(left < peak && peak < right) {
		return false
	}
	first := max(int(math.Floor(left/binHz)), 0)
	var height []float64
	for k := first; k <= lastBin; k++ {
		hz := float64(float64(k) * binHz)
		if hz >= right {
			break
		}
		h := math.Min((hz-left)/(peak-left), (right-hz)/(right-peak))
		switch {
		case h > faint:
			height = append(height, h)
		case len(height) == 0:
			first = k + 1
		}
	}
	if len(height) == 0 {
		return false
	}
	b.first = first
	b.weights = make([]uint32, len(height))

	var total float64
	area := 2 / (right - left)
	for _, h := range height {
		total += float64(h * area)
	}
	_, e := math.Frexp(total)
	for b.shift = 32 - e; ; b.shift-- {
		var sum uint64
		for i, h := range height {
			w := uint64(math.Floor(math.Ldexp(float64(h*area), b.shift) + 0.5))
			sum += w
			b.weights[i] = uint32(min(w, math.MaxUint32))
		}
		if sum <= math.MaxUint32 {
			return true
		}
	}
}

// Bands returns the number of bands.
func (b *Bank) Bands() int { return len(b.bands) }

// Edges returns the lower edge, peak and upper edge of a band in Hz.
func (b *Bank) Edges(band int) (lower, peak, upper float64) {
	return b.edges[band], b.edges[band+1], b.edges[band+2]
}

// Weights returns a band's first bin, its weights and the number of their
// fractional bits. The slice must not be changed.
func (b *Bank) Weights(band int) (first int, weights []uint32, shift int) {
	w := &b.bands[band]
	return w.first, w.weights, w.shift
}

// Shift returns the number of fractional bits of a band's sum.
func (b *Bank) Shift(band int) int { return b.bands[band].shift }

// Apply writes each band's sum to dst, which has Bands elements. power holds
// the frame's spectrum from bin 0 to half the frame length.
func (b *Bank) Apply(dst []Sum, power []uint64) {
	b.apply(dst[:len(b.bands)], power)
}

func (b *Bank) applyGeneric(dst []Sum, power []uint64) {
	dst = dst[:len(b.bands)]
	for i := range b.bands {
		w := &b.bands[i]
		p := power[w.first:][:len(w.weights)]
		var hi, lo uint64
		if bits.UintSize == 64 {
			// One 128-bit product instead of two: the same sum, below 2^96.
			var carry uint64
			for j, weight := range w.weights {
				h, l := bits.Mul64(p[j], uint64(weight))
				lo, carry = bits.Add64(lo, l, 0)
				hi += h + carry
			}
			dst[i] = Sum{hi<<32 | lo>>32, lo & math.MaxUint32}
			continue
		}
		for j, weight := range w.weights {
			hi += (p[j] >> 32) * uint64(weight)
			lo += (p[j] & math.MaxUint32) * uint64(weight)
		}
		dst[i] = Sum{hi, lo}
	}
}
