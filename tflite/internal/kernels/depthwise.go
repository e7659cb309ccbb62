package kernels

// Depthwise is DEPTHWISE_CONV_2D: output channel c*Multiplier+m sees input
// channel c only.
type Depthwise struct {
	Requant
	Window
	In, Out    Image
	Multiplier int
	Weights    []int8  // [H, W, Out.C]
	Bias       []int32 // one for each output channel, zero point not folded
	ZeroPoint  int32   // of the input
	Sums       []int32 // scratch, Out.C
}

// Run computes the output image from the input image.
func (d *Depthwise) Run(out, in []int8) {
	for range d.In.Batch {
		d.run(out, in)
		out, in = out[d.Out.elements():], in[d.In.elements():]
	}
}

func (d *Depthwise) run(out, in []int8) {
	for oy := range d.Out.H {
		for ox := range d.Out.W {
			copy(d.Sums, d.Bias)
			for ky := range d.H {
				y := oy*d.StrideH - d.PadTop + ky*d.DilationH
				if y < 0 || y >= d.In.H {
					continue // padding is the zero point: it adds nothing
				}
				for kx := range d.W {
					x := ox*d.StrideW - d.PadLeft + kx*d.DilationW
					if x < 0 || x >= d.In.W {
						continue
					}
					d.tap(in[(y*d.In.W+x)*d.In.C:][:d.In.C], d.Weights[(ky*d.W+kx)*d.Out.C:][:d.Out.C])
				}
			}
			for c, acc := range d.Sums {
				out[c] = d.code(c, acc)
			}
			out = out[d.Out.C:]
		}
	}
}

// tap adds one kernel position's products to the sums.
func (d *Depthwise) tap(x, w []int8) {
	zp := d.ZeroPoint
	if d.Multiplier == 1 {
		sums := d.Sums[:len(x)]
		w = w[:len(x)]
		for c, v := range x {
			sums[c] += (int32(v) - zp) * int32(w[c])
		}
		return
	}
	for c, v := range x {
		sums := d.Sums[c*d.Multiplier:][:d.Multiplier]
		row := w[c*d.Multiplier:][:d.Multiplier]
		for m := range sums {
			sums[m] += (int32(v) - zp) * int32(row[m])
		}
	}
}
