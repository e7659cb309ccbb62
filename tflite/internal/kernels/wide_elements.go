package kernels

import "math"

// toInt32 converts as x86-64 does: what is beyond gives the least number.
func toInt32(v float64) int32 {
	if v >= math.MinInt32 && v <= math.MaxInt32 {
		return int32(v)
	}
	return math.MinInt32
}

// WideMap maps every code of int16 by a function.
type WideMap func(code int32) int32

// Run maps in to out, which may be the same memory.
func (f WideMap) Run(out, in []int16) {
	out = out[:len(in)]
	for i, v := range in {
		out[i] = int16(f(int32(v)))
	}
}

// WideSum is the arithmetic of ADD and SUB of int16, in fixed point.
type WideSum struct {
	a, b, together Multiplier
	sign           Sign
	Min, Max       int32
}

// NewWideSum computes the factors; false where they are beyond their range.
func NewWideSum(a, b, out float32, sign Sign) (WideSum, bool) {
	twice := 2 * float64(max(a, b))
	factorA, okA := NewMultiplier(float64(a) / twice)
	factorB, okB := NewMultiplier(float64(b) / twice)
	together, ok := NewMultiplier(twice / float64(float32(1<<wideShift)*out))
	return WideSum{a: factorA, b: factorB, together: together, sign: sign}, ok && okA && okB
}

// wideShift is what inputs are shifted left by before they are scaled.
const wideShift = 15

// Code adds two codes.
func (s *WideSum) Code(a, b int16) int16 {
	x, y := s.a.ApplySum(int32(a)<<wideShift), s.b.ApplySum(int32(b)<<wideShift)
	return int16(min(max(s.together.ApplySum(x+int32(s.sign)*y), s.Min), s.Max))
}

// wideLanes is how many codes TFLite's own kernel adds at once.
const wideLanes = 16

// WideAdd is ADD of int16 of equal shapes, which TFLite's own kernel computes in vectors: those scale inputs without
// the second rounding.
type WideAdd struct{ WideSum }

// Run adds a and b.
func (s *WideAdd) Run(out, a, b []int16) {
	vectors := len(out) / wideLanes * wideLanes
	for i := range out[:vectors] {
		sum := s.a.high(shifted(a[i], s.a)) + s.b.high(shifted(b[i], s.b))
		out[i] = int16(min(max(divideByPower(s.together.high(sum), -s.together.shift), s.Min), s.Max))
	}
	for i := vectors; i < len(out); i++ {
		out[i] = s.Code(a[i], b[i])
	}
}

// Vectors reports whether vectors compute the sum: they do not shift it left.
func (s *WideSum) Vectors() bool { return s.sign == Plus && s.together.shift <= 0 }

// shifted shifts a code by what it is shifted by before it is scaled, and by its multiplier.
func shifted(code int16, m Multiplier) int32 {
	if n := wideShift + m.shift; n >= 0 {
		return int32(code) << n
	}
	return int32(code) >> -(wideShift + m.shift)
}

// WideShifts is the arithmetic of ADD and SUB of int16 whose scales are powers of two, of which one is the output's.
type WideShifts struct {
	A, B     int // how much codes are shifted right by, halves away from zero
	Sign     Sign
	Min, Max int32
}

// Code adds two codes.
func (s *WideShifts) Code(a, b int16) int16 {
	sum := divideByPower(int32(a), s.A) + int32(s.Sign)*divideByPower(int32(b), s.B)
	return int16(min(max(sum, s.Min), s.Max))
}

// WideProduct is the arithmetic of MUL of int16.
type WideProduct struct {
	Factor   Multiplier
	Min, Max int32
}

// Code multiplies two codes.
func (p *WideProduct) Code(a, b int16) int16 {
	return int16(min(max(p.Factor.ApplySum(int32(a)*int32(b)), p.Min), p.Max))
}

// WidePool is AVERAGE_POOL_2D or MAX_POOL_2D of int16: over the part of the window that lies inside the input.
type WidePool struct {
	Sliding
	PoolLimits
	Largest bool    // else the mean, halves away from zero
	sums    []int32 // scratch: of one position
	halt
}

// NewWidePool makes the pooling with a window.
func NewWidePool(g Sliding, limits PoolLimits, largest bool) *WidePool {
	return &WidePool{Sliding: g, PoolLimits: limits, Largest: largest, sums: make([]int32, g.Out.C)}
}

// Run computes the output image from the input image.
func (p *WidePool) Run(out, in []int16) {
	for range p.In.Batch {
		for oy := range p.Out.H {
			if p.halted() {
				return
			}
			for ox := range p.Out.W {
				n := p.join(in, oy, ox)
				for c, v := range p.sums {
					if !p.Largest {
						v = meanAway(v, n)
					}
					out[c] = int16(min(max(v, p.Min), p.Max))
				}
				out = out[p.Out.C:]
			}
		}
		in = in[p.In.elements():]
	}
}

// join adds what a window sees, or takes the largest, and gives the number of its positions.
func (p *WidePool) join(in []int16, oy, ox int) int32 {
	y0, y1, x0, x1 := p.inside(oy, ox)
	for c := range p.sums {
		p.sums[c] = 0
		if p.Largest {
			p.sums[c] = math.MinInt16
		}
	}
	for y := y0; y < y1; y++ {
		for x := x0; x < x1; x++ {
			for c, v := range in[(y*p.In.W+x)*p.In.C:][:len(p.sums)] {
				if p.Largest {
					p.sums[c] = max(p.sums[c], int32(v))
				} else {
					p.sums[c] += int32(v)
				}
			}
		}
	}
	return int32((y1 - y0) * (x1 - x0))
}

// meanAway divides a sum by the number of what was added, halves away from zero.
func meanAway(sum, n int32) int32 {
	if sum > 0 {
		return (sum + n/2) / n
	}
	return (sum - n/2) / n
}

// WideMean is MEAN or SUM of int16: the sum of 32 bits, scaled.
type WideMean struct {
	reducedWalk
	Factor  Multiplier
	Scale   float32 // outranks Factor where it is not 0: halves go away from zero
	sums    []int32
	joining joining[int32, int16]
}

// NewWideMean plans a mean, or a sum, over the dimensions that are reduced. Of m the arithmetic is given.
func NewWideMean(m WideMean, shape []int, reduced []bool) *WideMean {
	m.reducedWalk = newWalk(shape, reduced)
	m.sums = make([]int32, m.outputs)
	m.joining = joining[int32, int16]{
		row: func(sum int32, in []int16) int32 {
			for _, v := range in {
				sum += int32(v)
			}
			return sum
		},
		column: func(sums []int32, in []int16) {
			for i, v := range in {
				sums[i] += int32(v)
			}
		},
		rows: func(_ []int32, in []int16) []int16 { return in },
	}
	return &m
}

// Run reduces in to out.
func (m *WideMean) Run(out, in []int16) {
	clear(m.sums)
	m.joining.reduce(m.dims, m.sums, in)
	for i, sum := range m.sums {
		if m.Scale != 0 {
			v := math.Round(float64(float32(float32(sum) * m.Scale)))
			out[i] = int16(min(max(v, math.MinInt16), math.MaxInt16))
			continue
		}
		out[i] = int16(min(max(m.Factor.ApplySum(sum), math.MinInt16), math.MaxInt16))
	}
}
