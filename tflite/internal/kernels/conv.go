package kernels

// Image is the geometry of an NHWC tensor.
type Image struct {
	Batch, H, W, C int
}

// elements gives the number of elements of one batch entry.
func (s Image) elements() int { return s.H * s.W * s.C }

// Window is a sliding window's geometry.
type Window struct {
	H, W                 int // kernel rows and columns
	StrideH, StrideW     int
	DilationH, DilationW int
	PadTop, PadLeft      int
}

// gather copies the kh x kw positions that start at (top, left), dilation apart,
// from one batch entry into row; positions outside become fill.
func gather(row, in []int8, s Image, top, left, kh, kw, dilationH, dilationW int, fill int8) {
	n := kw * s.C
	inside := left >= 0 && left+(kw-1)*dilationW < s.W
	for ky := range kh {
		dst := row[ky*n : (ky+1)*n]
		y := top + ky*dilationH
		if y < 0 || y >= s.H {
			set(dst, fill)
			continue
		}
		line := in[y*s.W*s.C : (y+1)*s.W*s.C]
		if inside && dilationW == 1 {
			copy(dst, line[left*s.C:])
			continue
		}
		for kx := range kw {
			x := left + kx*dilationW
			if x < 0 || x >= s.W {
				set(dst[kx*s.C:(kx+1)*s.C], fill)
				continue
			}
			copy(dst[kx*s.C:(kx+1)*s.C], line[x*s.C:])
		}
	}
}

func set(dst []int8, v int8) {
	for i := range dst {
		dst[i] = v
	}
}

// Conv is CONV_2D.
type Conv struct {
	Dense
	Window
	In, Out   Image
	ZeroPoint int8   // of the input
	Scratch   []int8 // H * W * In.C, not needed for a 1x1 kernel
}

// Run computes the output image from the input image.
func (c *Conv) Run(out, in []int8) {
	for range c.In.Batch {
		c.run(out, in)
		out, in = out[c.Out.elements():], in[c.In.elements():]
	}
}

func (c *Conv) run(out, in []int8) {
	// With one tap the input already is the row; SAME pads nothing then.
	single := c.H == 1 && c.W == 1
	for oy := range c.Out.H {
		for ox := range c.Out.W {
			top := oy*c.StrideH - c.PadTop
			left := ox*c.StrideW - c.PadLeft
			row := c.Scratch
			if single {
				row = in[(top*c.In.W+left)*c.In.C:][:c.In.C]
			} else {
				gather(row, in, c.In, top, left, c.H, c.W, c.DilationH, c.DilationW, c.ZeroPoint)
			}
			c.Row(out[:c.Out.C], row)
			out = out[c.Out.C:]
		}
	}
}
