package network

import "fmt"

// Kind names a layer's function.
type Kind uint8

// Kinds of layers.
const (
	Dense           Kind = iota + 1 // y = x*W + b
	Conv2D                          // SAME padding
	ConvTranspose2D                 // SAME padding, out = in*stride
	BatchNorm                       // per channel
	ReLU                            // max(x, 0)
	Sigmoid                         // 1/(1+exp(-x))
	DepthwiseConv2D                 // SAME padding, each channel by itself
	Sample                          // latent values from means and log variances, half the channels each
	Condition                       // y = x + c*W of the operating conditions c
	MeanPool                        // mean over all positions
	Reshape                         // the same values in another shape
)

// String returns the kind's name in lower case.
func (k Kind) String() string {
	switch k {
	case Dense:
		return "dense"
	case Conv2D:
		return "conv2d"
	case ConvTranspose2D:
		return "conv_transpose2d"
	case BatchNorm:
		return "batch_norm"
	case ReLU:
		return "relu"
	case Sigmoid:
		return "sigmoid"
	case DepthwiseConv2D:
		return "depthwise_conv2d"
	case Sample:
		return "sample"
	case Condition:
		return "condition"
	case MeanPool:
		return "mean_pool"
	case Reshape:
		return "reshape"
	}
	return fmt.Sprintf("kind %d", uint8(k))
}

// Shape is the shape of one sample's activations.
type Shape struct {
	H, W, C int
}

// Size returns the number of values.
func (s Shape) Size() int { return s.H * s.W * s.C }

// String returns "HxWxC".
func (s Shape) String() string { return fmt.Sprintf("%dx%dx%d", s.H, s.W, s.C) }

// Spec describes one layer.
type Spec struct {
	Kind    Kind
	In, Out Shape
	Kernel  int  // rows and columns of a convolution's kernel, else 0
	Stride  int  // of a convolution, else 0
	Bias    bool // dense and convolutions: adds a trained offset per output channel
	// Conditions is how many operating conditions a Condition takes, else 0.
	Conditions int `json:",omitempty"`
}

// Limits of one layer.
const (
	maxWeights     = 1 << 24
	maxActivations = 1 << 22
	maxKernel      = 31
	maxStride      = 8
	maxLayers      = 256
	maxConditions  = 16
)

// weights returns the number of multiplied weights, 0 for layers without.
func (s Spec) weights() int {
	switch s.Kind {
	case Dense:
		return s.In.C * s.Out.C
	case Conv2D, ConvTranspose2D:
		return s.Kernel * s.Kernel * s.In.C * s.Out.C
	case DepthwiseConv2D:
		return s.Kernel * s.Kernel * s.Out.C
	case Condition:
		return s.Conditions * s.Out.Size()
	}
	return 0
}

// hasWeights reports whether the layer multiplies what comes before it.
func (s Spec) hasWeights() bool {
	return s.Kind == Dense || s.Kind == Conv2D || s.Kind == ConvTranspose2D || s.Kind == DepthwiseConv2D
}

// Params returns the number of trained values: weights, offsets, and two per
// channel of batch normalisation.
func (s Spec) Params() int {
	n := s.weights()
	if s.Bias {
		n += s.Out.C
	}
	if s.Kind == BatchNorm {
		n += 2 * s.Out.C
	}
	return n
}

// MACs returns the multiply-accumulates of one sample's forward pass as
// runtimes count them, padding included; element-wise layers count as none.
func (s Spec) MACs() int64 {
	switch s.Kind {
	case Dense, Condition:
		return int64(s.weights())
	case Conv2D, DepthwiseConv2D:
		return int64(s.weights()) * int64(s.Out.H) * int64(s.Out.W)
	case ConvTranspose2D:
		return int64(s.weights()) * int64(s.In.H) * int64(s.In.W)
	}
	return 0
}

// padBefore returns the zeros that SAME padding puts before the first element
// of an axis along which a convolution with kernel k and stride s goes from
// long to short elements.
func padBefore(long, short, k, s int) int {
	return max((short-1)*s+k-long, 0) / 2
}

func (s Spec) validate() error {
	for _, sh := range []Shape{s.In, s.Out} {
		if !sh.valid() {
			return fmt.Errorf("shape %v: needs 1 to %d values", sh, maxActivations)
		}
	}
	want, err := s.outOf()
	switch {
	case err != nil:
		return err
	case s.Out != want:
		return fmt.Errorf("output %v: the input %v gives %v", s.Out, s.In, want)
	case s.Conditions != 0 && s.Kind != Condition:
		return fmt.Errorf("takes no conditions")
	case s.Bias && !s.hasWeights():
		return fmt.Errorf("has no weights and can have no bias")
	}
	return s.checkWeights()
}

// valid reports whether a shape has values, and no more than layers may have.
func (s Shape) valid() bool {
	for _, n := range []int{s.H, s.W, s.C} {
		if n < 1 || n > maxActivations {
			return false
		}
	}
	area := int64(s.H) * int64(s.W)
	return area <= maxActivations && area*int64(s.C) <= maxActivations
}

// outOf returns the shape that the layer makes of its input, and checks what its
// kind needs for that.
func (s Spec) outOf() (Shape, error) {
	want := s.In
	switch s.Kind {
	case Dense:
		if s.In.H != 1 || s.In.W != 1 {
			return want, fmt.Errorf("input %v: a dense layer needs 1x1xC", s.In)
		}
		want.C = s.Out.C
	case Conv2D, ConvTranspose2D, DepthwiseConv2D:
		if s.Kernel < 1 || s.Kernel > maxKernel || s.Stride < 1 || s.Stride > maxStride {
			return want, fmt.Errorf("kernel %d, stride %d: need kernel 1 to %d, stride 1 to %d",
				s.Kernel, s.Stride, maxKernel, maxStride)
		}
		if s.Kernel < s.Stride {
			return want, fmt.Errorf("kernel %d is smaller than stride %d: it would leave holes", s.Kernel, s.Stride)
		}
		want = s.convOut()
		want.C = s.Out.C
		if s.Kind == DepthwiseConv2D {
			want.C = s.In.C
		}
	case BatchNorm, ReLU, Sigmoid:
	case Sample:
		want.C = s.In.C / 2
		if s.In.C%2 != 0 {
			return want, fmt.Errorf("input %v: needs a mean and a variance for each channel", s.In)
		}
	case Condition:
		if s.Conditions < 1 || s.Conditions > maxConditions {
			return want, fmt.Errorf("%d conditions: must be 1 to %d", s.Conditions, maxConditions)
		}
	case MeanPool:
		want.H, want.W = 1, 1
	case Reshape:
		want = s.Out
		if s.In.Size() != s.Out.Size() {
			return want, fmt.Errorf("output %v: has not as many values as the input %v", s.Out, s.In)
		}
	default:
		return want, fmt.Errorf("unknown layer: %v", s.Kind)
	}
	return want, nil
}

// checkWeights checks that there are not too many weights, in 64 bits: channels are
// at most 2^22, the kernel's area below 2^10.
func (s Spec) checkWeights() error {
	inputs := int64(s.In.C) // of one output
	if s.Kind == DepthwiseConv2D {
		inputs = 1
	}
	if s.hasWeights() && inputs*int64(s.Out.C)*int64(max(s.Kernel*s.Kernel, 1)) > maxWeights ||
		s.Kind == Condition && s.weights() > maxWeights {
		return fmt.Errorf("more than %d weights", maxWeights)
	}
	return nil
}

func (s Spec) convOut() Shape {
	if s.Kind != ConvTranspose2D {
		return Shape{H: (s.In.H + s.Stride - 1) / s.Stride, W: (s.In.W + s.Stride - 1) / s.Stride}
	}
	return Shape{H: s.In.H * s.Stride, W: s.In.W * s.Stride}
}

// Chain builds a list of layers, each fed by the one before.
type Chain struct {
	at    Shape
	specs []Spec
}

// NewChain returns an empty chain whose first layer takes in.
func NewChain(in Shape) *Chain { return &Chain{at: in} }

func (c *Chain) add(s Spec) *Chain {
	s.In = c.at
	switch s.Kind {
	case Dense:
		s.Out.H, s.Out.W = 1, 1
	case Conv2D, ConvTranspose2D, DepthwiseConv2D:
		if s.Stride > 0 {
			o := s.convOut()
			s.Out.H, s.Out.W = o.H, o.W
		}
	case Sample:
		s.Out = Shape{H: s.In.H, W: s.In.W, C: s.In.C / 2}
	case MeanPool:
		s.Out = Shape{H: 1, W: 1, C: s.In.C}
	case Reshape: // to s.Out
	default:
		s.Out = s.In
	}
	c.at = s.Out
	c.specs = append(c.specs, s)
	return c
}

// Dense appends a dense layer with out outputs.
func (c *Chain) Dense(out int, bias bool) *Chain {
	return c.add(Spec{Kind: Dense, Out: Shape{C: out}, Bias: bias})
}

// Conv2D appends a convolution to out channels.
func (c *Chain) Conv2D(out, kernel, stride int, bias bool) *Chain {
	return c.add(Spec{Kind: Conv2D, Out: Shape{C: out}, Kernel: kernel, Stride: stride, Bias: bias})
}

// DepthwiseConv2D appends a convolution of each channel by itself.
func (c *Chain) DepthwiseConv2D(kernel, stride int, bias bool) *Chain {
	return c.add(Spec{Kind: DepthwiseConv2D, Out: Shape{C: c.at.C}, Kernel: kernel, Stride: stride, Bias: bias})
}

// ConvTranspose2D appends a transposed convolution to out channels.
func (c *Chain) ConvTranspose2D(out, kernel, stride int, bias bool) *Chain {
	return c.add(Spec{Kind: ConvTranspose2D, Out: Shape{C: out}, Kernel: kernel, Stride: stride, Bias: bias})
}

// BatchNorm appends a batch normalisation.
func (c *Chain) BatchNorm() *Chain { return c.add(Spec{Kind: BatchNorm}) }

// ReLU appends a rectifier.
func (c *Chain) ReLU() *Chain { return c.add(Spec{Kind: ReLU}) }

// Sigmoid appends a logistic function.
func (c *Chain) Sigmoid() *Chain { return c.add(Spec{Kind: Sigmoid}) }

// Sample appends a draw of latent values.
func (c *Chain) Sample() *Chain { return c.add(Spec{Kind: Sample}) }

// Condition appends what a number of operating conditions add.
func (c *Chain) Condition(conditions int) *Chain {
	return c.add(Spec{Kind: Condition, Conditions: conditions})
}

// MeanPool appends a mean over all positions.
func (c *Chain) MeanPool() *Chain { return c.add(Spec{Kind: MeanPool}) }

// Reshape gives what comes before it another shape.
func (c *Chain) Reshape(to Shape) *Chain { return c.add(Spec{Kind: Reshape, Out: to}) }

// Specs returns the layers so far. New checks them.
func (c *Chain) Specs() []Spec { return append([]Spec(nil), c.specs...) }
