package resample

import "math"

// through is the filter of equal rates.
type through struct{}

func (through) taps() int                    { return 1 }
func (through) value(x []int32, _ int) int32 { return x[0] }

// polyphase has the coefficients of each phase.
type polyphase struct{ phases [][]int32 }

func newPolyphase(p prototype) *polyphase {
	f := &polyphase{make([][]int32, p.phases)}
	for i := range f.phases {
		f.phases[i] = p.phase(i, 0, p.taps())
	}
	return f
}

func (f *polyphase) taps() int { return len(f.phases[0]) }

func (f *polyphase) value(x []int32, phase int) int32 {
	return limit(dot(x, f.phases[phase]), coefficientBits)
}

// decimator has one phase, which is its own mirror image: each coefficient is used for
// two samples.
type decimator struct {
	half   []int32 // from the oldest sample on, without the middle
	middle int32
}

func newDecimator(p prototype) *decimator {
	h := p.phase(0, 0, p.taps())
	return &decimator{half: h[:len(h)/2], middle: h[len(h)/2]}
}

func (f *decimator) taps() int { return 2*len(f.half) + 1 }

func (f *decimator) value(x []int32, _ int) int32 {
	n := len(f.half)
	old, h, late := x[:n], f.half, x[n+1:][:n]
	sum := int64(x[n]) * int64(f.middle)
	// Two samples a coefficient: 33 bits, and a product below 2^62.
	var odd int64
	for len(old) >= 4 && len(h) >= 4 && len(late) >= 4 {
		k := len(late) - 4
		l := late[k:][:4]
		sum += (int64(old[0]) + int64(l[3])) * int64(h[0])
		odd += (int64(old[1]) + int64(l[2])) * int64(h[1])
		sum += (int64(old[2]) + int64(l[1])) * int64(h[2])
		odd += (int64(old[3]) + int64(l[0])) * int64(h[3])
		old, h, late = old[4:], h[4:], late[:k]
	}
	for i, v := range old {
		sum += (int64(v) + int64(late[len(late)-1-i])) * int64(h[i])
	}
	return limit(sum+odd, coefficientBits)
}

// between has some phases of very many, and makes what lies between two of both, in
// parts of 2^-mixBits.
type between struct {
	phases [][]int32 // one more than there are in a sample
	up     int
}

const mixBits = 14

func newBetween(p prototype, up int) *between {
	f := &between{phases: make([][]int32, p.phases+1), up: up}
	for i := range f.phases {
		// The last phase is that of the next sample, which has not come: the filter is
		// a sample later.
		f.phases[i] = p.phase(i, p.phases, p.taps()+1)
	}
	return f
}

func (f *between) taps() int { return len(f.phases[0]) }

func (f *between) value(x []int32, phase int) int32 {
	at := phase * (len(f.phases) - 1)
	first, part := at/f.up, int64(at%f.up)<<mixBits/int64(f.up)
	const drop = 16 // of a sum below 2^63: 2^47 times 2^14 stays below 2^62
	a, b := dot(x, f.phases[first])>>drop, dot(x, f.phases[first+1])>>drop
	return limit(a*(1<<mixBits-part)+b*part, coefficientBits-drop+mixBits)
}

// dot returns the sum of products.
func dot(x, h []int32) int64 {
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
	return sum
}

// limit returns a value with fractional bits as an integer, rounded, halves upwards,
// and limited.
func limit(sum int64, fraction uint) int32 {
	sum = (sum + 1<<(fraction-1)) >> fraction
	return int32(max(min(sum, math.MaxInt32), math.MinInt32))
}
