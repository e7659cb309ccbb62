package network

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

// Conditioned are samples that were taken under operating conditions, which a network
// with such layers needs.
type Conditioned interface {
	Samples
	// Conditions writes those of sample i to dst, whose length is Network.Conditions.
	Conditions(i int, dst []float32)
}

// Views are samples that can be shown in many ways which mean the same.
type Views interface {
	Samples
	// View writes sample i to dst as the random numbers want it.
	View(i int, rng *rand.Rand, dst []float32)
}

// Config says how to train.
type Config struct {
	Epochs       int     // 1 to 100,000
	Batch        int     // samples in one step, about: 1 to 65,536
	LearningRate float64 // at the start; 0 means DefaultLearningRate
	Constant     bool    // the learning rate stays; else it falls to 0 by a cosine
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

	// Temperature, if not 0, teaches the network to tell samples from each other
	// instead of reproducing them: two views of one sample are to come out alike, those
	// of different samples not. The samples must be Views. 0.01 to 10; the loss is
	// NT-Xent.
	Temperature float64

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
	// Loss is that of each epoch that ended, while training: the mean squared error, of
	// an autoencoder. With latent values that are drawn it is multiplied by
	// exp(2*divergence/outputs), so that it falls as the evidence's lower bound rises.
	// Of views that are told from each other it is NT-Xent, in nats.
	Loss []float64 `json:"loss"`
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
	case cfg.Temperature != 0 && !(cfg.Temperature >= 0.01 && cfg.Temperature <= 10):
		return fmt.Errorf("network: temperature %g: must be 0.01 to 10", cfg.Temperature)
	case cfg.Temperature != 0 && (cfg.Batch < 2 || cfg.Grids != nil):
		return fmt.Errorf("network: telling samples apart needs a batch of 2 or more, and no grids")
	case cfg.Temperature == 0 && n.Out().Size() != n.In().Size():
		return fmt.Errorf("network: input %v and output %v differ: only autoencoders can be trained to reproduce it",
			n.In(), n.Out())
	case cfg.Epochs < 1 || cfg.Epochs > maxEpochs:
		return fmt.Errorf("network: %d epochs: must be 1 to %d", cfg.Epochs, maxEpochs)
	case cfg.Batch < 1 || cfg.Batch > maxBatch:
		return fmt.Errorf("network: batch of %d: must be 1 to %d", cfg.Batch, maxBatch)
	case !(cfg.LearningRate >= 0) || cfg.LearningRate > 1:
		return fmt.Errorf("network: learning rate %g: must be above 0, at most 1", cfg.LearningRate)
	case cfg.Patience < 0 || cfg.Patience > 0 && cfg.Validation == nil:
		return fmt.Errorf("network: patience of %d epochs: must be 0 or more, and needs samples to validate on", cfg.Patience)
	case cfg.Validation != nil && cfg.Validation.Len() == 0:
		return fmt.Errorf("network: no samples to validate on")
	case count < 2:
		return fmt.Errorf("network: %d samples: training needs at least 2", count)
	}
	if cfg.LearningRate == 0 {
		cfg.LearningRate = DefaultLearningRate
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
	for _, set := range []Samples{data, cfg.Validation} {
		_, conditioned := set.(Conditioned)
		_, views := set.(Views)
		if set != nil && (n.Conditions() > 0 && !conditioned || cfg.Temperature > 0 && !views) {
			return History{}, fmt.Errorf("network: the samples lack what the training asks for: conditions, or views")
		}
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
	order    []int
	rng      *rand.Rand
	pick     *picker
	dy       []float32 // nil: the gradient takes the place of the outputs
	opt      *adam
	loss     objective
	best     [][]float32 // weights of the best epoch, where there is validation
	round    *rounding   // nil: nothing is rounded
	check    *validation
}

func newFitting(n *Network, data Samples, cfg Config) *fitting {
	count := data.Len()
	f := &fitting{n: n, cfg: cfg, perEpoch: (count + cfg.Batch - 1) / cfg.Batch}
	f.head = checkpointHead{
		Label: cfg.Label, Specs: n.specs, Kernels: n.Kernels(), Samples: count, Epochs: cfg.Epochs, Batch: cfg.Batch,
		Rate: cfg.LearningRate, Seed: cfg.Seed, Patience: cfg.Patience, Temperature: cfg.Temperature,
	}
	f.pick = newPicker(n, data, (count+f.perEpoch-1)/f.perEpoch, cfg.Temperature > 0, cfg.Seed)
	if last := n.specs[len(n.specs)-1]; cfg.Temperature > 0 || !last.hasWeights() {
		f.dy = make([]float32, len(f.pick.x)/n.In().Size()*n.Out().Size())
	}
	f.order = make([]int, count)
	for i := range f.order {
		f.order[i] = i
	}
	f.rng = rand.New(rand.NewPCG(cfg.Seed, streamShuffle))
	f.opt, f.loss = newAdam(&n.engine, n.params), newObjective(n, cfg.Temperature)
	for _, p := range n.params { // of a training before
		clear(p.m)
		clear(p.v)
	}
	if cfg.Grids != nil {
		f.round = newRounding(n, cfg.Grids)
	}
	if cfg.Validation != nil {
		f.check = newValidation(n, cfg)
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
			return fmt.Errorf("network: epoch %d, step %d of %d: loss is %v: %w", h.Epoch+1, h.Step+1, f.perEpoch, l, ErrDiverged)
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
	e := &f.n.engine
	e.seed, e.step = f.cfg.Seed, int64(f.head.Epoch*f.perEpoch+f.head.Step)
	x, batch := f.pick.batch(numbers, e.step)
	var forward, backward func(int, []float32)
	if f.round != nil {
		f.round.begin()
		forward, backward = f.round.forward, f.round.backward
	}
	y := f.n.forward(x, batch, true, forward)
	dy := y // which layers with weights do not need any more, and the mean square reads once
	if f.dy != nil {
		dy = f.dy[:len(y)]
	}
	l := f.loss.gradient(dy, y, x, batch)
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
	f.opt.update(f.cfg.Rate(int(e.step), f.head.Epochs*f.perEpoch))
	return l
}

// validate takes the loss of what was held back and decides whether to go on.
func (f *fitting) validate() error {
	h := &f.head
	l := f.check.measure()
	if math.IsNaN(l) || math.IsInf(l, 0) {
		return fmt.Errorf("network: epoch %d: loss of what was held back is %v: %w", h.Epoch, l, ErrDiverged)
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
			c.head.Seen = b.inference.seen
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
	case was.Epochs != h.Epochs || was.Batch != h.Batch || was.Rate != h.Rate || was.Seed != h.Seed ||
		was.Patience != h.Patience || was.Temperature != h.Temperature:
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
			b.inference.seen = was.Seen
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

// shuffle puts order into a random order. It is written out so that a seed
// gives the same order with every version of Go.
func shuffle(order []int, rng *rand.Rand) {
	for i := len(order) - 1; i > 0; i-- {
		j := int(rng.Uint64() % uint64(i+1))
		order[i], order[j] = order[j], order[i]
	}
}
