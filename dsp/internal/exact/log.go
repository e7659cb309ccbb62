package exact

import (
	"math"
	"math/bits"
)

const (
	// decibelsPerOctaveQ60 is 10*log10(2) in Q60, rounded down.
	decibelsPerOctaveQ60 = 0x302a30498eb0fd5f

	ln2   = 0.693147180559945309417232121458176568
	ln2Hi = 0x1.62e42fee00000p-1 // ln2's upper 32 bits: products with small integers are exact
	ln2Lo = ln2 - ln2Hi
)

// DecibelsPerOctave returns 10*log10(2), the decibels by which doubling a power
// raises it, rounded to fracBits (at most 60) fractional bits.
func DecibelsPerOctave(fracBits uint) int64 {
	shift := 60 - fracBits
	if shift == 0 {
		return decibelsPerOctaveQ60
	}
	return (decibelsPerOctaveQ60>>(shift-1) + 1) >> 1
}

// Decibels returns 10*log10(m) for m from 1 to below 2, given in Q63, rounded
// to Q28. The error before rounding is below 2^-45.
func Decibels(m uint64) int64 {
	const fraction = 48
	var log uint64 // log2(m) in Q48, bit after bit
	for range fraction {
		hi, lo := bits.Mul64(m, m) // Q126, in [1, 4)
		log <<= 1
		if hi>>63 == 1 {
			log |= 1
			m = hi
		} else {
			m = hi<<1 | lo>>63
		}
	}
	hi, _ := bits.Mul64(log, decibelsPerOctaveQ60) // Q108, of which hi holds Q44
	return int64((hi>>15 + 1) >> 1)
}

// Log returns the natural logarithm of x > 0 to about one unit in the last
// place.
func Log(x float64) float64 {
	m, e := math.Frexp(x)
	if m < math.Sqrt2/2 {
		m = float64(2 * m)
		e--
	}
	s := (m - 1) / (m + 1)
	s2 := float64(s * s)
	sum := 0.0
	for k := 41; k >= 1; k -= 2 {
		sum = float64(sum*s2) + 1/float64(k)
	}
	k := float64(e)
	return float64(k*ln2Hi) + (float64(k*ln2Lo) + float64(float64(2*s)*sum))
}

// Exp returns e to the power of x, for |x| up to 700, to about one unit in the
// last place.
func Exp(x float64) float64 {
	k := math.Floor(float64(x/ln2) + 0.5)
	r := (x - float64(k*ln2Hi)) - float64(k*ln2Lo)
	sum := 1.0
	for i := 20; i >= 1; i-- {
		sum = float64(float64(sum*r)/float64(i)) + 1
	}
	return math.Ldexp(sum, int(k))
}
