package level

import (
	"math"
	"math/bits"
)

// Meter measures samples since it was made or reset. The zero Meter measures
// 32-bit samples.
type Meter struct {
	clipLow, clipHigh int32 // samples beyond are clipped; both 0 in the zero Meter
	n                 uint64
	clipped           uint64
	squareHi          uint64
	squareLo          uint64 // sum of squares, Q62
	sumHi             int64  // upper half of the sum of values
	sumLo             uint64
	peak              uint32 // largest magnitude
	last              int32
	run, longest      uint64 // samples in a row of one value, up to last and at most
}

// NewMeter returns a meter of samples with the given number of significant bits,
// 1 to 32; others are taken as 32. The width says which values are the ends of
// the converter's range.
func NewMeter(bitsPerSample int) *Meter {
	if bitsPerSample < 1 || bitsPerSample > 32 {
		bitsPerSample = 32
	}
	m := &Meter{clipLow: math.MinInt32, clipHigh: math.MaxInt32 >> (32 - bitsPerSample) << (32 - bitsPerSample)}
	return m
}

// Reset forgets what was measured.
func (m *Meter) Reset() { *m = Meter{clipLow: m.clipLow, clipHigh: m.clipHigh} }

// Write measures samples. Each is read once; nothing is allocated.
func (m *Meter) Write(pcm []int32) {
	m.WriteChannel(pcm, 0, 1)
}

// WriteChannel measures one channel, counted from 0, of interleaved samples.
func (m *Meter) WriteChannel(pcm []int32, channel, channels int) {
	low, high := m.clipLow, m.clipHigh
	if low == 0 {
		low, high = math.MinInt32, math.MaxInt32
	}
	for i := channel; i < len(pcm); i += channels {
		x := int64(pcm[i])
		var carry uint64
		m.squareLo, carry = bits.Add64(m.squareLo, uint64(x*x), 0)
		m.squareHi += carry
		m.sumLo, carry = bits.Add64(m.sumLo, uint64(x), 0)
		m.sumHi += x>>63 + int64(carry)
		m.peak = max(m.peak, uint32(max(x, -x)))
		if pcm[i] <= low || pcm[i] >= high {
			m.clipped++
		}
		if pcm[i] != m.last {
			m.run = 0
		}
		m.last = pcm[i]
		m.run++
		m.longest = max(m.longest, m.run)
		m.n++
	}
}

// Samples returns how many samples were measured.
func (m *Meter) Samples() uint64 { return m.n }

// Clipped returns how many samples were at either end of the converter's range.
func (m *Meter) Clipped() uint64 { return m.clipped }

// PeakDBFS returns the largest magnitude in decibels re full scale.
func (m *Meter) PeakDBFS() float64 { return 20 * math.Log10(float64(m.peak)/(1<<31)) }

// DC returns the mean, full scale 1.
func (m *Meter) DC() float64 {
	if m.n == 0 {
		return 0
	}
	sum := math.Ldexp(float64(m.sumHi), 64) + float64(m.sumLo)
	if m.sumHi == int64(m.sumLo)>>63 {
		sum = float64(int64(m.sumLo)) // near 0 the two halves would cancel
	}
	return sum / float64(m.n) / (1 << 31)
}

// RMSDBFS returns the root mean square in decibels re full scale, with the
// direct component.
func (m *Meter) RMSDBFS() float64 { return 10 * math.Log10(m.power()) }

// ACRMSDBFS returns the root mean square without the direct component. Below
// about 150 dB under the direct component it is negative infinity.
func (m *Meter) ACRMSDBFS() float64 {
	dc := m.DC()
	return 10 * math.Log10(max(m.power()-dc*dc, 0))
}

// power returns the mean square, full scale 1.
func (m *Meter) power() float64 {
	if m.n == 0 {
		return 0
	}
	return (math.Ldexp(float64(m.squareHi), 64) + float64(m.squareLo)) / float64(m.n) / (1 << 62)
}
