package timeline

import (
	"math"
	"slices"
	"sync"
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

// Oscillator is the clock of a chip whose rate must be measured: it may be several
// per cent off. It learns from observations "n samples had been taken by now". An
// observation is late by the time since the n-th sample, by the bus and by the
// scheduler, never early; so of each bin of time only the least late counts, and the
// slope is the median of slopes between bins half a window apart. Bins double in
// length until they are lastBin long; then the window of maxBins of them slides.
//
// It is fed and asked by one goroutine. Estimate alone may be called from any.
type Oscillator struct {
	nominal float64 // nanoseconds a sample

	mu     sync.Mutex // held to write fitted, and by Estimate
	fitted fitted

	bins   [maxBins]point
	filled int
	length float64

	current point
	count   int
	since   float64

	slopes [maxBins]float64
}

// fitted is the line that was laid through the observations.
type fitted struct {
	period float64 // nanoseconds a sample
	offset float64 // sample count n was reached at offset + n*period
	over   time.Duration
	ready  bool
}

// Estimate is what is known of an Oscillator.
type Estimate struct {
	PeriodNS float64       // the measured period, the nominal one until Ready
	DriftPPM float64       // how much faster than nominal the samples come, 0 until Ready
	Over     time.Duration // the time that it rests on
	Ready    bool          // whether the slope rests on enough observations
}

// NewOscillator returns an Oscillator with a nominal period in nanoseconds.
func NewOscillator(nominal float64) *Oscillator {
	return &Oscillator{nominal: nominal, fitted: fitted{period: nominal}, length: float64(firstBin)}
}

// Estimate returns what is known at present.
func (o *Oscillator) Estimate() Estimate {
	o.mu.Lock()
	defer o.mu.Unlock()
	e := Estimate{PeriodNS: o.fitted.period, Over: o.fitted.over, Ready: o.fitted.ready}
	if e.Ready {
		e.DriftPPM = (o.nominal/e.PeriodNS - 1) * 1e6
	}
	return e
}

// late returns by how much a point lies behind a line of the present slope.
func (o *Oscillator) late(p point) float64 { return p.t - float64(float64(p.n)*o.fitted.period) }

// Observe notes that n samples had been taken at a moment of the line.
func (o *Oscillator) Observe(n uint64, at int64) {
	o.mu.Lock()
	defer o.mu.Unlock()
	t := float64(at)
	p := point{n, t}
	if o.count == 0 {
		o.current, o.since = p, t
	} else if o.late(p) < o.late(o.current) {
		o.current = p
	}
	o.count++
	if o.filled == 0 && o.count == 1 {
		o.fitted.offset = o.late(p)
	}
	if !o.fitted.ready {
		o.fitted.offset = math.Min(o.fitted.offset, o.late(p))
	}
	if o.count < perBin || t-o.since < o.length {
		return
	}
	o.count = 0
	if o.filled == maxBins {
		if o.length < float64(lastBin) {
			o.merge()
		} else {
			copy(o.bins[:], o.bins[1:])
			o.filled--
		}
	}
	o.bins[o.filled] = o.current
	o.filled++
	o.fitted.over = time.Duration(o.bins[o.filled-1].t - o.bins[0].t)
	o.fit()
}

// merge joins pairs of bins into bins of twice the length.
func (o *Oscillator) merge() {
	for i := range maxBins / 2 {
		first, second := o.bins[2*i], o.bins[2*i+1]
		if o.late(second) < o.late(first) {
			first = second
		}
		o.bins[i] = first
	}
	o.filled = maxBins / 2
	o.length *= 2
}

// fit lays the line anew.
func (o *Oscillator) fit() {
	if o.filled >= enoughBins {
		half := o.filled / 2
		slopes := o.slopes[:0]
		for i := range o.filled - half {
			from, to := o.bins[i], o.bins[i+half]
			if to.n > from.n {
				slopes = append(slopes, (to.t-from.t)/float64(to.n-from.n))
			}
		}
		if len(slopes) > 0 {
			slices.Sort(slopes)
			middle := len(slopes) / 2
			o.fitted.period = slopes[middle]
			if len(slopes)%2 == 0 {
				o.fitted.period = (slopes[middle-1] + slopes[middle]) / 2
			}
			o.fitted.ready = true
		}
	}
	// The newest quarter of the window says where the line is now, so that an
	// error of the slope does not add up over all of it.
	o.fitted.offset = math.Inf(1)
	for _, p := range o.bins[max(0, o.filled-maxBins/4):o.filled] {
		o.fitted.offset = math.Min(o.fitted.offset, o.late(p))
	}
}

// Forget drops all observations but keeps the slope, for when the count of
// samples has become uncertain.
func (o *Oscillator) Forget() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.filled, o.count, o.fitted.over = 0, 0, 0
}

// restart is Forget, for when the rate itself has changed: it is measured anew as quickly as at
// first.
func (o *Oscillator) restart() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.filled, o.count, o.fitted.over, o.fitted.ready = 0, 0, 0, false
	o.length = float64(firstBin)
}

// At returns when the count of samples reached n.
func (o *Oscillator) At(n uint64) int64 { return int64(o.reached(n)) }

// reached is At, exact to a fraction of a nanosecond.
func (o *Oscillator) reached(n uint64) float64 {
	return o.fitted.offset + float64(float64(n)*o.fitted.period)
}

// behind returns by how many samples a count lies behind the clock at a moment.
func (o *Oscillator) behind(n uint64, at int64) float64 {
	return (float64(at) - o.reached(n)) / o.fitted.period
}

// Taken returns how many samples had been taken at a moment of the line.
func (o *Oscillator) Taken(at int64) uint64 {
	n := (float64(at) - o.fitted.offset) / o.fitted.period
	if !(n > 0) {
		return 0
	}
	return uint64(n)
}
