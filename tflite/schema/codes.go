package schema

// Codes of the builtin operators that package tflite has options or kernels
// for.
const (
	OpAdd             = 0
	OpAveragePool2D   = 1
	OpConv2D          = 3
	OpDepthwiseConv2D = 4
	OpDequantize      = 6
	OpFullyConnected  = 9
	OpLogistic        = 14
	OpMul             = 18
	OpRelu            = 19
	OpRelu6           = 21
	OpReshape         = 22
	OpSoftmax         = 25
	OpCustom          = 32
	OpPad             = 34
	OpSub             = 41
	OpExp             = 47
	OpTransposeConv   = 67
	OpTile            = 69
	OpQuantize        = 114
)

// Members of the union BuiltinOptions.
const (
	OptionsNone            = 0
	OptionsConv2D          = 1
	OptionsDepthwiseConv2D = 2
	OptionsPool2D          = 5
	OptionsFullyConnected  = 8
	OptionsSoftmax         = 9
	OptionsAdd             = 11
	OptionsReshape         = 17
	OptionsMul             = 21
	OptionsPad             = 22
	OptionsSub             = 28
	OptionsDequantize      = 38
	OptionsTransposeConv   = 49
	OptionsTile            = 51
	OptionsQuantize        = 89
)

// Values of enum TensorType.
const (
	TypeFloat32    = 0
	TypeFloat16    = 1
	TypeInt32      = 2
	TypeUint8      = 3
	TypeInt64      = 4
	TypeString     = 5
	TypeBool       = 6
	TypeInt16      = 7
	TypeComplex64  = 8
	TypeInt8       = 9
	TypeFloat64    = 10
	TypeComplex128 = 11
	TypeUint64     = 12
	TypeResource   = 13
	TypeVariant    = 14
	TypeUint32     = 15
	TypeUint16     = 16
	TypeInt4       = 17
	TypeBfloat16   = 18
)

// Values of enum Padding.
const (
	PaddingSame  = 0
	PaddingValid = 1
)

// Values of enum ActivationFunctionType.
const (
	ActivationNone     = 0
	ActivationRelu     = 1
	ActivationReluN1To = 2
	ActivationRelu6    = 3
	ActivationTanh     = 4
	ActivationSignBit  = 5
)
