package network

import (
	"fmt"
	"math/rand/v2"
	"slices"
)

// Begin returns the checkpoint of a training that has not made a step, so that
// another engine may do it: it has the layers, the initial weights and everything
// that Config says in numbers.
func (n *Network) Begin(samples int, cfg Config) (*Checkpoint, error) {
	if err := n.checkConfig(samples, &cfg); err != nil {
		return nil, err
	}
	f := newFitting(n, count(samples), cfg)
	c := &Checkpoint{head: f.head, arrays: cloneAll(n.state())}
	return c, nil
}

// count are samples of which only the number matters.
type count int

// Len returns the number of samples.
func (c count) Len() int { return int(c) }

// Sample writes nothing.
func (count) Sample(int, []float32) {}

// Plan is what a checkpoint says of its training.
type Plan struct {
	Specs         []Spec
	Samples       int
	Epochs, Batch int
	LearningRate  float64 // at the start
	Seed          uint64  // of the order of samples
	Patience      int
	Temperature   float64 // Config's
}

// Plan returns what the training was asked for.
func (c *Checkpoint) Plan() Plan {
	h := &c.head
	return Plan{slices.Clone(h.Specs), h.Samples, h.Epochs, h.Batch, h.Rate, h.Seed, h.Patience, h.Temperature}
}

// Conditions returns the number of operating conditions that the layers take.
func (p Plan) Conditions() int { return conditions(p.Specs) }

// Steps returns the steps of an epoch, and which samples of its order step i takes.
func (p Plan) Steps() int { return (p.Samples + p.Batch - 1) / p.Batch }

// Span returns which part of an epoch's order a step takes.
func (p Plan) Span(step int) (lo, hi int) {
	return step * p.Samples / p.Steps(), (step + 1) * p.Samples / p.Steps()
}

// Rate returns the learning rate of a step, counted over all epochs.
func (p Plan) Rate(step int) float64 { return annealed(p.LearningRate, step, p.Epochs*p.Steps()) }

// Order gives the order of samples, epoch after epoch.
type Order struct {
	numbers []int
	rng     *rand.Rand
}

// NewOrder returns the order that a training with this plan takes its samples in.
func (p Plan) NewOrder() *Order {
	o := &Order{numbers: make([]int, p.Samples), rng: rand.New(rand.NewPCG(p.Seed, streamShuffle))}
	for i := range o.numbers {
		o.numbers[i] = i
	}
	return o
}

// Next returns the order of the next epoch; the slice serves until the next call.
func (o *Order) Next() []int {
	shuffle(o.numbers, o.rng)
	return o.numbers
}

// View writes what a training with this seed sees in row i of the batch of a step, counted
// from 0 over all epochs: a view of the sample.
func View(v Views, sample int, dst []float32, seed uint64, step int64, i int) {
	var source rand.PCG
	seedFor(&source, seed, streamViews, step, i)
	v.View(sample, rand.New(&source), dst)
}

// State is a layer's arrays in a checkpoint, in the layouts that the package
// comment gives. They are the checkpoint's own memory.
type State struct {
	Spec        Spec
	W, Bias     []float32
	Gamma, Beta []float32
	Mean, Var   []float32
}

// States returns the arrays of all layers.
func (c *Checkpoint) States() []State {
	states := make([]State, len(c.head.Specs))
	at := 0
	next := func() []float32 {
		a := c.arrays[at]
		at += 3 // its moments lie behind it
		return a
	}
	for i, s := range c.head.Specs {
		states[i].Spec = s
		switch sizes := paramSizes(s); {
		case s.Kind == BatchNorm:
			states[i].Gamma, states[i].Beta = next(), next()
		case len(sizes) > 0:
			states[i].W = next()
			if len(sizes) > 1 {
				states[i].Bias = next()
			}
		}
	}
	for i, s := range c.head.Specs {
		if s.Kind == BatchNorm {
			states[i].Mean, states[i].Var = c.arrays[at], c.arrays[at+1]
			at += 2
		}
	}
	return states
}

// Network returns a network of its own memory with the checkpoint's layers and weights.
func (c *Checkpoint) Network() (*Network, error) {
	n, err := New(c.head.Specs, 0)
	if err != nil {
		return nil, err
	}
	for i, s := range c.States() {
		w := n.Weights(i)
		copyAll([][]float32{w.W, w.Bias, w.Gamma, w.Beta, w.Mean, w.Var},
			[][]float32{s.W, s.Bias, s.Gamma, s.Beta, s.Mean, s.Var})
	}
	return n, nil
}

// Finish marks the training as over, with what there is to tell of it. Its arrays
// hold the result by then.
func (c *Checkpoint) Finish(h History) error {
	if n := len(h.Loss); n < 1 || n > c.head.Epochs {
		return fmt.Errorf("%w: %d epochs were trained of %d", errCheckpoint, n, c.head.Epochs)
	}
	c.head.History = h.clone()
	c.head.Epoch, c.head.Step, c.head.Total = len(h.Loss), 0, 0
	c.head.Ended, c.head.Seen, c.head.HasBest = true, true, false
	return c.check()
}
