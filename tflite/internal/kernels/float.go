package kernels

// FloatConv is CONV_2D, TRANSPOSE_CONV or FULLY_CONNECTED of float32. Products are
// added in the order of the weights and rounded one by one, so that every
// architecture gives the same bits; other runtimes add in other orders.
type FloatConv struct {
	in, out  Image
	bias     []float32
	min, max float32
	phases   []floatPhase
	gaps     bool // whether there are positions that no phase reaches
}

// floatPhase computes some of the output positions: all, or those of one phase of a
// transposed convolution.
type floatPhase struct {
	y, x    floatAxis
	weights []float32 // [out.C, y.taps, x.taps, in.C]
}

// floatAxis is a phase's geometry along one dimension: output position first+i*step
// sees inputs start+i*stride+k*dilation.
type floatAxis struct {
	first, positions, step        int
	start, stride, taps, dilation int
}

// NewFloatConv makes a convolution; weights are [out.C, H, W, in.C].
func NewFloatConv(g Sliding, l FloatLayer) *FloatConv {
	c := &FloatConv{in: g.In, out: g.Out, bias: l.Bias, min: l.Min, max: l.Max}
	c.phases = []floatPhase{{
		y:       floatAxis{0, g.Out.H, 1, -g.PadTop, g.StrideH, g.H, g.DilationH},
		x:       floatAxis{0, g.Out.W, 1, -g.PadLeft, g.StrideW, g.W, g.DilationW},
		weights: l.Weights,
	}}
	return c
}

// NewFloatDense makes a dense layer; weights are [outputs, inputs].
func NewFloatDense(rows, inputs int, l FloatLayer) *FloatConv {
	return NewFloatConv(dense(rows, inputs, len(l.Bias)), l)
}

// NewFloatTransposeConv makes a transposed convolution; weights are [out.C, H, W,
// in.C] and are copied, sorted by phase.
func NewFloatTransposeConv(g Sliding, l FloatLayer) *FloatConv {
	c := &FloatConv{in: g.In, out: g.Out, bias: l.Bias, min: l.Min, max: l.Max}
	ys, xs, allReached, _ := g.phases()
	c.gaps = !allReached
	for _, y := range ys {
		for _, x := range xs {
			c.phases = append(c.phases, floatPhase{
				y:       floatAxis{y.first, y.positions, g.StrideH, y.start, 1, y.taps, 1},
				x:       floatAxis{x.first, x.positions, g.StrideW, x.start, 1, x.taps, 1},
				weights: phaseWeights(&g, y, x, l.Weights, 1),
			})
		}
	}
	return c
}

// Run computes the output image from the input image.
func (c *FloatConv) Run(out, in []float32) {
	for range c.in.Batch {
		if c.gaps { // those positions hold the bias
			for i := range out[:c.out.elements()] {
				out[i] = min(max(c.bias[i%c.out.C], c.min), c.max)
			}
		}
		for i := range c.phases {
			c.run(&c.phases[i], out, in)
		}
		out, in = out[c.out.elements():], in[c.in.elements():]
	}
}

func (c *FloatConv) run(p *floatPhase, out, in []float32) {
	for i := range p.y.positions {
		oy, top := p.y.first+i*p.y.step, p.y.start+i*p.y.stride
		for j := range p.x.positions {
			ox, left := p.x.first+j*p.x.step, p.x.start+j*p.x.stride
			dst := out[(oy*c.out.W+ox)*c.out.C:][:c.out.C]
			for o := 0; o < len(dst); o += 4 {
				sums := c.four(p, in, top, left, o)
				for k := range min(4, len(dst)-o) {
					dst[o+k] = min(max(sums[k], c.min), c.max)
				}
			}
		}
	}
}

// four sums outputs o to o+3, of which those beyond the last repeat it.
func (c *FloatConv) four(p *floatPhase, in []float32, top, left, o int) (s [4]float32) {
	row := p.y.taps * p.x.taps * c.in.C
	var w [4][]float32
	for k := range w {
		output := min(o+k, c.out.C-1)
		s[k], w[k] = c.bias[output], p.weights[output*row:][:row]
	}
	for ty := range p.y.taps {
		y := top + ty*p.y.dilation
		if y < 0 || y >= c.in.H {
			continue
		}
		if p.x.dilation == 1 {
			first, end := max(0, -left), min(p.x.taps, c.in.W-left)
			if first < end {
				at := (ty*p.x.taps + first) * c.in.C
				dot4(&s, in[(y*c.in.W+left+first)*c.in.C:][:(end-first)*c.in.C], w[0][at:], w[1][at:], w[2][at:], w[3][at:])
			}
			continue
		}
		for tx := range p.x.taps {
			if x := left + tx*p.x.dilation; x >= 0 && x < c.in.W {
				at := (ty*p.x.taps + tx) * c.in.C
				dot4(&s, in[(y*c.in.W+x)*c.in.C:][:c.in.C], w[0][at:], w[1][at:], w[2][at:], w[3][at:])
			}
		}
	}
	return s
}

// dot4 adds x times four rows of weights to four sums. Each float32() rounds, so
// that no architecture fuses the steps.
func dot4(s *[4]float32, x, w0, w1, w2, w3 []float32) {
	w0, w1, w2, w3 = w0[:len(x)], w1[:len(x)], w2[:len(x)], w3[:len(x)]
	a0, a1, a2, a3 := s[0], s[1], s[2], s[3]
	for i, v := range x {
		a0 += float32(v * w0[i])
		a1 += float32(v * w1[i])
		a2 += float32(v * w2[i])
		a3 += float32(v * w3[i])
	}
	s[0], s[1], s[2], s[3] = a0, a1, a2, a3
}

// FloatDepthwise is DEPTHWISE_CONV_2D of float32. Weights are [H, W, out.C].
type FloatDepthwise struct {
	Sliding
	FloatLayer
}

// NewFloatDepthwise makes a depthwise convolution.
func NewFloatDepthwise(g Sliding, l FloatLayer) *FloatDepthwise { return &FloatDepthwise{g, l} }

// Run computes the output image from the input image.
func (d *FloatDepthwise) Run(out, in []float32) {
	for range d.In.Batch {
		for oy := range d.Out.H {
			for ox := range d.Out.W {
				d.position(out[(oy*d.Out.W+ox)*d.Out.C:][:d.Out.C], in, oy, ox)
			}
		}
		out, in = out[d.Out.elements():], in[d.In.elements():]
	}
}

func (d *FloatDepthwise) position(dst, in []float32, oy, ox int) {
	copy(dst, d.Bias)
	multiplier, w := d.Out.C/d.In.C, &d.Window
	for ky := range w.H {
		y := oy*w.StrideH - w.PadTop + ky*w.DilationH
		for kx := range w.W {
			x := ox*w.StrideW - w.PadLeft + kx*w.DilationW
			if y < 0 || y >= d.In.H || x < 0 || x >= d.In.W {
				continue
			}
			row := d.Weights[(ky*w.W+kx)*d.Out.C:][:d.Out.C]
			for c, v := range in[(y*d.In.W+x)*d.In.C:][:d.In.C] {
				for m := c * multiplier; m < (c+1)*multiplier; m++ {
					dst[m] += float32(v * row[m])
				}
			}
		}
	}
	for c, v := range dst {
		dst[c] = min(max(v, d.Min), d.Max)
	}
}
