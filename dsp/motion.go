package dsp

import (
	"fmt"
	"math"
	"math/bits"

	"github.com/auscult/auscult/dsp/internal/exact"
)

// MotionValues is how many values of motion a frame has behind its bands, where the profile asks for
// them: how the samples since the frame before move while they last, which a spectrum averages
// away. In dB, in this order:
//
//	0  kurtosis of the samples: mean of x⁴ over the square of the mean of x²; 4.8 for noise
//	1  their crest factor: the highest of x² over the mean
//	2  kurtosis of the differences across two samples, which hears higher frequencies
//	3  their crest factor
//	4  variance of the envelope over the square of its mean; the envelope is the RMS of 32 parts
//	5… power of that envelope's spectrum in four octaves, the highest up to 16 beats within the
//	   hop, over the square of its mean
//
// The samples are smoothed before (1, 2, 1), and the differences go across one: what lies between
// MaxHz and half of the rate, which rates that are converted lack, is 28 dB down and more.
//
// All are ratios: they do not change with the level. They are integers until their logarithm is
// taken, and the same on every machine.
const MotionValues = MotionImpulses + 1 + Octaves

const (
	// MotionImpulses is how many values say how impulsive the samples are: the first. The envelope's
	// variance follows, then its octaves.
	MotionImpulses = 4
	// MotionParts is how many parts of a hop the envelope has.
	MotionParts = 32
)

// Motion quantises to int8 codes as levels do, in fixed ranges.
const (
	leastMotion = 2 * MotionParts          // samples of a hop
	mostMotion  = 1 << 15                  // likewise: see impulses
	motionBits  = 12                       // what is left of samples
	ratioMin    = DB(0)                    // of kurtosis and crest
	ratioMax    = DB(32 << dbBits)         // likewise
	beatsMin    = DB(-(60 << dbBits))      // of the envelope's values
	beatsMax    = DB(20 << dbBits)         // likewise
	beatless    = beatsMin - (1 << dbBits) // there is no envelope
)

// Values returns how many values a frame has: the bands' levels, then those of motion if the profile
// asks for it.
func (p Profile) Values() int {
	if p.Motion {
		return p.Bands + MotionValues
	}
	return p.Bands
}

// CanMove returns nil when motion can be measured: hops are long enough, and short enough, and bands
// reach to 7/16 of the rate, so that what is heard above them hardly counts.
func (p Profile) CanMove() error {
	switch {
	case p.HopLength < leastMotion || p.HopLength > mostMotion:
		return fmt.Errorf("dsp: motion of hops of %d samples: must be %d to %d", p.HopLength, leastMotion, mostMotion)
	case p.MaxHz < float64(p.SampleRateHz)*.43:
		return fmt.Errorf("dsp: motion with bands to %g Hz: must be %g or more", p.MaxHz, math.Ceil(float64(p.SampleRateHz)*.43))
	}
	return nil
}

// MotionDB returns the value in dB that the code of a value of motion stands for.
func MotionDB(value int, code int8) float64 {
	lo, hi := motionRange(value)
	// The product is rounded before the sum, on every machine.
	return lo.Float64() + float64(float64(int(code)+128)*((hi-lo).Float64()/255))
}

func motionRange(value int) (lo, hi DB) {
	if value < MotionImpulses {
		return ratioMin, ratioMax
	}
	return beatsMin, beatsMax
}

// mover measures motion.
type mover struct {
	log      Decibels
	smooth   []int64 // what is measured of a hop
	samples  []int32 // that, of motionBits
	envelope []uint32
	beats    *Beats
}

func newMover(hop int) *mover {
	return &mover{
		log: NewDecibels(), smooth: make([]int64, hop), samples: make([]int32, hop), envelope: make([]uint32, MotionParts),
		beats: NewBeats(MotionParts, false),
	}
}

// measure writes the motion of a hop's samples.
func (m *mover) measure(dst []DB, hop []int32) {
	n := len(hop) - 2
	for i := range n {
		m.smooth[i] = int64(hop[i]) + 2*int64(hop[i+1]) + int64(hop[i+2]) // below 2^33
	}
	dst[0], dst[1] = m.impulses(m.smooth[:n])
	m.measureBeats(dst[MotionImpulses:])
	for i := range n - 2 {
		m.smooth[i] = m.smooth[i+2] - m.smooth[i]
	}
	dst[2], dst[3] = m.impulses(m.smooth[:n-2])
}

// reduce makes samples of motionBits of others.
func (m *mover) reduce(from []int64) {
	var peak uint64
	for _, x := range from {
		peak = max(peak, uint64(max(x, -x)))
	}
	shift := bits.Len64(peak) - motionBits
	m.samples = m.samples[:len(from)]
	for i, x := range from {
		m.samples[i] = reduced(x, shift)
	}
}

// reduced returns x/2^shift, rounded.
func reduced(x int64, shift int) int32 {
	if shift <= 0 {
		return int32(x << -shift)
	}
	return int32((x + 1<<(shift-1)) >> shift)
}

// impulses returns kurtosis and crest factor, and leaves the samples reduced. Of at most 2^15 samples
// of at most 2^12 the sum of fourth powers stays below 2^64.
func (m *mover) impulses(of []int64) (kurtosis, crest DB) {
	m.reduce(of)
	var squares, fourths, most uint64
	for _, x := range m.samples {
		s := uint64(int64(x) * int64(x))
		squares += s
		fourths += s * s
		most = max(most, s)
	}
	if squares == 0 {
		return 0, 0
	}
	count := m.log.Of(uint64(len(of)))
	mean := m.log.Of(squares) - count
	return m.log.Of(fourths) - count - 2*mean, m.log.Of(most) - mean
}

// measureBeats writes the envelope's variance and octaves.
func (m *mover) measureBeats(dst []DB) {
	var sum uint64
	for i := range m.envelope {
		from, to := i*len(m.samples)/MotionParts, (i+1)*len(m.samples)/MotionParts
		var squares uint64
		for _, x := range m.samples[from:to] {
			squares += uint64(int64(x) * int64(x))
		}
		// Below 2^40, which float64 holds: the root, rounded down, is the same everywhere.
		m.envelope[i] = uint32(math.Sqrt(float64(squares / uint64(to-from) << 16)))
		sum += uint64(m.envelope[i])
	}
	if sum == 0 {
		for i := range dst {
			dst[i] = beatless
		}
		return
	}
	var squares uint64
	for _, e := range m.envelope {
		d := int64(e)*MotionParts - int64(sum) // below 2^25
		squares += uint64(d * d)
	}
	dst[0] = m.log.Of(squares) - m.log.Of(MotionParts) - 2*m.log.Of(sum)
	m.beats.Measure(dst[1:], m.envelope)
}

// Octaves is how many octaves Beats tells apart.
const Octaves = 4

// Beats measures how an envelope moves: its power in the four highest octaves of its spectrum, over
// the square of its mean. It holds scratch and belongs to one goroutine.
type Beats struct {
	log     Decibels
	cosines []int64 // of a turn in as many steps as points, Q14
	window  []int64 // Q14; nil: none
	values  []int64
}

const (
	beatBits  = 14
	beatShift = 3
)

// NewBeats returns what measures envelopes of so many points, a power of two from 16 to 64; with a Hann
// window where they do not begin and end alike.
func NewBeats(points int, hann bool) *Beats {
	b := &Beats{log: NewDecibels(), cosines: make([]int64, points), values: make([]int64, points)}
	for i := range b.cosines {
		_, cos := exact.SinCos(uint64(i) << (64 - bits.Len(uint(points-1))))
		b.cosines[i] = exact.Round(cos, beatBits)
	}
	if hann {
		b.window = make([]int64, points)
		for i, cos := range b.cosines {
			b.window[i] = (1<<beatBits - cos) / 2
		}
	}
	return b
}

// Points returns how many points an envelope has.
func (b *Beats) Points() int { return len(b.cosines) }

// Measure writes the octaves of an envelope of values below 2^24, the lowest first, in dB. The highest
// ends at half as many beats as the envelope has points; the lowest holds what is slower, too.
func (b *Beats) Measure(dst []DB, envelope []uint32) {
	points := len(b.cosines)
	var sum int64
	for _, e := range envelope {
		sum += int64(e)
	}
	if sum == 0 {
		for i := range dst[:Octaves] {
			dst[i] = beatless
		}
		return
	}
	for i, e := range envelope {
		d := int64(e)*int64(points) - sum // below 2^30
		if b.window != nil {
			d = d * b.window[i] >> beatBits
		}
		b.values[i] = d
	}
	whole := 2*b.log.Of(uint64(sum)) + b.log.Of(uint64(points)) - b.log.Of(1<<(2*beatShift))
	first, top := 1, points>>Octaves
	if b.window != nil {
		first = min(2, top) // the first is a slope
	}
	for octave := range Octaves {
		var power uint64
		for k := first; k <= top; k++ {
			power += b.power(k)
		}
		dst[octave] = max(b.log.Of(power)-b.log.Of(uint64(top-first+1))-whole, beatless)
		first, top = top+1, 2*top
	}
}

// power returns that of k beats, over 2^(2*beatShift). All of them together stay below 2^62.
func (b *Beats) power(k int) uint64 {
	var re, im int64
	mask, quarter := len(b.cosines)-1, len(b.cosines)/4
	for i, v := range b.values {
		re += v * b.cosines[k*i&mask]
		im += v * b.cosines[(k*i+quarter)&mask]
	}
	re, im = re>>(beatBits+beatShift), im>>(beatBits+beatShift)
	return uint64(re*re) + uint64(im*im)
}
