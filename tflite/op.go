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
	Abs:                        &absDefinition,
	Add:                        &addDefinition,
	ArgMax:                     &argMaxDefinition,
	ArgMin:                     &argMinDefinition,
	AssignVariable:             &assignVariableDefinition,
	Atan2:                      &atan2Definition,
	AveragePool2D:              &averagePool2DDefinition,
	BatchMatMul:                &batchMatMulDefinition,
	BatchToSpaceND:             &batchToSpaceNDDefinition,
	BroadcastTo:                &broadcastToDefinition,
	CallOnce:                   &callOnceDefinition,
	Cast:                       &castDefinition,
	Ceil:                       &ceilDefinition,
	Composite:                  &compositeDefinition,
	Concatenation:              &concatenationDefinition,
	Conv2D:                     &conv2DDefinition,
	Cos:                        &cosDefinition,
	Cumsum:                     &cumsumDefinition,
	DepthToSpace:               &depthToSpaceDefinition,
	DepthwiseConv2D:            &depthwiseConv2DDefinition,
	Dequantize:                 &dequantizeDefinition,
	Div:                        &divDefinition,
	Elu:                        &eluDefinition,
	Equal:                      &equalDefinition,
	Exp:                        &expDefinition,
	ExpandDims:                 &expandDimsDefinition,
	Fill:                       &fillDefinition,
	Floor:                      &floorDefinition,
	FloorDiv:                   &floorDivDefinition,
	FloorMod:                   &floorModDefinition,
	FullyConnected:             &fullyConnectedDefinition,
	Gather:                     &gatherDefinition,
	GatherND:                   &gatherNDDefinition,
	Gelu:                       &geluDefinition,
	Greater:                    &greaterDefinition,
	GreaterEqual:               &greaterEqualDefinition,
	HardSwish:                  &hardSwishDefinition,
	If:                         &ifDefinition,
	L2Normalization:            &l2NormalizationDefinition,
	LeakyRelu:                  &leakyReluDefinition,
	Less:                       &lessDefinition,
	LessEqual:                  &lessEqualDefinition,
	Log:                        &logDefinition,
	LogicalAnd:                 &logicalAndDefinition,
	LogicalNot:                 &logicalNotDefinition,
	LogicalOr:                  &logicalOrDefinition,
	Logistic:                   &logisticDefinition,
	LogSoftmax:                 &logSoftmaxDefinition,
	Maximum:                    &maximumDefinition,
	MaxPool2D:                  &maxPool2DDefinition,
	Mean:                       &meanDefinition,
	Minimum:                    &minimumDefinition,
	MirrorPad:                  &mirrorPadDefinition,
	Mul:                        &mulDefinition,
	Neg:                        &negDefinition,
	NotEqual:                   &notEqualDefinition,
	OneHot:                     &oneHotDefinition,
	Pack:                       &packDefinition,
	Pad:                        &padDefinition,
	PadV2:                      &padV2Definition,
	Pow:                        &powDefinition,
	Prelu:                      &preluDefinition,
	Quantize:                   &quantizeDefinition,
	Range:                      &rangeDefinition,
	ReadVariable:               &readVariableDefinition,
	ReduceMax:                  &reduceMaxDefinition,
	ReduceMin:                  &reduceMinDefinition,
	ReduceProd:                 &reduceProdDefinition,
	Relu:                       &reluDefinition,
	Relu0To1:                   &relu0To1Definition,
	Relu6:                      &relu6Definition,
	ReluN1To1:                  &reluN1To1Definition,
	Reshape:                    &reshapeDefinition,
	ResizeBilinear:             &resizeBilinearDefinition,
	ResizeNearestNeighbor:      &resizeNearestNeighborDefinition,
	ReverseV2:                  &reverseV2Definition,
	Round:                      &roundDefinition,
	Rsqrt:                      &rsqrtDefinition,
	Select:                     &selectDefinition,
	SelectV2:                   &selectV2Definition,
	Shape:                      &shapeDefinition,
	Sign:                       &signDefinition,
	Sin:                        &sinDefinition,
	Slice:                      &sliceDefinition,
	Softmax:                    &softmaxDefinition,
	SpaceToBatchND:             &spaceToBatchNDDefinition,
	SpaceToDepth:               &spaceToDepthDefinition,
	Split:                      &splitDefinition,
	SplitV:                     &splitVDefinition,
	Sqrt:                       &sqrtDefinition,
	Square:                     &squareDefinition,
	SquaredDifference:          &squaredDifferenceDefinition,
	Squeeze:                    &squeezeDefinition,
	StridedSlice:               &stridedSliceDefinition,
	Sub:                        &subDefinition,
	Sum:                        &sumDefinition,
	SVDF:                       &svdfDefinition,
	Tanh:                       &tanhDefinition,
	Tile:                       &tileDefinition,
	TopKV2:                     &topKV2Definition,
	Transpose:                  &transposeDefinition,
	TransposeConv:              &transposeConvDefinition,
	UnidirectionalSequenceLSTM: &sequenceLSTMDefinition,
	Unpack:                     &unpackDefinition,
	VarHandle:                  &varHandleDefinition,
	While:                      &whileDefinition,
}
