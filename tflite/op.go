package tflite

import (
	"fmt"

	"github.com/auscult/auscult/tflite/schema"
)

// Op is a builtin operator. Its values are those of the file format; the operators that the Interpreter runs are
// declared in the files op_*.go.
type Op int32

// Custom is an operator that Operator.Custom names.
const Custom Op = schema.OpCustom

// String gives the schema's name, for example "CONV_2D".
func (o Op) String() string {
	if name, ok := schema.OperatorName(int32(o)); ok {
		return name
	}
	return fmt.Sprintf("operator code %d", int32(o))
}

// definitions holds each operator that this package runs at its code. A new one is its file and a line here.
var definitions = [schema.Operators]*definition{
	Add:             &addDefinition,
	AveragePool2D:   &averagePool2DDefinition,
	Concatenation:   &concatenationDefinition,
	Conv2D:          &conv2DDefinition,
	DepthwiseConv2D: &depthwiseConv2DDefinition,
	Dequantize:      &dequantizeDefinition,
	Exp:             &expDefinition,
	ExpandDims:      &expandDimsDefinition,
	Fill:            &fillDefinition,
	FullyConnected:  &fullyConnectedDefinition,
	Logistic:        &logisticDefinition,
	MaxPool2D:       &maxPool2DDefinition,
	Mean:            &meanDefinition,
	Mul:             &mulDefinition,
	Pack:            &packDefinition,
	Pad:             &padDefinition,
	Quantize:        &quantizeDefinition,
	ReduceMax:       &reduceMaxDefinition,
	ReduceMin:       &reduceMinDefinition,
	Relu:            &reluDefinition,
	Relu6:           &relu6Definition,
	Reshape:         &reshapeDefinition,
	Shape:           &shapeDefinition,
	Slice:           &sliceDefinition,
	Softmax:         &softmaxDefinition,
	Split:           &splitDefinition,
	SplitV:          &splitVDefinition,
	Squeeze:         &squeezeDefinition,
	StridedSlice:    &stridedSliceDefinition,
	Sub:             &subDefinition,
	Sum:             &sumDefinition,
	Tile:            &tileDefinition,
	Unpack:          &unpackDefinition,
	Transpose:       &transposeDefinition,
	TransposeConv:   &transposeConvDefinition,
}
