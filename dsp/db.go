package dsp

import (
	"math"
	"math/bits"

	"github.com/auscult/auscult/dsp/internal/exact"
	"github.com/auscult/auscult/dsp/mel"
)

// DB is a level in decibels re full scale in Q11.20: the integer divided by
// 2^20.
type DB int32

const (
	dbBits = 20
	// dbFloor is FloorDB as a DB.
	dbFloor DB = FloorDB << dbBits
)

// Float64 returns the level in decibels, exactly.
func (d DB) Float64() float64 { return float64(d) / (1 << dbBits) }

// Float32 returns the level in decibels, rounded to the nearest float32.
func (d DB) Float32() float32 { return float32(float64(d) / (1 << dbBits)) }

// maxRelative bounds Relative: sums with levels stay far from the ends of 32 bits.
const maxRelative DB = 500 << dbBits

// Relative returns by how many decibels levels change when samples whose full scale stands for
// one quantity are heard as if it stood for another: 20*log10(full/reference), rounded, the same
// on every machine. It is 0 unless both are above 0, and at most 500 dB either way. Levels move by
// it exactly, where samples would be rounded or clipped.
func Relative(full, reference float64) DB {
	if !(full > 0 && reference > 0) {
		return 0
	}
	ratio := full / reference // rounded alike everywhere
	if !(ratio > 1e-25) {
		return -maxRelative
	}
	if !(ratio < 1e25) {
		return maxRelative
	}
	mantissa, exponent := math.Frexp(ratio) // 0.5 to below 1
	half := exact.Decibels(uint64(mantissa*(1<<53))<<11) + int64(exponent-1)*exact.DecibelsPerOctave(logBits)
	const unit = logBits - dbBits
	return DB((2*half + 1<<(unit-1)) >> unit)
}

// logTable holds 10*log10(1+i/256) in Q28.
type logTable [257]int32

const (
	logTableBits = 8
	logBits      = 28
	// interpolationBits of the mantissa below the table's index are used.
	interpolationBits = 24
)

func newLogTable() *logTable {
	t := new(logTable)
	for i := range len(t) - 1 {
		t[i] = int32(exact.Decibels(1<<63 + uint64(i)<<(63-logTableBits)))
	}
	t[len(t)-1] = int32(exact.DecibelsPerOctave(logBits))
	return t
}

// levelsGeneric writes the levels of sums[i]*2^(exponent+bandExponents[i]).
func (t *logTable) levelsGeneric(dst []DB, sums []mel.Sum, bandExponents []int32, exponent int) {
	dst, bandExponents = dst[:len(sums)], bandExponents[:len(sums)]
	for i, s := range sums {
		dst[i] = t.level(s, exponent+int(bandExponents[i]))
	}
}

// level returns the decibels of s*2^exponent, at least FloorDB. The error
// is below 9e-6 dB: 8.3e-6 by linear interpolation, the rest by rounding.
func (t *logTable) level(s mel.Sum, exponent int) DB {
	hi, carry := bits.Add64(s.Lo, s.Hi<<32, 0)
	lo := hi
	hi = s.Hi>>32 + carry
	n := bits.Len64(hi)
	switch {
	case n > 0:
		lo = hi<<(64-n) | lo>>n
		n += 64
	case lo != 0:
		n = bits.Len64(lo)
		lo <<= 64 - n
	default:
		return dbFloor
	}
	// lo is the mantissa in Q63, from 1 to below 2.
	i := lo >> (63 - logTableBits) & (1<<logTableBits - 1)
	f := int64(lo >> (63 - logTableBits - interpolationBits) & (1<<interpolationBits - 1))
	a, b := int64(t[i]), int64(t[i+1])
	q28 := a + ((b-a)*f+1<<(interpolationBits-1))>>interpolationBits
	q28 += int64(n-1+exponent) * int64(t[1<<logTableBits])
	return max(DB((q28+1<<(logBits-dbBits-1))>>(logBits-dbBits)), dbFloor)
}
