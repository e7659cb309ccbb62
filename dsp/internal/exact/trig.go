package exact

import "math/bits"

const (
	one62    = 1 << 62
	twoPiQ61 = 0xc90fdaa22168c234 // 2*pi in Q61, rounded down
)

// mul62 returns the product of two Q62 values from 0 to 2, rounded down.
func mul62(a, b uint64) uint64 {
	hi, lo := bits.Mul64(a, b)
	return hi<<2 | lo>>62
}

// SinCos returns sine and cosine of an angle in Q62. The angle is phase/2^64
// turns. The error is below 2^-58.
func SinCos(phase uint64) (sin, cos int64) {
	// Fold the octant away: within an octant the angle is measured from the
	// nearer axis, so that the series sees at most pi/4.
	octant := phase >> 61
	frac := phase & (1<<61 - 1)
	if octant&1 == 1 {
		frac = 1<<61 - frac
	}
	hi, lo := bits.Mul64(frac, twoPiQ61) // Q125
	s, c := series(hi<<1 | lo>>63)
	if octant == 1 || octant == 2 || octant == 5 || octant == 6 {
		s, c = c, s
	}
	sin, cos = int64(s), int64(c)
	if octant >= 4 {
		sin = -sin
	}
	if octant >= 2 && octant <= 5 {
		cos = -cos
	}
	return sin, cos
}

// series sums the Taylor series of sine and cosine of x (Q62, 0 to pi/4) by
// Horner's rule. Every partial sum lies in (0, 1], so unsigned words serve.
func series(x uint64) (sin, cos uint64) {
	x2 := mul62(x, x)
	s, c := uint64(one62), uint64(one62)
	for i := uint64(11); i >= 1; i-- {
		s = one62 - mul62(x2, s)/((2*i)*(2*i+1))
		c = one62 - mul62(x2, c)/((2*i-1)*(2*i))
	}
	return mul62(x, s), c
}

// Round returns x, a Q62 value, rounded to a Q format with the given number of
// fractional bits, halves upwards.
func Round(x int64, fracBits uint) int64 {
	shift := 62 - fracBits
	if shift == 0 {
		return x
	}
	return (x>>(shift-1) + 1) >> 1
}
