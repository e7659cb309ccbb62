package tflite

// Conv2DOptions belongs to Conv2D. Strides and dilations are 1 or more.
type Conv2DOptions struct {
	Padding              Padding
	StrideH, StrideW     int
	DilationH, DilationW int
	Activation           Activation
}

// DepthwiseConv2DOptions belongs to DepthwiseConv2D.
type DepthwiseConv2DOptions struct {
	Padding          Padding
	StrideH, StrideW int
	// DepthMultiplier is output channels per input channel. The file format
	// calls it redundant: where it is 0 the shapes decide.
	DepthMultiplier      int
	DilationH, DilationW int
	Activation           Activation
}

// TransposeConvOptions belongs to TransposeConv.
type TransposeConvOptions struct {
	Padding          Padding
	StrideH, StrideW int
	Activation       Activation
}

// Pool2DOptions belongs to AveragePool2D.
type Pool2DOptions struct {
	Padding          Padding
	StrideH, StrideW int
	FilterH, FilterW int
	Activation       Activation
}

// FullyConnectedOptions belongs to FullyConnected.
type FullyConnectedOptions struct {
	Activation Activation
	// KeepNumDims keeps all input dimensions but the last in the output;
	// without it the output has two.
	KeepNumDims bool
}

// AddOptions belongs to Add.
type AddOptions struct {
	Activation Activation
}

// MulOptions belongs to Mul.
type MulOptions struct {
	Activation Activation
}

// SubOptions belongs to Sub.
type SubOptions struct {
	Activation Activation
}

// SoftmaxOptions belongs to Softmax.
type SoftmaxOptions struct {
	Beta float32 // factor of the input before the exponential
}

// ReshapeOptions belongs to Reshape. NewShape serves where the operator has no
// second input; it may be nil where it has one.
type ReshapeOptions struct {
	NewShape []int
}

// UnknownOptions stands for options that this package does not decode. A model
// that holds them can be shown but not written.
type UnknownOptions struct {
	Union int // 1 for BuiltinOptions, 2 for BuiltinOptions2, 0 for custom options
	Kind  int // member of the union
}
