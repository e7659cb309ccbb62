package quantise

import (
	"context"

	"github.com/auscult/auscult/tflite"
	"github.com/auscult/auscult/training/dataset"
)

// plan says what the int8 codes of each tensor of a model stand for.
type plan struct {
	g     *graph
	o     Options
	spans []span        // of the operators' outputs
	cells []float64     // mean of each channel of the windows
	known map[int]codes // by tensor
}

// newPlan watches a model on windows.
func newPlan(ctx context.Context, m *tflite.Model, windows dataset.NormalWindows, o Options) (*plan, error) {
	g, err := newGraph(m)
	if err != nil {
		return nil, err
	}
	if err := g.suits(windows); err != nil {
		return nil, err
	}
	r, err := newRunner(g, o.Threads)
	if err != nil {
		return nil, err
	}
	p := &plan{g: g, o: o, known: map[int]codes{}}
	p.spans, p.cells, err = r.measure(ctx, windows, o.MaxWindows, float32(o.Raise))
	return p, err
}

// span returns what was seen of a tensor that an operator gives.
func (p *plan) span(tensor int) *span { return &p.spans[p.g.producer[tensor]] }

// means returns the mean of each channel of a tensor, nil where none was measured.
func (p *plan) means(tensor int) []float64 {
	if tensor == p.g.Inputs[0] {
		return p.cells
	}
	if p.g.producer[tensor] == none {
		return nil // conditions: what they are on the windows says little
	}
	return p.span(tensor).means()
}

// of returns the codes of a tensor that is no constant.
func (p *plan) of(tensor int) codes {
	c, ok := p.known[tensor]
	if !ok {
		c = p.choose(tensor)
		p.known[tensor] = c
	}
	return c
}

func (p *plan) choose(tensor int) codes {
	op := p.g.producer[tensor]
	if op == none {
		return input
	}
	switch o := &p.g.Operators[op]; o.Op {
	case tflite.Logistic, tflite.Softmax:
		return logisticOutput
	case tflite.Tanh:
		return tanhOutput
	}
	if from := p.g.moved(op); len(from) == 1 {
		return p.of(from[0]) // TFLite's rule
	} else if len(from) > 1 {
		return p.joint(tensor, from)
	}
	if c, ok := p.divergenceCodes(tensor); ok {
		return c
	}
	if p.g.driven(op) {
		return p.drivenCodes(tensor, op)
	}
	if joint := p.g.jointOf(tensor); joint != none {
		return p.of(joint)
	}
	return p.operand(tensor, p.observed(tensor))
}

// observed chooses codes by what was seen of a tensor.
func (p *plan) observed(tensor int) codes {
	s := p.span(p.g.kept(tensor))
	_, overall := p.g.overall(p.g.producer[tensor])
	isOutput := p.g.leaves(tensor)
	switch {
	case isOutput && p.o.OtherUnit:
		return s.all()
	case isOutput && p.g.size(tensor) == p.g.size(p.g.Inputs[0]):
		return reconstruction(s)
	case isOutput || overall:
		return fit(embeddingRoom*s.low, embeddingRoom*s.high)
	case p.o.Percentile != 0:
		return s.percentile(p.o.Percentile)
	}
	for _, op := range p.g.consumers[tensor] {
		if p.g.Operators[op].Op == tflite.Logistic {
			return s.choose(logistic)
		}
	}
	if f := p.g.bent(tensor); f != nil {
		return s.chooseFor(f)
	}
	return s.choose(identity)
}

// reconstruction returns the codes of an output that is the input again: as fine as what
// was seen lets them be, and no coarser than those of the input, which cannot hold more
// either.
func reconstruction(s *span) codes {
	if c := s.all(); c.scale < input.scale {
		return c
	}
	return input
}

// embeddingRoom is by how much the codes of an output that is not the input again, and of
// a mean over positions, reach beyond what it was on normal sound, raised or not.
const embeddingRoom = 1.5

// finestOperand is by how much the step of what is added may be finer than that of the
// sum: runtimes add within 1/1024.
const finestOperand = 1.0 / 512

// operand makes codes coarse enough for what the tensor is added to.
func (p *plan) operand(tensor int, c codes) codes {
	for _, sum := range p.sums(tensor) {
		c = c.notFinerThan(finestOperand * p.of(sum).scale)
	}
	return c
}

// sums returns what is made of a tensor, or of the same values in another shape, by
// addition or subtraction.
func (p *plan) sums(tensor int) (all []int) {
	for _, op := range p.g.consumers[tensor] {
		switch p.g.Operators[op].Op {
		case tflite.Add, tflite.Sub:
			all = append(all, p.g.out(op))
		case tflite.Reshape:
			all = append(all, p.sums(p.g.out(op))...)
		}
	}
	return all
}

// drivenCodes covers all that the operating conditions can add, whichever of them the
// windows were recorded under.
func (p *plan) drivenCodes(tensor, op int) codes {
	k, _ := p.g.kernelOf(op)
	low, high := 0.0, 0.0
	for c, offset := range k.offsets {
		down, up := float64(offset), float64(offset)
		for r := range k.rows() {
			w := float64(k.weights[k.index(r, c)])
			down, up = down+min(w, 0), up+max(w, 0)
		}
		low, high = min(low, down), max(high, up)
	}
	c := fit(low, high)
	if coarser := p.operand(tensor, c); coarser != c {
		return codes{scale: coarser.scale}
	}
	return c
}
