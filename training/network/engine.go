package network

import (
	"runtime"

	"github.com/auscult/auscult/tflite/matrix"
	"github.com/auscult/auscult/training/network/internal/kernels"
)

// engine is what the layers of a network share: kernels, goroutines and
// scratch. What a task computes must not depend on which worker runs it, nor on
// the order of tasks.
type engine struct {
	im      *kernels.Impl
	threads int
	crew    *crew
	workers []worker
	panels  []float32         // of the matrix that a product multiplies by
	partial [shards][]float32 // weight gradients of parts of a batch

	// What a batch has besides its samples.
	seed       uint64    // of the noise in latent values
	step       int64     // of the training, over all epochs
	conditions []float32 // [batch, Network.Conditions]

	fill packTask
}

// worker is the scratch of one goroutine.
type worker struct {
	matrix.Work
	product matrix.Product
	single  [1]matrix.Seg
	patches []float32
	panels  []float32
}

// one returns the segment of n steps.
func (w *worker) one(n int) []matrix.Seg {
	w.single[0] = matrix.Seg{N: int32(n)}
	return w.single[:]
}

func (e *engine) setThreads(threads int) {
	if threads < 1 {
		threads = runtime.GOMAXPROCS(0)
	}
	e.threads = threads
	for len(e.workers) < threads {
		e.workers = append(e.workers, worker{})
	}
}

// run calls f for every task from 0 and returns when all are done.
func (e *engine) run(tasks int, f func(worker, task int)) {
	switch {
	case min(e.threads, tasks) <= 1:
		for t := range tasks {
			f(0, t)
		}
	case e.crew != nil:
		e.crew.run(tasks, f)
	default:
		c := newCrew(e.threads)
		c.run(tasks, f)
		c.stop()
	}
}

// start keeps goroutines for many runs, until the function that it returns is
// called.
func (e *engine) start() func() {
	if e.crew != nil || e.threads < 2 {
		return func() {}
	}
	e.crew = newCrew(e.threads)
	return func() {
		e.crew.stop()
		e.crew = nil
	}
}

// factor is the matrix B of a product, as matrix.Product takes it.
type factor struct {
	values []float32
	depth  int // rows that were packed, 0 if the values lie as they are
}

// packTask writes blocks of matrices, one below the other, to panels. first is the
// first of them, and stepBlock is the way from each to the next.
type packTask struct {
	im        *kernels.Impl
	dst       []float32
	first     matrix.Matrix
	blocks    int
	stepBlock int
	do        func(worker, task int)
}

// pack packs a matrix into memory that the next call uses again.
func (e *engine) pack(m matrix.Matrix) factor { return e.packBlocks(m, 1, 0) }

// packBlocks does so for several of one size, from first on, one below the other.
func (e *engine) packBlocks(first matrix.Matrix, blocks, stepBlock int) factor {
	depth := blocks * first.K
	e.panels = grow(e.panels, e.im.PackedLen(depth, first.N))
	p := &e.fill
	if p.do == nil {
		p.do = p.panel
	}
	p.im, p.dst, p.first, p.blocks, p.stepBlock = e.im, e.panels, first, blocks, stepBlock
	e.run((first.N+e.im.NR-1)/e.im.NR, p.do)
	return factor{e.panels, depth}
}

func (p *packTask) panel(_, t int) {
	depth, nr := p.blocks*p.first.K, p.im.NR
	lo := t * nr
	dst := p.dst[lo*depth:]
	m := p.first
	m.N = min(nr, m.N-lo)
	for b := range p.blocks {
		m.V = p.first.V[b*p.stepBlock+lo*m.StepN:]
		p.im.Pack(dst, depth, b*m.K, &m)
	}
}

// grow returns s with length n, made anew if it is too small.
func grow(s []float32, n int) []float32 {
	if cap(s) < n {
		return make([]float32, n)
	}
	return s[:n]
}

// multiples returns 0, step, 2*step ...
func multiples(n, step int) []int32 {
	m := make([]int32, n)
	for i := range m {
		m[i] = int32(i * step)
	}
	return m
}

// sumRows adds the rows of a, each as long as sum, to sum: blocks of 128 rows in
// float32, blocks in float64. block is scratch of as many values.
func sumRows(im *kernels.Impl, sum []float64, a, block []float32) {
	n := len(sum)
	for len(a) > 0 {
		clear(block)
		rows := min(len(a)/n, normBlock)
		im.ColSum(block, a[:rows*n])
		for i, v := range block {
			sum[i] += float64(v)
		}
		a = a[rows*n:]
	}
}
