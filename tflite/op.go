package tflite

import (
	"fmt"

	"github.com/auscult/auscult/tflite/schema"
)

// Op is a builtin operator. Its values are those of the file format.
type Op int32

// Operators that the Interpreter runs, and Custom.
const (
	Add             Op = schema.OpAdd
	AveragePool2D   Op = schema.OpAveragePool2D
	Conv2D          Op = schema.OpConv2D
	DepthwiseConv2D Op = schema.OpDepthwiseConv2D
	Dequantize      Op = schema.OpDequantize
	FullyConnected  Op = schema.OpFullyConnected
	Exp             Op = schema.OpExp
	Logistic        Op = schema.OpLogistic
	Mul             Op = schema.OpMul
	Sub             Op = schema.OpSub
	Relu            Op = schema.OpRelu
	Relu6           Op = schema.OpRelu6
	Reshape         Op = schema.OpReshape
	Softmax         Op = schema.OpSoftmax
	Pad             Op = schema.OpPad
	TransposeConv   Op = schema.OpTransposeConv
	Tile            Op = schema.OpTile
	Quantize        Op = schema.OpQuantize
	// Custom is an operator that Operator.Custom names.
	Custom Op = schema.OpCustom
)

// String gives the schema's name, for example "CONV_2D".
func (o Op) String() string {
	if name, ok := schema.OperatorName(int32(o)); ok {
		return name
	}
	return fmt.Sprintf("operator code %d", int32(o))
}

// Padding says how a sliding window treats the border.
type Padding int8

// Paddings.
const (
	// Same pads with zero points so that output = ceil(input / stride).
	Same Padding = schema.PaddingSame
	// Valid does not pad.
	Valid Padding = schema.PaddingValid
)

// String gives "SAME" or "VALID".
func (p Padding) String() string {
	switch p {
	case Same:
		return "SAME"
	case Valid:
		return "VALID"
	}
	return fmt.Sprintf("padding %d", int8(p))
}

// Activation is a function that an operator applies to its result.
type Activation int8

// Activations. The Interpreter runs all but ActTanh and ActSignBit.
const (
	ActNone      Activation = schema.ActivationNone
	ActRelu      Activation = schema.ActivationRelu     // max(x, 0)
	ActReluN1To1 Activation = schema.ActivationReluN1To // clamp to -1..1
	ActRelu6     Activation = schema.ActivationRelu6    // clamp to 0..6
	ActTanh      Activation = schema.ActivationTanh
	ActSignBit   Activation = schema.ActivationSignBit
)

// String gives the schema's name, for example "RELU".
func (a Activation) String() string {
	names := [...]string{"NONE", "RELU", "RELU_N1_TO_1", "RELU6", "TANH", "SIGN_BIT"}
	if a < 0 || int(a) >= len(names) {
		return fmt.Sprintf("activation %d", int8(a))
	}
	return names[a]
}
