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
	lowest, highest := float64(sampleRateHz)/(1<<28), float64(sampleRateHz)/most
	if !(cornerHz >= lowest && cornerHz <= highest) {
		return nil, fmt.Errorf("resample: DC blocker with a corner of %g Hz: must be %.3g to %.4g Hz at this rate",
			cornerHz, lowest, highest)
	}
	a := 1 - exact.Exp(-float64(2*math.Pi*cornerHz)/float64(sampleRateHz))
	return &DCBlocker{a: int64(math.Floor(float64(a*(1<<31)) + 0.5))}, nil
}

// Begin sets the mean to that of the first samples, at most 2^24 of them, so that a
// constant gives no click where a recording begins.
func (d *DCBlocker) Begin(first []int32) {
	var sum int64
	for _, x := range first {
		sum += int64(x)
	}
	n := max(int64(len(first)), 1)
	d.mean = sum/n<<31 + sum%n<<31/n
}

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
