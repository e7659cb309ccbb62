package timebase

import (
	"math"
	"slices"
	"time"
)

const (
	// maxBins is how many points the line is laid through.
	maxBins = 16
	// firstBin is how long a bin is at the start; lastBin how long it may grow.
	firstBin = 125 * time.Millisecond
	lastBin  = 4 * time.Second
	// perBin is how many observations a bin needs at least.
	perBin = 6
	// enoughBins is when the slope is trusted.
	enoughBins = 6
)

// point says that n samples had been taken at a time in nanoseconds.
type point struct {
	n uint64
	t float64
}

// Base estimates when samples are taken from observations "n samples had
// been taken by now". An observation is late by the time since the n-th sample,
// by the bus and by the scheduler, never early; so of each bin of time only the
// least late counts, and the slope is the median of slopes between bins half a
// window apart. Bins double in length until they are lastBin long; then the
// window of maxBins of them slides.
type Base struct {
	nominal float64 // nanoseconds a sample
	period  float64 // the same, estimated
	offset  float64 // of the line: sample count n was reached at offset + n*period
	ready   bool

	bins   [maxBins]point
	filled int
	length float64

	current point
	count   int
	since   float64

	slopes [maxBins]float64
}

// New returns a Base for a nominal period in nanoseconds.
func New(nominal float64) Base {
	return Base{nominal: nominal, period: nominal, length: float64(firstBin)}
}

// Nominal returns the nominal period in nanoseconds.
func (b *Base) Nominal() float64 { return b.nominal }

// Period returns the estimated period in nanoseconds, the nominal one until Ready.
func (b *Base) Period() float64 { return b.period }

// Ready says whether the slope rests on enough observations.
func (b *Base) Ready() bool { return b.ready }

// DriftPPM returns how much faster than nominal the samples come, in millionths.
func (b *Base) DriftPPM() float64 { return (b.nominal/b.period - 1) * 1e6 }

// Over returns the time that the estimate rests on.
func (b *Base) Over() time.Duration {
	if b.filled < 2 {
		return 0
	}
	return time.Duration(b.bins[b.filled-1].t - b.bins[0].t)
}

// late returns by how much a point lies behind a line of the present slope.
func (b *Base) late(p point) float64 { return p.t - float64(float64(p.n)*b.period) }

// Observe notes that n samples had been taken at t nanoseconds.
func (b *Base) Observe(n uint64, t float64) {
	p := point{n, t}
	if b.count == 0 {
		b.current, b.since = p, t
	} else if b.late(p) < b.late(b.current) {
		b.current = p
	}
	b.count++
	if b.filled == 0 && b.count == 1 {
		b.offset = b.late(p)
	}
	if !b.ready {
		b.offset = math.Min(b.offset, b.late(p))
	}
	if b.count < perBin || t-b.since < b.length {
		return
	}
	b.count = 0
	if b.filled == maxBins {
		if b.length < float64(lastBin) {
			b.merge()
		} else {
			copy(b.bins[:], b.bins[1:])
			b.filled--
		}
	}
	b.bins[b.filled] = b.current
	b.filled++
	b.fit()
}

// merge joins pairs of bins into bins of twice the length.
func (b *Base) merge() {
	for i := range maxBins / 2 {
		first, second := b.bins[2*i], b.bins[2*i+1]
		if b.late(second) < b.late(first) {
			first = second
		}
		b.bins[i] = first
	}
	b.filled = maxBins / 2
	b.length *= 2
}

// fit lays the line anew.
func (b *Base) fit() {
	if b.filled >= enoughBins {
		half := b.filled / 2
		slopes := b.slopes[:0]
		for i := range b.filled - half {
			from, to := b.bins[i], b.bins[i+half]
			if to.n > from.n {
				slopes = append(slopes, (to.t-from.t)/float64(to.n-from.n))
			}
		}
		if len(slopes) > 0 {
			slices.Sort(slopes)
			middle := len(slopes) / 2
			b.period = slopes[middle]
			if len(slopes)%2 == 0 {
				b.period = (slopes[middle-1] + slopes[middle]) / 2
			}
			b.ready = true
		}
	}
	// The newest quarter of the window says where the line is now, so that an
	// error of the slope does not add up over all of it.
	b.offset = math.Inf(1)
	for _, p := range b.bins[max(0, b.filled-maxBins/4):b.filled] {
		b.offset = math.Min(b.offset, b.late(p))
	}
}

// Forget drops all observations but keeps the slope, for when the count of
// samples has become uncertain.
func (b *Base) Forget() {
	b.filled, b.count = 0, 0
}

// At returns when the count of samples reached n, in nanoseconds.
func (b *Base) At(n uint64) float64 { return b.offset + float64(float64(n)*b.period) }

// Taken returns how many samples had been taken at t nanoseconds.
func (b *Base) Taken(t float64) uint64 {
	n := (t - b.offset) / b.period
	if !(n > 0) {
		return 0
	}
	return uint64(n)
}
