package resample

import (
	"fmt"
	"math"
)

const (
	maxRateHz = 768000
	maxFactor = 64
	maxPhases = 1024
	// block is how many samples the filter's memory takes beyond its taps; the
	// memory is moved once per so many samples.
	block = 1024
)

// Resampler converts a stream from one rate to a lower one.
type Resampler struct {
	fromHz, toHz int
	up, down     int // toHz/fromHz, without common divisor
	taps         int // per phase
	phases       [][]int32

	buffer []int32 // taps-1 samples of the past, then what came since
	filled int
	next   int // in buffer: the newest sample of the next output
	phase  int // of the next output
	out    []int32
}

// New returns a converter from one sample rate to another that is equal or
// lower. Equal rates pass samples unchanged. The error says which rates can be
// had.
func New(fromHz, toHz int) (*Resampler, error) {
	switch {
	case fromHz < 1 || fromHz > maxRateHz || toHz < 1:
		return nil, fmt.Errorf("resample: %d to %d Hz: rates must be 1 to %d Hz", fromHz, toHz, maxRateHz)
	case toHz > fromHz:
		return nil, fmt.Errorf("resample: %d to %d Hz: only lower rates can be made; analyse at %[1]d Hz instead",
			fromHz, toHz)
	case fromHz > toHz*maxFactor:
		return nil, fmt.Errorf("resample: %d to %d Hz: at most a factor of %d; convert in two steps", fromHz, toHz, maxFactor)
	}
	divisor := gcd(fromHz, toHz)
	r := &Resampler{fromHz: fromHz, toHz: toHz, up: toHz / divisor, down: fromHz / divisor, taps: 1}
	if r.up > maxPhases {
		return nil, fmt.Errorf("resample: %d to %d Hz is a ratio of %d/%d, of which the first may be at most %d: "+
			"convert the recording to a common rate such as 48000 Hz before",
			fromHz, toHz, r.up, r.down, maxPhases)
	}
	if r.down == 1 {
		r.phases = [][]int32{{1 << coefficientBits}}
	} else {
		r.phases = design(r.up, r.down)
		r.taps = len(r.phases[0])
	}
	for _, h := range r.phases {
		if norm(h) >= math.MaxUint32 {
			return nil, fmt.Errorf("resample: %d to %d Hz: the filter could overflow", fromHz, toHz)
		}
	}
	r.buffer = make([]int32, r.taps-1+block)
	r.out = make([]int32, block*r.up/r.down+1)
	r.Reset()
	return r, nil
}

func gcd(a, b int) int {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}

// norm returns the sum of the coefficients' magnitudes.
func norm(h []int32) uint64 {
	var sum uint64
	for _, v := range h {
		sum += uint64(max(int64(v), -int64(v)))
	}
	return sum
}

// FromHz returns the rate of what is written.
func (r *Resampler) FromHz() int { return r.fromHz }

// ToHz returns the rate of what is emitted.
func (r *Resampler) ToHz() int { return r.toHz }

// DelaySamples returns by how many samples, at the rate of the input, the
// output lags: what happens at input sample i is seen at output
// (i+DelaySamples)*ToHz/FromHz.
func (r *Resampler) DelaySamples() float64 {
	if r.down == 1 {
		return 0
	}
	return float64(prototypeLength(r.down)-1) / 2 / float64(r.up)
}

// Reset forgets the past: the next sample is sample 0.
func (r *Resampler) Reset() {
	clear(r.buffer[:r.taps-1])
	r.filled = r.taps - 1
	r.next, r.phase = r.taps-1, 0
}

// Write takes the samples that follow those of the previous call, one channel
// in Q31, any number of them, and calls emit with the samples that can be
// computed from them, in order. The memory that emit is given is reused; emit is
// not called with nothing.
func (r *Resampler) Write(pcm []int32, emit func(pcm []int32)) {
	if r.down == 1 {
		for len(pcm) > 0 {
			n := copy(r.out, pcm)
			emit(r.out[:n])
			pcm = pcm[n:]
		}
		return
	}
	for len(pcm) > 0 {
		n := copy(r.buffer[r.filled:], pcm)
		pcm = pcm[n:]
		r.filled += n
		if n := r.filter(); n > 0 {
			emit(r.out[:n])
		}
		if r.filled == len(r.buffer) {
			r.filled = copy(r.buffer, r.buffer[block:])
			r.next -= block
		}
	}
}

// filter computes every output that the buffer has the samples of.
func (r *Resampler) filter() int {
	n := 0
	for r.next < r.filled {
		r.out[n] = dot(r.buffer[r.next+1-r.taps:][:r.taps], r.phases[r.phase])
		n++
		r.phase += r.down
		r.next += r.phase / r.up
		r.phase %= r.up
	}
	return n
}

// dot returns the sum of products in Q30, rounded to an integer, halves
// upwards, and limited.
func dot(x, h []int32) int32 {
	h = h[:len(x)]
	var even, odd int64
	for len(x) >= 4 && len(h) >= 4 {
		even += int64(x[0])*int64(h[0]) + int64(x[2])*int64(h[2])
		odd += int64(x[1])*int64(h[1]) + int64(x[3])*int64(h[3])
		x, h = x[4:], h[4:]
	}
	sum := even + odd
	for i, v := range x {
		sum += int64(v) * int64(h[i])
	}
	sum = (sum + 1<<(coefficientBits-1)) >> coefficientBits
	return int32(max(min(sum, math.MaxInt32), math.MinInt32))
}
