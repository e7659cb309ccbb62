package network

import (
	"math"
	"math/rand/v2"
)

// sample draws a latent value from the normal distribution that the two halves of
// its input's channels describe, means and logarithms of variances: y = mean +
// exp(logvar/2)*noise. Inference takes the mean. It is the reparametrisation of a
// variational autoencoder, and keeps the divergence that belongs to it.
type sample struct {
	e        *engine
	rows, c  int // of one sample: positions, latent channels
	x, y     []float32
	noise    []float32
	train    bool
	dy, dx   []float32
	kl       []float64 // of each sample of the batch
	pressure float64   // of the divergence, in the loss that backward sees
	draw     func(noise []float32, i int)

	forwardTask, backwardTask func(worker, task int)
}

func newSample(e *engine, s Spec) *sample {
	l := &sample{e: e, rows: s.In.H * s.In.W, c: s.Out.C}
	l.draw = func(noise []float32, i int) { Noise(noise, e.seed, e.step, i) }
	l.forwardTask, l.backwardTask = l.forwardOne, l.backwardOne
	return l
}

func (l *sample) params() []*param { return nil }

func (l *sample) reserve(n int) {
	l.y, l.noise = grow(l.y, n*l.rows*l.c), grow(l.noise, n*l.rows*l.c)
	if len(l.kl) < n {
		l.kl = make([]float64, n)
	}
}

func (l *sample) forward(x []float32, n int, train bool) []float32 {
	l.x, l.train = x, train
	l.e.run(n, l.forwardTask)
	return l.y[:n*l.rows*l.c]
}

func (l *sample) forwardOne(_, i int) {
	size := l.rows * l.c
	x, y, noise := l.x[2*i*size:2*(i+1)*size], l.y[i*size:(i+1)*size], l.noise[i*size:(i+1)*size]
	if l.train {
		l.draw(noise, i)
	}
	kl := 0.0
	for r := range l.rows {
		at := x[2*r*l.c : 2*(r+1)*l.c]
		for c, mean := range at[:l.c] {
			logvar := clampLogVar(at[l.c+c])
			kl += Divergence(float64(mean), float64(logvar))
			k := r*l.c + c
			y[k] = mean
			if l.train {
				y[k] += float32(math.Exp(float64(logvar)/2)) * noise[k]
			}
		}
	}
	l.kl[i] = kl
}

// Divergence returns the divergence of the normal distribution of a mean and a
// logarithm of a variance from the standard one, in nats: 0 or more.
func Divergence(mean, logvar float64) float64 {
	return (mean*mean + math.Exp(logvar) - logvar - 1) / 2
}

// maxLogVar bounds the logarithm of a variance either way: beyond it nothing can be
// learned, and its exponential would not stay finite.
const maxLogVar = 16

func clampLogVar(v float32) float32 { return max(-maxLogVar, min(v, maxLogVar)) } // keeps NaN

// divergence returns the batch's mean divergence, in nats.
func (l *sample) divergence(n int) float64 {
	sum := 0.0
	for _, v := range l.kl[:n] {
		sum += v
	}
	return sum / float64(n)
}

// backward adds the divergence's own gradient, times pressure for the batch's mean.
func (l *sample) backward(dy, dx []float32, n int) []float32 {
	if dx == nil {
		return nil
	}
	l.dy, l.dx = dy, dx
	l.pressure /= float64(n)
	l.e.run(n, l.backwardTask)
	return dx
}

func (l *sample) backwardOne(_, i int) {
	size := l.rows * l.c
	x, dx := l.x[2*i*size:2*(i+1)*size], l.dx[2*i*size:2*(i+1)*size]
	dy, noise := l.dy[i*size:(i+1)*size], l.noise[i*size:(i+1)*size]
	for r := range l.rows {
		at, to := x[2*r*l.c:2*(r+1)*l.c], dx[2*r*l.c:2*(r+1)*l.c]
		for c, mean := range at[:l.c] {
			k := r*l.c + c
			to[c] = dy[k] + float32(l.pressure*float64(mean))
			logvar := at[l.c+c]
			if logvar != clampLogVar(logvar) {
				to[l.c+c] = 0
				continue
			}
			half := math.Exp(float64(logvar) / 2)
			to[l.c+c] = float32(float64(dy[k])*float64(noise[k])*half/2 + l.pressure*(half*half-1)/2)
		}
	}
}

// Noise fills dst with the standard normal noise that a training with this seed gives
// to sample i of the batch of a step, counted from 0 over all epochs.
func Noise(dst []float32, seed uint64, step int64, i int) {
	var source rand.PCG
	seedFor(&source, seed, streamNoise, step, i)
	for k := 0; k < len(dst); k += 2 {
		// Box and Muller, written out so that every version of Go gives the same.
		radius := math.Sqrt(-2 * math.Log(1-unit(&source)))
		sin, cos := math.Sincos(2 * math.Pi * unit(&source))
		dst[k] = float32(radius * cos)
		if k+1 < len(dst) {
			dst[k+1] = float32(radius * sin)
		}
	}
}

// seedFor starts a stream of random numbers of its own for a row of a step's batch.
func seedFor(source *rand.PCG, seed, stream uint64, step int64, row int) {
	source.Seed(seed, stream<<60|uint64(step)<<20|uint64(row))
}

// unit draws from 0 to 1, 1 left out.
func unit(source *rand.PCG) float64 { return float64(source.Uint64()>>11) / (1 << 53) }
