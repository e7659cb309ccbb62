package sim

import "math"

// Sines are read from a table with linear interpolation: spurious tones stay
// 130 dB below.
const (
	sineBits   = 12
	sineFormat = 30 // fractional bits
)

// sineTable holds one turn and its first value again.
type sineTable [1<<sineBits + 1]int32

func newSineTable() *sineTable {
	t := new(sineTable)
	for i := range t {
		t[i] = int32(math.Round(math.Sin(2*math.Pi*float64(i)/(1<<sineBits)) * (1 << sineFormat)))
	}
	return t
}

// at returns the sine of phase/2^64 turns in Q30.
func (t *sineTable) at(phase uint64) int64 {
	i := phase >> (64 - sineBits)
	f := int64(phase >> (64 - sineBits - 20) & (1<<20 - 1))
	a, b := int64(t[i]), int64(t[i+1])
	return a + (b-a)*f>>20
}

// amplitude is a factor in Q31 that may exceed 1.
type amplitude int64

// level returns the amplitude of a signal whose mean square is unitPower at
// amplitude 1, so that its level is dbfs.
func level(dbfs, unitPower float64) amplitude {
	return amplitude(math.Round(math.Exp(dbfs/20*math.Ln10) / math.Sqrt(unitPower) * (1 << 31)))
}

// tone is a sine.
type tone struct {
	phase, step uint64
	amp         amplitude
}

func newTone(hz float64, rate int, dbfs float64) tone {
	return tone{step: uint64(math.Round(hz/float64(rate)*(1<<53))) << 11, amp: level(dbfs, 0.5)}
}

// next returns the next value in Q31.
func (t *tone) next(sines *sineTable) int64 {
	v := sines.at(t.phase) * int64(t.amp) >> sineFormat
	t.phase += t.step
	return v
}

// generator is Knuth's MMIX linear congruential generator.
type generator uint64

// next returns a value uniform over all int32, whose mean square is 1/3 of full
// scale.
func (g *generator) next() int64 {
	*g = *g*6364136223846793005 + 1442695040888963407
	return int64(int32(*g >> 32))
}

// below returns a value from 0 to n-1.
func (g *generator) below(n int64) int64 {
	return int64(uint64(uint32(g.next())) * uint64(n) >> 32)
}

// lowPass is a one-pole filter: y += (x-y)*a.
type lowPass struct {
	a int64 // Q16
	y int64
}

// newLowPass returns a filter with its corner at hz, and the mean square that it
// gives white noise of mean square 1.
func newLowPass(hz float64, rate int) (lowPass, float64) {
	a := math.Round((1 - math.Exp(-2*math.Pi*hz/float64(rate))) * (1 << 16))
	return lowPass{a: int64(a)}, a / (1<<17 - a)
}

func (l *lowPass) next(x int64) int64 {
	l.y += (x - l.y) * l.a >> 16
	return l.y
}

// ring is a struck resonance: y = x + c1*y1 - c2*y2.
type ring struct {
	c1, c2 int64 // Q24
	y1, y2 int64
}

// ringFormat keeps products below 2^62: values stay below 2^36, since no
// part is louder than full scale and strikes are at most a second apart.
const ringFormat = 24

// newRing returns a resonance at hz that decays to 1/e in the given seconds,
// and the energy of its response to an impulse of 1.
func newRing(hz, seconds float64, rate int) (ring, float64) {
	r := math.Exp(-1 / (seconds * float64(rate)))
	theta := 2 * math.Pi * hz / float64(rate)
	q := ring{
		c1: int64(math.Round(2 * r * math.Cos(theta) * (1 << ringFormat))),
		c2: int64(math.Round(r * r * (1 << ringFormat))),
	}
	r2 := r * r
	return q, (1 + r2) / (1 - r2) / (1 + r2*r2 - 2*r2*math.Cos(2*theta))
}

func (r *ring) next(x int64) int64 {
	y := x + (r.c1*r.y1-r.c2*r.y2)>>ringFormat
	r.y2, r.y1 = r.y1, y
	return y
}

// knocks strikes a resonance at a mean interval, with jitter.
type knocks struct {
	ring     ring
	amp      amplitude
	interval int64 // samples in Q16
	jitter   int64 // largest, samples in Q16
	due      int64 // samples until the next strike in Q16
}

// newKnocks returns strikes at perSecond, jitter being a share of the interval,
// that ring at hz.
func newKnocks(perSecond, jitter, hz float64, rate int, dbfs float64) knocks {
	r, energy := newRing(hz, 0.003, rate)
	interval := float64(rate) / perSecond
	return knocks{
		ring:     r,
		amp:      level(dbfs, energy/interval),
		interval: int64(math.Round(interval * (1 << 16))),
		jitter:   int64(math.Round(interval * jitter * (1 << 16))),
	}
}

// next returns the next value in Q31. New strikes fall only while on.
func (k *knocks) next(g *generator, on bool) int64 {
	var x int64
	if on {
		if k.due < 1<<16 {
			x = int64(k.amp)
			k.due += k.interval + g.below(2*k.jitter+1) - k.jitter
		}
		k.due -= 1 << 16
	}
	return k.ring.next(x)
}
