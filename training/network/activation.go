package network

import "math"

// elementSpan is how many values one task of an element-wise layer computes.
const elementSpan = 1 << 14

func spans(n int) int { return (n + elementSpan - 1) / elementSpan }

// activation applies a function element by element, in place: what comes
// before it needs its own output no more.
type activation struct {
	e    *engine
	kind Kind
	// fused is set on a ReLU that the batch normalisation before it does while
	// training.
	fused bool
	y, dy []float32

	forwardTask, backwardTask func(worker, task int)
}

func newActivation(e *engine, kind Kind) *activation {
	a := &activation{e: e, kind: kind}
	a.forwardTask, a.backwardTask = a.forwardSpan, a.backwardSpan
	return a
}

func (a *activation) params() []*param { return nil }

func (a *activation) reserve(int) {}

func (a *activation) forward(x []float32, _ int, train bool) []float32 {
	if train && a.fused {
		return x
	}
	a.y = x
	a.e.run(spans(len(x)), a.forwardTask)
	return x
}

func (a *activation) forwardSpan(_, t int) {
	part := a.y[t*elementSpan : min((t+1)*elementSpan, len(a.y))]
	if a.kind == ReLU {
		for i, v := range part {
			part[i] = max(v, 0) // keeps NaN
		}
		return
	}
	for i, v := range part {
		part[i] = float32(1 / (1 + math.Exp(-float64(v))))
	}
}

func (a *activation) backward(dy, _ []float32, _ int) []float32 {
	if !a.fused {
		a.dy = dy
		a.e.run(spans(len(dy)), a.backwardTask)
	}
	return dy
}

func (a *activation) backwardSpan(_, t int) {
	lo, hi := t*elementSpan, min((t+1)*elementSpan, len(a.dy))
	g, y := a.dy[lo:hi], a.y[lo:hi]
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
}
