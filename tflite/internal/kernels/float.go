package kernels

// FloatConv is CONV_2D, TRANSPOSE_CONV or FULLY_CONNECTED of float32. Products are
// added in the order of the weights and rounded one by one, so that every
// architecture gives the same bits; other runtimes add in other orders.
type FloatConv struct {
	in, out  Image
	bias     []float32
	min, max float32 // of the fused activation
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
func NewFloatConv(in, out Image, w Window, weights, bias []float32, lo, hi float32) *FloatConv {
	c := &FloatConv{in: in, out: out, bias: bias, min: lo, max: hi}
	c.phases = []floatPhase{{
		y:       floatAxis{0, out.H, 1, -w.PadTop, w.StrideH, w.H, w.DilationH},
		x:       floatAxis{0, out.W, 1, -w.PadLeft, w.StrideW, w.W, w.DilationW},
		weights: weights,
	}}
	return c
}

// NewFloatDense makes a dense layer; weights are [outputs, inputs].
func NewFloatDense(rows, inputs int, weights, bias []float32, lo, hi float32) *FloatConv {
	in, out, w := dense(rows, inputs, len(bias))
	return NewFloatConv(in, out, w, weights, bias, lo, hi)
}

// NewFloatTransposeConv makes a transposed convolution; weights are [out.C, H, W,
// in.C] and are copied, sorted by phase.
func NewFloatTransposeConv(in, out Image, w Window, weights, bias []float32, lo, hi float32) *FloatConv {
	c := &FloatConv{in: in, out: out, bias: bias, min: lo, max: hi}
	ys, allY := axisPhases(out.H, w.H, w.StrideH, w.PadTop)
	xs, allX := axisPhases(out.W, w.W, w.StrideW, w.PadLeft)
	c.gaps = !allY || !allX
	for _, y := range ys {
		for _, x := range xs {
			p := floatPhase{
				y: floatAxis{y.first, y.positions, w.StrideH, y.start, 1, y.taps, 1},
				x: floatAxis{x.first, x.positions, w.StrideW, x.start, 1, x.taps, 1},
			}
			for o := range out.C {
				for ty := range y.taps {
					for tx := range x.taps {
						ky, kx := y.last-ty*w.StrideH, x.last-tx*w.StrideW
						p.weights = append(p.weights, weights[((o*w.H+ky)*w.W+kx)*in.C:][:in.C]...)
					}
				}
			}
			c.phases = append(c.phases, p)
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

// FloatDepthwise is DEPTHWISE_CONV_2D of float32.
type FloatDepthwise struct {
	in, out       Image
	window        Window
	weights, bias []float32 // [H, W, out.C]; [out.C]
	min, max      float32
}

// NewFloatDepthwise makes a depthwise convolution.
func NewFloatDepthwise(in, out Image, w Window, weights, bias []float32, lo, hi float32) *FloatDepthwise {
	return &FloatDepthwise{in, out, w, weights, bias, lo, hi}
}

// Run computes the output image from the input image.
func (d *FloatDepthwise) Run(out, in []float32) {
	for range d.in.Batch {
		for oy := range d.out.H {
			for ox := range d.out.W {
				d.position(out[(oy*d.out.W+ox)*d.out.C:][:d.out.C], in, oy, ox)
			}
		}
		out, in = out[d.out.elements():], in[d.in.elements():]
	}
}

func (d *FloatDepthwise) position(dst, in []float32, oy, ox int) {
	copy(dst, d.bias)
	multiplier, w := d.out.C/d.in.C, &d.window
	for ky := range w.H {
		y := oy*w.StrideH - w.PadTop + ky*w.DilationH
		for kx := range w.W {
			x := ox*w.StrideW - w.PadLeft + kx*w.DilationW
			if y < 0 || y >= d.in.H || x < 0 || x >= d.in.W {
				continue
			}
			row := d.weights[(ky*w.W+kx)*d.out.C:][:d.out.C]
			for c, v := range in[(y*d.in.W+x)*d.in.C:][:d.in.C] {
				for m := c * multiplier; m < (c+1)*multiplier; m++ {
					dst[m] += float32(v * row[m])
				}
			}
		}
	}
	for c, v := range dst {
		dst[c] = min(max(v, d.min), d.max)
	}
}
