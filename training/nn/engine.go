package nn

import (
	"runtime"

	"github.com/auscult/auscult/training/nn/internal/kernels"
)

// engine is what the layers of a network share: kernels, goroutines and
// scratch. What a task computes must not depend on which worker runs it, nor on
// the order of tasks.
type engine struct {
	im      *kernels.Impl
	threads int
	crew    *crew
	workers []worker
	packed  []float32         // the matrix that a product multiplies by
	partial [shards][]float32 // weight gradients of parts of a batch

	// What a batch has besides its samples.
	seed       uint64    // of the noise in latent values
	step       int64     // of the training, over all epochs
	conditions []float32 // [batch, Network.Conditions]

	fill packTask
}

// worker is the scratch of one goroutine.
type worker struct {
	kernels.Work
	product kernels.Product
	single  [1]kernels.Seg
	patches []float32
	panels  []float32
}

// one returns the segment of n steps.
func (w *worker) one(n int) []kernels.Seg {
	w.single[0] = kernels.Seg{N: int32(n)}
	return w.single[:]
}

// KernelNames returns the families of kernels that this program has, best
// first; not every processor can run all of them.
func KernelNames() []string {
	var names []string
	for _, im := range kernels.Impls() {
		names = append(names, im.Name)
	}
	return names
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

// packTask writes a matrix of blocks x rows x n to panels, where element (b,r,c)
// is src[b*strideBlock+r*strideK+c*strideN].
type packTask struct {
	im                            *kernels.Impl
	dst, src                      []float32
	blocks, rows, n               int
	strideBlock, strideK, strideN int
	do                            func(worker, task int)
}

// pack fills e.packed and returns it with its depth.
func (e *engine) pack(src []float32, blocks, rows, n, strideBlock, strideK, strideN int) ([]float32, int) {
	depth := blocks * rows
	e.packed = grow(e.packed, e.im.PackedLen(depth, n))
	p := &e.fill
	if p.do == nil {
		p.do = p.panel
	}
	p.im, p.dst, p.src = e.im, e.packed, src
	p.blocks, p.rows, p.n = blocks, rows, n
	p.strideBlock, p.strideK, p.strideN = strideBlock, strideK, strideN
	e.run((n+e.im.NR-1)/e.im.NR, p.do)
	return e.packed, depth
}

func (p *packTask) panel(_, t int) {
	depth, nr := p.blocks*p.rows, p.im.NR
	lo, hi := t*nr, min((t+1)*nr, p.n)
	dst := p.dst[lo*depth:]
	for b := range p.blocks {
		p.im.Pack(dst, depth, b*p.rows, p.rows, hi-lo, p.src[b*p.strideBlock+lo*p.strideN:], p.strideK, p.strideN)
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
