//go:build (amd64 || arm64) && !noasm && !purego

package kernels

// The column loops take 16 columns, a cache line of most processors, down all
// rows. Where 16 is a multiple of the columns, several rows make one of 16. Other
// numbers of columns are rare and left to the generic loops, as are rows left over.
const lane16 = 16

var wideLoops = loops{
	colSum: colSumWide, colSquares: colSquaresWide, scaleShift: scaleShiftWide,
	normSums: normSumsWide, normBack: normBackWide,
	adam: adamWide, add: addWide, mulAdd: mulAddWide, difference: differenceWide,
}

// joins says whether n values have at least one row of 16 made of rows of c.
func joins(c, n int) bool { return c > 0 && c < lane16 && lane16%c == 0 && n >= lane16 }

// joined are a row's values as often as a row of 16 has them.
type joined [lane16]float32

func join(row []float32) (j joined) {
	for i := range j {
		j[i] = row[i%len(row)]
	}
	return j
}

// addTo adds to a row what each of its copies collected.
func (j *joined) addTo(row []float32) {
	for i, v := range j {
		row[i%len(row)] += v
	}
}

func colSumWide(sum, x []float32) {
	c := len(sum)
	if joins(c, len(x)) {
		n := len(x) / lane16 * lane16
		var wide joined
		colSumWide(wide[:], x[:n])
		wide.addTo(sum)
		x = x[n:]
	}
	if c == 0 || c%lane16 != 0 || len(x) < c {
		colSum(sum, x)
		return
	}
	rows := len(x) / c
	for i := 0; i < c; i += lane16 {
		colSum16(&sum[i], &x[i], rows, 4*c)
	}
}

func colSquaresWide(sum, x, mean []float32) {
	c := len(sum)
	if joins(c, len(x)) {
		n := len(x) / lane16 * lane16
		var wide joined
		m := join(mean[:c])
		colSquaresWide(wide[:], x[:n], m[:])
		wide.addTo(sum)
		x = x[n:]
	}
	if c == 0 || c%lane16 != 0 || len(x) < c {
		colSquares(sum, x, mean)
		return
	}
	rows := len(x) / c
	mean = mean[:c]
	for i := 0; i < c; i += lane16 {
		colSquares16(&sum[i], &x[i], &mean[i], rows, 4*c)
	}
}

func scaleShiftWide(y, x, scale, shift []float32, low float32) {
	c := len(scale)
	if joins(c, len(x)) {
		n := len(x) / lane16 * lane16
		a, b := join(scale), join(shift[:c])
		scaleShiftWide(y[:n], x[:n], a[:], b[:], low)
		y, x = y[n:], x[n:]
	}
	if c == 0 || c%lane16 != 0 || len(x) < c {
		scaleShift(y, x, scale, shift, low)
		return
	}
	rows := len(x) / c
	y, shift = y[:rows*c], shift[:c]
	for i := 0; i < c; i += lane16 {
		scaleShift16(&y[i], &x[i], &scale[i], &shift[i], rows, 4*c, low)
	}
}

func normSumsWide(sum, sumX, g, x, mean []float32, m *Mask) {
	c := len(sum)
	if joins(c, len(g)) {
		n := len(g) / lane16 * lane16
		var wide, wideX joined
		at := join(mean[:c])
		if m == nil {
			normSumsWide(wide[:], wideX[:], g[:n], x[:n], at[:], nil)
		} else {
			scale, shift := join(m.Scale[:c]), join(m.Shift[:c])
			normSumsWide(wide[:], wideX[:], g[:n], x[:n], at[:], &Mask{scale[:], shift[:]})
		}
		wide.addTo(sum)
		wideX.addTo(sumX[:c])
		g, x = g[n:], x[n:]
	}
	if c == 0 || c%lane16 != 0 || len(g) < c {
		normSums(sum, sumX, g, x, mean, m)
		return
	}
	rows := len(g) / c
	sumX, mean, x = sumX[:c], mean[:c], x[:rows*c]
	for i := 0; i < c; i += lane16 {
		if m == nil {
			normSums16(&sum[i], &sumX[i], &g[i], &x[i], &mean[i], nil, nil, rows, 4*c)
			continue
		}
		normSums16(&sum[i], &sumX[i], &g[i], &x[i], &mean[i], &m.Scale[:c][i], &m.Shift[:c][i], rows, 4*c)
	}
}

func normBackWide(g, x []float32, l *NormLine, m *Mask) {
	n := len(l.Mean)
	if joins(n, len(g)) {
		end := len(g) / lane16 * lane16
		mean, a, b, c := join(l.Mean), join(l.OfG[:n]), join(l.OfX[:n]), join(l.Rest[:n])
		wide := NormLine{Mean: mean[:], OfG: a[:], OfX: b[:], Rest: c[:]}
		if m == nil {
			normBackWide(g[:end], x[:end], &wide, nil)
		} else {
			scale, shift := join(m.Scale[:n]), join(m.Shift[:n])
			normBackWide(g[:end], x[:end], &wide, &Mask{scale[:], shift[:]})
		}
		g, x = g[end:], x[end:]
	}
	if n == 0 || n%lane16 != 0 || len(g) < n {
		normBack(g, x, l, m)
		return
	}
	rows := len(g) / n
	mean, a, b, c := l.Mean, l.OfG[:n], l.OfX[:n], l.Rest[:n]
	x = x[:rows*n]
	for i := 0; i < n; i += lane16 {
		if m == nil {
			normBack16(&g[i], &x[i], &mean[i], &a[i], &b[i], &c[i], nil, nil, rows, 4*n)
			continue
		}
		normBack16(&g[i], &x[i], &mean[i], &a[i], &b[i], &c[i], &m.Scale[:n][i], &m.Shift[:n][i], rows, 4*n)
	}
}

func adamWide(value, grad, m, v []float32, c *Adam) {
	n := len(value) &^ 7
	grad, m, v = grad[:len(value)], m[:len(value)], v[:len(value)]
	if n > 0 {
		adam8(&value[0], &grad[0], &m[0], &v[0], n, c)
	}
	adam(value[n:], grad[n:], m[n:], v[n:], c)
}

func addWide(dst, src []float32) {
	n := len(src) &^ 7
	dst = dst[:len(src)]
	if n > 0 {
		add8(&dst[0], &src[0], n)
	}
	add(dst[n:], src[n:])
}

func mulAddWide(dst, a, b []float32) {
	n := len(dst) &^ 7
	a, b = a[:len(dst)], b[:len(dst)]
	if n > 0 {
		mulAdd8(&dst[0], &a[0], &b[0], n)
	}
	mulAdd(dst[n:], a[n:], b[n:])
}

func differenceWide(d, y, want []float32, scale float32) float32 {
	n := len(y) &^ 7
	d, want = d[:len(y)], want[:len(y)]
	var part [8]float32
	if n > 0 {
		difference8(&d[0], &y[0], &want[0], n, scale, &part)
	}
	sum := difference(d[n:], y[n:], want[n:], scale)
	for _, v := range part {
		sum += v
	}
	return sum
}

// Those on 16 columns: rows >= 1, stride in bytes from row to row.

//go:noescape
func colSum16(sum, x *float32, rows, stride int)

//go:noescape
func colSquares16(sum, x, mean *float32, rows, stride int)

//go:noescape
func scaleShift16(y, x, scale, shift *float32, rows, stride int, low float32)

//go:noescape
func normSums16(sum, sumX, dy, x, mean, scale, shift *float32, rows, stride int)

//go:noescape
func normBack16(dy, x, mean, a, b, c, scale, shift *float32, rows, stride int)

// Those on n values, a positive multiple of 8.

//go:noescape
func adam8(value, grad, m, v *float32, n int, c *Adam)

//go:noescape
func add8(dst, src *float32, n int)

//go:noescape
func mulAdd8(dst, a, b *float32, n int)

//go:noescape
func difference8(d, y, want *float32, n int, scale float32, sum *[8]float32)
