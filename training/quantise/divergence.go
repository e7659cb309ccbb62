package quantise

import (
	"slices"

	"github.com/auscult/auscult/tflite"
)

// divergence is the part of a model that computes the divergence of latent values from
// the standard normal distribution: overall(mean*mean + exp(logvar) - logvar).
type divergence struct {
	logvars, squares, powers int // tensors
	sum, rest                int // squares+powers, that less the log variances
	out                      int
}

// divergenceAt recognises the part by its EXP.
func (g *graph) divergenceAt(op int) (d divergence, ok bool) {
	if g.Operators[op].Op != tflite.Exp {
		return d, false
	}
	d.logvars, d.powers = g.Operators[op].Inputs[0], g.out(op)
	add, ok := g.only(d.powers)
	if !ok || g.Operators[add].Op != tflite.Add || g.Operators[add].Inputs[1] != d.powers {
		return d, false
	}
	d.squares, d.sum = g.Operators[add].Inputs[0], g.out(add)
	if by := g.producer[d.squares]; by == none || g.Operators[by].Op != tflite.Mul ||
		g.Operators[by].Inputs[0] != g.Operators[by].Inputs[1] {
		return d, false
	}
	sub, ok := g.only(d.sum)
	if !ok || g.Operators[sub].Op != tflite.Sub || !slices.Equal(g.Operators[sub].Inputs, []int{d.sum, d.logvars}) {
		return d, false
	}
	d.rest = g.out(sub)
	last, ok := g.only(d.rest)
	if !ok {
		return d, false
	}
	d.out = g.out(last)
	_, ok = g.overall(last)
	return d, ok
}

// divergenceRoom is how far above the highest divergence of normal sound, raised or
// not, its codes reach: what is not normal must not look like the worst of it.
const divergenceRoom = 2

// Log variances are kept within these, as far as codes are concerned: a latent value that
// varies 7 times as much as normal sound's, or a 400th, says no more.
const (
	leastLogVar = -12
	mostLogVar  = 4
)

// clampLogVars keeps the log variances of a batch within their bounds.
func (g *graph) clampLogVars(tensor int, v *value) {
	if !slices.ContainsFunc(g.divergences, func(d divergence) bool { return d.logvars == tensor }) {
		return
	}
	v.exact = nil
	for i, x := range v.rounded {
		v.rounded[i] = max(leastLogVar, min(x, mostLogVar))
	}
}

// divergenceCodes chooses the codes of a tensor that is about log variances or the
// divergence. Runtimes add within 1/1024, so a step is not much finer than that of the
// sum.
func (p *plan) divergenceCodes(tensor int) (codes, bool) {
	for _, d := range p.g.divergences {
		squares, powers := p.span(d.squares).high, p.span(d.powers).high
		sum := fit(0, squares+powers-leastLogVar) // wide enough for both sums
		switch tensor {
		case d.logvars:
			return p.span(tensor).all().notFinerThan(finestOperand * sum.scale), true
		case d.squares:
			return fit(0, squares).notFinerThan(finestOperand * sum.scale), true
		case d.powers:
			return fit(0, powers).notFinerThan(finestOperand * sum.scale), true
		case d.sum, d.rest:
			return sum, true
		case d.out:
			return fit(0, divergenceRoom*p.span(tensor).high), true
		}
	}
	return codes{}, false
}
