package network

import (
	"math"

	"github.com/auscult/auscult/training/network/internal/kernels"
)

// Constants of Adam as its authors propose them.
const (
	adamBeta1   = 0.9
	adamBeta2   = 0.999
	adamEpsilon = 1e-8
)

// adam moves parameters against their gradients.
type adam struct {
	e    *engine
	step int

	params    []*param
	parts     []adamPart
	constants kernels.Adam
	task      func(worker, task int)
}

// adamPart is what one task moves.
type adamPart struct {
	param, lo, hi int
}

func newAdam(e *engine, params []*param) *adam {
	a := &adam{e: e, params: params}
	for i, q := range params {
		if q.m == nil {
			q.m, q.v = make([]float32, len(q.value)), make([]float32, len(q.value))
		}
		for lo := 0; lo < len(q.value); lo += elementSpan {
			a.parts = append(a.parts, adamPart{i, lo, min(lo+elementSpan, len(q.value))})
		}
	}
	a.task = a.movePart
	return a
}

// update makes one step with the given learning rate.
func (a *adam) update(rate float64) {
	a.step++
	// m and v start at 0; these undo the bias that follows.
	c1 := 1 - math.Pow(adamBeta1, float64(a.step))
	c2 := 1 - math.Pow(adamBeta2, float64(a.step))
	a.constants = kernels.Adam{
		Beta1: adamBeta1, Rest1: 1 - adamBeta1, Beta2: adamBeta2, Rest2: 1 - adamBeta2,
		Size: float32(rate / c1), InvSqrt: float32(1 / math.Sqrt(c2)), Epsilon: adamEpsilon,
	}
	a.e.run(len(a.parts), a.task)
}

func (a *adam) movePart(_, t int) {
	p := a.parts[t]
	q := a.params[p.param]
	a.e.im.Adam(q.value[p.lo:p.hi], q.grad[p.lo:p.hi], q.m[p.lo:p.hi], q.v[p.lo:p.hi], &a.constants)
}

// Rate returns the learning rate of step out of steps.
func (c *Config) Rate(step, steps int) float64 {
	rate := c.LearningRate
	if rate == 0 {
		rate = DefaultLearningRate
	}
	if c.Constant {
		return rate
	}
	return annealed(rate, step, steps)
}

// annealed returns the learning rate of step out of steps: from rate down to
// almost 0 along half a cosine.
func annealed(rate float64, step, steps int) float64 {
	return rate * 0.5 * (1 + math.Cos(math.Pi*float64(step)/float64(steps)))
}
