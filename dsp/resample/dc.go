package resample

import (
	"fmt"
	"math"

	"github.com/auscult/auscult/dsp/internal/exact"
)

// DCBlocker takes the direct component from a stream: a high-pass filter of
// first order.
//
// It subtracts a mean m that follows the samples x: y = x - m, m += a*y, with
// a = 1-exp(-2 pi corner/rate) in Q31 and m in Q62. m stays between the lowest
// and the highest sample (to 2^31 units), so nothing overflows: a < 2^27 and
// |y| <= 2^32. A constant is removed to less than one unit of Q31. y is limited
// to an int32.
type DCBlocker struct {
	a    int64
	mean int64 // Q62
}

// NewDCBlocker returns a filter whose response is 3 dB down at cornerHz, which
// is at most a hundredth of the rate. Above it, the gain is at most
// 1+pi*corner/rate. A low corner spares low sounds but takes
// longer to find the mean: a step decays with 1/(2 pi corner) seconds.
func NewDCBlocker(sampleRateHz int, cornerHz float64) (*DCBlocker, error) {
	const most = 100
	if sampleRateHz < 1 || sampleRateHz > maxRateHz {
		return nil, fmt.Errorf("resample: DC blocker at %d Hz: the rate must be 1 to %d Hz", sampleRateHz, maxRateHz)
	}
	lowest, highest := float64(sampleRateHz)/(1<<24), float64(sampleRateHz)/most
	if !(cornerHz >= lowest && cornerHz <= highest) {
		return nil, fmt.Errorf("resample: DC blocker with a corner of %g Hz: must be %.3g to %.4g Hz at this rate",
			cornerHz, lowest, highest)
	}
	a := 1 - exact.Exp(-float64(2*math.Pi*cornerHz)/float64(sampleRateHz))
	return &DCBlocker{a: int64(math.Floor(float64(a*(1<<31)) + 0.5))}, nil
}

// Reset forgets the mean: it begins at 0.
func (d *DCBlocker) Reset() { d.mean = 0 }

// Process writes src without its direct component to dst, which is at least as
// long and may be the same memory.
func (d *DCBlocker) Process(dst, src []int32) {
	dst = dst[:len(src)]
	a, mean := d.a, d.mean
	for i, x := range src {
		y := int64(x) - mean>>31
		mean += a * y
		dst[i] = int32(max(min(y, math.MaxInt32), math.MinInt32))
	}
	d.mean = mean
}

// DCBlockers take the direct component from each channel of interleaved samples.
type DCBlockers struct {
	channels []*DCBlocker
	one      []int32 // scratch: a channel's samples
}

// NewDCBlockers returns a filter for each of so many channels; see NewDCBlocker.
func NewDCBlockers(channels, sampleRateHz int, cornerHz float64) (*DCBlockers, error) {
	d := &DCBlockers{}
	for range channels {
		c, err := NewDCBlocker(sampleRateHz, cornerHz)
		if err != nil {
			return nil, err
		}
		d.channels = append(d.channels, c)
	}
	return d, nil
}

// Process filters interleaved samples in place. It allocates only for a block
// that is longer than all before.
func (d *DCBlockers) Process(pcm []int32) {
	n := len(pcm) / len(d.channels)
	if cap(d.one) < n {
		d.one = make([]int32, n)
	}
	one := d.one[:n]
	for c, filter := range d.channels {
		for i := range one {
			one[i] = pcm[i*len(d.channels)+c]
		}
		filter.Process(one, one)
		for i, v := range one {
			pcm[i*len(d.channels)+c] = v
		}
	}
}
