package schema

// Identity of the file format.
const (
	// FileIdentifier stands at bytes 4 to 7 of a file.
	FileIdentifier = "TFL3"
	// Version is the value of Model's version field.
	Version = 3
	// BufferAlignment is the alignment of tensor data in bytes.
	BufferAlignment = 16
)

// Fields of table Model.
const (
	ModelVersion       = 0 // uint32
	ModelOperatorCodes = 1 // [OperatorCode]
	ModelSubgraphs     = 2 // [SubGraph]
	ModelDescription   = 3 // string
	ModelBuffers       = 4 // [Buffer]
	ModelMetadata      = 6 // [Metadata]
	ModelSignatures    = 7 // [SignatureDef]
	ModelFields        = 8 // how many fields a writer reserves
)

// Fields of table SignatureDef.
const (
	SignatureInputs   = 0 // [TensorMap]
	SignatureOutputs  = 1 // [TensorMap]
	SignatureKey      = 2 // string
	SignatureSubgraph = 4 // uint32
	SignatureFields   = 5
)

// Fields of table TensorMap.
const (
	TensorMapName   = 0 // string
	TensorMapTensor = 1 // uint32
	TensorMapFields = 2
)

// Fields of table OperatorCode.
const (
	OperatorCodeDeprecatedBuiltin = 0 // int8: the code where it is below 127
	OperatorCodeCustom            = 1 // string
	OperatorCodeVersion           = 2 // int32, default 1
	OperatorCodeBuiltin           = 3 // int32
	OperatorCodeFields            = 4
)

// PlaceholderForGreater is the largest builtin code that fits the deprecated
// field; greater codes put this value there.
const PlaceholderForGreater = 127

// Fields of table SubGraph.
const (
	SubGraphTensors   = 0 // [Tensor]
	SubGraphInputs    = 1 // [int32]
	SubGraphOutputs   = 2 // [int32]
	SubGraphOperators = 3 // [Operator]
	SubGraphName      = 4 // string
	SubGraphFields    = 5
)

// Fields of table Tensor.
const (
	TensorShape          = 0 // [int32]
	TensorType           = 1 // int8
	TensorBuffer         = 2 // uint32
	TensorName           = 3 // string
	TensorQuantization   = 4 // QuantizationParameters
	TensorIsVariable     = 5 // bool
	TensorSparsity       = 6 // SparsityParameters
	TensorShapeSignature = 7 // [int32]
	TensorHasRank        = 8 // bool
	TensorExternalBuffer = 10
	TensorFields         = 9 // that the writer reserves
)

// Fields of table QuantizationParameters.
const (
	QuantizationScale       = 2 // [float32]
	QuantizationZeroPoint   = 3 // [int64]
	QuantizationDetailsType = 4 // uint8, 0 is none
	QuantizationDetails     = 5
	QuantizationDimension   = 6 // int32
	QuantizationFields      = 7
)

// Fields of table Operator.
const (
	OperatorOpcodeIndex        = 0 // uint32
	OperatorInputs             = 1 // [int32], -1 is an absent optional input
	OperatorOutputs            = 2 // [int32]
	OperatorBuiltinOptionsType = 3 // uint8
	OperatorBuiltinOptions     = 4 // union
	OperatorCustomOptions      = 5 // [uint8]
	OperatorIntermediates      = 8 // [int32]
	OperatorOptions2Type       = 11
	OperatorOptions2           = 12 // union
	OperatorFields             = 9
	OperatorFields2            = 13 // of an operator whose options are of the second union
)

// Fields of table Buffer.
const (
	BufferData   = 0 // [uint8], aligned to 16
	BufferOffset = 1 // uint64: data outside the FlatBuffer, greater than 1
	BufferSize   = 2 // uint64
	BufferFields = 1
)

// Fields of table Metadata.
const (
	MetadataName   = 0 // string
	MetadataBuffer = 1 // uint32
	MetadataFields = 2
)

// Fields of table Conv2DOptions.
const (
	Conv2DPadding    = 0 // int8
	Conv2DStrideW    = 1 // int32
	Conv2DStrideH    = 2 // int32
	Conv2DActivation = 3 // int8
	Conv2DDilationW  = 4 // int32, default 1
	Conv2DDilationH  = 5 // int32, default 1
	Conv2DBiasType   = 6 // int8
	Conv2DFields     = 7
)

// Fields of table DepthwiseConv2DOptions.
const (
	DepthwiseConv2DPadding         = 0 // int8
	DepthwiseConv2DStrideW         = 1 // int32
	DepthwiseConv2DStrideH         = 2 // int32
	DepthwiseConv2DDepthMultiplier = 3 // int32
	DepthwiseConv2DActivation      = 4 // int8
	DepthwiseConv2DDilationW       = 5 // int32, default 1
	DepthwiseConv2DDilationH       = 6 // int32, default 1
	DepthwiseConv2DFields          = 7
)

// Fields of table TransposeConvOptions.
const (
	TransposeConvPadding    = 0 // int8
	TransposeConvStrideW    = 1 // int32
	TransposeConvStrideH    = 2 // int32
	TransposeConvActivation = 3 // int8
	TransposeConvBiasType   = 4 // int8
	TransposeConvFields     = 5
)

// Fields of table Pool2DOptions.
const (
	Pool2DPadding      = 0 // int8
	Pool2DStrideW      = 1 // int32
	Pool2DStrideH      = 2 // int32
	Pool2DFilterWidth  = 3 // int32
	Pool2DFilterHeight = 4 // int32
	Pool2DActivation   = 5 // int8
	Pool2DFields       = 6
)

// Fields of table FullyConnectedOptions.
const (
	FullyConnectedActivation       = 0 // int8
	FullyConnectedWeightsFormat    = 1 // int8
	FullyConnectedKeepNumDims      = 2 // bool
	FullyConnectedAsymmetricInputs = 3 // bool
	FullyConnectedBiasType         = 4 // int8
	FullyConnectedFields           = 5
)

// Fields of small option tables.
const (
	AddActivation  = 0 // int8
	AddPotScale16  = 1 // bool, default true
	AddFields      = 2
	MulActivation  = 0 // int8
	MulFields      = 1
	SubActivation  = 0 // int8
	SubPotScale16  = 1 // bool, default true
	SubFields      = 2
	SoftmaxBeta    = 0 // float32
	SoftmaxFields  = 1
	ReshapeShape   = 0 // [int32]
	ReshapeFields  = 1
	NoOptionFields = 0
)

// Fields of the option tables of operators that move elements.
const (
	ConcatenationAxis       = 0 // int32
	ConcatenationActivation = 1 // int8
	ConcatenationFields     = 2
	PackValues              = 0 // int32
	PackAxis                = 1 // int32
	PackFields              = 2
	UnpackNumber            = 0 // int32
	UnpackAxis              = 1 // int32
	UnpackFields            = 2
	SplitNumber             = 0 // int32; of SplitOptions and SplitVOptions
	SplitFields             = 1
	SqueezeDims             = 0 // [int32]
	SqueezeFields           = 1
	ShapeOutType            = 0 // int8
	ShapeFields             = 1
	StridedSliceBegin       = 0 // int32, as all masks
	StridedSliceEnd         = 1
	StridedSliceEllipsis    = 2
	StridedSliceNewAxis     = 3
	StridedSliceShrink      = 4
	StridedSliceOffset      = 5 // bool
	StridedSliceFields      = 6
	ArgOutType              = 0 // int8
	ArgFields               = 1
	OneHotAxis              = 0 // int32
	OneHotFields            = 1
	BatchMatMulAdjX         = 0 // bool
	BatchMatMulAdjY         = 1 // bool
	BatchMatMulFields       = 3
	CumsumExclusive         = 0 // bool
	CumsumReverse           = 1 // bool
	CumsumFields            = 2
	BlockSize               = 0 // int32; of DepthToSpaceOptions and SpaceToDepthOptions
	BlockFields             = 1
	L2NormActivation        = 0 // int8
	L2NormFields            = 1
	GatherAxis              = 0 // int32
	GatherBatchDims         = 1 // int32
	GatherFields            = 2
	MirrorPadMode           = 0 // int8
	MirrorPadFields         = 1
	ResizeBilinearAlign     = 2 // bool; 0 and 1 are deprecated
	ResizeBilinearHalf      = 3 // bool
	ResizeBilinearFields    = 4
	ResizeNearestAlign      = 0 // bool
	ResizeNearestHalf       = 1 // bool
	ResizeNearestFields     = 2
)

// Fields of the option tables of operators that run subgraphs.
const (
	CallOnceSubgraph    = 0 // int32
	CallOnceFields      = 1
	WhileCondition      = 0 // int32
	WhileBody           = 1 // int32
	WhileFields         = 2
	IfThen              = 0 // int32
	IfElse              = 1 // int32
	IfFields            = 2
	CompositeName       = 0 // string
	CompositeSubgraph   = 1 // int32
	CompositeAttributes = 2 // [uint8]
	CompositeFields     = 3
)

// Fields of the option tables of recurrent layers.
const (
	LSTMActivation     = 0 // int8; of UnidirectionalSequenceLSTMOptions
	LSTMCellClip       = 1 // float32
	LSTMProjectionClip = 2 // float32
	LSTMTimeMajor      = 3 // bool
	LSTMFields         = 6
	SVDFRank           = 0 // int32
	SVDFActivation     = 1 // int8
	SVDFFields         = 3
)

// Fields of the option tables of operators that compute elements.
const (
	ReducerKeepDims    = 0 // bool
	ReducerFields      = 1
	LeakyReluAlpha     = 0 // float32
	LeakyReluFields    = 1
	GeluApproximate    = 0 // bool
	GeluFields         = 1
	DivActivation      = 0 // int8
	DivFields          = 1
	CastIn             = 0 // int8
	CastOut            = 1 // int8
	CastFields         = 2
	VarHandleContainer = 0 // string
	VarHandleName      = 1 // string
	VarHandleFields    = 2
)
