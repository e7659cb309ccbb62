package network

import (
	"math"
)

// objective is what a training makes small.
type objective interface {
	// gradient writes the loss's gradient by the outputs y of a batch of inputs x to
	// dy and returns the loss. What it says of layers in between it gives to them.
	gradient(dy, y, x []float32, batch int) float64
	// measure adds a batch that inference has computed to what total makes a loss of.
	measure(y, x []float32, batch int)
	total() float64
}

func newObjective(n *Network, temperature float64) objective {
	if temperature > 0 {
		return &telling{contrast: newContrast(&n.engine, temperature), size: n.Out().Size()}
	}
	return &reproducing{squares: newMeanSquares(&n.engine), latent: n.latent(), size: n.Out().Size()}
}

// reproducing is an autoencoder's: the mean squared error and, with latent values
// that are drawn, their divergence. The two meet in the evidence's lower bound: for
// D outputs that are normal about the reconstruction with the variance that fits
// best, the mean squared error, its negative is D/2*log(mse) + divergence and
// a constant. The loss is mse*exp(2*divergence/D), which grows with that and is in
// squares of the output's unit.
type reproducing struct {
	squares *meanSquares
	latent  *sample // nil for none
	size    int

	sum, divergence float64 // of what was measured
	samples         int
}

// gradient's direction is that of the bound; its length is that of the squared error
// alone.
func (o *reproducing) gradient(dy, y, x []float32, batch int) float64 {
	mse := o.squares.gradient(dy, y, x)
	if o.latent == nil {
		return mse
	}
	o.latent.pressure = 2 * mse / float64(o.size)
	return bounded(mse, o.latent.divergence(batch), o.size)
}

func bounded(mse, divergence float64, size int) float64 {
	return mse * math.Exp(2*divergence/float64(size))
}

func (o *reproducing) measure(y, x []float32, batch int) {
	for i, want := range x {
		d := float64(y[i]) - float64(want)
		o.sum += d * d
	}
	if o.latent != nil {
		o.divergence += o.latent.divergence(batch) * float64(batch)
	}
	o.samples += batch
}

func (o *reproducing) total() float64 {
	n := float64(o.samples)
	l := bounded(o.sum/(n*float64(o.size)), o.divergence/n, o.size)
	o.sum, o.divergence, o.samples = 0, 0, 0
	return l
}

// telling tells samples from each other by two views of each.
type telling struct {
	*contrast
	size int
	sum  float64
	rows int
}

func (o *telling) gradient(dy, y, _ []float32, _ int) float64 {
	return o.contrast.gradient(dy, y, o.size)
}

func (o *telling) measure(y, _ []float32, batch int) {
	o.sum += o.contrast.gradient(nil, y, o.size) * float64(batch)
	o.rows += batch
}

func (o *telling) total() float64 {
	l := o.sum / float64(o.rows)
	o.sum, o.rows = 0, 0
	return l
}

// validation takes the loss of samples as inference computes it.
type validation struct {
	n    *Network
	loss objective
	pick *picker
	all  []int
}

// validationBatch is how many samples are run at once.
const validationBatch = 64

func newValidation(n *Network, cfg Config) *validation {
	v := &validation{n: n, loss: newObjective(n, cfg.Temperature), all: make([]int, cfg.Validation.Len())}
	v.pick = newPicker(n, cfg.Validation, validationBatch, cfg.Temperature > 0, cfg.Seed)
	for i := range v.all {
		v.all[i] = i
	}
	return v
}

// validationStep is the first step that the views of what is held back are drawn for:
// the same ones after each epoch, and none that training saw.
const validationStep = 1 << 39

func (v *validation) measure() float64 {
	for lo := 0; lo < len(v.all); lo += validationBatch {
		hi := min(lo+validationBatch, len(v.all))
		x, batch := v.pick.batch(v.all[lo:hi], validationStep+int64(lo))
		v.loss.measure(v.n.Forward(x, batch), x, batch)
	}
	return v.loss.total()
}

// picker fills a batch.
type picker struct {
	n          *Network
	data       Samples
	x          []float32
	conditions []float32
	views      bool
	seed       uint64
	numbers    []int
	step       int64
	task       func(worker, task int)
}

// pickSpan is how many samples one task fetches.
const pickSpan = 16

// newPicker returns a picker of batches of up to most samples, of which each has two
// rows, first all of one view and then all of the other, when views is set.
func newPicker(n *Network, data Samples, most int, views bool, seed uint64) *picker {
	p := &picker{n: n, data: data, views: views, seed: seed}
	rows := most
	if views {
		rows *= 2
	}
	p.x = make([]float32, rows*n.In().Size())
	p.conditions = make([]float32, rows*n.Conditions())
	p.task = p.span
	return p
}

// batch returns the rows of some samples, and how many they are. It sets the
// conditions that they were taken under.
func (p *picker) batch(numbers []int, step int64) ([]float32, int) {
	p.numbers, p.step = numbers, step
	rows := len(numbers)
	if p.views {
		rows *= 2
	}
	p.n.engine.run((rows+pickSpan-1)/pickSpan, p.task)
	if len(p.conditions) > 0 {
		p.n.SetConditions(p.conditions)
	}
	return p.x[:rows*p.n.In().Size()], rows
}

func (p *picker) span(_, t int) {
	size, count := p.n.In().Size(), p.n.Conditions()
	rows := len(p.numbers)
	if !p.views {
		for i := t * pickSpan; i < min((t+1)*pickSpan, rows); i++ {
			p.data.Sample(p.numbers[i], p.x[i*size:(i+1)*size])
			if count > 0 {
				p.data.(Conditioned).Conditions(p.numbers[i], p.conditions[i*count:(i+1)*count])
			}
		}
		return
	}
	for i := t * pickSpan; i < min((t+1)*pickSpan, 2*rows); i++ {
		View(p.data.(Views), p.numbers[i%rows], p.x[i*size:(i+1)*size], p.seed, p.step, i)
		if count > 0 {
			p.data.(Conditioned).Conditions(p.numbers[i%rows], p.conditions[i*count:(i+1)*count])
		}
	}
}

// meanSquares computes the mean squared error and its gradient.
type meanSquares struct {
	e           *engine
	part        []float64
	dy, y, want []float32
	scale       float32
	task        func(worker, task int)
}

func newMeanSquares(e *engine) *meanSquares {
	s := &meanSquares{e: e}
	s.task = s.span
	return s
}

// gradient writes the gradient of mean((y-want)²) by y to dy and returns the
// mean.
func (s *meanSquares) gradient(dy, y, want []float32) float64 {
	tasks := spans(len(y))
	if len(s.part) < tasks {
		s.part = make([]float64, tasks)
	}
	s.dy, s.y, s.want, s.scale = dy, y, want, float32(2/float64(len(y)))
	s.e.run(tasks, s.task)
	sum := 0.0
	for _, v := range s.part[:tasks] {
		sum += v
	}
	return sum / float64(len(y))
}

func (s *meanSquares) span(_, t int) {
	lo, hi := t*elementSpan, min((t+1)*elementSpan, len(s.y))
	s.part[t] = s.e.im.Difference(s.dy[lo:hi], s.y[lo:hi], s.want[lo:hi], s.scale)
}
