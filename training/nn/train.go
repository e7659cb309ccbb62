package nn

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
)

// ErrDiverged means that the loss became infinite or not a number.
var ErrDiverged = errors.New("training diverged: lower the learning rate")

// Samples are the inputs to learn from. Sample is called by several goroutines at
// once.
type Samples interface {
	// Len returns the number of samples.
	Len() int
	// Sample writes sample i to dst, whose length is the network's input.
	Sample(i int, dst []float32)
}

// Config says how to train.
type Config struct {
	Epochs       int     // 1 to 100,000
	Batch        int     // samples in one step, about: 1 to 65,536
	LearningRate float64 // at the start; 0 means 1e-3
	Seed         uint64  // of the order of samples

	// Validation, if set, is what the loss is taken of after each epoch, as
	// inference computes it. The weights of the best epoch are the result.
	Validation Samples
	// Patience ends training after as many epochs without a better loss of
	// Validation; 0 means never.
	Patience int

	// Save, if set, gets a checkpoint after each epoch, and one when ctx ends. An
	// error of its ends the training.
	Save func(*Checkpoint) error
	// Label goes into checkpoints; one with another label is not gone on from.
	Label string
	// Resume is where to go on. Layers, samples and what stands above must be what
	// they were; the kernels are what they were then.
	Resume *Checkpoint

	// Grids, if set, has one for each layer: training then sees activations and weights
	// rounded, as int8 inference does. It takes a network without batch
	// normalisation.
	Grids []Grid

	// Progress, if set, is called after every step.
	Progress func(Progress)
}

// Progress tells where training stands.
type Progress struct {
	Epoch, Epochs int     // epoch in progress, from 1
	Step, Steps   int     // steps done, in all epochs
	Loss          float64 // mean over the epoch so far
}

// History tells how training went.
type History struct {
	Loss []float64 `json:"loss"` // per epoch that ended, mean squared error while training
	// Validation has the same of what was held back, where there is such.
	Validation []float64 `json:"validation,omitempty"`
	// Best is the epoch, from 1, whose weights are the result; 0 means the last.
	Best int `json:"best,omitempty"`
}

func (h History) clone() History {
	h.Loss, h.Validation = slices.Clone(h.Loss), slices.Clone(h.Validation)
	return h
}

const (
	maxEpochs = 100000
	maxBatch  = 65536
)

func (n *Network) checkConfig(count int, cfg *Config) error {
	switch {
	case n.Out().Size() != n.In().Size():
		return fmt.Errorf("nn: input %v and output %v differ: only autoencoders can be trained", n.In(), n.Out())
	case cfg.Epochs < 1 || cfg.Epochs > maxEpochs:
		return fmt.Errorf("nn: %d epochs: must be 1 to %d", cfg.Epochs, maxEpochs)
	case cfg.Batch < 1 || cfg.Batch > maxBatch:
		return fmt.Errorf("nn: batch of %d: must be 1 to %d", cfg.Batch, maxBatch)
	case !(cfg.LearningRate >= 0) || cfg.LearningRate > 1:
		return fmt.Errorf("nn: learning rate %g: must be above 0, at most 1", cfg.LearningRate)
	case cfg.Patience < 0 || cfg.Patience > 0 && cfg.Validation == nil:
		return fmt.Errorf("nn: patience of %d epochs: must be 0 or more, and needs samples to validate on", cfg.Patience)
	case cfg.Validation != nil && cfg.Validation.Len() == 0:
		return fmt.Errorf("nn: no samples to validate on")
	case count < 2:
		return fmt.Errorf("nn: %d samples: training needs at least 2", count)
	}
	if cfg.LearningRate == 0 {
		cfg.LearningRate = 1e-3
	}
	return nil
}

// Fit teaches the network to reproduce the samples. Each epoch takes all of
// them once, in an order that the seed gives, cut into steps of equal size give
// or take one sample. Once ctx is done it stops between two steps and returns
// what it has with the context's error; the network keeps what it learned.
func (n *Network) Fit(ctx context.Context, data Samples, cfg Config) (History, error) {
	if err := n.checkConfig(data.Len(), &cfg); err != nil {
		return History{}, err
	}
	f := newFitting(n, data, cfg)
	if f.round != nil {
		if err := f.round.check(); err != nil {
			return History{}, err
		}
	}
	if cfg.Resume != nil {
		if err := f.resume(cfg.Resume); err != nil {
			return History{}, err
		}
	}
	defer n.engine.start()()
	err := f.run(ctx)
	if f.best != nil {
		copyAll(n.usable(), f.best)
	}
	return f.head.History, err
}

// fitting is one training.
type fitting struct {
	n        *Network
	cfg      Config
	head     checkpointHead // where it stands
	perEpoch int
	size     int
	order    []int
	rng      *rand.Rand
	pick     *picker
	x, dy    []float32
	opt      *adam
	loss     *meanSquares
	best     [][]float32 // weights of the best epoch, where there is validation
	round    *rounding   // nil: nothing is rounded
	check    *validation
}

func newFitting(n *Network, data Samples, cfg Config) *fitting {
	count := data.Len()
	f := &fitting{n: n, cfg: cfg, size: n.In().Size(), perEpoch: (count + cfg.Batch - 1) / cfg.Batch}
	f.head = checkpointHead{Label: cfg.Label, Specs: n.specs, Kernels: n.Kernels(), Samples: count, Epochs: cfg.Epochs, Batch: cfg.Batch,
		Rate: cfg.LearningRate, Seed: cfg.Seed, Patience: cfg.Patience}
	largest := (count + f.perEpoch - 1) / f.perEpoch
	f.x, f.dy = make([]float32, largest*f.size), make([]float32, largest*f.size)
	f.order = make([]int, count)
	for i := range f.order {
		f.order[i] = i
	}
	f.rng = rand.New(rand.NewPCG(cfg.Seed, streamShuffle))
	f.pick = newPicker(data, f.x, f.size)
	f.opt, f.loss = newAdam(&n.engine, n.params), newMeanSquares(&n.engine)
	for _, p := range n.params { // of a training before
		clear(p.m)
		clear(p.v)
	}
	if cfg.Grids != nil {
		f.round = newRounding(n, cfg.Grids)
	}
	if cfg.Validation != nil {
		f.check = &validation{n: n, data: cfg.Validation}
	}
	return f
}

// run does the epochs that are left.
func (f *fitting) run(ctx context.Context) error {
	h := &f.head
	for !h.Ended {
		shuffle(f.order, f.rng)
		if err := f.epoch(ctx); err != nil {
			if ctx.Err() != nil {
				return errors.Join(err, f.save())
			}
			return err
		}
		h.History.Loss = append(h.History.Loss, h.Total/float64(h.Samples))
		h.Epoch, h.Step, h.Total = h.Epoch+1, 0, 0
		h.Ended = h.Epoch == h.Epochs
		if f.check != nil {
			if err := f.validate(); err != nil {
				return err
			}
		}
		if err := f.save(); err != nil {
			return err
		}
	}
	return nil
}

// epoch does the steps that are left of one.
func (f *fitting) epoch(ctx context.Context) error {
	h := &f.head
	for ; h.Step < f.perEpoch; h.Step++ {
		if err := ctx.Err(); err != nil {
			return err
		}
		lo, hi := h.Step*h.Samples/f.perEpoch, (h.Step+1)*h.Samples/f.perEpoch
		l := f.step(f.order[lo:hi])
		if math.IsNaN(l) || math.IsInf(l, 0) {
			return fmt.Errorf("nn: epoch %d, step %d of %d: loss is %v: %w", h.Epoch+1, h.Step+1, f.perEpoch, l, ErrDiverged)
		}
		h.Total += l * float64(hi-lo)
		if f.cfg.Progress != nil {
			f.cfg.Progress(Progress{Epoch: h.Epoch + 1, Epochs: h.Epochs, Step: h.Epoch*f.perEpoch + h.Step + 1,
				Steps: h.Epochs * f.perEpoch, Loss: h.Total / float64(hi)})
		}
	}
	return nil
}

// step learns from a batch and returns its loss. A loss that is not finite
// changes nothing.
func (f *fitting) step(numbers []int) float64 {
	batch := len(numbers)
	f.pick.numbers = numbers
	f.n.engine.run((batch+pickSpan-1)/pickSpan, f.pick.task)
	var forward, backward func(int, []float32)
	if f.round != nil {
		f.round.begin()
		forward, backward = f.round.forward, f.round.backward
	}
	y := f.n.forward(f.x, batch, true, forward)
	dy := f.dy[:batch*f.size]
	l := f.loss.gradient(dy, y, f.x[:batch*f.size])
	finite := !math.IsNaN(l) && !math.IsInf(l, 0)
	if finite {
		f.n.backward(dy, batch, false, backward)
	}
	if f.round != nil {
		f.round.end()
	}
	if !finite {
		return l
	}
	f.opt.update(annealed(f.cfg.LearningRate, f.head.Epoch*f.perEpoch+f.head.Step, f.head.Epochs*f.perEpoch))
	return l
}

// validate takes the loss of what was held back and decides whether to go on.
func (f *fitting) validate() error {
	h := &f.head
	l := f.check.loss()
	if math.IsNaN(l) || math.IsInf(l, 0) {
		return fmt.Errorf("nn: epoch %d: loss of what was held back is %v: %w", h.Epoch, l, ErrDiverged)
	}
	hist := &h.History
	if hist.Best == 0 || l < hist.Validation[hist.Best-1] {
		hist.Best = h.Epoch
		if f.best == nil {
			f.best = cloneAll(f.n.usable())
		}
		copyAll(f.best, f.n.usable())
	}
	hist.Validation = append(hist.Validation, l)
	if f.cfg.Patience > 0 && h.Epoch-hist.Best >= f.cfg.Patience {
		h.Ended = true
	}
	return nil
}

// save gives a checkpoint of where the training stands.
func (f *fitting) save() error {
	if f.cfg.Save == nil {
		return nil
	}
	c := &Checkpoint{head: f.head, arrays: cloneAll(f.n.state())}
	c.head.History = f.head.History.clone()
	for _, l := range f.n.layers {
		if b, ok := l.(*batchNorm); ok {
			c.head.Seen = b.seen
		}
	}
	if f.best != nil {
		c.head.HasBest = true
		c.arrays = append(c.arrays, cloneAll(f.best)...)
	}
	return f.cfg.Save(c)
}

// resume puts the training where the checkpoint left it.
func (f *fitting) resume(c *Checkpoint) error {
	h, was := &f.head, &c.head
	switch {
	case was.Label != h.Label:
		return fmt.Errorf("%w: made for %q, not for %q", errCheckpoint, was.Label, h.Label)
	case !slices.Equal(was.Specs, h.Specs):
		return fmt.Errorf("%w: made for other layers", errCheckpoint)
	case was.Samples != h.Samples:
		return fmt.Errorf("%w: made for %d samples, not for %d", errCheckpoint, was.Samples, h.Samples)
	case was.Epochs != h.Epochs || was.Batch != h.Batch || was.Rate != h.Rate || was.Seed != h.Seed || was.Patience != h.Patience:
		return fmt.Errorf("%w: made with %d epochs, batch %d, learning rate %g, seed %d, patience %d; these must be the same",
			errCheckpoint, was.Epochs, was.Batch, was.Rate, was.Seed, was.Patience)
	case was.Epoch > 0 && was.HasBest != (f.check != nil), was.Epoch == 0 && was.HasBest:
		return fmt.Errorf("%w: made with other samples to validate on", errCheckpoint)
	}
	if err := f.n.UseKernels(was.Kernels); err != nil {
		return fmt.Errorf("%w: made with kernels that are not to be had here: %w", errCheckpoint, err)
	}
	f.head = *was
	f.head.History = was.History.clone()
	state := f.n.state()
	copyAll(state, c.arrays[:len(state)])
	for _, l := range f.n.layers {
		if b, ok := l.(*batchNorm); ok {
			b.seen = was.Seen
		}
	}
	if was.HasBest {
		f.best = cloneAll(c.arrays[len(state):])
	}
	f.opt.step = was.Epoch*f.perEpoch + was.Step
	for range was.Epoch {
		shuffle(f.order, f.rng)
	}
	return nil
}

// validation takes the loss of samples as inference computes it.
type validation struct {
	n    *Network
	data Samples
	x    []float32
}

// validationBatch is how many samples are run at once.
const validationBatch = 64

func (v *validation) loss() float64 {
	size := v.n.In().Size()
	v.x = grow(v.x, validationBatch*size)
	sum := 0.0
	for lo := 0; lo < v.data.Len(); lo += validationBatch {
		k := min(validationBatch, v.data.Len()-lo)
		for i := range k {
			v.data.Sample(lo+i, v.x[i*size:(i+1)*size])
		}
		y := v.n.Forward(v.x, k)
		for i, want := range v.x[:k*size] {
			d := float64(y[i]) - float64(want)
			sum += d * d
		}
	}
	return sum / float64(v.data.Len()*size)
}

// picker fills a batch.
type picker struct {
	data    Samples
	x       []float32
	size    int
	numbers []int
	task    func(worker, task int)
}

// pickSpan is how many samples one task fetches.
const pickSpan = 16

func newPicker(data Samples, x []float32, size int) *picker {
	p := &picker{data: data, x: x, size: size}
	p.task = p.span
	return p
}

func (p *picker) span(_, t int) {
	for i := t * pickSpan; i < min((t+1)*pickSpan, len(p.numbers)); i++ {
		p.data.Sample(p.numbers[i], p.x[i*p.size:(i+1)*p.size])
	}
}

// shuffle puts order into a random order. It is written out so that a seed
// gives the same order with every version of Go.
func shuffle(order []int, rng *rand.Rand) {
	for i := len(order) - 1; i > 0; i-- {
		j := int(rng.Uint64() % uint64(i+1))
		order[i], order[j] = order[j], order[i]
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
