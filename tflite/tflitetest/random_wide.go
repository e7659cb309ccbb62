package tflitetest

import (
	"encoding/binary"
	"math"
	"math/rand/v2"
	"slices"

	"github.com/auscult/auscult/tflite"
)

// wideKinds are the kinds that LiteRT runs with activations of int16.
var wideKinds = []string{
	"CONV_2D", "DEPTHWISE_CONV_2D", "TRANSPOSE_CONV", "FULLY_CONNECTED", "LOGISTIC", "TANH", "SOFTMAX", "RELU", "RELU6",
	"LEAKY_RELU", "ADD", "SUB", "MUL", "MAXIMUM", "MINIMUM", "AVERAGE_POOL_2D", "MAX_POOL_2D", "MEAN", "SUM", "REDUCE_MAX",
	"REDUCE_MIN", "ABS", "EXP", "LOG", "SQRT", "RSQRT", "BATCH_MATMUL", "RESIZE_BILINEAR", "RESIZE_NEAREST_NEIGHBOR",
	"QUANTIZE", "REQUANTIZE", "DEQUANTIZE", "RESHAPE", "PAD", "CONCATENATION", "PACK", "UNPACK", "SPLIT", "SPLIT_V",
	"TRANSPOSE", "EXPAND_DIMS", "SQUEEZE", "SLICE", "STRIDED_SLICE", "MIRROR_PAD", "GATHER",
	"LESS", "LESS_EQUAL", "GREATER",
	"GREATER_EQUAL", "EQUAL", "NOT_EQUAL", "LOGICAL_AND", "LOGICAL_OR", "LOGICAL_NOT", "SELECT", "SELECT_V2", "GELU",
	"TOPK_V2", "TILE", "PADV2", "REVERSE_V2", "GATHER_ND", "BROADCAST_TO", "SPACE_TO_BATCH_ND", "BATCH_TO_SPACE_ND",
	"FILL", "conv-pool-dense-softmax",
	"conv-relu-conv", "residual", "separable-transpose",
}

// WideKinds names the graphs that RandomWide makes: those of Kinds that LiteRT runs with activations of int16.
var WideKinds = names(func(k kind) bool { return slices.Contains(wideKinds, k.name) })

// layers are the operators that keep weights of int8 where activations are int16.
var layers = []tflite.Op{tflite.Conv2D, tflite.DepthwiseConv2D, tflite.TransposeConv, tflite.FullyConnected}

// RandomWide is Random with activations of int16, and biases of int64 (16x8): now and then one of int32, or none.
func RandomWide(r *rand.Rand, kind string) (m *tflite.Model, input []byte) {
	g := &generator{Rand: r}
	g.Model.Description = "int16 " + kind
	g.graph(kind)
	weights := map[int]bool{}
	for i := range g.Model.Operators {
		o := &g.Model.Operators[i]
		if !slices.Contains(layers, o.Op) {
			continue
		}
		weights[o.Inputs[1]] = true
		last := len(o.Inputs) - 1
		bias := &g.Model.Tensors[o.Inputs[last]]
		for k := range bias.Quant.Scales {
			bias.Quant.Scales[k] = max(bias.Quant.Scales[k]/256, math.SmallestNonzeroFloat32)
		}
		says := tflite.Int32
		switch {
		case o.Op == tflite.FullyConnected && g.IntN(5) == 0:
			o.Inputs = o.Inputs[:last]
		case o.Op == tflite.DepthwiseConv2D || g.IntN(4) > 0:
			g.widenBias(bias)
			says = []tflite.Type{tflite.Float32, tflite.Int64}[g.IntN(2)]
		}
		g.biasType(o, says)
	}
	for i := range g.Model.Tensors {
		if t := &g.Model.Tensors[i]; !weights[i] && t.Type == tflite.Int8 && t.Quant != nil {
			g.widen(t)
		}
	}
	for i := range g.Model.Operators {
		g.wideScales(&g.Model.Operators[i])
	}
	input = g.input()
	switch kind {
	case "SQRT", "RSQRT":
		for i := 1; i < len(input); i += 2 {
			input[i] = input[i]&0x7F | 1 // LiteRT takes no root of what is below 0
		}
	case "QUANTIZE":
		input = g.normal(len(input)/4, float64(g.Model.Tensors[g.Model.Outputs[0]].Quant.Scales[0])*2e4)
	}
	return &g.Model, input
}

// biasType has an operator's options say of which type its bias is; Float32 is nothing.
func (g *generator) biasType(o *tflite.Operator, says tflite.Type) {
	switch p := o.Options.(type) {
	case tflite.Conv2DOptions:
		p.BiasType = says
		o.Options = p
	case tflite.TransposeConvOptions:
		p.BiasType = says
		o.Options = p
	case tflite.FullyConnectedOptions:
		if g.bool() {
			p.BiasType = says
		}
		o.Options = p
	}
}

// widen makes int16 of a tensor of int8.
func (g *generator) widen(t *tflite.Tensor) {
	t.Type = tflite.Int16
	scale := max(t.Quant.Scales[0]/256, 1e-7) // RELU6's limit must fit an int32
	t.Quant = &tflite.Quantisation{Scales: []float32{scale}, ZeroPoints: []int64{0}}
	if t.Data == nil {
		return
	}
	var data []byte
	for _, code := range t.Data {
		data = append(data, byte(g.Uint32()), code)
	}
	t.Data = data
}

// widenBias makes int64 of a bias of int32, of numbers that activations of int16 make of it.
func (g *generator) widenBias(t *tflite.Tensor) {
	var data []byte
	for i := 0; i < len(t.Data); i += 4 {
		v := int64(int32(binary.LittleEndian.Uint32(t.Data[i:]))) * 256
		data = binary.LittleEndian.AppendUint64(data, uint64(v))
	}
	t.Type, t.Data = tflite.Int64, data
}

// wideScales gives an operator's tensors scales that LiteRT takes for int16, which now and then are powers of two.
func (g *generator) wideScales(o *tflite.Operator) {
	scales := func(t int) *float32 { return &g.Model.Tensors[t].Quant.Scales[0] }
	switch o.Op {
	case tflite.Logistic, tflite.Tanh, tflite.Softmax:
		*scales(o.Outputs[0]) = 1.0 / 32768
		if in := scales(o.Inputs[0]); g.IntN(3) == 0 {
			*in = float32(math.Ldexp(1, g.between(-13, -10)))
		} else {
			*in = min(*in, 5)
		}
	case tflite.Add, tflite.Sub:
		anyScale := g.bool()
		if g.IntN(3) == 0 {
			to := g.between(-14, -6)
			*scales(o.Outputs[0]), *scales(o.Inputs[0]) = float32(math.Ldexp(1, to)), float32(math.Ldexp(1, to))
			if o.Inputs[1] != o.Inputs[0] {
				*scales(o.Inputs[1]) = float32(math.Ldexp(1, to-g.IntN(6)))
			}
		}
		switch p := o.Options.(type) {
		case tflite.AddOptions:
			p.AnyScale16 = anyScale
			o.Options = p
		case tflite.SubOptions:
			p.AnyScale16 = anyScale
			o.Options = p
		}
	}
}
