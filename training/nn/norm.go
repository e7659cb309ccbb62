package nn

import "math"

// Constants of batch normalisation.
const (
	normEpsilon  = 1e-5
	normMomentum = 0.9 // of the statistics that inference uses
	normBlock    = 128 // rows summed in float32
	normTask     = 8   // blocks that one task sums
)

// batchNorm computes y = gamma*(x-mean)/sqrt(var+epsilon) + beta per channel.
type batchNorm struct {
	c           int
	perSample   int // rows of one sample
	gamma, beta *param
	mean, vari  []float32 // statistics for inference
	seen        bool      // mean and vari hold statistics of data

	x, y, dx     []float32
	mu, inv      []float32
	sum, sum2    []float64
	part, part2  []float64
	scale, shift []float32
	blocks       []float32
}

func newBatchNorm(s Spec) *batchNorm {
	c := s.In.C
	b := &batchNorm{c: c, perSample: s.In.H * s.In.W, gamma: newParam(c), beta: newParam(c)}
	for _, f := range []*[]float32{&b.mean, &b.vari, &b.mu, &b.inv, &b.scale, &b.shift} {
		*f = make([]float32, c)
	}
	b.sum, b.sum2 = make([]float64, c), make([]float64, c)
	for i := range c {
		b.gamma.value[i], b.vari[i] = 1, 1
	}
	return b
}

func (b *batchNorm) params() []*param { return []*param{b.gamma, b.beta} }

func (b *batchNorm) tasks(rows int) int {
	return (rows + normBlock*normTask - 1) / (normBlock * normTask)
}

func (b *batchNorm) reserve(n int) {
	rows := n * b.perSample
	b.y = grow(b.y, rows*b.c)
	t := b.tasks(rows)
	if len(b.part) < t*b.c {
		b.part, b.part2 = make([]float64, t*b.c), make([]float64, t*b.c)
		b.blocks = make([]float32, 2*t*b.c)
	}
}

// fold runs add for every row of x, in blocks of normBlock rows; add adds to
// its two accumulators of c values. The sums over all rows end in b.sum and
// b.sum2.
func (b *batchNorm) fold(p pool, rows int, add func(row int, s, s2 []float32)) {
	c := b.c
	tasks := b.tasks(rows)
	p.run(tasks, func(t int) {
		part, part2 := b.part[t*c:(t+1)*c], b.part2[t*c:(t+1)*c]
		clear(part)
		clear(part2)
		s, s2 := b.blocks[2*t*c:(2*t+1)*c], b.blocks[(2*t+1)*c:(2*t+2)*c]
		end := min((t+1)*normTask*normBlock, rows)
		for r := t * normTask * normBlock; r < end; {
			clear(s)
			clear(s2)
			for stop := min(r+normBlock, end); r < stop; r++ {
				add(r, s, s2)
			}
			for i := range c {
				part[i] += float64(s[i])
				part2[i] += float64(s2[i])
			}
		}
	})
	clear(b.sum)
	clear(b.sum2)
	for t := range tasks {
		for i := range c {
			b.sum[i] += b.part[t*c+i]
			b.sum2[i] += b.part2[t*c+i]
		}
	}
}

func (b *batchNorm) forward(p pool, x []float32, n int, train bool) []float32 {
	rows, c := n*b.perSample, b.c
	b.x = nil
	if train {
		b.x = x
		b.measure(p, x, rows)
		for i := range c {
			b.scale[i] = b.gamma.value[i] * b.inv[i]
			b.shift[i] = b.beta.value[i] - b.mu[i]*b.scale[i]
		}
	} else {
		for i := range c {
			s := float64(b.gamma.value[i]) / math.Sqrt(float64(b.vari[i])+normEpsilon)
			b.scale[i] = float32(s)
			b.shift[i] = float32(float64(b.beta.value[i]) - float64(b.mean[i])*s)
		}
	}
	y := b.y[:rows*c]
	b.eachSpan(p, rows, func(lo, hi int) {
		for r := lo; r < hi; r++ {
			in, out := x[r*c:(r+1)*c], y[r*c:(r+1)*c]
			scale, shift := b.scale[:len(in)], b.shift[:len(in)]
			out = out[:len(in)]
			for i, v := range in {
				out[i] = v*scale[i] + shift[i]
			}
		}
	})
	return y
}

func (b *batchNorm) eachSpan(p pool, rows int, f func(lo, hi int)) {
	const span = normBlock * normTask
	p.run(b.tasks(rows), func(t int) { f(t*span, min((t+1)*span, rows)) })
}

// measure finds the batch's mean and variance and follows them with the
// statistics for inference.
func (b *batchNorm) measure(p pool, x []float32, rows int) {
	c := b.c
	b.fold(p, rows, func(r int, s, _ []float32) {
		row := x[r*c : (r+1)*c]
		s = s[:len(row)]
		for i, v := range row {
			s[i] += v
		}
	})
	for i := range c {
		b.mu[i] = float32(b.sum[i] / float64(rows))
	}
	b.fold(p, rows, func(r int, s, s2 []float32) {
		row := x[r*c : (r+1)*c]
		s, s2, mu := s[:len(row)], s2[:len(row)], b.mu[:len(row)]
		for i, v := range row {
			d := v - mu[i]
			s[i] += d
			s2[i] += d * d
		}
	})
	for i := range c {
		// The mean was rounded to float32: d's mean corrects the squares.
		off := b.sum[i] / float64(rows)
		variance := max(b.sum2[i]/float64(rows)-off*off, 0)
		b.inv[i] = float32(1 / math.Sqrt(variance+normEpsilon))
		unbiased := variance * float64(rows) / float64(max(rows-1, 1))
		if b.seen {
			b.mean[i] = float32(normMomentum*float64(b.mean[i]) + (1-normMomentum)*float64(b.mu[i]))
			b.vari[i] = float32(normMomentum*float64(b.vari[i]) + (1-normMomentum)*unbiased)
		} else {
			b.mean[i], b.vari[i] = b.mu[i], float32(unbiased)
		}
	}
	b.seen = true
}

func (b *batchNorm) backward(p pool, dy []float32, n int, needInput bool) []float32 {
	rows, c := n*b.perSample, b.c
	b.fold(p, rows, func(r int, s, s2 []float32) {
		g, x := dy[r*c:(r+1)*c], b.x[r*c:(r+1)*c]
		x, s, s2, mu, inv := x[:len(g)], s[:len(g)], s2[:len(g)], b.mu[:len(g)], b.inv[:len(g)]
		for i, v := range g {
			s[i] += v
			s2[i] += v * ((x[i] - mu[i]) * inv[i])
		}
	})
	for i := range c {
		b.beta.grad[i], b.gamma.grad[i] = float32(b.sum[i]), float32(b.sum2[i])
	}
	if !needInput {
		return nil
	}
	// dx = gamma*inv*(dy - mean(dy) - xhat*mean(dy*xhat)), with mean(dy) in
	// shift and mean(dy*xhat)*inv in scale.
	for i := range c {
		b.shift[i] = float32(b.sum[i] / float64(rows))
		b.scale[i] = float32(b.sum2[i] / float64(rows) * float64(b.inv[i]))
	}
	b.dx = grow(b.dx, cap(b.y))
	dx := b.dx[:rows*c]
	b.eachSpan(p, rows, func(lo, hi int) {
		for r := lo; r < hi; r++ {
			g, x, out := dy[r*c:(r+1)*c], b.x[r*c:(r+1)*c], dx[r*c:(r+1)*c]
			x, out = x[:len(g)], out[:len(g)]
			mu, inv, gamma := b.mu[:len(g)], b.inv[:len(g)], b.gamma.value[:len(g)]
			shift, scale := b.shift[:len(g)], b.scale[:len(g)]
			for i, v := range g {
				out[i] = gamma[i] * inv[i] * (v - shift[i] - (x[i]-mu[i])*scale[i])
			}
		}
	})
	return dx
}
