package nn

import "math"

// Constants of Adam as its authors propose them.
const (
	adamBeta1   = 0.9
	adamBeta2   = 0.999
	adamEpsilon = 1e-8
)

// adam moves parameters against their gradients.
type adam struct {
	step int
}

// update makes one step with the given learning rate.
func (a *adam) update(p pool, params []*param, rate float64) {
	a.step++
	// m and v start at 0; these undo the bias that follows.
	c1 := 1 - math.Pow(adamBeta1, float64(a.step))
	c2 := 1 - math.Pow(adamBeta2, float64(a.step))
	size, invSqrt := float32(rate/c1), float32(1/math.Sqrt(c2))
	for _, q := range params {
		if q.m == nil {
			q.m, q.v = make([]float32, len(q.value)), make([]float32, len(q.value))
		}
		p.run((len(q.value)+activationSpan-1)/activationSpan, func(t int) {
			lo, hi := t*activationSpan, min((t+1)*activationSpan, len(q.value))
			value, grad := q.value[lo:hi], q.grad[lo:hi]
			m, v := q.m[lo:hi], q.v[lo:hi]
			grad, m, v = grad[:len(value)], m[:len(value)], v[:len(value)]
			for i, g := range grad {
				m[i] = adamBeta1*m[i] + (1-adamBeta1)*g
				v[i] = adamBeta2*v[i] + (1-adamBeta2)*g*g
				value[i] -= size * m[i] / (float32(math.Sqrt(float64(v[i])))*invSqrt + adamEpsilon)
			}
		})
	}
}

// annealed returns the learning rate of step out of steps: from rate down to
// almost 0 along half a cosine.
func annealed(rate float64, step, steps int) float64 {
	return rate * 0.5 * (1 + math.Cos(math.Pi*float64(step)/float64(steps)))
}
