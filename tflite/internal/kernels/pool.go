package kernels

import "math"

// AveragePool is AVERAGE_POOL_2D: the mean over the part of the window that lies
// inside the input, rounded with halves away from zero. Input and output share
// one quantisation.
type AveragePool struct {
	Sliding
	PoolLimits
	// Unsigned is set where the codes stand for those of uint8, 128 more: their halves are rounded upwards.
	Unsigned bool
	pool     *pooler[int32, int8]
	routine  func(*elementArgs) // divides; nil where plain Go does
	args     elementArgs
	sums     []int32 // scratch: a row of output positions; a sum of n codes stays below 2^31 for n < 2^24
	halt
}

// PoolLimits are the codes of a fused activation.
type PoolLimits struct{ Min, Max int32 }

// NewAveragePool makes the pooling with a window.
func NewAveragePool(im *Impl, g Sliding, limits PoolLimits, unsigned bool) *AveragePool {
	p := &AveragePool{Sliding: g, PoolLimits: limits, Unsigned: unsigned, sums: make([]int32, poolRow(&g))}
	p.routine, p.args = im.elementwise().means, elementArgs{min: limits.Min, max: limits.Max}
	p.pool = newPooler(&p.Sliding, im.elementwise().sumBytes, p.sum)
	return p
}

// poolRow is how many elements a row of output positions takes with what a routine writes too much.
func poolRow(g *Sliding) int { return g.Out.W*g.Out.C + 16 }

// PoolBytes gives the memory that a pooling takes.
func PoolBytes(g Sliding) int64 {
	return 4 * (int64(poolRow(&g)) + int64(min(g.H, g.In.H))*int64(min(g.W, g.In.W)))
}

// Run computes the output image from the input image.
func (p *AveragePool) Run(out, in []int8) {
	for range p.In.Batch {
		for oy := range p.Out.H {
			if p.halted() {
				return
			}
			p.pool.row(p.sums, in, oy)
			for ox := 0; ox < p.Out.W; {
				n, end := p.codes(oy, ox), ox+1
				for end < p.Out.W && p.codes(oy, end) == n {
					end++
				}
				p.divide(out[:(end-ox)*p.Out.C], p.sums[ox*p.Out.C:], n)
				out, ox = out[(end-ox)*p.Out.C:], end
			}
		}
		in = in[p.In.elements():]
	}
}

// codes gives how many of them a position's window has.
func (p *AveragePool) codes(oy, ox int) int32 {
	y0, y1, x0, x1 := p.inside(oy, ox)
	return int32((y1 - y0) * (x1 - x0))
}

// sum sums one position.
func (p *AveragePool) sum(sums []int32, in []int8, oy, ox int) {
	y0, y1, x0, x1 := p.inside(oy, ox)
	clear(sums)
	for y := y0; y < y1; y++ {
		for x := x0; x < x1; x++ {
			for c, v := range in[(y*p.In.W+x)*p.In.C:][:len(sums)] {
				sums[c] += int32(v)
			}
		}
	}
}

// divide makes codes of the sums of n codes each.
func (p *AveragePool) divide(out []int8, sums []int32, n int32) {
	sums = sums[:len(out)]
	half := n / 2
	if p.Unsigned {
		for c, sum := range sums {
			out[c] = int8(min(max((sum+128*n+half)/n-128, p.Min), p.Max))
		}
		return
	}
	// The division of positive numbers by the same one is a product: (half + |sum|) * inverse >> 32, which is exact while
	// (half + |sum|) * n < 2^32.
	if int64(n)*int64(n)*129 >= 1<<32 {
		for c, sum := range sums {
			if sum > 0 {
				out[c] = int8(min(max((sum+half)/n, p.Min), p.Max))
			} else {
				out[c] = int8(min(max((sum-half)/n, p.Min), p.Max))
			}
		}
		return
	}
	inverse := uint64(1<<32/int64(n)) + 1
	if inverse < 1<<32 {
		p.args.bias, p.args.shift = half, int32(uint32(inverse))
		done := mapUnits(&p.args, p.routine, out, sums)
		out, sums = out[done:], sums[done:]
	}
	for c, sum := range sums {
		sign := sum >> 31
		magnitude := uint64(uint32((sum ^ sign) - sign + half))
		mean := (int32(magnitude*inverse>>32) ^ sign) - sign
		out[c] = int8(min(max(mean, p.Min), p.Max))
	}
}

// MaxPool is MAX_POOL_2D: the largest over the part of the window that lies inside the input.
type MaxPool[T int8 | float32] struct {
	Sliding
	min, max T // of the fused activation
	clamps   bool
	pool     *pooler[T, T]
	halt
}

// NewMaxPool makes the pooling of codes with a window.
func NewMaxPool(im *Impl, g Sliding, limits PoolLimits) *MaxPool[int8] {
	p := &MaxPool[int8]{Sliding: g, min: int8(limits.Min), max: int8(limits.Max)}
	p.clamps = p.min > -128 || p.max < 127
	p.pool = newPooler(&p.Sliding, im.elementwise().maxBytes, p.position)
	return p
}

// NewFloatMaxPool makes the pooling of float32 with a window, with the limits of the fused activation.
func NewFloatMaxPool(im *Impl, g Sliding, lo, hi float32) *MaxPool[float32] {
	p := &MaxPool[float32]{Sliding: g, min: lo, max: hi}
	p.clamps = lo > float32(math.Inf(-1)) || hi < float32(math.Inf(1))
	p.pool = newPooler(&p.Sliding, im.elementwise().maxFloats, p.position)
	return p
}

// Run computes the output image from the input image.
func (p *MaxPool[T]) Run(out, in []T) {
	row := p.Out.W * p.Out.C
	for range p.In.Batch {
		for oy := range p.Out.H {
			if p.halted() {
				return
			}
			p.pool.row(out, in, oy)
			if p.clamps {
				for i, v := range out[:row] {
					out[i] = min(max(v, p.min), p.max)
				}
			}
			out = out[row:]
		}
		in = in[p.In.elements():]
	}
}

// position computes one position.
func (p *MaxPool[T]) position(dst, in []T, oy, ox int) {
	y0, y1, x0, x1 := p.inside(oy, ox)
	copy(dst, in[(y0*p.In.W+x0)*p.In.C:])
	for y := y0; y < y1; y++ {
		for x := x0; x < x1; x++ {
			for c, v := range in[(y*p.In.W+x)*p.In.C:][:len(dst)] {
				dst[c] = max(dst[c], v)
			}
		}
	}
}

// FloatAveragePool is AVERAGE_POOL_2D of float32: the mean over the part of the window
// that lies inside the input, row by row.
type FloatAveragePool struct {
	Sliding
	min, max float32 // of the fused activation
	pool     *pooler[float32, float32]
	routine  func(*elementArgs) // divides; nil where plain Go does
	args     elementArgs
	numbers  []float32 // scratch: how many numbers each sum of a row has
	halt
}

// NewFloatAveragePool makes the pooling with a window.
func NewFloatAveragePool(im *Impl, g Sliding, lo, hi float32) *FloatAveragePool {
	p := &FloatAveragePool{
		Sliding: g, min: lo, max: hi, routine: im.elementwise().floats[Division], args: elementArgs{lo: lo, hi: hi},
		numbers: make([]float32, g.Out.W*g.Out.C),
	}
	p.pool = newPooler(&p.Sliding, im.elementwise().sumFloats, p.sum)
	return p
}

// Run computes the output image from the input image.
func (p *FloatAveragePool) Run(out, in []float32) {
	for range p.In.Batch {
		for oy := range p.Out.H {
			if p.halted() {
				return
			}
			p.pool.row(out, in, oy)
			row := out[:len(p.numbers)]
			for ox := range p.Out.W {
				y0, y1, x0, x1 := p.inside(oy, ox)
				set(p.numbers[ox*p.Out.C:][:p.Out.C], float32((y1-y0)*(x1-x0)))
			}
			for i := units(&p.args, p.routine, row, row, p.numbers); i < len(row); i++ {
				row[i] = min(max(row[i]/p.numbers[i], p.min), p.max)
			}
			out = out[len(row):]
		}
		in = in[p.In.elements():]
	}
}

// sum sums one position.
func (p *FloatAveragePool) sum(dst, in []float32, oy, ox int) {
	y0, y1, x0, x1 := p.inside(oy, ox)
	clear(dst)
	for y := y0; y < y1; y++ {
		for x := x0; x < x1; x++ {
			for c, v := range in[(y*p.In.W+x)*p.In.C:][:len(dst)] {
				dst[c] += v
			}
		}
	}
}
