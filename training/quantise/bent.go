package quantise

import (
	"math"

	"github.com/auscult/auscult/tflite"
)

// Activations that bend press what is far from 0, or below it, together: codes that are spent on it tell little. Where
// nothing else takes a tensor, its codes are chosen by what is left of their error behind the activation.

// bent returns the activation that alone takes a tensor, perhaps moved or cut, nil where there is none that bends.
func (g *graph) bent(tensor int) func(float64) float64 {
	for {
		op, ok := g.only(tensor)
		if !ok {
			return nil
		}
		switch o := &g.Operators[op]; o.Op {
		case tflite.Logistic:
			return logistic
		case tflite.Tanh:
			return math.Tanh
		case tflite.LeakyRelu:
			alpha := float64(o.Options.(tflite.LeakyReluOptions).Alpha)
			return func(x float64) float64 { return max(x, 0) + alpha*min(x, 0) }
		case tflite.Elu:
			return func(x float64) float64 { return max(x, math.Expm1(min(x, 0))) }
		case tflite.Gelu:
			return func(x float64) float64 { return x * (1 + math.Erf(x/math.Sqrt2)) / 2 }
		case tflite.HardSwish:
			return func(x float64) float64 { return x * max(0, min(x+3, 6)) / 6 }
		}
		if len(g.moved(op)) != 1 {
			return nil
		}
		tensor = g.out(op)
	}
}

// chooseFor returns the codes with the least mean squared error over the distribution, after f, the two ends being
// chosen each by itself.
func (s *span) chooseFor(f func(float64) float64) codes {
	best, least := fit(s.low, s.high), math.Inf(1)
	width := (s.high - s.low) / histogramBins
	if !(width > 0) {
		return best
	}
	const steps = 24
	exact, at := make([]float64, len(s.counts)), make([]float64, len(s.counts))
	for i := range s.counts {
		at[i] = s.low + (float64(i)+0.5)*width
		exact[i] = f(at[i])
	}
	for low := range steps {
		for high := range steps / 2 {
			c := fit(s.low*(1-float64(low)/steps), s.high*(1-float64(high)/steps))
			var after [256]float64
			for code := range after {
				after[code] = f(c.value(float64(code - 128)))
			}
			sum := 0.0
			for i, n := range s.counts {
				if n == 0 {
					continue
				}
				d := after[int(c.quantise(at[i]))+128] - exact[i]
				sum += n * d * d
			}
			if sum < least {
				best, least = c, sum
			}
		}
	}
	return best
}
