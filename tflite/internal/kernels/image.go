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

// inside gives the rows and columns of the input that the window sees at a position of the output; it is not dilated.
func (g *Sliding) inside(oy, ox int) (y0, y1, x0, x1 int) {
	top, left := oy*g.StrideH-g.PadTop, ox*g.StrideW-g.PadLeft
	return max(top, 0), min(top+g.H, g.In.H), max(left, 0), min(left+g.W, g.In.W)
}

// Layer is what an int8 layer multiplies its inputs with, and how it maps the sums to codes.
type Layer struct {
	Weights []int8
	// Parts is how many parts Weights have that are added, where one int8 is too small for a weight: those of an output
	// lie one behind the other, or those of all outputs for a depthwise convolution. 0 is one.
	Parts     int
	Bias      []int32 // one for each output channel
	InputZero int8    // zero point of the input
	Requant   Requant
}

// parts gives the number of parts, which each meet the same inputs.
func (l *Layer) parts() int { return max(l.Parts, 1) }

// FloatLayer is Layer for float32, with the limits of the fused activation.
type FloatLayer struct {
	Weights, Bias []float32
	Min, Max      float32
}

func set[T int8 | float32](dst []T, v T) {
	for i := range dst {
		dst[i] = v
	}
}
