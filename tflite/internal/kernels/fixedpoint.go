package kernels

import "math"

// Numbers of 16 bits in fixed point, as TFLite's own kernels compute functions with them (gemmlowp's): Qn has n integer
// bits, so 15-n fractional ones. The constants are those of 32 bits, rounded.

// mulQ multiplies, doubled and rounded to nearest: Qm times Qn gives Q(m+n).
func mulQ(a, b int16) int16 {
	if a == math.MinInt16 && b == math.MinInt16 {
		return math.MaxInt16
	}
	product, nudge := int32(a)*int32(b), int32(1<<14)
	if product < 0 {
		nudge = 1 - nudge
	}
	return int16((product + nudge) / (1 << 15))
}

// shiftQ multiplies by 2^n: to the left it saturates, to the right halves go away from zero.
func shiftQ(x int16, n int) int16 {
	if n >= 0 {
		return int16(min(max(int32(x)<<n, math.MinInt16), math.MaxInt16))
	}
	return int16(divideByPower(int32(x), -n))
}

// saturateQ limits a sum.
func saturateQ(v int32) int16 { return int16(min(max(v, math.MinInt16), math.MaxInt16)) }

// expQuarter gives exp(a) for a of Q0 from -1/4 to 0 (excluded), by a series round -1/8.
func expQuarter(a int16) int16 {
	const eighthRoot, third = 28918, 10923 // exp(-1/8), 1/3
	x := a + 1<<12
	x2 := mulQ(x, x)
	x3, x4 := mulQ(x2, x), mulQ(x2, x2)
	rest := shiftQ(mulQ(shiftQ(x4, -2)+x3, third)+x2, -1)
	return saturateQ(eighthRoot + int32(mulQ(eighthRoot, x+rest)))
}

// expPowers are exp(-2^n) of Q0 for n from -2 on.
var expPowers = [...]int16{25520, 19875, 12055, 4435, 600, 11, 0}

// expQ gives exp(a) of Q0 for a of Qn that is 0 or less.
func expQ(a int16, n int) int16 {
	if a == 0 {
		return math.MaxInt16
	}
	if n > 5 && a < -1<<(20-n) { // -32
		return 0
	}
	quarter := int16(1) << (13 - n)
	rest := a&(quarter-1) - quarter
	result := expQuarter(shiftQ(rest, n))
	steps := rest - a
	for i, power := range expPowers {
		if exponent := i - 2; n > exponent && steps&(1<<(15-n+exponent)) != 0 {
			result = mulQ(result, power)
		}
	}
	return result
}

// halfInverse gives 1/(1+a) of Q2 for a of Q0 from 0 to 1, by three steps of Newton's division of half of 1+a.
func halfInverse(a int16) int16 {
	const start, slope = 23130, -15420 // 48/17 and -32/17 of Q2
	half := int16((int32(a) + math.MaxInt16 + 1) / 2)
	x := start + mulQ(half, slope)
	for range 3 {
		x += shiftQ(mulQ(x, 1<<13-mulQ(half, x)), 2)
	}
	return x
}

// LogisticQ gives 1 / (1 + exp(-x)) of Q0 for x of Qn.
func LogisticQ(x int16, n int) int16 {
	if x == 0 {
		return 1 << 14
	}
	size := x
	if x > 0 {
		size = -x
	}
	y := shiftQ(halfInverse(expQ(size, n)), 1)
	if x < 0 {
		return math.MaxInt16 - y
	}
	return y
}

// TanhQ gives tanh(x) of Q0 for x of Qn.
func TanhQ(x int16, n int) int16 {
	if x == 0 {
		return 0
	}
	size := x
	if x > 0 {
		size = -x
	}
	// exp(-2|x|): the same bits with an integer bit more.
	y := shiftQ(halfInverse(expQ(size, n+1))-1<<13, 2)
	if x < 0 {
		return -y
	}
	return y
}
