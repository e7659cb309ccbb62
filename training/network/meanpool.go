package network

// meanPool takes the mean of each channel over all positions.
type meanPool struct {
	e       *engine
	rows, c int
	y       []float32
}

func newMeanPool(e *engine, s Spec) *meanPool {
	return &meanPool{e: e, rows: s.In.H * s.In.W, c: s.In.C}
}

func (l *meanPool) params() []*param { return nil }

func (l *meanPool) reserve(n int) { l.y = grow(l.y, n*l.c) }

func (l *meanPool) forward(x []float32, n int, _ bool) []float32 {
	y := l.y[:n*l.c]
	clear(y)
	scale := 1 / float32(l.rows)
	for i := range n {
		sum := y[i*l.c : (i+1)*l.c]
		l.e.im.ColSum(sum, x[i*l.rows*l.c:(i+1)*l.rows*l.c])
		for c := range sum {
			sum[c] *= scale
		}
	}
	return y
}

func (l *meanPool) backward(dy, dx []float32, n int) []float32 {
	if dx == nil {
		return nil
	}
	scale := 1 / float32(l.rows)
	for i := range n {
		first := dx[i*l.rows*l.c : (i*l.rows+1)*l.c]
		for c, d := range dy[i*l.c : (i+1)*l.c] {
			first[c] = d * scale
		}
		for r := 1; r < l.rows; r++ {
			copy(dx[(i*l.rows+r)*l.c:(i*l.rows+r+1)*l.c], first)
		}
	}
	return dx
}
