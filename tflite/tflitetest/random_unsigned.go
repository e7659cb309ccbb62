package tflitetest

import (
	"math/rand/v2"
	"strings"

	"github.com/auscult/auscult/tflite"
)

// onlyInt8 are the kinds that LiteRT does not run in uint8.
const onlyInt8 = " ABS BATCH_MATMUL ELU EXP LOG RSQRT SQRT SQUARED_DIFFERENCE latent " +
	"UNIDIRECTIONAL_SEQUENCE_LSTM int8 SVDF int8 CONV_2D in groups "

// UnsignedKinds names the graphs that RandomUnsigned makes: those of Kinds that LiteRT runs in uint8.
var UnsignedKinds = names(func(k kind) bool {
	return !k.floatOnly && !strings.HasPrefix(k.name, "QUANTIZE ") && !strings.Contains(onlyInt8, " "+k.name+" ")
})

// RandomUnsigned is Random in uint8, as older converters quantise: one scale for all weights, which have zero points.
func RandomUnsigned(r *rand.Rand, kind string) (m *tflite.Model, input []byte) {
	g := &generator{Rand: r}
	g.Model.Description = "uint8 " + kind
	g.graph(kind)
	weights := map[int]bool{}
	for _, o := range g.Model.Operators {
		switch o.Op {
		case tflite.Conv2D, tflite.DepthwiseConv2D, tflite.TransposeConv, tflite.FullyConnected:
			weights[o.Inputs[1]] = true
			if last := o.Inputs[len(o.Inputs)-1]; len(o.Inputs) > 2 && g.Model.Tensors[last].Type == tflite.Int32 {
				q := g.Model.Tensors[last].Quant
				if q == nil {
					continue
				}
				q = &tflite.Quantisation{Scales: q.Scales[:1], ZeroPoints: q.ZeroPoints[:1]}
				g.Model.Tensors[last].Quant = q
			}
		}
	}
	for i := range g.Model.Tensors {
		g.unsigned(&g.Model.Tensors[i], weights[i])
	}
	for _, sub := range g.Model.Subgraphs {
		for i := range sub.Tensors {
			g.unsigned(&sub.Tensors[i], false)
		}
	}
	return &g.Model, g.input()
}

// unsigned makes uint8 of a tensor of int8.
func (g *generator) unsigned(t *tflite.Tensor, isWeights bool) {
	if t.Type != tflite.Int8 || t.Quant == nil {
		return
	}
	t.Type = tflite.Uint8
	zeroPoint := t.Quant.ZeroPoints[0] + 128
	if isWeights {
		zeroPoint = int64(g.IntN(256))
		if g.bool() {
			zeroPoint = int64(g.between(118, 138))
		}
	}
	for k := range t.Data {
		t.Data[k] ^= 0x80
	}
	t.Quant = &tflite.Quantisation{Scales: t.Quant.Scales[:1], ZeroPoints: []int64{zeroPoint}}
}
