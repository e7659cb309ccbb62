package network

import "github.com/auscult/auscult/tflite/matrix"

// shards is how many parts of a batch collect weight gradients on their own, at
// most. It is fixed so that the sums do not depend on the threads.
const shards = 8

// shard returns the samples of part s of a batch of n.
func shard(s, n int) (lo, hi int) {
	return s * n / shards, (s + 1) * n / shards
}

// fewChannels is the number of the long side's channels below which patches are
// copied together: products of so few columns would waste most of a tile.
const fewChannels = 8

// conv is a convolution or, with transposed set, a transposed one: the same
// products, walked the other way. "Up" goes from the short to the long side.
type conv struct {
	e *engine
	geometry
	transposed bool
	w, b       *param
	x, y       []float32
	down, up   gather
	copied     patchRows // instead of up where the long side has few channels
	walk       walk      // in progress
	gradient   *convGradient

	downTask, upTask func(worker, task int)
}

// patchRows are the offsets of a group's positions on the short side and among its
// patches.
type patchRows struct {
	short, patch []int32
}

// walk is what the tasks of one walk over a batch share: dst = src times by, plus
// init at each position.
type walk struct {
	n        int // samples
	channels int // of dst
	src, dst []float32
	by       factor
	init     []float32 // nil for none
}

func newConv(e *engine, s Spec) *conv {
	c := &conv{e: e, transposed: s.Kind == ConvTranspose2D, w: newParam(s.weights())}
	long, short := s.In, s.Out
	if c.transposed {
		long, short = short, long
	}
	c.geometry = newGeometry(long, short, s.Kernel, s.Stride)
	if s.Bias {
		c.b = newParam(s.Out.C)
	}
	ys, xs := c.meets()
	c.down = newGather(ys, xs, long, short.C, s.Kernel)
	c.downTask = c.goDown
	if long.C >= fewChannels {
		c.up = newGather(met(ys, long.H), met(xs, long.W), short, long.C, s.Kernel)
		c.upTask = c.goUp
	} else {
		positions := c.down.group * c.positions
		c.copied = patchRows{short: multiples(positions, short.C), patch: multiples(positions, c.patch)}
		c.upTask = c.goUpByPatches
	}
	c.gradient = newConvGradient(c)
	c.prepare()
	return c
}

// prepare plans what depends on the family of kernels.
func (c *conv) prepare() { c.gradient.plan = newGradientPlan(c) }

func (c *conv) params() []*param { return withBias(c.w, c.b) }

func (c *conv) reserve(n int) {
	if c.transposed {
		c.y = grow(c.y, n*c.longN)
		return
	}
	c.y = grow(c.y, n*c.shortN)
}

func (c *conv) forward(x []float32, n int, train bool) []float32 {
	c.x = nil
	if train {
		c.x = x
	}
	w := walk{n: n, src: x, init: offset(c.b)}
	if c.transposed {
		// The kernel is [in, row, column, out].
		w.dst, w.by = c.y[:n*c.longN], c.packUp(c.patch, 1)
		return c.goThrough(w, true)
	}
	w.dst, w.by = c.y[:n*c.shortN], c.packDown(c.short.C, 1)
	return c.goThrough(w, false)
}

// packDown packs the matrix [patch, short.C], whose element (p,s) is
// w[p*strideLong+s*strideShort].
func (c *conv) packDown(strideLong, strideShort int) factor {
	return c.e.pack(matrix.Matrix{V: c.w.value, K: c.patch, N: c.short.C, StepK: strideLong, StepN: strideShort})
}

// packUp packs the matrices [short.C, long.C] of each kernel element, or, for a
// fewChannels long side, the one of [short.C, patch]; element (s,p) is
// w[p*strideLong+s*strideShort].
func (c *conv) packUp(strideShort, strideLong int) factor {
	m := matrix.Matrix{V: c.w.value, K: c.short.C, N: c.patch, StepK: strideShort, StepN: strideLong}
	if c.long.C < fewChannels {
		return c.e.pack(m)
	}
	m.N = c.long.C
	return c.e.packBlocks(m, c.kernel*c.kernel, c.long.C*strideLong)
}

// goThrough walks a batch up or down and returns the walk's dst.
func (c *conv) goThrough(w walk, up bool) []float32 {
	var tasks int
	task := c.downTask
	switch {
	case !up:
		w.channels = c.short.C
		tasks = c.down.tasks(w.n, w.channels)
	case c.long.C < fewChannels:
		w.channels, task = c.long.C, c.upTask
		tasks = (w.n + c.down.group - 1) / c.down.group
	default:
		w.channels, task = c.long.C, c.upTask
		tasks = c.up.tasks(w.n, w.channels)
	}
	c.walk = w
	c.e.run(tasks, task)
	return w.dst
}

func (c *conv) goDown(worker, t int) { c.down.task(c.e, worker, t, &c.walk) }

func (c *conv) goUp(worker, t int) { c.up.task(c.e, worker, t, &c.walk) }

// goUpByPatches computes all patches and adds them up where they overlap.
func (c *conv) goUpByPatches(worker, t int) {
	lo := t * c.down.group
	k := min(c.down.group, c.walk.n-lo)
	rows := k * c.positions
	w := &c.e.workers[worker]
	w.patches = grow(w.patches, rows*c.patch)
	p := &w.product
	p.A, p.Rows, p.StepA, p.Segs = c.walk.src[lo*c.shortN:], c.copied.short[:rows], 1, w.one(c.short.C)
	p.B, p.Depth = c.walk.by.values, c.walk.by.depth
	p.C, p.Outs, p.From, p.To = w.patches, c.copied.patch[:rows], 0, c.patch
	p.Init, p.Add = nil, false
	c.e.im.Mul(&w.Work, p)
	for i := range k {
		long := c.walk.dst[(lo+i)*c.longN : (lo+i+1)*c.longN]
		if c.walk.init == nil {
			clear(long)
		}
		for j := 0; c.walk.init != nil && j < len(long); j += c.long.C {
			copy(long[j:], c.walk.init)
		}
		c.scatterAdd(long, w.patches[i*c.positions*c.patch:])
	}
}

func (c *conv) backward(dy, dx []float32, n int) []float32 {
	c.gradient.find(dy, n)
	w := walk{n: n, src: dy}
	switch {
	case dx == nil:
		return nil
	case c.transposed:
		w.dst, w.by = dx[:n*c.shortN], c.packDown(1, c.patch)
		return c.goThrough(w, false)
	}
	w.dst, w.by = dx[:n*c.longN], c.packUp(1, c.short.C)
	return c.goThrough(w, true)
}
