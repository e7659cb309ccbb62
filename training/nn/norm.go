package nn

import (
	"math"

	"github.com/auscult/auscult/training/nn/internal/kernels"
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
	c           int
	perSample   int // rows of one sample
	relu        bool
	gamma, beta *param
	mean, vari  []float32 // statistics for inference
	seen        bool      // mean and vari hold statistics of data

	x, y, dy []float32
	rows     int
	span     int     // rows of one task: whole blocks
	low      float32 // of the output
	passes   kernels.Mask
	mu, inv  []float32
	// By task: sums, or mean and squares about it.
	part, part2         []float64
	block               []float32 // by task: three rows of scratch
	scale, shift        []float32
	factor, slope, base []float32 // of dy, of x, and what is left

	measureTask, forwardTask, sumsTask, backwardTask func(worker, task int)
}

func newBatchNorm(e *engine, s Spec) *batchNorm {
	c := s.In.C
	b := &batchNorm{e: e, c: c, perSample: s.In.H * s.In.W, gamma: newParam(c), beta: newParam(c)}
	for _, f := range []*[]float32{&b.mean, &b.vari, &b.mu, &b.inv, &b.scale, &b.shift, &b.factor, &b.slope, &b.base} {
		*f = make([]float32, c)
	}
	b.passes = kernels.Mask{Scale: b.scale, Shift: b.shift}
	for i := range c {
		b.gamma.value[i], b.vari[i] = 1, 1
	}
	b.measureTask, b.forwardTask, b.sumsTask, b.backwardTask = b.measureSpan, b.forwardSpan, b.sumsSpan, b.backwardSpan
	return b
}

func (b *batchNorm) params() []*param { return []*param{b.gamma, b.beta} }

// take sets how many rows there are and how they are cut: by their number
// only, so that the sums do not depend on the threads.
func (b *batchNorm) take(rows int) {
	b.rows = rows
	b.span = normBlock * max(1, min(rows/(normBlock*normTasks), normMost))
}

func (b *batchNorm) tasks() int { return (b.rows + b.span - 1) / b.span }

func (b *batchNorm) reserve(n int) {
	b.y = grow(b.y, n*b.perSample*b.c)
	b.take(n * b.perSample)
	// Fewer rows may be cut finer, to twice normTasks at most.
	t := max(b.tasks(), 2*normTasks)
	if len(b.part) < t*b.c {
		b.part, b.part2 = make([]float64, t*b.c), make([]float64, t*b.c)
		b.block = make([]float32, 3*t*b.c)
	}
}

// scratch returns the rows of task t: two of float64, three of float32.
func (b *batchNorm) scratch(t int) (part, part2 []float64, s1, s2, s3 []float32) {
	c := b.c
	s := b.block[3*t*c : 3*(t+1)*c]
	return b.part[t*c : (t+1)*c], b.part2[t*c : (t+1)*c], s[:c], s[c : 2*c], s[2*c:]
}

// values returns where the values of task t lie.
func (b *batchNorm) values(t int) (lo, hi int) {
	return t * b.span * b.c, min((t+1)*b.span, b.rows) * b.c
}

func (b *batchNorm) forward(x []float32, n int, train bool) []float32 {
	b.x = x
	b.take(n * b.perSample)
	b.low = float32(math.Inf(-1))
	if train {
		b.measure()
		for i := range b.c {
			b.scale[i] = b.gamma.value[i] * b.inv[i]
			b.shift[i] = b.beta.value[i] - b.mu[i]*b.scale[i]
		}
		if b.relu {
			b.low = 0
		}
	} else {
		for i := range b.c {
			s := float64(b.gamma.value[i]) / math.Sqrt(float64(b.vari[i])+normEpsilon)
			b.scale[i] = float32(s)
			b.shift[i] = float32(float64(b.beta.value[i]) - float64(b.mean[i])*s)
		}
	}
	b.e.run(b.tasks(), b.forwardTask)
	if !train {
		b.x = nil
	}
	return b.y[:b.rows*b.c]
}

func (b *batchNorm) forwardSpan(_, t int) {
	lo, hi := b.values(t)
	b.e.im.ScaleShift(b.y[lo:hi], b.x[lo:hi], b.scale, b.shift, b.low)
}

// measure finds the batch's mean and variance and follows them with the
// statistics for inference.
func (b *batchNorm) measure() {
	tasks := b.tasks()
	b.e.run(tasks, b.measureTask)
	for i := range b.c {
		mean, squares, count := 0.0, 0.0, 0.0
		for t := range tasks {
			n := float64(min(b.span, b.rows-t*b.span))
			mean, squares, count = joined(mean, squares, count, b.part[t*b.c+i], b.part2[t*b.c+i], n)
		}
		variance := squares / count
		unbiased := squares / max(count-1, 1)
		b.mu[i], b.inv[i] = float32(mean), float32(1/math.Sqrt(variance+normEpsilon))
		if b.seen {
			b.mean[i] = float32(normMomentum*float64(b.mean[i]) + (1-normMomentum)*mean)
			b.vari[i] = float32(normMomentum*float64(b.vari[i]) + (1-normMomentum)*unbiased)
		} else {
			b.mean[i], b.vari[i] = float32(mean), float32(unbiased)
		}
	}
	b.seen = true
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
	part, part2, sum, squares, mean := b.scratch(t)
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
	return &b.passes
}

func (b *batchNorm) backward(dy, dx []float32, _ int) []float32 {
	b.dy = dy
	tasks := b.tasks()
	b.e.run(tasks, b.sumsTask)
	rows := float64(b.rows)
	for i := range b.c {
		sum, sumX := 0.0, 0.0
		for t := range tasks {
			sum += b.part[t*b.c+i]
			sumX += b.part2[t*b.c+i]
		}
		inv := float64(b.inv[i])
		b.beta.grad[i], b.gamma.grad[i] = float32(sum), float32(sumX*inv)
		// dx = gamma*inv*(dy - mean(dy) - xhat*mean(dy*xhat))
		scale := float64(b.gamma.value[i]) * inv
		b.factor[i] = float32(scale)
		b.slope[i] = float32(-scale * inv * inv * sumX / rows)
		b.base[i] = float32(-scale * sum / rows)
	}
	if dx == nil {
		return nil
	}
	b.e.run(tasks, b.backwardTask)
	return dy
}

// sumsSpan sums dy and dy*(x-mean) over a task's rows.
func (b *batchNorm) sumsSpan(_, t int) {
	part, part2, sum, sumX, _ := b.scratch(t)
	clear(part)
	clear(part2)
	lo, hi := b.values(t)
	for ; lo < hi; lo += normBlock * b.c {
		end := min(lo+normBlock*b.c, hi)
		clear(sum)
		clear(sumX)
		b.e.im.NormSums(sum, sumX, b.dy[lo:end], b.x[lo:end], b.mu, b.mask())
		for i := range sum {
			part[i] += float64(sum[i])
			part2[i] += float64(sumX[i])
		}
	}
}

func (b *batchNorm) backwardSpan(_, t int) {
	lo, hi := b.values(t)
	b.e.im.NormBack(b.dy[lo:hi], b.x[lo:hi], b.mu, b.factor, b.slope, b.base, b.mask())
}
