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
	Abs:                   &absDefinition,
	Add:                   &addDefinition,
	AssignVariable:        &assignVariableDefinition,
	AveragePool2D:         &averagePool2DDefinition,
	BatchToSpaceND:        &batchToSpaceNDDefinition,
	CallOnce:              &callOnceDefinition,
	Cast:                  &castDefinition,
	Ceil:                  &ceilDefinition,
	Concatenation:         &concatenationDefinition,
	Conv2D:                &conv2DDefinition,
	Cos:                   &cosDefinition,
	DepthwiseConv2D:       &depthwiseConv2DDefinition,
	Dequantize:            &dequantizeDefinition,
	Div:                   &divDefinition,
	Elu:                   &eluDefinition,
	Exp:                   &expDefinition,
	ExpandDims:            &expandDimsDefinition,
	Fill:                  &fillDefinition,
	Floor:                 &floorDefinition,
	FullyConnected:        &fullyConnectedDefinition,
	Gather:                &gatherDefinition,
	Gelu:                  &geluDefinition,
	HardSwish:             &hardSwishDefinition,
	LeakyRelu:             &leakyReluDefinition,
	Log:                   &logDefinition,
	Logistic:              &logisticDefinition,
	MaxPool2D:             &maxPool2DDefinition,
	Maximum:               &maximumDefinition,
	Mean:                  &meanDefinition,
	Minimum:               &minimumDefinition,
	MirrorPad:             &mirrorPadDefinition,
	Mul:                   &mulDefinition,
	Neg:                   &negDefinition,
	Pack:                  &packDefinition,
	Pad:                   &padDefinition,
	PadV2:                 &padV2Definition,
	Pow:                   &powDefinition,
	Prelu:                 &preluDefinition,
	Quantize:              &quantizeDefinition,
	ReadVariable:          &readVariableDefinition,
	ReduceMax:             &reduceMaxDefinition,
	ReduceMin:             &reduceMinDefinition,
	ReduceProd:            &reduceProdDefinition,
	Relu6:                 &relu6Definition,
	Relu:                  &reluDefinition,
	ReluN1To1:             &reluN1To1Definition,
	Reshape:               &reshapeDefinition,
	ResizeBilinear:        &resizeBilinearDefinition,
	ResizeNearestNeighbor: &resizeNearestNeighborDefinition,
	Round:                 &roundDefinition,
	Rsqrt:                 &rsqrtDefinition,
	Shape:                 &shapeDefinition,
	Sin:                   &sinDefinition,
	Slice:                 &sliceDefinition,
	Softmax:               &softmaxDefinition,
	SpaceToBatchND:        &spaceToBatchNDDefinition,
	Split:                 &splitDefinition,
	SplitV:                &splitVDefinition,
	Sqrt:                  &sqrtDefinition,
	Square:                &squareDefinition,
	SquaredDifference:     &squaredDifferenceDefinition,
	Squeeze:               &squeezeDefinition,
	StridedSlice:          &stridedSliceDefinition,
	Sub:                   &subDefinition,
	Sum:                   &sumDefinition,
	Tanh:                  &tanhDefinition,
	Tile:                  &tileDefinition,
	Transpose:             &transposeDefinition,
	TransposeConv:         &transposeConvDefinition,
	Unpack:                &unpackDefinition,
	VarHandle:             &varHandleDefinition,
}
