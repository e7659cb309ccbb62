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

// Sliding is a window that slides over one image and gives a position of another at each place. For a transposed
// convolution it slides over the output.
type Sliding struct {
	In, Out Image
	Window
}

// below gives the padding needed after the last element of one dimension.
func below(positions, size, kernel, stride, dilation, before int) int {
	return (positions-1)*stride + (kernel-1)*dilation + 1 - before - size
}

func set(dst []int8, v int8) {
	for i := range dst {
		dst[i] = v
	}
}

// Conv is CONV_2D.
type Conv struct {
	in, out    Image
	stage      *Stage
	gemm       *Gemm
	rows, outs []int32

	share
	workers      []*Gemm
	image, codes []int8 // of the batch entry that is being computed
}

// Share has a team compute large images together.
func (c *Conv) Share(team *Team) {
	positions := c.out.H * c.out.W
	c.divide(team, []int{positions}, c.gemm.macs(positions))
	c.workers = c.gemm.clones(team)
	c.job = func(worker, i int) {
		p := c.parts[i]
		c.workers[worker].Run(c.codes, c.image, c.outs[p.first:], c.rows[p.first:], p.n)
	}
}

// NewConv packs weights, [out.C, H, W, in.C], and plans where each position reads.
func NewConv(im *Impl, in, out Image, w Window, zeroPoint int8, weights []int8, bias []int32, rq Requant) *Conv {
	c := &Conv{in: in, out: out}
	im = im.forOutputs(out.C)
	segments, length := w.segments(in.C)
	c.stage = NewStage(in, w.PadTop, w.PadLeft,
		below(out.H, in.H, w.H, w.StrideH, w.DilationH, w.PadTop),
		below(out.W, in.W, w.W, w.StrideW, w.DilationW, w.PadLeft),
		zeroPoint, length%im.group == 0)
	pitch := in.W * in.C
	if c.stage != nil {
		pitch = c.stage.pitch()
	}
	taps := make([]int32, 0, segments)
	for ky := range w.H {
		for kx := range segments / w.H {
			taps = append(taps, int32(ky*w.DilationH*pitch+kx*w.DilationW*in.C))
		}
	}
	for oy := range out.H {
		for ox := range out.W {
			c.rows = append(c.rows, int32(oy*w.StrideH*pitch+ox*w.StrideW*in.C))
			c.outs = append(c.outs, int32((oy*out.W+ox)*out.C))
		}
	}
	c.rows, c.outs = im.Rows(c.rows), im.Rows(c.outs)
	c.gemm = NewGemm(im, weights, bias, taps, length, int32(zeroPoint), rq)
	c.gemm.Check(c.rows, c.outs, stagedSize(c.stage, in), out.elements())
	return c
}

// segments gives how many segments a window has, and of how many inputs. Kernel
// columns that lie side by side in the image are one segment.
func (w *Window) segments(channels int) (segments, length int) {
	if w.DilationW == 1 || w.W == 1 {
		return w.H, w.W * channels
	}
	return w.H * w.W, channels
}

func stagedSize(s *Stage, in Image) int {
	if s == nil {
		return in.elements()
	}
	return s.Bytes()
}

// ConvBytes gives the memory that NewConv takes besides its argument, and that a
// stage takes; each saturates at 2^62.
func ConvBytes(im *Impl, in, out Image, w Window) (prepared, staged int64) {
	segments, length := w.segments(in.C)
	prepared = im.GemmBytes(out.C, segments, length) + 8*(int64(out.H)*int64(out.W)+maxRows) + 4*int64(segments)
	bottom := below(out.H, in.H, w.H, w.StrideH, w.DilationH, w.PadTop)
	right := below(out.W, in.W, w.W, w.StrideW, w.DilationW, w.PadLeft)
	return prepared, stageBytes(in, w.PadTop, w.PadLeft, bottom, right)
}

// stageBytes gives the size of a staged image, saturating.
func stageBytes(in Image, top, left, bottom, right int) int64 {
	pitch := int64(max(left, 0)+in.W+max(right, 0)) * int64(in.C)
	lines := int64(max(top, 0) + in.H + max(bottom, 0))
	if pitch > 1<<31 {
		return 1 << 62
	}
	return pitch*(lines+1) + 2*stageSlack
}

// ScratchBytes gives the size of Run's scratch memory.
func (c *Conv) ScratchBytes() int { return c.stage.Bytes() }

// Run computes the output image from the input image.
func (c *Conv) Run(out, in, scratch []int8) {
	for range c.in.Batch {
		image := c.stage.Run(scratch, in)
		if c.team != nil {
			c.image, c.codes = image, out
			c.run()
		} else {
			c.gemm.Run(out, image, c.outs, c.rows, c.out.H*c.out.W)
		}
		out, in = out[c.out.elements():], in[c.in.elements():]
	}
}

// NewDense makes FULLY_CONNECTED of rows of inputs, with weights [outputs,
// inputs]: a convolution over an image of one column.
func NewDense(im *Impl, rows, inputs int, zeroPoint int8, weights []int8, bias []int32, rq Requant) *Conv {
	in, out, w := dense(rows, inputs, len(bias))
	return NewConv(im, in, out, w, zeroPoint, weights, bias, rq)
}

// DenseBytes is ConvBytes for NewDense.
func DenseBytes(im *Impl, rows, inputs, outputs int) (prepared, staged int64) {
	return ConvBytes(im, Image{1, rows, 1, inputs}, Image{1, rows, 1, outputs}, unit)
}

// unit is the window of a single position.
var unit = Window{H: 1, W: 1, StrideH: 1, StrideW: 1, DilationH: 1, DilationW: 1}

func dense(rows, inputs, outputs int) (in, out Image, w Window) {
	return Image{1, rows, 1, inputs}, Image{1, rows, 1, outputs}, unit
}
