package nn

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
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
	Loss []float64 // per epoch that ended, mean squared error while training
}

const (
	maxEpochs = 100000
	maxBatch  = 65536
)

// Fit teaches the network to reproduce the samples. Each epoch takes all of
// them once, in an order that the seed gives, cut into steps of equal size give
// or take one sample. Once ctx is done it stops between two steps and returns
// what it has with the context's error; the network keeps what it learned.
func (n *Network) Fit(ctx context.Context, data Samples, cfg Config) (History, error) {
	var h History
	count, size := data.Len(), n.In().Size()
	switch {
	case n.Out().Size() != size:
		return h, fmt.Errorf("nn: input %v and output %v differ: only autoencoders can be trained", n.In(), n.Out())
	case cfg.Epochs < 1 || cfg.Epochs > maxEpochs:
		return h, fmt.Errorf("nn: %d epochs: must be 1 to %d", cfg.Epochs, maxEpochs)
	case cfg.Batch < 1 || cfg.Batch > maxBatch:
		return h, fmt.Errorf("nn: batch of %d: must be 1 to %d", cfg.Batch, maxBatch)
	case !(cfg.LearningRate >= 0) || cfg.LearningRate > 1:
		return h, fmt.Errorf("nn: learning rate %g: must be above 0, at most 1", cfg.LearningRate)
	case count < 2:
		return h, fmt.Errorf("nn: %d samples: training needs at least 2", count)
	}
	rate := cfg.LearningRate
	if rate == 0 {
		rate = 1e-3
	}
	perEpoch := (count + cfg.Batch - 1) / cfg.Batch
	largest := (count + perEpoch - 1) / perEpoch
	x, dy := make([]float32, largest*size), make([]float32, largest*size)
	pick := newPicker(data, x, size)
	defer n.engine.start()()
	order := make([]int, count)
	for i := range order {
		order[i] = i
	}
	rng := rand.New(rand.NewPCG(cfg.Seed, streamShuffle))
	opt, loss := newAdam(&n.engine, n.params), newMeanSquares(&n.engine)
	steps := perEpoch * cfg.Epochs
	for epoch := range cfg.Epochs {
		shuffle(order, rng)
		total := 0.0
		for s := range perEpoch {
			if err := ctx.Err(); err != nil {
				return h, err
			}
			lo, hi := s*count/perEpoch, (s+1)*count/perEpoch
			batch := hi - lo
			pick.numbers = order[lo:hi]
			n.engine.run((batch+pickSpan-1)/pickSpan, pick.task)
			y := n.forward(x, batch, true, nil)
			l := loss.gradient(dy[:batch*size], y, x[:batch*size])
			if math.IsNaN(l) || math.IsInf(l, 0) {
				return h, fmt.Errorf("nn: epoch %d, step %d of %d: loss is %v: %w", epoch+1, s+1, perEpoch, l, ErrDiverged)
			}
			n.backward(dy[:batch*size], batch, false)
			done := epoch*perEpoch + s
			opt.update(annealed(rate, done, steps))
			total += l * float64(batch)
			if cfg.Progress != nil {
				cfg.Progress(Progress{Epoch: epoch + 1, Epochs: cfg.Epochs, Step: done + 1, Steps: steps, Loss: total / float64(hi)})
			}
		}
		h.Loss = append(h.Loss, total/float64(count))
	}
	return h, nil
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
