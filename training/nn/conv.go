package nn

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
	gradients  gradientPlan

	scaled    [shards][]float64 // sums of dy
	rowsShort []int32           // offsets of a group's positions
	rowsPatch []int32

	// What the tasks in progress share.
	n         int
	src, dst  []float32
	init      []float32
	packed    []float32
	depth     int
	dy        []float32
	inPlace   bool
	downTask  func(worker, task int)
	upTask    func(worker, task int)
	gradTask  func(worker, task int)
	totalTask func(worker, task int)
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
	meetY, meetX := meets(long.H, short.H, s.Kernel, s.Stride, c.padTop), meets(long.W, short.W, s.Kernel, s.Stride, c.padLeft)
	c.down = newGather(meetY, meetX, long, short.C, s.Kernel)
	if long.C >= fewChannels {
		c.up = newGather(met(long.H, short.H, s.Kernel, s.Stride, c.padTop), met(long.W, short.W, s.Kernel, s.Stride, c.padLeft),
			short, long.C, s.Kernel)
	} else {
		c.rowsShort, c.rowsPatch = multiples(c.down.group*c.positions, short.C), multiples(c.down.group*c.positions, c.patch)
	}
	c.downTask, c.upTask = c.goDown, c.goUp
	if long.C < fewChannels {
		c.upTask = c.goUpByPatches
	}
	c.prepare()
	c.gradTask, c.totalTask = c.gradientPart, c.gradientTotal
	return c
}

// prepare plans what depends on the family of kernels.
func (c *conv) prepare() {
	c.gradients = newGradientPlan(c, meets(c.long.H, c.short.H, c.kernel, c.stride, c.padTop), meets(c.long.W, c.short.W, c.kernel, c.stride, c.padLeft))
}

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
	if c.transposed {
		// The kernel is [in, row, column, out].
		c.packUp(c.patch, 1)
		return c.runUp(x, c.y[:n*c.longN], n, offset(c.b))
	}
	c.packDown(c.short.C, 1)
	return c.runDown(x, c.y[:n*c.shortN], n, offset(c.b))
}

// packDown packs the matrix [patch, short.C], whose element (p,s) is
// w[p*strideLong+s*strideShort].
func (c *conv) packDown(strideLong, strideShort int) {
	c.packed, c.depth = c.e.pack(c.w.value, 1, c.patch, c.short.C, 0, strideLong, strideShort)
}

// packUp packs the matrices [short.C, long.C] of each kernel element, or, for a
// fewChannels long side, the one of [short.C, patch]; element (s,p) is
// w[p*strideLong+s*strideShort].
func (c *conv) packUp(strideShort, strideLong int) {
	if c.long.C < fewChannels {
		c.packed, c.depth = c.e.pack(c.w.value, 1, c.short.C, c.patch, 0, strideShort, strideLong)
		return
	}
	c.packed, c.depth = c.e.pack(c.w.value, c.kernel*c.kernel, c.short.C, c.long.C, c.long.C*strideLong, strideShort, strideLong)
}

func (c *conv) runDown(src, dst []float32, n int, init []float32) []float32 {
	c.src, c.dst, c.n, c.init = src, dst, n, init
	c.e.run(c.down.tasks(n, c.short.C), c.downTask)
	return dst
}

func (c *conv) runUp(src, dst []float32, n int, init []float32) []float32 {
	c.src, c.dst, c.n, c.init = src, dst, n, init
	tasks := (n + c.down.group - 1) / c.down.group
	if c.long.C >= fewChannels {
		tasks = c.up.tasks(n, c.long.C)
	}
	c.e.run(tasks, c.upTask)
	return dst
}

func (c *conv) goDown(worker, t int) {
	c.down.task(c.e, worker, t, c.n, c.short.C, c.src, c.dst, c.packed, c.depth, c.init)
}

func (c *conv) goUp(worker, t int) {
	c.up.task(c.e, worker, t, c.n, c.long.C, c.src, c.dst, c.packed, c.depth, c.init)
}

// goUpByPatches computes all patches and adds them up where they overlap.
func (c *conv) goUpByPatches(worker, t int) {
	lo := t * c.down.group
	k := min(c.down.group, c.n-lo)
	rows := k * c.positions
	w := &c.e.workers[worker]
	w.patches = grow(w.patches, rows*c.patch)
	p := &w.product
	p.A, p.Rows, p.StepA, p.Segs = c.src[lo*c.shortN:], c.rowsShort[:rows], 1, w.one(c.short.C)
	p.B, p.Depth = c.packed, c.depth
	p.C, p.Outs, p.From, p.To = w.patches, c.rowsPatch[:rows], 0, c.patch
	p.Init, p.Add = nil, false
	c.e.im.Mul(&w.Work, p)
	for i := range k {
		long := c.dst[(lo+i)*c.longN : (lo+i+1)*c.longN]
		if c.init == nil {
			clear(long)
		}
		for j := 0; c.init != nil && j < len(long); j += c.long.C {
			copy(long[j:], c.init)
		}
		c.scatterAdd(long, w.patches[i*c.positions*c.patch:])
	}
}

func (c *conv) backward(dy, dx []float32, n int) []float32 {
	c.weightGradients(dy, n)
	switch {
	case dx == nil:
		return nil
	case c.transposed:
		c.packDown(1, c.patch)
		return c.runDown(dy, dx[:n*c.shortN], n, nil)
	}
	c.packUp(1, c.short.C)
	return c.runUp(dy, dx[:n*c.longN], n, nil)
}
