package kernels

import "math"

// loops are the walks over arrays. Those over columns take rows of cols values,
// one after the other.
type loops struct {
	colSum     func(sum, x []float32)
	colSquares func(sum, x, mean []float32)
	scaleShift func(y, x, scale, shift []float32, low float32)
	normSums   func(sum, sumX, g, x, mean []float32, m *Mask)
	normBack   func(g, x []float32, l *NormLine, m *Mask)
	adam       func(value, grad, m, v []float32, c *Adam)
	add        func(dst, src []float32)
	mulAdd     func(dst, a, b []float32)
	difference func(d, y, want []float32, scale float32) float32
}

var genericLoops = loops{
	colSum: colSum, colSquares: colSquares, scaleShift: scaleShift, normSums: normSums, normBack: normBack,
	adam: adam, add: add, mulAdd: mulAdd, difference: difference,
}

// ColSum adds the rows of x, each as long as sum, to sum.
func (im *Impl) ColSum(sum, x []float32) { im.colSum(sum, x) }

// ColSquares adds the squares of the rows of x, less mean, to sum.
func (im *Impl) ColSquares(sum, x, mean []float32) { im.colSquares(sum, x, mean) }

// ScaleShift writes max(x*scale+shift, low) of each row of x to y; NaN stays.
func (im *Impl) ScaleShift(y, x, scale, shift []float32, low float32) {
	im.scaleShift(y, x, scale, shift, low)
}

// Mask says where a gradient passes: where x*Scale+Shift is above 0, which is
// cheaper to compute again than to read.
type Mask struct {
	Scale, Shift []float32
}

// NormSums adds the rows of g to sum and those of g*(x-mean) to sumX. Unless m
// is nil, g counts as 0 where it does not pass.
func (im *Impl) NormSums(sum, sumX, g, x, mean []float32, m *Mask) {
	im.normSums(sum, sumX, g, x, mean, m)
}

// NormLine says what becomes of a gradient g and the value x that it belongs to:
// g*OfG + (x-Mean)*OfX + Rest.
type NormLine struct {
	Mean, OfG, OfX, Rest []float32
}

// NormBack turns each row of g into what the line l makes of it. Unless m is nil, g
// counts as 0 where it does not pass.
func (im *Impl) NormBack(g, x []float32, l *NormLine, m *Mask) { im.normBack(g, x, l, m) }

// Adam are the constants of one step of that optimiser.
type Adam struct {
	Beta1, Rest1 float32 // 0, 4: Rest is 1-Beta
	Beta2, Rest2 float32 // 8, 12
	Size         float32 // 16: of the step, with the correction of the first moment
	InvSqrt      float32 // 20: correction of the root of the second moment
	Epsilon      float32 // 24
}

// Adam moves value by one step against grad; m and v are its moments.
func (im *Impl) Adam(value, grad, m, v []float32, c *Adam) { im.adam(value, grad, m, v, c) }

// Add adds src to dst.
func (im *Impl) Add(dst, src []float32) { im.add(dst, src) }

// MulAdd adds the products of a and b to dst.
func (im *Impl) MulAdd(dst, a, b []float32) { im.mulAdd(dst, a, b) }

// sumBlock is how many squares are summed in float32.
const sumBlock = 256

// Difference writes (y-want)*scale to d and returns the sum of the squares of
// y-want: blocks of 256 in float32, blocks in float64.
func (im *Impl) Difference(d, y, want []float32, scale float32) float64 {
	sum := 0.0
	for len(y) > 0 {
		n := min(sumBlock, len(y))
		sum += float64(im.difference(d[:n], y[:n], want[:n], scale))
		d, y, want = d[n:], y[n:], want[n:]
	}
	return sum
}

func colSum(sum, x []float32) {
	for len(x) >= len(sum) && len(sum) > 0 {
		row := x[:len(sum)]
		for i, v := range row {
			sum[i] += v
		}
		x = x[len(sum):]
	}
}

func colSquares(sum, x, mean []float32) {
	mean = mean[:len(sum)]
	for len(x) >= len(sum) && len(sum) > 0 {
		row := x[:len(sum)]
		for i, v := range row {
			d := v - mean[i]
			sum[i] += d * d
		}
		x = x[len(sum):]
	}
}

func scaleShift(y, x, scale, shift []float32, low float32) {
	c := len(scale)
	shift = shift[:c]
	for len(x) >= c && c > 0 {
		in, out := x[:c], y[:c]
		for i, v := range in {
			out[i] = max(v*scale[i]+shift[i], low)
		}
		x, y = x[c:], y[c:]
	}
}

func normSums(sum, sumX, g, x, mean []float32, m *Mask) {
	c := len(sum)
	sumX, mean = sumX[:c], mean[:c]
	for at := 0; at+c <= len(g) && c > 0; at += c {
		row, in := g[at:at+c], x[at:at+c]
		if m == nil {
			for i, v := range row {
				sum[i] += v
				sumX[i] += v * (in[i] - mean[i])
			}
			continue
		}
		scale, shift := m.Scale[:c], m.Shift[:c]
		for i, v := range row {
			if in[i]*scale[i]+shift[i] > 0 {
				sum[i] += v
				sumX[i] += v * (in[i] - mean[i])
			}
		}
	}
}

func normBack(g, x []float32, l *NormLine, m *Mask) {
	mean := l.Mean
	n := len(mean)
	a, b, c := l.OfG[:n], l.OfX[:n], l.Rest[:n]
	for at := 0; at+n <= len(g) && n > 0; at += n {
		row, in := g[at:at+n], x[at:at+n]
		if m == nil {
			for i, v := range row {
				row[i] = v*a[i] + ((in[i]-mean[i])*b[i] + c[i])
			}
			continue
		}
		scale, shift := m.Scale[:n], m.Shift[:n]
		for i, v := range row {
			if !(in[i]*scale[i]+shift[i] > 0) {
				v = 0
			}
			row[i] = v*a[i] + ((in[i]-mean[i])*b[i] + c[i])
		}
	}
}

func adam(value, grad, m, v []float32, c *Adam) {
	grad, m, v = grad[:len(value)], m[:len(value)], v[:len(value)]
	for i, g := range grad {
		m[i] = c.Beta1*m[i] + c.Rest1*g
		v[i] = c.Beta2*v[i] + c.Rest2*g*g
		value[i] -= c.Size * m[i] / (float32(math.Sqrt(float64(v[i])))*c.InvSqrt + c.Epsilon)
	}
}

func add(dst, src []float32) {
	dst = dst[:len(src)]
	for i, v := range src {
		dst[i] += v
	}
}

func mulAdd(dst, a, b []float32) {
	a, b = a[:len(dst)], b[:len(dst)]
	for i := range dst {
		dst[i] += a[i] * b[i]
	}
}

func difference(d, y, want []float32, scale float32) float32 {
	d, want = d[:len(y)], want[:len(y)]
	var sum float32
	for i, v := range y {
		e := v - want[i]
		sum += e * e
		d[i] = e * scale
	}
	return sum
}
