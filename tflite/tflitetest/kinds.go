package tflitetest

import "github.com/auscult/auscult/tflite"

// kind is one sort of graph that Random makes.
type kind struct {
	name string
	make func(g *generator)
	// int8Only is set where the graph quantises on its way, so that there is none of it in float32.
	int8Only bool
	// floatOnly is set where LiteRT has the operator for float32 only.
	floatOnly bool
}

// kinds are all of them: one for each operator, under its name, and a few of
// several operators whose neighbours runtimes like to fuse.
var kinds = []kind{
	{name: "CONV_2D", make: func(g *generator) { g.Output(g.conv(g.image(), g.padding(), g.activation())) }},
	{name: "CONV_2D in groups", make: (*generator).groupedConv},
	{name: "DEPTHWISE_CONV_2D", make: func(g *generator) { g.Output(g.depthwise(g.image())) }},
	{name: "TRANSPOSE_CONV", make: func(g *generator) { g.Output(g.transposeConv(g.image())) }},
	{name: "FULLY_CONNECTED", make: (*generator).denseAlone},
	{name: "LOGISTIC", make: (*generator).logistic},
	{name: "RELU", make: func(g *generator) { g.relu(tflite.Relu) }},
	{name: "RELU6", make: func(g *generator) { g.relu(tflite.Relu6) }},
	{name: "RESHAPE", make: func(g *generator) { g.Output(g.reshape(g.image())) }},
	{name: "TILE", make: func(g *generator) { g.Output(g.tile(g.codes())) }},
	{name: "ADD", make: func(g *generator) { g.add(tflite.Add, tflite.AddOptions{Activation: g.activation()}) }},
	{name: "SUB", make: func(g *generator) { g.add(tflite.Sub, tflite.SubOptions{Activation: g.activation()}) }},
	{name: "MUL", make: (*generator).mul},
	{name: "EXP", make: (*generator).exp},
	{name: "AVERAGE_POOL_2D", make: func(g *generator) { g.Output(g.pool(g.image())) }},
	{name: "SOFTMAX", make: (*generator).softmax},
	{name: "QUANTIZE", make: (*generator).quantize, int8Only: true},
	{name: "REQUANTIZE", make: (*generator).requantize, int8Only: true},
	{name: "DEQUANTIZE", make: func(g *generator) { g.Output(g.dequantize(g.codes())) }, int8Only: true},
	{name: "PAD", make: func(g *generator) { g.Output(g.pad(g.codes(), 3)) }},
	{name: "CONCATENATION", make: (*generator).concatenation},
	{name: "PACK", make: (*generator).pack},
	{name: "UNPACK", make: (*generator).unpack},
	{name: "SPLIT", make: (*generator).split},
	{name: "SPLIT_V", make: (*generator).splitV},
	{name: "TRANSPOSE", make: (*generator).transpose},
	{name: "EXPAND_DIMS", make: (*generator).expandDims},
	{name: "SQUEEZE", make: (*generator).squeeze},
	{name: "SLICE", make: (*generator).slice},
	{name: "STRIDED_SLICE", make: (*generator).stridedSlice},
	{name: "FILL", make: (*generator).fill},
	{name: "SHAPE", make: (*generator).openBatch},
	{name: "QUANTIZE uint8 to int8", make: border(tflite.Uint8, tflite.Int8), int8Only: true},
	{name: "QUANTIZE int8 to uint8", make: border(tflite.Int8, tflite.Uint8), int8Only: true},
	{name: "QUANTIZE uint8 to uint8", make: border(tflite.Uint8, tflite.Uint8), int8Only: true},
	{name: "QUANTIZE int8 to int16", make: border(tflite.Int8, tflite.Int16), int8Only: true},
	{name: "QUANTIZE int16 to int8", make: border(tflite.Int16, tflite.Int8), int8Only: true},
	{name: "QUANTIZE int16 to int16", make: border(tflite.Int16, tflite.Int16), int8Only: true},
	{name: "MAX_POOL_2D", make: func(g *generator) { g.Output(g.pooled(tflite.MaxPool2D, g.image())) }},
	{name: "MEAN", make: func(g *generator) { g.reduce(tflite.Mean) }},
	{name: "SUM", make: func(g *generator) { g.reduce(tflite.Sum) }},
	{name: "REDUCE_MAX", make: func(g *generator) { g.reduce(tflite.ReduceMax) }},
	{name: "REDUCE_MIN", make: func(g *generator) { g.reduce(tflite.ReduceMin) }},
	{name: "ABS", make: func(g *generator) { g.unary(tflite.Abs, 3, nil) }},
	{name: "ELU", make: func(g *generator) { g.unary(tflite.Elu, 1, nil) }},
	{name: "HARD_SWISH", make: func(g *generator) { g.unary(tflite.HardSwish, 1, nil) }},
	{name: "LOG", make: func(g *generator) { g.unary(tflite.Log, 2, nil) }},
	{name: "NEG", make: func(g *generator) { g.unary(tflite.Neg, 1, nil) }, floatOnly: true},
	{name: "RSQRT", make: func(g *generator) { g.unary(tflite.Rsqrt, 2, nil) }},
	{name: "SQRT", make: func(g *generator) { g.unary(tflite.Sqrt, 2, nil) }},
	{name: "SQUARE", make: func(g *generator) { g.unary(tflite.Square, 1, nil) }, floatOnly: true},
	{name: "TANH", make: func(g *generator) { g.unary(tflite.Tanh, 2, nil) }},
	{name: "CEIL", make: func(g *generator) { g.unary(tflite.Ceil, 1, nil) }, floatOnly: true},
	{name: "COS", make: func(g *generator) { g.unary(tflite.Cos, 1, nil) }, floatOnly: true},
	{name: "FLOOR", make: func(g *generator) { g.unary(tflite.Floor, 1, nil) }, floatOnly: true},
	{name: "ROUND", make: func(g *generator) { g.unary(tflite.Round, 1, nil) }, floatOnly: true},
	{name: "SIN", make: func(g *generator) { g.unary(tflite.Sin, 1, nil) }, floatOnly: true},
	{name: "RELU_N1_TO_1", make: func(g *generator) { g.unary(tflite.ReluN1To1, 1, nil) }},
	{name: "LEAKY_RELU", make: func(g *generator) {
		g.unary(tflite.LeakyRelu, 2, tflite.LeakyReluOptions{Alpha: g.alpha()})
	}},
	{name: "GELU", make: func(g *generator) { g.unary(tflite.Gelu, 2, tflite.GeluOptions{Approximate: g.bool()}) }},
	{name: "MAXIMUM", make: func(g *generator) { g.extreme(tflite.Maximum) }},
	{name: "MINIMUM", make: func(g *generator) { g.extreme(tflite.Minimum) }},
	{name: "SQUARED_DIFFERENCE", make: func(g *generator) { g.add(tflite.SquaredDifference, nil) }},
	{name: "DIV", make: func(g *generator) {
		g.add(tflite.Div, tflite.DivOptions{Activation: g.activation()})
	}, floatOnly: true},
	{name: "POW", make: (*generator).pow, floatOnly: true},
	{name: "PRELU", make: (*generator).prelu},
	{name: "PADV2", make: (*generator).padV2},
	{name: "MIRROR_PAD", make: (*generator).mirrorPad},
	{name: "SPACE_TO_BATCH_ND", make: (*generator).dilated},
	{name: "BATCH_TO_SPACE_ND", make: (*generator).batchToSpace},
	{name: "RESIZE_NEAREST_NEIGHBOR", make: func(g *generator) { g.resize(tflite.ResizeNearestNeighbor) }},
	{name: "RESIZE_BILINEAR", make: func(g *generator) { g.resize(tflite.ResizeBilinear) }},
	{name: "GATHER", make: (*generator).gather},
	{name: "CAST", make: (*generator).cast, int8Only: true},
	{name: "REDUCE_PROD", make: func(g *generator) { g.reduce(tflite.ReduceProd) }, floatOnly: true},
	{name: "LESS", make: func(g *generator) { g.compare(tflite.Less) }},
	{name: "LESS_EQUAL", make: func(g *generator) { g.compare(tflite.LessEqual) }},
	{name: "GREATER", make: func(g *generator) { g.compare(tflite.Greater) }},
	{name: "GREATER_EQUAL", make: func(g *generator) { g.compare(tflite.GreaterEqual) }},
	{name: "EQUAL", make: func(g *generator) { g.compare(tflite.Equal) }},
	{name: "NOT_EQUAL", make: func(g *generator) { g.compare(tflite.NotEqual) }},
	{name: "LOGICAL_AND", make: func(g *generator) { g.logic(tflite.LogicalAnd, 2) }},
	{name: "LOGICAL_OR", make: func(g *generator) { g.logic(tflite.LogicalOr, 2) }},
	{name: "LOGICAL_NOT", make: func(g *generator) { g.logic(tflite.LogicalNot, 1) }},
	{name: "SELECT", make: func(g *generator) { g.selected(tflite.Select) }},
	{name: "SELECT_V2", make: func(g *generator) { g.selected(tflite.SelectV2) }},
	{name: "ARG_MAX", make: func(g *generator) { g.argument(tflite.ArgMax) }},
	{name: "ARG_MIN", make: func(g *generator) { g.argument(tflite.ArgMin) }},
	{name: "GATHER by ARG_MAX", make: (*generator).gatherComputed},
	{name: "GATHER_ND", make: (*generator).gatherND},
	{name: "BATCH_MATMUL", make: (*generator).matMul},
	{name: "CUMSUM", make: (*generator).cumulated, floatOnly: true},
	{name: "REVERSE_V2", make: (*generator).reversed},
	{name: "BROADCAST_TO", make: (*generator).broadcastTo},
	{name: "DEPTH_TO_SPACE", make: func(g *generator) { g.depthToSpace(tflite.DepthToSpace) }},
	{name: "SPACE_TO_DEPTH", make: func(g *generator) { g.depthToSpace(tflite.SpaceToDepth) }},
	{name: "LOG_SOFTMAX", make: func(g *generator) { g.unary(tflite.LogSoftmax, 1, nil) }, floatOnly: true},
	{name: "L2_NORMALIZATION", make: (*generator).l2Norm, floatOnly: true},
	{name: "SIGN", make: func(g *generator) { g.unary(tflite.Sign, 1, nil) }, floatOnly: true},
	{name: "RELU_0_TO_1", make: func(g *generator) { g.unary(tflite.Relu0To1, 1, nil) }},
	{name: "ATAN2", make: (*generator).atan2, floatOnly: true},
	{name: "FLOOR_DIV", make: func(g *generator) { g.add(tflite.FloorDiv, nil) }, floatOnly: true},
	{name: "FLOOR_MOD", make: func(g *generator) { g.add(tflite.FloorMod, nil) }, floatOnly: true},
	{name: "UNIDIRECTIONAL_SEQUENCE_LSTM", make: (*generator).lstm, floatOnly: true},
	{name: "SVDF", make: (*generator).svdf, floatOnly: true},
	{name: "UNIDIRECTIONAL_SEQUENCE_LSTM int8", make: (*generator).lstmCodes, int8Only: true},
	{name: "SVDF int8", make: (*generator).svdfCodes, int8Only: true},
	{name: "TOPK_V2", make: (*generator).topK},
	{name: "ONE_HOT", make: (*generator).oneHot},
	{name: "RANGE", make: (*generator).counted, floatOnly: true},
	{name: "FULLY_CONNECTED of two inputs", make: (*generator).computedDense, floatOnly: true},
	{name: "IF", make: (*generator).branch},
	{name: "WHILE", make: (*generator).loop},
	{name: "STABLEHLO_COMPOSITE", make: (*generator).composite},
	{name: dynamicRange, make: (*generator).classifierLayers, floatOnly: true},
	{name: "CALL_ONCE", make: (*generator).streaming, int8Only: true},
	{name: "VAR_HANDLE", make: (*generator).streaming, int8Only: true},
	{name: "READ_VARIABLE", make: (*generator).streaming, int8Only: true},
	{name: "ASSIGN_VARIABLE", make: (*generator).streaming, int8Only: true},
	{name: "conv-pool-dense-softmax", make: (*generator).classifier},
	{name: "quantize-pad-conv-dequantize", make: (*generator).bordered, int8Only: true},
	{name: "conv-relu-conv", make: (*generator).convReluConv},
	{name: "residual", make: (*generator).residual},
	{name: "separable-transpose", make: (*generator).separableTranspose},
	{name: "upsample", make: (*generator).upsample},
	{name: "latent", make: (*generator).latent},
}

// dynamicRange is a kind whose weights stay int8 where RandomFloat makes float32 of the rest.
const dynamicRange = "dynamic-range"

// Kinds names the graphs that Random makes.
var Kinds = names(func(k kind) bool { return !k.floatOnly })

// FloatKinds names the graphs that RandomFloat makes: those of Kinds that quantise
// nothing on their way.
var FloatKinds = names(func(k kind) bool { return !k.int8Only })

func names(which func(kind) bool) []string {
	var list []string
	for _, k := range kinds {
		if which(k) {
			list = append(list, k.name)
		}
	}
	return list
}

// graph fills in the model.
func (g *generator) graph(name string) {
	for _, k := range kinds {
		if k.name == name {
			k.make(g)
			return
		}
	}
	panic("tflitetest: unknown kind " + name)
}
