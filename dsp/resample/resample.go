package resample

import (
	"fmt"
	"math"
)

const (
	maxRateHz = 10_000_000 // of acoustic emission
	maxFactor = 1024
	// maxPhases is the most phases that are kept each; of more, between is made of two
	// neighbours.
	maxPhases   = 512
	leastPhases = 32
	// maxTable bounds phases times factor: what is kept of a filter is 46 times as much.
	maxTable = 512 * 64
	// block is how many samples the filter's memory takes beyond its taps; the
	// memory is moved once per so many samples.
	block = 1024

	// sharpest is the highest passband edge that a filter is made for, as a fraction
	// of the lower rate: 7.8 kHz of 16.
	sharpest = 0.4875
	// least is the lowest rate that can be converted to a higher one where the band
	// reaches up to half of that: what is missing then is a hundredth.
	least = 0.99
)

// Resampler converts a stream from one rate to another.
type Resampler struct {
	fromHz, toHz int
	up, down     int // toHz/fromHz, without common divisor
	filter       filter
	delay        float64 // samples of the old rate

	buffer []int32 // taps-1 samples of the past, then what came since
	filled int
	next   int // in buffer: the newest sample of the next output
	phase  int // of the next output, of up
	out    []int32
}

// filter computes one value from the newest samples up to some time, oldest first.
type filter interface {
	// taps returns how many samples a value is computed from.
	taps() int
	// value returns the value phase/up samples after the last of x.
	value(x []int32, phase int) int32
}

// New returns a converter from one sample rate to another whose output is flat up to
// passHz, or as far as PassHz says. Equal rates pass samples unchanged. The error
// says which rates can be had.
func New(fromHz, toHz int, passHz float64) (*Resampler, error) {
	if err := check(fromHz, toHz, passHz); err != nil {
		return nil, err
	}
	divisor := gcd(fromHz, toHz)
	r := &Resampler{fromHz: fromHz, toHz: toHz, up: toHz / divisor, down: fromHz / divisor}
	if fromHz == toHz {
		r.filter = through{}
	} else {
		r.design(min(passHz, PassHz(fromHz, toHz)))
	}
	r.buffer = make([]int32, r.filter.taps()-1+block)
	r.out = make([]int32, block*r.up/r.down+1)
	r.Reset()
	return r, nil
}

// PassHz returns up to where a conversion can be flat, in Hz.
func PassHz(fromHz, toHz int) float64 {
	if fromHz == toHz {
		return float64(toHz) / 2
	}
	return sharpest * float64(min(fromHz, toHz))
}

// LowestHz returns the lowest rate from which sound up to passHz can be converted to
// a rate.
func LowestHz(toHz int, passHz float64) int {
	return int(math.Ceil(min(passHz/sharpest, least*float64(toHz))))
}

func check(fromHz, toHz int, passHz float64) error {
	switch {
	case fromHz < 1 || fromHz > maxRateHz || toHz < 1 || toHz > maxRateHz:
		return fmt.Errorf("resample: %d to %d Hz: rates must be 1 to %d Hz", fromHz, toHz, maxRateHz)
	case !(passHz > 0 && passHz <= float64(toHz)/2):
		return fmt.Errorf("resample: to %d Hz with sound up to %g Hz: must be above 0, and at most half of the rate", toHz, passHz)
	case fromHz < LowestHz(toHz, passHz):
		return fmt.Errorf("resample: sound of %d Hz ends at %d Hz, and what lies up to %g Hz is wanted: needs %d Hz or more",
			fromHz, fromHz/2, passHz, LowestHz(toHz, passHz))
	case int64(fromHz) > maxFactor*int64(toHz):
		return fmt.Errorf("resample: %d to %d Hz: at most a factor of %d; convert in two steps", fromHz, toHz, maxFactor)
	}
	return nil
}

func gcd(a, b int) int {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}

// design makes the filter.
func (r *Resampler) design(passHz float64) {
	phases := r.up
	between := r.up > maxPhases || r.up > leastPhases && r.up*(r.fromHz/r.toHz) > maxTable
	if between {
		// Straight lines between neighbours are off by (pi*lower/(phases*from))^2/8 at
		// most: 106 dB down.
		phases = leastPhases
		for int64(phases)*int64(r.fromHz) < maxPhases*int64(min(r.fromHz, r.toHz)) {
			phases *= 2
		}
	}
	p := newPrototype(r.fromHz, r.toHz, phases, passHz)
	p.design()
	r.delay = float64(p.length-1) / 2 / float64(phases)
	switch {
	case between:
		r.filter = newBetween(p, r.up)
		r.delay++
	case r.up == 1:
		r.filter = newDecimator(p)
	default:
		r.filter = newPolyphase(p)
	}
}

// FromHz returns the rate of what is written.
func (r *Resampler) FromHz() int { return r.fromHz }

// ToHz returns the rate of what is emitted.
func (r *Resampler) ToHz() int { return r.toHz }

// DelaySamples returns by how many samples, at the rate of the input, the
// output lags: what happens at input sample i is seen at output
// (i+DelaySamples)*ToHz/FromHz.
func (r *Resampler) DelaySamples() float64 { return r.delay }

// Reset forgets the past: the next sample is sample 0.
func (r *Resampler) Reset() {
	past := r.filter.taps() - 1
	clear(r.buffer[:past])
	r.filled, r.next, r.phase = past, past, 0
}

// Write takes the samples that follow those of the previous call, one channel
// in Q31, any number of them, and calls emit with the samples that can be
// computed from them, in order. The memory that emit is given is reused; emit is
// not called with nothing.
func (r *Resampler) Write(pcm []int32, emit func(pcm []int32)) {
	for len(pcm) > 0 {
		n := copy(r.buffer[r.filled:], pcm)
		pcm = pcm[n:]
		r.filled += n
		if n := r.convert(); n > 0 {
			emit(r.out[:n])
		}
		if r.filled == len(r.buffer) {
			r.filled = copy(r.buffer, r.buffer[block:])
			r.next -= block
		}
	}
}

// convert computes every output that the buffer has the samples of.
func (r *Resampler) convert() int {
	n, taps := 0, r.filter.taps()
	for r.next < r.filled {
		r.out[n] = r.filter.value(r.buffer[r.next+1-taps:][:taps], r.phase)
		n++
		r.phase += r.down
		r.next += r.phase / r.up
		r.phase %= r.up
	}
	return n
}
