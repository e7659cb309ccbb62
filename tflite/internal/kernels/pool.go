package kernels

// AveragePool is AVERAGE_POOL_2D: the mean over the part of the window that lies
// inside the input, rounded with halves away from zero. Input and output share
// one quantisation.
type AveragePool struct {
	Sliding
	Min, Max int32
	Sums     []int32 // scratch, In.C; a sum of n codes stays below 2^31 for n < 2^24
	// Unsigned is set where the codes stand for those of uint8, 128 more: their halves are rounded upwards.
	Unsigned bool
}

// Run computes the output image from the input image.
func (p *AveragePool) Run(out, in []int8) {
	for range p.In.Batch {
		p.run(out, in)
		out, in = out[p.Out.elements():], in[p.In.elements():]
	}
}

func (p *AveragePool) run(out, in []int8) {
	for oy := range p.Out.H {
		for ox := range p.Out.W {
			y0, y1, x0, x1 := p.inside(oy, ox)
			clear(p.Sums)
			for y := y0; y < y1; y++ {
				for x := x0; x < x1; x++ {
					for c, v := range in[(y*p.In.W+x)*p.In.C:][:p.In.C] {
						p.Sums[c] += int32(v)
					}
				}
			}
			n := int32((y1 - y0) * (x1 - x0))
			for c, sum := range p.Sums {
				half := n / 2
				switch {
				case p.Unsigned:
					out[c] = int8(min(max((sum+128*n+half)/n-128, p.Min), p.Max))
					continue
				case sum <= 0:
					half = -half
				}
				out[c] = int8(min(max((sum+half)/n, p.Min), p.Max))
			}
			out = out[p.In.C:]
		}
	}
}

// MaxPool is MAX_POOL_2D: the largest over the part of the window that lies inside the input.
type MaxPool[T int8 | float32] struct {
	Sliding
	Min, Max T // of the fused activation
}

// Run computes the output image from the input image.
func (p *MaxPool[T]) Run(out, in []T) {
	for range p.In.Batch {
		for oy := range p.Out.H {
			for ox := range p.Out.W {
				p.position(out[(oy*p.Out.W+ox)*p.Out.C:][:p.Out.C], in, oy, ox)
			}
		}
		out, in = out[p.Out.elements():], in[p.In.elements():]
	}
}

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
	for c, v := range dst {
		dst[c] = min(max(v, p.Min), p.Max)
	}
}
