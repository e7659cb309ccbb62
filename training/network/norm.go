package network

import (
	"math"

	"github.com/auscult/auscult/training/network/internal/kernels"
)

// Constants of batch normalisation.
const (
	normEpsilon  = 1e-5
	normMomentum = 0.9 // of the statistics that inference uses
	normBlock    = 128 // rows summed in float32
	normTasks    = 16  // wanted, at least, where there are as many blocks
	normMost     = 8   // blocks that one task sums, at most
)

// batchNorm computes y = gamma*(x-mean)/sqrt(var+epsilon) + beta per channel,
// and, with relu set, max(y, 0) while training.
type batchNorm struct {
	e           *engine
	perSample   int // rows of one sample
	relu        bool
	gamma, beta *param
	inference   normStatistics
	batch       normBatch

	rowBlocks
	x, y, dy []float32
	low      float32      // of the output
	line     kernels.Mask // that the output follows, and by which the ReLU passes
	back     kernels.NormLine
	sums     normSums
	tasks    normSteps
}

// normStatistics are the mean and variance of each channel that inference uses.
type normStatistics struct {
	mean, vari []float32
	seen       bool // they come from data
}

// follow takes a batch's statistics of channel i into account.
func (s *normStatistics) follow(i int, mean, variance float64) {
	if !s.seen {
		s.mean[i], s.vari[i] = float32(mean), float32(variance)
		return
	}
	s.mean[i] = float32(normMomentum*float64(s.mean[i]) + (1-normMomentum)*mean)
	s.vari[i] = float32(normMomentum*float64(s.vari[i]) + (1-normMomentum)*variance)
}

// normBatch are the mean of each channel in the batch at hand, and 1/deviation.
type normBatch struct {
	mean, inv []float32
}

// normSteps are the tasks of each pass over a batch.
type normSteps struct {
	measure, forward, sums, backward func(worker, task int)
}

func newBatchNorm(e *engine, s Spec) *batchNorm {
	c := s.In.C
	b := &batchNorm{e: e, perSample: s.In.H * s.In.W, gamma: newParam(c), beta: newParam(c)}
	b.c, b.sums.c = c, c
	for _, f := range []*[]float32{
		&b.inference.mean, &b.inference.vari, &b.batch.mean, &b.batch.inv,
		&b.line.Scale, &b.line.Shift, &b.back.OfG, &b.back.OfX, &b.back.Rest,
	} {
		*f = make([]float32, c)
	}
	b.back.Mean = b.batch.mean
	for i := range c {
		b.gamma.value[i], b.inference.vari[i] = 1, 1
	}
	b.tasks = normSteps{measure: b.measureSpan, forward: b.forwardSpan, sums: b.sumsSpan, backward: b.backwardSpan}
	return b
}

func (b *batchNorm) params() []*param { return []*param{b.gamma, b.beta} }

func (b *batchNorm) reserve(n int) {
	b.y = grow(b.y, n*b.perSample*b.c)
	b.take(n * b.perSample)
	// Fewer rows may be cut finer, to twice normTasks at most.
	b.sums.reserve(max(b.count(), 2*normTasks))
}

// rowBlocks cuts rows of c values into the spans that one task each works on.
type rowBlocks struct {
	c    int
	rows int
	span int // rows of one task: whole blocks
}

// take sets how many rows there are and how they are cut: by their number
// only, so that the sums do not depend on the threads.
func (r *rowBlocks) take(rows int) {
	r.rows = rows
	r.span = normBlock * max(1, min(rows/(normBlock*normTasks), normMost))
}

// count returns the number of tasks.
func (r *rowBlocks) count() int { return (r.rows + r.span - 1) / r.span }

// values returns where the values of task t lie.
func (r *rowBlocks) values(t int) (lo, hi int) {
	return t * r.span * r.c, min((t+1)*r.span, r.rows) * r.c
}

// normSums are what each task sums, in rows of c values by task: sums, or mean and
// squares about it.
type normSums struct {
	c           int
	part, part2 []float64
	block       []float32 // three rows of scratch
}

func (s *normSums) reserve(tasks int) {
	if n := tasks * s.c; len(s.part) < n {
		s.part, s.part2, s.block = make([]float64, n), make([]float64, n), make([]float32, 3*n)
	}
}

// of returns the rows of task t: two of float64, three of float32.
func (s *normSums) of(t int) (part, part2 []float64, s1, s2, s3 []float32) {
	c := s.c
	block := s.block[3*t*c : 3*(t+1)*c]
	return s.part[t*c : (t+1)*c], s.part2[t*c : (t+1)*c], block[:c], block[c : 2*c], block[2*c:]
}

func (b *batchNorm) forward(x []float32, n int, train bool) []float32 {
	b.x = x
	b.take(n * b.perSample)
	b.low = float32(math.Inf(-1))
	scale, shift := b.line.Scale, b.line.Shift
	if train {
		b.measure()
		for i := range b.c {
			scale[i] = b.gamma.value[i] * b.batch.inv[i]
			shift[i] = b.beta.value[i] - b.batch.mean[i]*scale[i]
		}
		if b.relu {
			b.low = 0
		}
	} else {
		for i := range b.c {
			s := float64(b.gamma.value[i]) / math.Sqrt(float64(b.inference.vari[i])+normEpsilon)
			scale[i] = float32(s)
			shift[i] = float32(float64(b.beta.value[i]) - float64(b.inference.mean[i])*s)
		}
	}
	b.e.run(b.count(), b.tasks.forward)
	if !train {
		b.x = nil
	}
	return b.y[:b.rows*b.c]
}

func (b *batchNorm) forwardSpan(_, t int) {
	lo, hi := b.values(t)
	b.e.im.ScaleShift(b.y[lo:hi], b.x[lo:hi], b.line.Scale, b.line.Shift, b.low)
}

// measure finds the batch's mean and variance and follows them with the
// statistics for inference.
func (b *batchNorm) measure() {
	tasks := b.count()
	b.e.run(tasks, b.tasks.measure)
	for i := range b.c {
		mean, squares, count := 0.0, 0.0, 0.0
		for t := range tasks {
			n := float64(min(b.span, b.rows-t*b.span))
			mean, squares, count = joined(mean, squares, count, b.sums.part[t*b.c+i], b.sums.part2[t*b.c+i], n)
		}
		variance := squares / count
		unbiased := squares / max(count-1, 1)
		b.batch.mean[i], b.batch.inv[i] = float32(mean), float32(1/math.Sqrt(variance+normEpsilon))
		b.inference.follow(i, mean, unbiased)
	}
	b.inference.seen = true
}

// joined returns mean, sum of squares about it, and number of two sets of values
// together.
func joined(mean, squares, count, mean2, squares2, count2 float64) (float64, float64, float64) {
	total := count + count2
	d := mean2 - mean
	return mean + d*count2/total, squares + squares2 + d*d*count*count2/total, total
}

// measureSpan finds mean and squares of a task's rows. Each block is read once:
// the squares are summed about its own mean while it is in the cache.
func (b *batchNorm) measureSpan(_, t int) {
	c := b.c
	part, part2, sum, squares, mean := b.sums.of(t)
	lo, hi := b.values(t)
	count := 0.0
	for ; lo < hi; lo += normBlock * c {
		x := b.x[lo:min(lo+normBlock*c, hi)]
		n := float64(len(x) / c)
		clear(sum)
		clear(squares)
		b.e.im.ColSum(sum, x)
		for i, v := range sum {
			mean[i] = float32(float64(v) / n)
		}
		b.e.im.ColSquares(squares, x, mean)
		for i := range c {
			// The mean about which the squares were taken is rounded.
			off := float64(sum[i])/n - float64(mean[i])
			m, q := float64(sum[i])/n, max(float64(squares[i])-n*off*off, 0)
			if count == 0 {
				part[i], part2[i] = m, q
			} else {
				part[i], part2[i], _ = joined(part[i], part2[i], count, m, q, n)
			}
		}
		count += n
	}
}

// mask returns where the gradient passes, nil for everywhere.
func (b *batchNorm) mask() *kernels.Mask {
	if !b.relu {
		return nil
	}
	return &b.line
}

func (b *batchNorm) backward(dy, dx []float32, _ int) []float32 {
	b.dy = dy
	tasks := b.count()
	b.e.run(tasks, b.tasks.sums)
	rows := float64(b.rows)
	for i := range b.c {
		sum, sumX := 0.0, 0.0
		for t := range tasks {
			sum += b.sums.part[t*b.c+i]
			sumX += b.sums.part2[t*b.c+i]
		}
		inv := float64(b.batch.inv[i])
		b.beta.grad[i], b.gamma.grad[i] = float32(sum), float32(sumX*inv)
		// dx = gamma*inv*(dy - mean(dy) - xhat*mean(dy*xhat))
		scale := float64(b.gamma.value[i]) * inv
		b.back.OfG[i] = float32(scale)
		b.back.OfX[i] = float32(-scale * inv * inv * sumX / rows)
		b.back.Rest[i] = float32(-scale * sum / rows)
	}
	if dx == nil {
		return nil
	}
	b.e.run(tasks, b.tasks.backward)
	return dy
}

// sumsSpan sums dy and dy*(x-mean) over a task's rows.
func (b *batchNorm) sumsSpan(_, t int) {
	part, part2, sum, sumX, _ := b.sums.of(t)
	clear(part)
	clear(part2)
	lo, hi := b.values(t)
	for ; lo < hi; lo += normBlock * b.c {
		end := min(lo+normBlock*b.c, hi)
		clear(sum)
		clear(sumX)
		b.e.im.NormSums(sum, sumX, b.dy[lo:end], b.x[lo:end], b.batch.mean, b.mask())
		for i := range sum {
			part[i] += float64(sum[i])
			part2[i] += float64(sumX[i])
		}
	}
}

func (b *batchNorm) backwardSpan(_, t int) {
	lo, hi := b.values(t)
	b.e.im.NormBack(b.dy[lo:hi], b.x[lo:hi], &b.back, b.mask())
}
