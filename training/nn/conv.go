package nn

// shards is how many parts of a batch collect weight gradients on their own,
// at most. It is fixed so that the sums do not depend on the threads.
const shards = 4

// patchRows is how many rows of patches are multiplied together, about: enough
// to use a panel of weights several times, few enough to stay in the cache.
const patchRows = 256

// geometry relates a convolution's long side (its input, a transposed
// convolution's output) to its short side.
type geometry struct {
	long, short   Shape
	kernel        int
	stride        int
	padTop        int
	padLeft       int
	patch         int // values of one patch: kernel*kernel*long.C
	positions     int // short.H*short.W
	group         int // samples multiplied together
	pointwise     bool
	longN, shortN int
}

func newGeometry(long, short Shape, kernel, stride int) geometry {
	g := geometry{long: long, short: short, kernel: kernel, stride: stride}
	g.padTop = padBefore(long.H, short.H, kernel, stride)
	g.padLeft = padBefore(long.W, short.W, kernel, stride)
	g.patch = kernel * kernel * long.C
	g.positions = short.H * short.W
	g.group = max(patchRows/g.positions, 1)
	g.pointwise = kernel == 1 && stride == 1
	g.longN, g.shortN = long.Size(), short.Size()
	return g
}

// gather copies the patches of one sample's long side to dst
// [positions, patch], with zeros outside.
func (g *geometry) gather(dst, long []float32) {
	c, k := g.long.C, g.kernel
	at := 0
	for oy := range g.short.H {
		for ox := range g.short.W {
			x0 := ox*g.stride - g.padLeft
			lo, hi := max(0, -x0), min(k, g.long.W-x0)
			for ky := range k {
				row := dst[at : at+k*c]
				at += k * c
				y := oy*g.stride - g.padTop + ky
				if y < 0 || y >= g.long.H || lo >= hi {
					clear(row)
					continue
				}
				clear(row[:lo*c])
				from := (y*g.long.W + x0 + lo) * c
				copy(row[lo*c:hi*c], long[from:from+(hi-lo)*c])
				clear(row[hi*c:])
			}
		}
	}
}

// scatterAdd adds the patches in src [positions, patch] to one sample's long
// side: gather's transpose.
func (g *geometry) scatterAdd(long, src []float32) {
	c, k := g.long.C, g.kernel
	at := 0
	for oy := range g.short.H {
		for ox := range g.short.W {
			x0 := ox*g.stride - g.padLeft
			lo, hi := max(0, -x0), min(k, g.long.W-x0)
			for ky := range k {
				row := src[at : at+k*c]
				at += k * c
				y := oy*g.stride - g.padTop + ky
				if y < 0 || y >= g.long.H || lo >= hi {
					continue
				}
				from := (y*g.long.W + x0 + lo) * c
				to := long[from : from+(hi-lo)*c]
				for i, v := range row[lo*c : hi*c] {
					to[i] += v
				}
			}
		}
	}
}

// shard returns the samples of part s of a batch of n.
func shard(s, n int) (lo, hi int) {
	return s * n / shards, (s + 1) * n / shards
}

// conv is a convolution or, with transposed set, a transposed one: the same
// patches and products, walked the other way.
type conv struct {
	geometry
	transposed bool
	rows, cols int // of the weight matrix
	w, b       *param
	wt         []float32
	x, y, dx   []float32
	patches    [shards][]float32
	partial    [shards][]float32 // weight gradients
	biasPart   [shards][]float32
	acc        [shards][]float64
	block      [shards][]float32
}

func newConv(s Spec) *conv {
	c := &conv{transposed: s.Kind == ConvTranspose2D, w: newParam(s.weights())}
	if c.transposed {
		c.geometry = newGeometry(s.Out, s.In, s.Kernel, s.Stride)
		c.rows, c.cols = s.In.C, c.patch
	} else {
		c.geometry = newGeometry(s.In, s.Out, s.Kernel, s.Stride)
		c.rows, c.cols = c.patch, s.Out.C
	}
	if s.Bias {
		c.b = newParam(s.Out.C)
	}
	return c
}

func (c *conv) params() []*param { return withBias(c.w, c.b) }

func (c *conv) inN() int {
	if c.transposed {
		return c.shortN
	}
	return c.longN
}

func (c *conv) outN() int {
	if c.transposed {
		return c.longN
	}
	return c.shortN
}

func (c *conv) reserve(n int) {
	c.y = grow(c.y, n*c.outN())
	if !c.pointwise {
		for s := range c.patches {
			c.patches[s] = grow(c.patches[s], c.group*c.positions*c.patch)
		}
	}
}

// gatherAll returns the patches of n samples' long sides, in buf unless the
// long side is its own patches.
func (c *conv) gatherAll(buf, long []float32, n int) []float32 {
	if c.pointwise {
		return long[:n*c.longN]
	}
	size := c.positions * c.patch
	for i := range n {
		c.gather(buf[i*size:(i+1)*size], long[i*c.longN:(i+1)*c.longN])
	}
	return buf[:n*size]
}

// fromPatches computes short += patches(long)*m for n samples.
func (c *conv) fromPatches(buf, long, short, m []float32, n, width int) {
	p := c.gatherAll(buf, long, n)
	mulAdd(n*c.positions, width, c.patch, p, c.patch, m, width, short, width)
}

// toPatches computes long += scattered short*m for n samples.
func (c *conv) toPatches(buf, short, long, m []float32, n, width int) {
	if c.pointwise {
		mulAdd(n*c.positions, c.patch, width, short, width, m, c.patch, long, c.patch)
		return
	}
	size := c.positions * c.patch
	p := buf[:n*size]
	clear(p)
	mulAdd(n*c.positions, c.patch, width, short, width, m, c.patch, p, c.patch)
	for i := range n {
		c.scatterAdd(long[i*c.longN:(i+1)*c.longN], p[i*size:(i+1)*size])
	}
}

func (c *conv) forward(p pool, x []float32, n int, train bool) []float32 {
	c.x = nil
	if train {
		c.x = x
	}
	inN, outN := c.inN(), c.outN()
	y := c.y[:n*outN]
	p.run(shards, func(s int) {
		lo, hi := shard(s, n)
		for ; lo < hi; lo += c.group {
			k := min(c.group, hi-lo)
			from, to := x[lo*inN:(lo+k)*inN], y[lo*outN:(lo+k)*outN]
			clear(to)
			if c.b != nil {
				addRow(to, c.b.value)
			}
			if c.transposed {
				c.toPatches(c.patches[s], from, to, c.w.value, k, c.short.C)
			} else {
				c.fromPatches(c.patches[s], from, to, c.w.value, k, c.short.C)
			}
		}
	})
	return y
}

func (c *conv) backward(p pool, dy []float32, n int, needInput bool) []float32 {
	inN, outN := c.inN(), c.outN()
	var dx []float32
	if needInput {
		c.wt = grow(c.wt, c.rows*c.cols)
		transpose(c.wt, c.w.value, c.rows, c.cols)
		c.dx = grow(c.dx, cap(c.y)/outN*inN)
		dx = c.dx[:n*inN]
	}
	p.run(shards, func(s int) {
		c.partial[s] = grow(c.partial[s], c.rows*c.cols)
		clear(c.partial[s])
		lo, hi := shard(s, n)
		c.biasGrad(s, dy[lo*outN:hi*outN])
		for ; lo < hi; lo += c.group {
			k := min(c.group, hi-lo)
			c.backwardGroup(s, k, c.x[lo*inN:(lo+k)*inN], dy[lo*outN:(lo+k)*outN], dx, lo)
		}
	})
	reduce(p, c.w.grad, &c.partial)
	if c.b != nil {
		reduce(p, c.b.grad, &c.biasPart)
	}
	return dx
}

func (c *conv) biasGrad(s int, dy []float32) {
	if c.b == nil {
		return
	}
	n := len(c.b.value)
	if c.biasPart[s] == nil {
		c.biasPart[s], c.acc[s], c.block[s] = make([]float32, n), make([]float64, n), make([]float32, n)
	}
	sumRows(c.biasPart[s], dy, c.acc[s], c.block[s])
}

// backwardGroup adds the weight gradient of k samples to shard s and writes
// their part of dx, if there is one, from sample lo on.
func (c *conv) backwardGroup(s, k int, x, dy, dx []float32, lo int) {
	rows := k * c.positions
	if c.transposed {
		patches := c.gatherAll(c.patches[s], dy, k)
		mulTransAdd(c.rows, c.cols, rows, x, c.rows, patches, c.cols, c.partial[s], c.cols)
		if dx != nil {
			part := dx[lo*c.shortN : (lo+k)*c.shortN]
			clear(part)
			mulAdd(rows, c.rows, c.cols, patches, c.cols, c.wt, c.rows, part, c.rows)
		}
		return
	}
	patches := c.gatherAll(c.patches[s], x, k)
	mulTransAdd(c.rows, c.cols, rows, patches, c.rows, dy, c.cols, c.partial[s], c.cols)
	if dx != nil {
		part := dx[lo*c.longN : (lo+k)*c.longN]
		clear(part)
		c.toPatches(c.patches[s], dy, part, c.wt, k, c.cols)
	}
}

// reduce adds the shards' sums in their order.
func reduce(p pool, dst []float32, parts *[shards][]float32) {
	const span = 1 << 14
	p.run((len(dst)+span-1)/span, func(t int) {
		lo, hi := t*span, min((t+1)*span, len(dst))
		d := dst[lo:hi]
		copy(d, parts[0][lo:hi])
		for _, part := range parts[1:] {
			for i, v := range part[lo:hi] {
				d[i] += v
			}
		}
	})
}
