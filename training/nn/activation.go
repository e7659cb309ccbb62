package nn

import "math"

// activationSpan is how many values one task of an element-wise layer computes.
const activationSpan = 1 << 14

// activation applies a function element by element, in place: what comes
// before it needs its own output no more.
type activation struct {
	kind Kind
	y    []float32
}

func (a *activation) params() []*param { return nil }

func (a *activation) reserve(int) {}

func (a *activation) forward(p pool, x []float32, _ int, _ bool) []float32 {
	a.y = x
	p.run((len(x)+activationSpan-1)/activationSpan, func(t int) {
		part := x[t*activationSpan : min((t+1)*activationSpan, len(x))]
		if a.kind == ReLU {
			for i, v := range part {
				part[i] = max(v, 0) // keeps NaN
			}
			return
		}
		for i, v := range part {
			part[i] = float32(1 / (1 + math.Exp(-float64(v))))
		}
	})
	return x
}

func (a *activation) backward(p pool, dy []float32, _ int, _ bool) []float32 {
	p.run((len(dy)+activationSpan-1)/activationSpan, func(t int) {
		lo, hi := t*activationSpan, min((t+1)*activationSpan, len(dy))
		g, y := dy[lo:hi], a.y[lo:hi]
		y = y[:len(g)]
		if a.kind == ReLU {
			for i := range g {
				if y[i] <= 0 {
					g[i] = 0
				}
			}
			return
		}
		for i, v := range y {
			g[i] *= v * (1 - v)
		}
	})
	return dy
}
