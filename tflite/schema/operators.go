package schema

// Codes of the builtin operators, without those whose names begin with STABLEHLO.
const (
	OpAdd                        = 0
	OpAveragePool2D              = 1
	OpConcatenation              = 2
	OpConv2D                     = 3
	OpDepthwiseConv2D            = 4
	OpDepthToSpace               = 5
	OpDequantize                 = 6
	OpEmbeddingLookup            = 7
	OpFloor                      = 8
	OpFullyConnected             = 9
	OpHashtableLookup            = 10
	OpL2Normalization            = 11
	OpL2Pool2D                   = 12
	OpLocalResponseNormalization = 13
	OpLogistic                   = 14
	OpLSHProjection              = 15
	OpLSTM                       = 16
	OpMaxPool2D                  = 17
	OpMul                        = 18
	OpRelu                       = 19
	OpReluN1To1                  = 20
	OpRelu6                      = 21
	OpReshape                    = 22
	OpResizeBilinear             = 23
	OpRNN                        = 24
	OpSoftmax                    = 25
	OpSpaceToDepth               = 26
	OpSVDF                       = 27
	OpTanh                       = 28
	OpConcatEmbeddings           = 29
	OpSkipGram                   = 30
	OpCall                       = 31
	OpCustom                     = 32
	OpEmbeddingLookupSparse      = 33
	OpPad                        = 34
	OpUnidirectionalSequenceRNN  = 35
	OpGather                     = 36
	OpBatchToSpaceND             = 37
	OpSpaceToBatchND             = 38
	OpTranspose                  = 39
	OpMean                       = 40
	OpSub                        = 41
	OpDiv                        = 42
	OpSqueeze                    = 43
	OpUnidirectionalSequenceLSTM = 44
	OpStridedSlice               = 45
	OpBidirectionalSequenceRNN   = 46
	OpExp                        = 47
	OpTopKV2                     = 48
	OpSplit                      = 49
	OpLogSoftmax                 = 50
	OpDelegate                   = 51
	OpBidirectionalSequenceLSTM  = 52
	OpCast                       = 53
	OpPrelu                      = 54
	OpMaximum                    = 55
	OpArgMax                     = 56
	OpMinimum                    = 57
	OpLess                       = 58
	OpNeg                        = 59
	OpPadV2                      = 60
	OpGreater                    = 61
	OpGreaterEqual               = 62
	OpLessEqual                  = 63
	OpSelect                     = 64
	OpSlice                      = 65
	OpSin                        = 66
	OpTransposeConv              = 67
	OpSparseToDense              = 68
	OpTile                       = 69
	OpExpandDims                 = 70
	OpEqual                      = 71
	OpNotEqual                   = 72
	OpLog                        = 73
	OpSum                        = 74
	OpSqrt                       = 75
	OpRsqrt                      = 76
	OpShape                      = 77
	OpPow                        = 78
	OpArgMin                     = 79
	OpFakeQuant                  = 80
	OpReduceProd                 = 81
	OpReduceMax                  = 82
	OpPack                       = 83
	OpLogicalOr                  = 84
	OpOneHot                     = 85
	OpLogicalAnd                 = 86
	OpLogicalNot                 = 87
	OpUnpack                     = 88
	OpReduceMin                  = 89
	OpFloorDiv                   = 90
	OpReduceAny                  = 91
	OpSquare                     = 92
	OpZerosLike                  = 93
	OpFill                       = 94
	OpFloorMod                   = 95
	OpRange                      = 96
	OpResizeNearestNeighbor      = 97
	OpLeakyRelu                  = 98
	OpSquaredDifference          = 99
	OpMirrorPad                  = 100
	OpAbs                        = 101
	OpSplitV                     = 102
	OpUnique                     = 103
	OpCeil                       = 104
	OpReverseV2                  = 105
	OpAddN                       = 106
	OpGatherND                   = 107
	OpCos                        = 108
	OpWhere                      = 109
	OpRank                       = 110
	OpElu                        = 111
	OpReverseSequence            = 112
	OpMatrixDiag                 = 113
	OpQuantize                   = 114
	OpMatrixSetDiag              = 115
	OpRound                      = 116
	OpHardSwish                  = 117
	OpIf                         = 118
	OpWhile                      = 119
	OpNonMaxSuppressionV4        = 120
	OpNonMaxSuppressionV5        = 121
	OpScatterND                  = 122
	OpSelectV2                   = 123
	OpDensify                    = 124
	OpSegmentSum                 = 125
	OpBatchMatMul                = 126
	OpCumsum                     = 128
	OpCallOnce                   = 129
	OpBroadcastTo                = 130
	OpRFFT2D                     = 131
	OpConv3D                     = 132
	OpImag                       = 133
	OpReal                       = 134
	OpComplexAbs                 = 135
	OpHashtable                  = 136
	OpHashtableFind              = 137
	OpHashtableImport            = 138
	OpHashtableSize              = 139
	OpReduceAll                  = 140
	OpConv3DTranspose            = 141
	OpVarHandle                  = 142
	OpReadVariable               = 143
	OpAssignVariable             = 144
	OpBroadcastArgs              = 145
	OpRandomStandardNormal       = 146
	OpBucketize                  = 147
	OpRandomUniform              = 148
	OpMultinomial                = 149
	OpGelu                       = 150
	OpDynamicUpdateSlice         = 151
	OpRelu0To1                   = 152
	OpUnsortedSegmentProd        = 153
	OpUnsortedSegmentMax         = 154
	OpUnsortedSegmentSum         = 155
	OpAtan2                      = 156
	OpUnsortedSegmentMin         = 157
	OpSign                       = 158
	OpBitcast                    = 159
	OpBitwiseXor                 = 160
	OpRightShift                 = 161
	OpDilate                     = 203
	OpReduceWindow               = 205
	OpComposite                  = 206
)

// operatorNames holds the name of each builtin operator at its code.
var operatorNames = [...]string{
	OpAdd:                        "ADD",
	OpAveragePool2D:              "AVERAGE_POOL_2D",
	OpConcatenation:              "CONCATENATION",
	OpConv2D:                     "CONV_2D",
	OpDepthwiseConv2D:            "DEPTHWISE_CONV_2D",
	OpDepthToSpace:               "DEPTH_TO_SPACE",
	OpDequantize:                 "DEQUANTIZE",
	OpEmbeddingLookup:            "EMBEDDING_LOOKUP",
	OpFloor:                      "FLOOR",
	OpFullyConnected:             "FULLY_CONNECTED",
	OpHashtableLookup:            "HASHTABLE_LOOKUP",
	OpL2Normalization:            "L2_NORMALIZATION",
	OpL2Pool2D:                   "L2_POOL_2D",
	OpLocalResponseNormalization: "LOCAL_RESPONSE_NORMALIZATION",
	OpLogistic:                   "LOGISTIC",
	OpLSHProjection:              "LSH_PROJECTION",
	OpLSTM:                       "LSTM",
	OpMaxPool2D:                  "MAX_POOL_2D",
	OpMul:                        "MUL",
	OpRelu:                       "RELU",
	OpReluN1To1:                  "RELU_N1_TO_1",
	OpRelu6:                      "RELU6",
	OpReshape:                    "RESHAPE",
	OpResizeBilinear:             "RESIZE_BILINEAR",
	OpRNN:                        "RNN",
	OpSoftmax:                    "SOFTMAX",
	OpSpaceToDepth:               "SPACE_TO_DEPTH",
	OpSVDF:                       "SVDF",
	OpTanh:                       "TANH",
	OpConcatEmbeddings:           "CONCAT_EMBEDDINGS",
	OpSkipGram:                   "SKIP_GRAM",
	OpCall:                       "CALL",
	OpCustom:                     "CUSTOM",
	OpEmbeddingLookupSparse:      "EMBEDDING_LOOKUP_SPARSE",
	OpPad:                        "PAD",
	OpUnidirectionalSequenceRNN:  "UNIDIRECTIONAL_SEQUENCE_RNN",
	OpGather:                     "GATHER",
	OpBatchToSpaceND:             "BATCH_TO_SPACE_ND",
	OpSpaceToBatchND:             "SPACE_TO_BATCH_ND",
	OpTranspose:                  "TRANSPOSE",
	OpMean:                       "MEAN",
	OpSub:                        "SUB",
	OpDiv:                        "DIV",
	OpSqueeze:                    "SQUEEZE",
	OpUnidirectionalSequenceLSTM: "UNIDIRECTIONAL_SEQUENCE_LSTM",
	OpStridedSlice:               "STRIDED_SLICE",
	OpBidirectionalSequenceRNN:   "BIDIRECTIONAL_SEQUENCE_RNN",
	OpExp:                        "EXP",
	OpTopKV2:                     "TOPK_V2",
	OpSplit:                      "SPLIT",
	OpLogSoftmax:                 "LOG_SOFTMAX",
	OpDelegate:                   "DELEGATE",
	OpBidirectionalSequenceLSTM:  "BIDIRECTIONAL_SEQUENCE_LSTM",
	OpCast:                       "CAST",
	OpPrelu:                      "PRELU",
	OpMaximum:                    "MAXIMUM",
	OpArgMax:                     "ARG_MAX",
	OpMinimum:                    "MINIMUM",
	OpLess:                       "LESS",
	OpNeg:                        "NEG",
	OpPadV2:                      "PADV2",
	OpGreater:                    "GREATER",
	OpGreaterEqual:               "GREATER_EQUAL",
	OpLessEqual:                  "LESS_EQUAL",
	OpSelect:                     "SELECT",
	OpSlice:                      "SLICE",
	OpSin:                        "SIN",
	OpTransposeConv:              "TRANSPOSE_CONV",
	OpSparseToDense:              "SPARSE_TO_DENSE",
	OpTile:                       "TILE",
	OpExpandDims:                 "EXPAND_DIMS",
	OpEqual:                      "EQUAL",
	OpNotEqual:                   "NOT_EQUAL",
	OpLog:                        "LOG",
	OpSum:                        "SUM",
	OpSqrt:                       "SQRT",
	OpRsqrt:                      "RSQRT",
	OpShape:                      "SHAPE",
	OpPow:                        "POW",
	OpArgMin:                     "ARG_MIN",
	OpFakeQuant:                  "FAKE_QUANT",
	OpReduceProd:                 "REDUCE_PROD",
	OpReduceMax:                  "REDUCE_MAX",
	OpPack:                       "PACK",
	OpLogicalOr:                  "LOGICAL_OR",
	OpOneHot:                     "ONE_HOT",
	OpLogicalAnd:                 "LOGICAL_AND",
	OpLogicalNot:                 "LOGICAL_NOT",
	OpUnpack:                     "UNPACK",
	OpReduceMin:                  "REDUCE_MIN",
	OpFloorDiv:                   "FLOOR_DIV",
	OpReduceAny:                  "REDUCE_ANY",
	OpSquare:                     "SQUARE",
	OpZerosLike:                  "ZEROS_LIKE",
	OpFill:                       "FILL",
	OpFloorMod:                   "FLOOR_MOD",
	OpRange:                      "RANGE",
	OpResizeNearestNeighbor:      "RESIZE_NEAREST_NEIGHBOR",
	OpLeakyRelu:                  "LEAKY_RELU",
	OpSquaredDifference:          "SQUARED_DIFFERENCE",
	OpMirrorPad:                  "MIRROR_PAD",
	OpAbs:                        "ABS",
	OpSplitV:                     "SPLIT_V",
	OpUnique:                     "UNIQUE",
	OpCeil:                       "CEIL",
	OpReverseV2:                  "REVERSE_V2",
	OpAddN:                       "ADD_N",
	OpGatherND:                   "GATHER_ND",
	OpCos:                        "COS",
	OpWhere:                      "WHERE",
	OpRank:                       "RANK",
	OpElu:                        "ELU",
	OpReverseSequence:            "REVERSE_SEQUENCE",
	OpMatrixDiag:                 "MATRIX_DIAG",
	OpQuantize:                   "QUANTIZE",
	OpMatrixSetDiag:              "MATRIX_SET_DIAG",
	OpRound:                      "ROUND",
	OpHardSwish:                  "HARD_SWISH",
	OpIf:                         "IF",
	OpWhile:                      "WHILE",
	OpNonMaxSuppressionV4:        "NON_MAX_SUPPRESSION_V4",
	OpNonMaxSuppressionV5:        "NON_MAX_SUPPRESSION_V5",
	OpScatterND:                  "SCATTER_ND",
	OpSelectV2:                   "SELECT_V2",
	OpDensify:                    "DENSIFY",
	OpSegmentSum:                 "SEGMENT_SUM",
	OpBatchMatMul:                "BATCH_MATMUL",
	127:                          "PLACEHOLDER_FOR_GREATER_OP_CODES",
	OpCumsum:                     "CUMSUM",
	OpCallOnce:                   "CALL_ONCE",
	OpBroadcastTo:                "BROADCAST_TO",
	OpRFFT2D:                     "RFFT2D",
	OpConv3D:                     "CONV_3D",
	OpImag:                       "IMAG",
	OpReal:                       "REAL",
	OpComplexAbs:                 "COMPLEX_ABS",
	OpHashtable:                  "HASHTABLE",
	OpHashtableFind:              "HASHTABLE_FIND",
	OpHashtableImport:            "HASHTABLE_IMPORT",
	OpHashtableSize:              "HASHTABLE_SIZE",
	OpReduceAll:                  "REDUCE_ALL",
	OpConv3DTranspose:            "CONV_3D_TRANSPOSE",
	OpVarHandle:                  "VAR_HANDLE",
	OpReadVariable:               "READ_VARIABLE",
	OpAssignVariable:             "ASSIGN_VARIABLE",
	OpBroadcastArgs:              "BROADCAST_ARGS",
	OpRandomStandardNormal:       "RANDOM_STANDARD_NORMAL",
	OpBucketize:                  "BUCKETIZE",
	OpRandomUniform:              "RANDOM_UNIFORM",
	OpMultinomial:                "MULTINOMIAL",
	OpGelu:                       "GELU",
	OpDynamicUpdateSlice:         "DYNAMIC_UPDATE_SLICE",
	OpRelu0To1:                   "RELU_0_TO_1",
	OpUnsortedSegmentProd:        "UNSORTED_SEGMENT_PROD",
	OpUnsortedSegmentMax:         "UNSORTED_SEGMENT_MAX",
	OpUnsortedSegmentSum:         "UNSORTED_SEGMENT_SUM",
	OpAtan2:                      "ATAN2",
	OpUnsortedSegmentMin:         "UNSORTED_SEGMENT_MIN",
	OpSign:                       "SIGN",
	OpBitcast:                    "BITCAST",
	OpBitwiseXor:                 "BITWISE_XOR",
	OpRightShift:                 "RIGHT_SHIFT",
	162:                          "STABLEHLO_LOGISTIC",
	163:                          "STABLEHLO_ADD",
	164:                          "STABLEHLO_DIVIDE",
	165:                          "STABLEHLO_MULTIPLY",
	166:                          "STABLEHLO_MAXIMUM",
	167:                          "STABLEHLO_RESHAPE",
	168:                          "STABLEHLO_CLAMP",
	169:                          "STABLEHLO_CONCATENATE",
	170:                          "STABLEHLO_BROADCAST_IN_DIM",
	171:                          "STABLEHLO_CONVOLUTION",
	172:                          "STABLEHLO_SLICE",
	173:                          "STABLEHLO_CUSTOM_CALL",
	174:                          "STABLEHLO_REDUCE",
	175:                          "STABLEHLO_ABS",
	176:                          "STABLEHLO_AND",
	177:                          "STABLEHLO_COSINE",
	178:                          "STABLEHLO_EXPONENTIAL",
	179:                          "STABLEHLO_FLOOR",
	180:                          "STABLEHLO_LOG",
	181:                          "STABLEHLO_MINIMUM",
	182:                          "STABLEHLO_NEGATE",
	183:                          "STABLEHLO_OR",
	184:                          "STABLEHLO_POWER",
	185:                          "STABLEHLO_REMAINDER",
	186:                          "STABLEHLO_RSQRT",
	187:                          "STABLEHLO_SELECT",
	188:                          "STABLEHLO_SUBTRACT",
	189:                          "STABLEHLO_TANH",
	190:                          "STABLEHLO_SCATTER",
	191:                          "STABLEHLO_COMPARE",
	192:                          "STABLEHLO_CONVERT",
	193:                          "STABLEHLO_DYNAMIC_SLICE",
	194:                          "STABLEHLO_DYNAMIC_UPDATE_SLICE",
	195:                          "STABLEHLO_PAD",
	196:                          "STABLEHLO_IOTA",
	197:                          "STABLEHLO_DOT_GENERAL",
	198:                          "STABLEHLO_REDUCE_WINDOW",
	199:                          "STABLEHLO_SORT",
	200:                          "STABLEHLO_WHILE",
	201:                          "STABLEHLO_GATHER",
	202:                          "STABLEHLO_TRANSPOSE",
	OpDilate:                     "DILATE",
	204:                          "STABLEHLO_RNG_BIT_GENERATOR",
	OpReduceWindow:               "REDUCE_WINDOW",
	OpComposite:                  "STABLEHLO_COMPOSITE",
}

// Operators is how many codes the schema defines: they are 0 to Operators-1.
const Operators = len(operatorNames)

// OperatorName gives the schema's name of a builtin operator, for example
// "CONV_2D". ok is false for a code that the schema does not define.
func OperatorName(code int32) (name string, ok bool) {
	if code < 0 || int(code) >= Operators {
		return "", false
	}
	return operatorNames[code], true
}
