package kernels

import (
	"math"
	"math/bits"
)

// Multiplier is a positive factor as TFLite's own kernels hold it: a mantissa of
// 31 fractional bits in [2^30, 2^31) and a power of two.
type Multiplier struct {
	mantissa int32
	shift    int // positive is left
}

// NewMultiplier represents factor; false when it is not in (0, 2^22).
func NewMultiplier(factor float64) (Multiplier, bool) {
	if math.IsNaN(factor) || factor <= 0 || factor >= 1<<22 {
		return Multiplier{}, false
	}
	fraction, shift := math.Frexp(factor)
	mantissa := int64(math.Round(float64(fraction * (1 << 31))))
	if mantissa == 1<<31 {
		mantissa /= 2
		shift++
	}
	if shift < -31 {
		return Multiplier{}, true // the product is 0
	}
	return Multiplier{int32(mantissa), shift}, true
}

// Apply multiplies x, of magnitude below 2^9, rounding twice: the doubled high half
// of the product to nearest, then the right shift to nearest with halves away
// from zero.
func (m Multiplier) Apply(x int32) int32 {
	left, right := max(m.shift, 0), max(-m.shift, 0)
	// |x| < 2^9 and shift <= 22, so the shifted value fits.
	product := int64(x) << left * int64(m.mantissa)
	nudge := int64(1 << 30)
	if product < 0 {
		nudge = 1 - nudge
	}
	high := (product + nudge) / (1 << 31)
	mask := int64(1)<<right - 1
	threshold := mask >> 1
	if high < 0 {
		threshold++
	}
	rounded := high >> right
	if high&mask > threshold {
		rounded++
	}
	return int32(rounded)
}

// ApplySum is Apply for any sum: the left shift wraps as in TFLite, where it must not
// overflow.
func (m Multiplier) ApplySum(x int32) int32 {
	left, right := max(m.shift, 0), max(-m.shift, 0)
	return divideByPower(m.high(x<<left), right)
}

// high gives the doubled high half of the product with the mantissa, to nearest.
func (m Multiplier) high(x int32) int32 {
	product := int64(x) * int64(m.mantissa)
	nudge := int64(1 << 30)
	if product < 0 {
		nudge = 1 - nudge
	}
	return int32((product + nudge) / (1 << 31))
}

// divideByPower divides by 2^n, of n to 31, halves away from zero.
func divideByPower(x int32, n int) int32 {
	mask := int32(1)<<n - 1
	threshold := mask >> 1
	if x < 0 {
		threshold++
	}
	if x&mask > threshold {
		return x>>n + 1
	}
	return x >> n
}

// ApplyUpward is ApplySum whose second rounding takes halves upwards, as TFLite's vectors do.
func (m Multiplier) ApplyUpward(x int32) int32 {
	left, right := max(m.shift, 0), max(-m.shift, 0)
	high := (int64(x<<left)*int64(m.mantissa) + 1<<30) >> 31
	return int32((high + int64(1)<<right>>1) >> right)
}

// Over divides a multiplier by the number of elements of a mean, as TFLite's reference kernel does: by what of it is no
// power of two, without rounding.
func (m Multiplier) Over(n int) Multiplier {
	shift := min(bits.Len(uint(n))-1, 32, 31+m.shift)
	return Multiplier{int32(int64(m.mantissa) << shift / int64(n)), m.shift - shift}
}

// ApplyWide multiplies a sum of 64 bits, of magnitude below 2^47, by the mantissa's upper 15 bits, rounding once with
// halves upwards. The factor is below 2^14, see Narrow.
func (m Multiplier) ApplyWide(x int64) int32 {
	mantissa := int64(math.MaxInt16)
	if m.mantissa < math.MaxInt16<<16 {
		mantissa = int64(m.mantissa+1<<15) >> 16
	}
	shift := 15 - m.shift
	return int32((x*mantissa + int64(1)<<(shift-1)) >> shift)
}

// Narrow reports whether the factor is within ApplyWide's range.
func (m Multiplier) Narrow() bool { return m.shift < 15 }
